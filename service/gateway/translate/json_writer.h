#ifndef SERVICE_GATEWAY_TRANSLATE_JSON_WRITER_H_
#define SERVICE_GATEWAY_TRANSLATE_JSON_WRITER_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/output.h"

namespace billing::gateway::translate {

// Writes JSON text piece by piece. Members and elements are written with a comma behind, of which
// the closing bracket takes the place. Inline, because translation spends its time here. Not
// thread-safe.
class JsonWriter {
 public:
  void Reset() { out_.Reset(); }
  size_t size() const { return out_.size(); }
  std::string_view view() const { return out_.view(); }

  void OpenObject() { out_.Append('{'); }
  void CloseObject() { Close('}'); }
  void OpenArray() { out_.Append('['); }
  void CloseArray() { Close(']'); }
  void Comma() { out_.Append(','); }

  // The key of a member and its colon.
  void Key(const FieldTable& field) {
    const size_t size = field.json_key.size;
    char* to = out_.Room(sizeof field.json_key.bytes);
    for (size_t i = 0; i < size; i += 16) std::memcpy(to + i, field.json_key.bytes + i, 16);
    out_.Commit(to + size);
  }

  // Text that is JSON already.
  void Raw(std::string_view json) { out_.Append(json); }
  void Raw(char c) { out_.Append(c); }

  // Text that needs no escape, in quotes or without them.
  void Plain(std::string_view text, bool quotes) {
    char* to = out_.Room(text.size() + 2);
    if (quotes) *to++ = '"';
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
    if (quotes) *to++ = '"';
    out_.Commit(to);
  }

  // ASCII text in quotes; false, and nothing written, if there is anything else in it or if it
  // needs an escape.
  bool PlainAscii(std::string_view text) {
    char* to = out_.Room(text.size() + 2);
    *to = '"';
    if (!CopyPlain(text, to + 1)) return false;
    to[text.size() + 1] = '"';
    out_.Commit(to + text.size() + 2);
    return true;
  }

  // Takes back what stands from `begin` to `end`.
  void Erase(size_t begin, size_t end) {
    std::memmove(out_.data() + begin, out_.data() + end, out_.size() - end);
    out_.Truncate(out_.size() - (end - begin));
  }

 private:
  void Close(char bracket) {
    if (out_.data()[out_.size() - 1] == ',') {
      out_.data()[out_.size() - 1] = bracket;
    } else {
      out_.Append(bracket);
    }
  }

  // Nonzero if one of eight characters is not plain ASCII or needs an escape.
  static uint64_t Special(uint64_t word) {
    const auto zeros = [](uint64_t x) { return (x - kOnes) & ~x & kHighs; };
    const uint64_t below_space = (word - kOnes * 0x20) & ~word & kHighs;
    return (word & kHighs) | below_space | zeros(word ^ kOnes * '"') | zeros(word ^ kOnes * '\\');
  }

  // Copies plain text; false as soon as a character is not plain.
  static bool CopyPlain(std::string_view text, char* to) {
    const char* from = text.data();
    const size_t size = text.size();
    if (size < 8) {
      for (size_t i = 0; i < size; ++i) {
        const char c = from[i];
        if (static_cast<int8_t>(c) < 0x20 || c == '"' || c == '\\') return false;
        to[i] = c;
      }
      return true;
    }
    uint64_t word;
    for (size_t i = 0; i + 8 <= size; i += 8) {
      std::memcpy(&word, from + i, 8);
      if (Special(word) != 0) return false;
      std::memcpy(to + i, &word, 8);
    }
    std::memcpy(&word, from + size - 8, 8);
    if (Special(word) != 0) return false;
    std::memcpy(to + size - 8, &word, 8);
    return true;
  }

  static constexpr uint64_t kOnes = 0x0101010101010101;
  static constexpr uint64_t kHighs = 0x8080808080808080;

  Output out_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_JSON_WRITER_H_
