#ifndef SERVICE_GATEWAY_TRANSLATE_OUTPUT_H_
#define SERVICE_GATEWAY_TRANSLATE_OUTPUT_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace billing::gateway::translate {

// A growing byte buffer that is reused from one document to the next. Writers ask for room once
// and then write without further checks. Not thread-safe.
class Output {
 public:
  // The place to write at, with room for `count` bytes.
  char* Room(size_t count) {
    if (static_cast<size_t>(limit_ - cursor_) < count) Grow(count);
    return cursor_;
  }
  // Ends a write that began at Room().
  void Commit(char* end) { cursor_ = end; }

  void Append(std::string_view bytes) {
    char* to = Room(bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    cursor_ = to + bytes.size();
  }
  void Append(char c) {
    *Room(1) = c;
    ++cursor_;
  }

  char* data() { return data_.get(); }
  size_t size() const { return static_cast<size_t>(cursor_ - data_.get()); }
  std::string_view view() const { return {data_.get(), size()}; }
  void Truncate(size_t size) { cursor_ = data_.get() + size; }

  // Empties it and gives back the memory of an unusually large document.
  void Reset() {
    if (static_cast<size_t>(limit_ - data_.get()) > kKeep) {
      data_.reset();
      cursor_ = limit_ = nullptr;
    }
    cursor_ = data_.get();
  }

 private:
  static constexpr size_t kKeep = size_t{256} << 10;

  void Grow(size_t count) {
    const size_t used = size();
    const size_t capacity = std::max<size_t>({4096, used + count, used * 2});
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (used != 0) std::memcpy(larger.get(), data_.get(), used);
    data_ = std::move(larger);
    cursor_ = data_.get() + used;
    limit_ = data_.get() + capacity;
  }

  std::unique_ptr<char[]> data_;
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_OUTPUT_H_
