#include "service/gateway/upstream/transfer.h"

namespace billing::gateway::upstream {

std::string_view HttpMethodName(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kPatch:
      return "PATCH";
    case HttpMethod::kDelete:
      return "DELETE";
  }
  return "";
}

std::optional<HttpMethod> ParseHttpMethod(std::string_view name) {
  for (HttpMethod method : {HttpMethod::kGet, HttpMethod::kPost, HttpMethod::kPut,
                            HttpMethod::kPatch, HttpMethod::kDelete}) {
    if (HttpMethodName(method) == name) return method;
  }
  return std::nullopt;
}

std::string_view TransferOutcomeName(TransferOutcome outcome) {
  switch (outcome) {
    case TransferOutcome::kOk:
      return "ok";
    case TransferOutcome::kConnectFailed:
      return "connect_failed";
    case TransferOutcome::kBroken:
      return "broken";
    case TransferOutcome::kTimedOut:
      return "timed_out";
    case TransferOutcome::kCancelled:
      return "cancelled";
    case TransferOutcome::kTooLarge:
      return "too_large";
    case TransferOutcome::kBadRequest:
      return "bad_request";
    case TransferOutcome::kStopped:
      return "stopped";
    case TransferOutcome::kInternal:
      return "internal";
  }
  return "";
}

}  // namespace billing::gateway::upstream
