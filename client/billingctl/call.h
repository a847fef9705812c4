#ifndef CLIENT_BILLINGCTL_CALL_H_
#define CLIENT_BILLINGCTL_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// Calls a method known by its descriptor only: sends the request, hands on every answer, one for a
// unary call, as long as `answer` returns true, and cancels the call when it does not. Blocks until
// the call has ended. The message is reused for the next answer.
grpc::Status CallMethod(const std::shared_ptr<grpc::Channel>& channel,
                        const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::Message& request, grpc::ClientContext& context,
                        const std::function<bool(const google::protobuf::Message&)>& answer);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_CALL_H_
