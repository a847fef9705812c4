#include "service/gateway/translate/call_error.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace billing::gateway::translate {
namespace {

constexpr size_t kMaxDetailText = 256;

// The size of grpc-message and grpc-status-details-bin, percent-encoded and in base64.
size_t HeaderBytes(const std::string& message, const std::string& details) {
  size_t size = (details.size() + 2) / 3 * 4;
  for (char c : message) size += c < 0x20 || c > 0x7E || c == '%' ? 3 : 1;
  return size;
}

// What a violation takes in the details at most, before base64.
size_t DetailBytes(const Violation& violation) {
  constexpr size_t kTagsAndLengths = 9;
  return std::min(violation.field.size(), kMaxDetailText) +
         std::min(violation.description.size(), kMaxDetailText) + kTagsAndLengths;
}

// Leaves out the violations that cannot fit behind those before them, however many there are, so
// that details are serialised at their final size or little more.
void DropHopeless(std::vector<Violation>& violations) {
  // By so much an entry may be smaller, with empty or shortened texts.
  constexpr size_t kSlack = 7;
  size_t size = 0;
  for (size_t i = 0; i < violations.size(); ++i) {
    size += DetailBytes(violations[i]) - kSlack;
    if (size > kMaxErrorHeaders) return violations.resize(i);
  }
}

// Leaves out as many of the last violations as must go for details to shrink by `excess` bytes of
// base64, but never more.
void DropExcess(size_t excess, std::vector<Violation>& violations) {
  for (size_t freed = 0; freed < excess && !violations.empty(); violations.pop_back()) {
    freed += (DetailBytes(violations.back()) + 2) / 3 * 4;
  }
}

}  // namespace

CallError InvalidRequest(std::vector<Violation> violations) {
  CallError error;
  error.code = absl::StatusCode::kInvalidArgument;
  error.reason = "INVALID_REQUEST";
  if (violations.size() == 1) {
    error.message = absl::StrCat(violations[0].field, violations[0].field.empty() ? "" : " ",
                                 violations[0].description);
  } else {
    error.message =
        absl::StrCat("the request has ", violations.size() < kMaxViolations ? "" : "at least ",
                     violations.size(), " mistakes");
  }
  error.violations = std::move(violations);
  return error;
}

std::string SerializeDetails(const CallError& error) {
  google::rpc::Status status;
  status.set_code(static_cast<int>(error.code));
  status.set_message(error.message);
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(error.domain);
  for (const auto& [key, value] : error.metadata) {
    (*info.mutable_metadata())[key] = CleanText(value, kMaxDetailText);
  }
  status.add_details()->PackFrom(info);
  if (!error.violations.empty()) {
    google::rpc::BadRequest bad;
    for (const Violation& violation : error.violations) {
      auto* entry = bad.add_field_violations();
      entry->set_field(CleanText(violation.field, kMaxDetailText));
      entry->set_description(CleanText(violation.description, kMaxDetailText));
    }
    status.add_details()->PackFrom(bad);
  }
  if (!error.precondition_subject.empty()) {
    google::rpc::PreconditionFailure failure;
    auto* entry = failure.add_violations();
    entry->set_type(error.reason);
    entry->set_subject(error.precondition_subject);
    entry->set_description(CleanText(error.message, kMaxDetailText));
    status.add_details()->PackFrom(failure);
  }
  if (error.retry_after) {
    google::rpc::RetryInfo retry;
    const absl::Duration delay = std::max(*error.retry_after, absl::ZeroDuration());
    const int64_t seconds = absl::ToInt64Seconds(delay);
    retry.mutable_retry_delay()->set_seconds(seconds);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(delay - absl::Seconds(seconds))));
    status.add_details()->PackFrom(retry);
  }
  if (!error.request_id.empty()) {
    google::rpc::RequestInfo request;
    request.set_request_id(error.request_id);
    status.add_details()->PackFrom(request);
  }
  return status.SerializeAsString();
}

std::string FitDetails(CallError& error) {
  constexpr size_t kShortMessage = 512;
  error.message = CleanText(error.message);
  DropHopeless(error.violations);
  while (true) {
    std::string details = SerializeDetails(error);
    const size_t size = HeaderBytes(error.message, details);
    if (size <= kMaxErrorHeaders) return details;
    const size_t excess = size - kMaxErrorHeaders;
    if (error.message.size() > kShortMessage) {
      // A character costs at most 3 bytes in the message and 4/3 in the details, and 1 at least.
      const size_t cut = std::clamp<size_t>(excess / 5, 16, error.message.size());
      error.message = CleanText(error.message, std::max(kShortMessage, error.message.size() - cut));
    } else if (!error.violations.empty()) {
      DropExcess(excess, error.violations);
    } else {
      return details;
    }
  }
}

std::string CleanText(std::string_view text, size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && (static_cast<uint8_t>(text[limit]) & 0xC0) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  std::string result(text);
  if (text.empty() || simdjson::validate_utf8(text.data(), text.size())) return result;
  for (char& c : result) {
    if (static_cast<int8_t>(c) < 0) c = '?';
  }
  return result;
}

}  // namespace billing::gateway::translate
