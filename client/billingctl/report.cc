#include "client/billingctl/report.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client/billingctl/field_flags.h"
#include "client/billingctl/printer.h"

namespace billing::ctl {
namespace {

using grpc::StatusCode;

// What the first line says already.
bool IsTold(const std::string& key) {
  return key == "method" || key == "field" || key == "field_path";
}

// What gRPC itself reports when it lost a call that it had perhaps sent, or an answer.
bool MayBeLost(StatusCode code) {
  return code == StatusCode::UNAVAILABLE || code == StatusCode::DEADLINE_EXCEEDED ||
         code == StatusCode::CANCELLED || code == StatusCode::UNKNOWN ||
         code == StatusCode::INTERNAL || code == StatusCode::RESOURCE_EXHAUSTED ||
         code == StatusCode::DATA_LOSS;
}

}  // namespace

ExitCode ExitCodeOf(const client::CallError& error, bool unsafe) {
  if (error.outcome_unknown()) return kInDoubt;
  if (unsafe && !error.from_gateway() && MayBeLost(error.code)) return kInDoubt;
  switch (error.code) {
    case StatusCode::OK:
      return kDone;
    case StatusCode::NOT_FOUND:
      return kNotFound;
    case StatusCode::PERMISSION_DENIED:
    case StatusCode::UNAUTHENTICATED:
      return kNotAllowed;
    case StatusCode::UNAVAILABLE:
    case StatusCode::RESOURCE_EXHAUSTED:
      return kTryLater;
    case StatusCode::DEADLINE_EXCEEDED:
    case StatusCode::CANCELLED:
      return kNoAnswer;
    case StatusCode::INVALID_ARGUMENT:
    case StatusCode::FAILED_PRECONDITION:
    case StatusCode::ALREADY_EXISTS:
    case StatusCode::OUT_OF_RANGE:
    case StatusCode::ABORTED:
      return kRefused;
    default:
      return kServerFailure;
  }
}

void PrintError(const client::CallError& error, const Command& command, bool unsafe,
                std::ostream& out) {
  out << "billingctl: " << client::CodeName(error.code);
  if (!error.reason.empty()) out << " " << Visible(error.reason);
  if (!error.domain.empty()) out << " (" << Visible(error.domain) << ")";
  out << ": " << Visible(error.message) << "\n";
  for (const auto& violation : error.field_violations) {
    out << "  " << Visible(violation.field);
    const std::string flag = FlagOf(command, violation.field);
    if (!flag.empty()) out << " (" << Visible(flag) << ")";
    out << ": " << Visible(violation.description) << "\n";
  }
  for (const auto& violation : error.precondition_violations) {
    out << "  " << Visible(violation.subject) << " " << Visible(violation.type) << ": "
        << Visible(violation.description) << "\n";
  }
  for (const auto& [key, value] : error.metadata) {
    if (!IsTold(key)) out << "  " << Visible(key) << ": " << Visible(value) << "\n";
  }
  if (!error.request_id.empty()) out << "  request id: " << Visible(error.request_id) << "\n";
  if (error.retry_after) {
    out << "  try again after: " << absl::FormatDuration(*error.retry_after) << "\n";
  }
  if (ExitCodeOf(error, unsafe) == kInDoubt) {
    out << "  It may have been done. Look before doing it again.\n";
  }
}

}  // namespace billing::ctl
