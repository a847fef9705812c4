#include "service/gateway/rpc/local_error.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

constexpr char kDomain[] = "billing-gateway";
// A method's name comes from the caller; this much of it is repeated.
constexpr size_t kMaxNameLength = 200;

}  // namespace

grpc::Status ToStatus(const LocalError& error) {
  google::rpc::Status status;
  status.set_code(error.code);
  status.set_message(error.message);
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(kDomain);
  for (const auto& [key, value] : error.metadata) (*info.mutable_metadata())[key] = value;
  status.add_details()->PackFrom(info);
  if (error.retry_after.has_value()) {
    google::rpc::RetryInfo retry;
    const int64_t nanos = absl::ToInt64Nanoseconds(*error.retry_after);
    constexpr int64_t kNanosPerSecond = 1'000'000'000;
    retry.mutable_retry_delay()->set_seconds(nanos / kNanosPerSecond);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % kNanosPerSecond));
    status.add_details()->PackFrom(retry);
  }
  return grpc::Status(error.code, error.message, status.SerializeAsString());
}

grpc::Status MethodUnknown(std::string_view method) {
  const std::string name(method.substr(0, kMaxNameLength));
  return ToStatus({.code = grpc::StatusCode::UNIMPLEMENTED,
                   .reason = "METHOD_UNKNOWN",
                   .message = absl::StrCat("no such method: ", name)});
}

grpc::Status TooManyCalls() {
  return ToStatus({.code = grpc::StatusCode::RESOURCE_EXHAUSTED,
                   .reason = "TOO_MANY_CALLS",
                   .message = "the gateway is serving as many calls as it may",
                   .retry_after = absl::Seconds(1)});
}

grpc::Status MessageTooLarge(size_t size, size_t limit) {
  return ToStatus({.code = grpc::StatusCode::INVALID_ARGUMENT,
                   .reason = "MESSAGE_TOO_LARGE",
                   .metadata = {{"size", absl::StrCat(size)}, {"limit", absl::StrCat(limit)}},
                   .message = absl::StrCat("the request has ", size, " bytes, more than ", limit)});
}

grpc::Status MetadataTooLarge(size_t size, size_t limit) {
  return ToStatus(
      {.code = grpc::StatusCode::INVALID_ARGUMENT,
       .reason = "METADATA_TOO_LARGE",
       .metadata = {{"size", absl::StrCat(size)}, {"limit", absl::StrCat(limit)}},
       .message = absl::StrCat("the metadata has ", size, " bytes, more than ", limit)});
}

grpc::Status MessageMissing() {
  return ToStatus({.code = grpc::StatusCode::DEADLINE_EXCEEDED,
                   .reason = "MESSAGE_MISSING",
                   .message = "the request message did not come in time"});
}

}  // namespace billing::gateway::rpc
