#ifndef SERVICE_GATEWAY_TRANSLATE_CALL_ERROR_H_
#define SERVICE_GATEWAY_TRANSLATE_CALL_ERROR_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/gateway/translate/wire_to_json.h"

namespace billing::gateway::translate {

// The domain of reasons that this gateway gives itself.
inline constexpr std::string_view kGatewayDomain = "billing-gateway";

// Longest text of upstream's that an error carries, in bytes.
inline constexpr size_t kMaxErrorText = 4096;

// What message and details may take in the trailers of a call, as they are encoded there. Stock
// clients refuse trailers of more than 8 KiB, and the whole error with them.
inline constexpr size_t kMaxErrorHeaders = 6 << 10;

// The error of one call, as a program can act on it. Its standard details are those of
// google/rpc/error_details.proto.
struct CallError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string message;
  std::string reason;  // ErrorInfo.reason
  std::string domain = std::string(kGatewayDomain);
  std::vector<std::pair<std::string, std::string>> metadata;  // ErrorInfo.metadata
  std::vector<Violation> violations;                          // BadRequest
  std::string precondition_subject;           // PreconditionFailure of type `reason`, if not empty
  std::optional<absl::Duration> retry_after;  // RetryInfo
  bool never_retry = false;                   // pushback -1: a repetition could do the thing twice
  std::string request_id;                     // RequestInfo
};

// All `violations` of a request in one INVALID_ARGUMENT.
CallError InvalidRequest(std::vector<Violation> violations);

// A serialised google.rpc.Status: the value of grpc-status-details-bin.
std::string SerializeDetails(const CallError& error);

// The same, after shortening the message and leaving out the last violations until the error fits
// kMaxErrorHeaders.
std::string FitDetails(CallError& error);

// `text` cut to `limit` bytes at a character boundary; invalid UTF-8 is replaced, so that the
// result can stand in a protobuf string.
std::string CleanText(std::string_view text, size_t limit = kMaxErrorText);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_CALL_ERROR_H_
