#include "client/cpp/call_error.h"

#include "google/protobuf/any.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace billing::client {
namespace {

using google::protobuf::Any;

void Read(const google::rpc::ErrorInfo& info, CallError& error) {
  error.reason = info.reason();
  error.domain = info.domain();
  error.metadata.insert(info.metadata().begin(), info.metadata().end());
}

void Read(const google::rpc::BadRequest& bad, CallError& error) {
  for (const auto& violation : bad.field_violations()) {
    error.field_violations.push_back({violation.field(), violation.description()});
  }
}

void Read(const google::rpc::PreconditionFailure& failure, CallError& error) {
  for (const auto& violation : failure.violations()) {
    error.precondition_violations.push_back(
        {violation.type(), violation.subject(), violation.description()});
  }
}

// A delay that is no valid duration counts as none: the caller then waits as long as its own policy
// says.
void Read(const google::rpc::RetryInfo& info, CallError& error) {
  constexpr int64_t kLongest = 24 * 60 * 60;
  const auto& delay = info.retry_delay();
  if (!info.has_retry_delay() || delay.seconds() < 0 || delay.seconds() > kLongest ||
      delay.nanos() < 0 || delay.nanos() > 999'999'999) {
    return;
  }
  error.retry_after = absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
}

void Read(const google::rpc::RequestInfo& info, CallError& error) {
  error.request_id = info.request_id();
}

// Whether `any` claims to be of this type; one that claims to and cannot be decoded is skipped.
template <typename Detail>
bool ReadIf(const Any& any, CallError& error) {
  if (!any.Is<Detail>()) return false;
  Detail detail;
  if (any.UnpackTo(&detail)) Read(detail, error);
  return true;
}

}  // namespace

CallError ToCallError(const grpc::Status& status) {
  CallError error;
  error.code = status.error_code();
  error.message = status.error_message();
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return error;
  for (const Any& any : details.details()) {
    ReadIf<google::rpc::ErrorInfo>(any, error) || ReadIf<google::rpc::BadRequest>(any, error) ||
        ReadIf<google::rpc::PreconditionFailure>(any, error) ||
        ReadIf<google::rpc::RetryInfo>(any, error) || ReadIf<google::rpc::RequestInfo>(any, error);
  }
  return error;
}

std::string CodeName(grpc::StatusCode code) {
  const int number = static_cast<int>(code);
  if (!google::rpc::Code_IsValid(number)) return "CODE_" + std::to_string(number);
  return google::rpc::Code_Name(static_cast<google::rpc::Code>(number));
}

}  // namespace billing::client
