#ifndef CLIENT_CPP_CALL_ERROR_H_
#define CLIENT_CPP_CALL_ERROR_H_

#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace billing::client {

// The google.rpc error details of a failed call as one value. Copyable; no references to the status
// it was made from.
struct CallError {
  // One mistake in the request.
  struct FieldViolation {
    // Proto path in the request: "billogram.items[0].price". As upstream wrote it where the request
    // has no such field.
    std::string field;
    std::string description;
  };
  // What about the resource's state stands in the way.
  struct PreconditionViolation {
    std::string type;
    std::string subject;  // "billogram/2kAEEjE"
    std::string description;
  };

  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string message;
  // The provider's own code ("INVALID_OBJECT_STATE") or one of the gateway's ("OUTCOME_UNKNOWN").
  // Empty if the error did not come from the gateway but from the connection to it.
  std::string reason;
  // Whose reason it is: "billogram.com", "bill.pro", "billing-gateway".
  std::string domain;
  // http_status, account, method, and upstream's raw field and field_path where it named one.
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> field_violations;
  std::vector<PreconditionViolation> precondition_violations;
  // How long to wait before the next attempt.
  std::optional<absl::Duration> retry_after;
  // The id under which the gateway logged the call.
  std::string request_id;

  // The write may or may not have been done. Look before doing it again.
  bool outcome_unknown() const { return reason == "OUTCOME_UNKNOWN"; }
  // The gateway itself answered; otherwise only the connection to it is known to have failed.
  bool from_gateway() const { return !reason.empty(); }
};

// Reads a status with or without details. Details that cannot be decoded are left out: code and
// message always stand.
CallError ToCallError(const grpc::Status& status);

// "UNAVAILABLE", or "CODE_42" for a number gRPC has no name for.
std::string CodeName(grpc::StatusCode code);

}  // namespace billing::client

#endif  // CLIENT_CPP_CALL_ERROR_H_
