#ifndef SERVICE_GATEWAY_TRANSLATE_WIRE_H_
#define SERVICE_GATEWAY_TRANSLATE_WIRE_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Protobuf's wire format, as far as translation needs it.
// https://protobuf.dev/programming-guides/encoding/

namespace billing::gateway::translate {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

inline uint32_t MakeTag(int32_t number, WireType type) {
  return static_cast<uint32_t>(number) << 3 | static_cast<uint32_t>(type);
}

// Writes `value` at `out`, which has room for 10 bytes; returns the end.
inline char* WriteVarint(uint64_t value, char* out) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

inline void AppendVarint(uint64_t value, std::string* out) {
  char buffer[10];
  out->append(buffer, static_cast<size_t>(WriteVarint(value, buffer) - buffer));
}

// Reads the fields of one message. After Next() returned true the field's parts are valid.
class WireReader {
 public:
  explicit WireReader(std::string_view message)
      : cursor_(message.data()), end_(message.data() + message.size()) {}

  // False at the end of the message and on malformed bytes; ok() tells them apart.
  bool Next() {
    if (cursor_ == end_) return false;
    field_start = cursor_;
    uint64_t tag = 0;
    if (!ReadShort(&tag) || tag > 0xFFFFFFFFu || (tag >> 3) == 0) return Fail();
    number = static_cast<int32_t>(tag >> 3);
    type = static_cast<WireType>(tag & 7);
    switch (type) {
      case WireType::kVarint:
        return ReadVarint(&varint) || Fail();
      case WireType::kLength: {
        uint64_t length = 0;
        if (!ReadShort(&length) || length > static_cast<uint64_t>(end_ - cursor_)) return Fail();
        bytes = std::string_view(cursor_, length);
        cursor_ += length;
        return true;
      }
      case WireType::kFixed64:
        return Skip(8);
      case WireType::kFixed32:
        return Skip(4);
    }
    return Fail();  // groups are not supported: no message here has one
  }

  bool ReadVarint(uint64_t* value) {
    if (cursor_ != end_ && static_cast<uint8_t>(*cursor_) < 0x80) {
      *value = static_cast<uint8_t>(*cursor_++);
      return true;
    }
    uint64_t result = 0;
    for (int shift = 0; shift < 70 && cursor_ != end_; shift += 7) {
      const uint64_t byte = static_cast<uint8_t>(*cursor_++);
      result |= (byte & 0x7F) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }

  bool ok() const { return ok_; }
  bool done() const { return cursor_ == end_; }
  const char* cursor() const { return cursor_; }

  int32_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t varint = 0;                // of a varint field
  std::string_view bytes;             // of a length-delimited field
  const char* field_start = nullptr;  // where its tag begins

 private:
  // A tag or length: at most five bytes, as the protobuf library takes them.
  bool ReadShort(uint64_t* value) {
    const char* begin = cursor_;
    return ReadVarint(value) && cursor_ - begin <= 5;
  }
  bool Skip(size_t count) {
    if (static_cast<size_t>(end_ - cursor_) < count) return Fail();
    bytes = std::string_view(cursor_, count);
    cursor_ += count;
    return true;
  }
  bool Fail() {
    ok_ = false;
    return false;
  }

  const char* cursor_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_WIRE_H_
