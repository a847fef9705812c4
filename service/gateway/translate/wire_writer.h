#ifndef SERVICE_GATEWAY_TRANSLATE_WIRE_WRITER_H_
#define SERVICE_GATEWAY_TRANSLATE_WIRE_WRITER_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/output.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {

// Writes fields of protobuf's wire format one behind the other. Inline, because translation spends
// its time here. Not thread-safe.
class WireWriter {
 public:
  using Tag = PaddedText<4>;

  void Reset(size_t room) {
    out_.Reset();
    out_.Room(room);
  }
  size_t size() const { return out_.size(); }
  char* data() { return out_.data(); }
  std::string_view view() const { return out_.view(); }
  void Truncate(size_t size) { out_.Truncate(size); }

  // Writes a tag and keeps one byte for the length of what follows, which begins at the result.
  size_t OpenLength(const Tag& tag) {
    char* to = PutTag(tag, out_.Room(8));
    out_.Commit(to + 1);
    return out_.size();
  }

  // Writes the length of all that was written since `body`.
  void CloseLength(size_t body) {
    const size_t length = out_.size() - body;
    if (length < 0x80) {
      out_.data()[body - 1] = static_cast<char>(length);
      return;
    }
    char varint[10];
    const size_t bytes = static_cast<size_t>(WriteVarint(length, varint) - varint);
    char* to = out_.Room(bytes);
    std::memmove(out_.data() + body - 1 + bytes, out_.data() + body, length);
    std::memcpy(out_.data() + body - 1, varint, bytes);
    out_.Commit(to + bytes - 1);
  }

  void Bytes(const Tag& tag, std::string_view bytes) {
    char* to = PutTag(tag, out_.Room(bytes.size() + 16));
    out_.Commit(PutBytes(bytes, to));
  }

  // Writes a text of a JSON document that has no escapes, looking for them while copying in words;
  // false, and nothing written, if there is one. Eight bytes behind `text` must be readable.
  bool PlainText(const Tag& tag, std::string_view text) {
    char* to = PutTag(tag, out_.Room(text.size() + 32));
    to = WriteVarint(text.size(), to);
    const char* from = text.data();
    for (size_t i = 0; i < text.size(); i += 8) {
      uint64_t word;
      std::memcpy(&word, from + i, 8);
      std::memcpy(to + i, &word, 8);
      const uint64_t other = word ^ 0x5C5C5C5C5C5C5C5C;
      if (((other - 0x0101010101010101) & ~other & 0x8080808080808080) == 0) continue;
      // A backslash, in this text or in what follows it within the word.
      if (std::memchr(from + i, '\\', std::min<size_t>(8, text.size() - i)) != nullptr)
        return false;
    }
    out_.Commit(to + text.size());
    return true;
  }

  // An element of a packed field has no tag of its own.
  void Number(const FieldTable& field, uint64_t value) {
    char* to = out_.Room(16);
    if (!field.packed()) to = PutTag(field.tag, to);
    out_.Commit(WriteVarint(value, to));
  }

  // google.type.Decimal: string value = 1. The text has at most 100 characters.
  void Decimal(const Tag& tag, std::string_view text) {
    char* to = PutTag(tag, out_.Room(128));
    *to++ = static_cast<char>(text.size() + 2);
    *to++ = 0x0A;
    out_.Commit(PutBytes(text, to));
  }

  // An entry of a map from string to string: key = 1, value = 2.
  void Entry(const Tag& tag, std::string_view key, std::string_view value) {
    char* to = PutTag(tag, out_.Room(key.size() + value.size() + 48));
    to = WriteVarint(SizeOf(key) + SizeOf(value), to);
    *to++ = 0x0A;
    to = PutBytes(key, to);
    *to++ = 0x12;
    out_.Commit(PutBytes(value, to));
  }

 private:
  // Where there is room for four bytes; returns the end of the tag.
  static char* PutTag(const Tag& tag, char* to) {
    std::memcpy(to, tag.bytes, 4);
    return to + tag.size;
  }
  static char* PutBytes(std::string_view bytes, char* to) {
    to = WriteVarint(bytes.size(), to);
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return to + bytes.size();
  }
  // With a tag of one byte and the length.
  static size_t SizeOf(std::string_view bytes) {
    char head[10];
    return static_cast<size_t>(WriteVarint(bytes.size(), head) - head) + bytes.size() + 1;
  }

  Output out_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_WIRE_WRITER_H_
