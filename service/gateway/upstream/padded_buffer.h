#ifndef SERVICE_GATEWAY_UPSTREAM_PADDED_BUFFER_H_
#define SERVICE_GATEWAY_UPSTREAM_PADDED_BUFFER_H_

#include <cstddef>
#include <string_view>
#include <utility>

namespace billing::gateway::upstream {

// A growing byte buffer whose data is always followed by kPadding readable zero bytes, as vector
// code that reads in whole registers (simdjson) wants it. Movable, not copyable, not thread-safe.
class PaddedBuffer {
 public:
  static constexpr size_t kPadding = 64;

  PaddedBuffer() = default;
  PaddedBuffer(PaddedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  PaddedBuffer& operator=(PaddedBuffer&& other) noexcept;
  PaddedBuffer(const PaddedBuffer&) = delete;
  PaddedBuffer& operator=(const PaddedBuffer&) = delete;
  ~PaddedBuffer();

  // Never null; size() + kPadding bytes may be read.
  const char* data() const { return data_ != nullptr ? data_ : kEmpty; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Bytes that fit without another allocation; the padding is on top of them.
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data(), size_}; }

  // Makes room for `bytes` in all. Returns false, unchanged, where memory is short.
  [[nodiscard]] bool Reserve(size_t bytes);

  // Appends a copy; grows geometrically. Returns false, unchanged, where memory is short.
  [[nodiscard]] bool Append(std::string_view bytes);

  // Forgets the bytes and gives the memory back.
  void Reset();

 private:
  static const char kEmpty[kPadding];

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_PADDED_BUFFER_H_
