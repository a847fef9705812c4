#include "service/gateway/upstream/padded_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace billing::gateway::upstream {

namespace {
constexpr size_t kSmallest = 1024;
}  // namespace

const char PaddedBuffer::kEmpty[PaddedBuffer::kPadding] = {};

PaddedBuffer& PaddedBuffer::operator=(PaddedBuffer&& other) noexcept {
  if (this != &other) {
    std::free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

PaddedBuffer::~PaddedBuffer() { std::free(data_); }

bool PaddedBuffer::Reserve(size_t bytes) {
  if (bytes <= capacity_) return true;
  if (bytes > std::numeric_limits<size_t>::max() - kPadding) return false;
  // realloc moves large blocks by remapping their pages instead of copying them.
  char* grown = static_cast<char*>(std::realloc(data_, bytes + kPadding));
  if (grown == nullptr) return false;
  data_ = grown;
  capacity_ = bytes;
  std::memset(data_ + size_, 0, kPadding);
  return true;
}

bool PaddedBuffer::Append(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (bytes.size() > capacity_ - size_) {
    if (bytes.size() > std::numeric_limits<size_t>::max() / 2 - size_) return false;
    if (!Reserve(std::max({kSmallest, size_ + bytes.size(), capacity_ * 2}))) return false;
  }
  std::memcpy(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  std::memset(data_ + size_, 0, kPadding);
  return true;
}

void PaddedBuffer::Reset() { *this = PaddedBuffer(); }

}  // namespace billing::gateway::upstream
