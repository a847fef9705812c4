#ifndef SERVICE_GATEWAY_RPC_REFLECTION_H_
#define SERVICE_GATEWAY_RPC_REFLECTION_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "grpc/reflection/v1/reflection.pb.h"
#include "service/gateway/rpc/call.h"

namespace billing::gateway::rpc {

// grpc.reflection.v1 and v1alpha ServerReflection
// (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md), whose messages are the same
// on the wire, from descriptors linked into the program.
class ReflectionService {
 public:
  // `services` are the full names of what the server serves; health and both reflections are added.
  // The pool and the service must outlive the server.
  explicit ReflectionService(std::vector<std::string> services,
                             const google::protobuf::DescriptorPool& pool =
                                 *google::protobuf::DescriptorPool::generated_pool());

  // The handler of a method, null if it is none of this service's.
  const Handler* Find(std::string_view method) const;

  // The answer to one request. A file comes with all it imports, itself first.
  grpc::reflection::v1::ServerReflectionResponse Answer(
      const grpc::reflection::v1::ServerReflectionRequest& request) const;

 private:
  common::Task<void> Info(ServerCall& call) const;

  std::vector<std::string> services_;
  const google::protobuf::DescriptorPool& pool_;
  const Handler info_;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_REFLECTION_H_
