#ifndef SERVICE_GATEWAY_RPC_BYTES_H_
#define SERVICE_GATEWAY_RPC_BYTES_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <string>
#include <string_view>

namespace billing::gateway::rpc {

// The message as one run of bytes; shares them with `buffer` where it is one already.
grpc::Slice Flatten(const grpc::ByteBuffer& buffer);

// The bytes of a slice; lives as long as the slice. Small slices hold their bytes in themselves.
inline std::string_view View(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

// A slice or message that takes the bytes over, without a copy unless they are few.
grpc::Slice ToSlice(std::string bytes);
grpc::ByteBuffer ToByteBuffer(std::string bytes);

// Messages of services served in process; false for bytes that are no such message.
bool Parse(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message);
grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message);

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_BYTES_H_
