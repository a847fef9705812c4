#include "client/billingctl/report.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "billing/gateway/v1/options.pb.h"
#include "client/billingctl/field_flags.h"
#include "client/billingctl/printer.h"
#include "google/protobuf/descriptor.pb.h"

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

// Of what says nothing about itself nothing can be promised.
bool IsWrite(const google::protobuf::MethodDescriptor& method) {
  const google::protobuf::MethodOptions& options = method.options();
  if (options.HasExtension(gateway::v1::rest)) {
    return options.GetExtension(gateway::v1::rest).safety() != gateway::v1::SAFETY_SAFE;
  }
  return options.idempotency_level() == google::protobuf::MethodOptions::IDEMPOTENT;
}

// Whether a file of the command line can hold the field.
bool MayBeInFile(const Invocation& line, const std::string& field) {
  if (!line.settings.request.empty()) return true;
  if (line.settings.file.empty()) return false;
  const google::protobuf::FieldDescriptor* body = line.command->body;
  return body == nullptr || field == body->name() ||
         absl::StartsWith(field, absl::StrCat(body->name(), "."));
}

// The flag or argument that sets a field at fault. What may stand in a file has none, unless it was
// given: the file is where to look then.
std::string FlagAtFault(const Invocation& line, const std::string& field) {
  std::string flag = FlagOf(*line.command, field);
  if (!MayBeInFile(line, field)) return flag;
  for (const Invocation::Field& given : line.fields) {
    const std::string path = given.path.ToString();
    if (field == path || absl::StartsWith(field, path + ".")) return given.flag;
  }
  const bool argument = !flag.empty() && !absl::StartsWith(flag, "--");
  return argument && !line.arguments.empty() ? flag : "";
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

void PrintError(const client::CallError& error, const Invocation& line, bool unsafe,
                std::ostream& out) {
  out << "billingctl: " << client::CodeName(error.code);
  if (!error.reason.empty()) out << " " << Visible(error.reason);
  if (!error.domain.empty()) out << " (" << Visible(error.domain) << ")";
  out << ": " << Visible(error.message) << "\n";
  for (const auto& violation : error.field_violations) {
    out << "  " << Visible(violation.field);
    const std::string flag = FlagAtFault(line, violation.field);
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
  const ExitCode code = ExitCodeOf(error, unsafe);
  if (code == kInDoubt) {
    out << "  It may have been done. Look before doing it again.\n";
  } else if (code == kNoAnswer && IsWrite(*line.command->method)) {
    out << "  It may have been done. Repeating it does nothing twice: it is idempotent, has its "
           "key, or was not sent.\n";
  }
}

}  // namespace billing::ctl
