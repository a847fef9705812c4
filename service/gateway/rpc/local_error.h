#ifndef SERVICE_GATEWAY_RPC_LOCAL_ERROR_H_
#define SERVICE_GATEWAY_RPC_LOCAL_ERROR_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace billing::gateway::rpc {

// An answer of the gateway's own, not of a provider: api.md, Errors.
struct LocalError {
  grpc::StatusCode code = grpc::StatusCode::INTERNAL;
  // google.rpc.ErrorInfo: reason, and metadata; the domain is billing-gateway.
  std::string reason;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::string message;
  // google.rpc.RetryInfo.
  std::optional<absl::Duration> retry_after;
};

// The status with its details as serialised google.rpc.Status.
grpc::Status ToStatus(const LocalError& error);

// UNIMPLEMENTED, METHOD_UNKNOWN.
grpc::Status MethodUnknown(std::string_view method);
// RESOURCE_EXHAUSTED, TOO_MANY_CALLS, to be retried.
grpc::Status TooManyCalls();
// INVALID_ARGUMENT, MESSAGE_TOO_LARGE; sizes in bytes.
grpc::Status MessageTooLarge(size_t size, size_t limit);
// INVALID_ARGUMENT, METADATA_TOO_LARGE; sizes in bytes.
grpc::Status MetadataTooLarge(size_t size, size_t limit);
// DEADLINE_EXCEEDED, MESSAGE_MISSING.
grpc::Status MessageMissing();

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_LOCAL_ERROR_H_
