#ifndef SERVICE_COMMON_UTF8_H_
#define SERVICE_COMMON_UTF8_H_

#include <cstddef>
#include <string_view>

namespace billing::common {

// Length in bytes (1 to 4) of the character that `text` begins with, 0 if its first bytes are not
// well-formed UTF-8 (overlong forms, surrogates and values over U+10FFFF are not) or it is empty.
inline size_t Utf8CharacterLength(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto continues = [text, byte](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

// Length in bytes of the longest well-formed prefix of `text`.
inline size_t ValidUtf8Prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = Utf8CharacterLength(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace billing::common

#endif  // SERVICE_COMMON_UTF8_H_
