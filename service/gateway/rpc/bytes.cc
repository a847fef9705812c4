#include "service/gateway/rpc/bytes.h"

#include <limits>
#include <memory>
#include <utility>

namespace billing::gateway::rpc {
namespace {

// Below this an owned string costs more than a copy.
constexpr size_t kCopyBelow = 512;

}  // namespace

grpc::Slice Flatten(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.Valid() || buffer.TrySingleSlice(&slice).ok()) return slice;
  // Fails only for an invalid buffer.
  if (!buffer.DumpToSingleSlice(&slice).ok()) return {};
  return slice;
}

grpc::Slice ToSlice(std::string bytes) {
  if (bytes.size() < kCopyBelow) return grpc::Slice(bytes);
  auto owned = std::make_unique<std::string>(std::move(bytes));
  char* const data = owned->data();
  const size_t size = owned->size();
  return grpc::Slice(
      data, size, [](void* string) { delete static_cast<std::string*>(string); }, owned.release());
}

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  const grpc::Slice slice = ToSlice(std::move(bytes));
  return {&slice, 1};
}

bool Parse(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message) {
  const grpc::Slice slice = Flatten(buffer);
  if (slice.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return false;
  return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message) {
  return ToByteBuffer(message.SerializeAsString());
}

}  // namespace billing::gateway::rpc
