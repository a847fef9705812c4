#include "service/gateway/providers/billogram/billogram.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "service/gateway/config/secret_file.h"
#include "service/gateway/providers/error_body.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/values.h"

namespace billing::gateway::providers {
namespace {

using nlohmann::json;

// The statuses of design/reference, section 2.4, and what a program can do about them.
struct KnownStatus {
  std::string_view status;
  absl::StatusCode code;
};
constexpr KnownStatus kKnown[] = {
    {"MISSING_AUTH", absl::StatusCode::kFailedPrecondition},
    {"INVALID_AUTH", absl::StatusCode::kFailedPrecondition},
    {"PERMISSION_DENIED", absl::StatusCode::kPermissionDenied},
    {"NOT_FOUND", absl::StatusCode::kNotFound},
    {"NOT_AVAILABLE_YET", absl::StatusCode::kUnavailable},
    {"METHOD_NOT_ALLOWED", absl::StatusCode::kUnimplemented},
    {"MISSING_QUERY_PARAMETER", absl::StatusCode::kInvalidArgument},
    {"INVALID_QUERY_PARAMETER", absl::StatusCode::kInvalidArgument},
    {"INVALID_PARAMETER", absl::StatusCode::kInvalidArgument},
    {"INVALID_PARAMETER_COMBINATION", absl::StatusCode::kInvalidArgument},
    {"READ_ONLY_PARAMETER", absl::StatusCode::kInvalidArgument},
    {"UNKNOWN_PARAMETER", absl::StatusCode::kInvalidArgument},
    {"INVALID_OBJECT_STATE", absl::StatusCode::kFailedPrecondition},
};

std::string Text(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  return it->is_number() ? it->dump() : std::string();
}

// A path in colon notation, an array of its parts, or null; recorded in all three shapes.
std::string FieldPath(const json& data) {
  const auto it = data.find("field_path");
  if (it == data.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  std::string joined;
  if (!it->is_array()) return joined;
  for (const json& part : *it) {
    const std::string step = part.is_string() ? part.get<std::string>() : part.dump();
    absl::StrAppend(&joined, joined.empty() ? "" : ":", step);
  }
  return joined;
}

bool IsToken(const std::string& status) {
  return !status.empty() && status.size() <= 63 &&
         std::all_of(status.begin(), status.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

std::vector<std::string> Billogram::required_keys() const {
  return {"credentials.user_file", "credentials.key_file"};
}

absl::StatusOr<std::vector<NameValue>> Billogram::Headers(
    const billing::gateway::v1::AccountConfig& account) const {
  absl::StatusOr<std::string> user = config::ReadSecretFile(account.credentials().user_file());
  if (!user.ok()) return user.status();
  absl::StatusOr<std::string> key = config::ReadSecretFile(account.credentials().key_file());
  if (!key.ok()) return key.status();
  if (user->find(':') != std::string::npos) {
    return absl::InvalidArgumentError(
        "the user name in credentials.user_file must not contain a colon");
  }
  std::string authorization = "Basic ";
  translate::AppendBase64(absl::StrCat(*user, ":", *key), &authorization);
  return std::vector<NameValue>{{"Authorization", std::move(authorization)},
                                {"Accept", "application/json"},
                                {"Content-Type", "application/json"}};
}

std::vector<NameValue> Billogram::Query(const billing::gateway::v1::AccountConfig&) const {
  return {};
}

Fault Billogram::ReadError(const translate::Method&, const ErrorAnswer& answer) const {
  Fault fault;
  fault.code = CodeOfHttpStatus(answer.http_status);
  fault.reason = absl::StrCat("HTTP_", answer.http_status);
  fault.credentials_rejected = answer.http_status == 401;

  const json body = ParseErrorBody(answer.body);
  if (!body.is_object()) {
    fault.message = translate::CleanText(answer.body);
    if (fault.code == absl::StatusCode::kInternal) fault.reason = "UPSTREAM_MALFORMED";
    return fault;
  }
  if (const auto data = body.find("data"); data != body.end() && data->is_object()) {
    fault.message = translate::CleanText(Text(*data, "message"));
    fault.field = Text(*data, "field");
    fault.field_path = FieldPath(*data);
  }
  const std::string status = Text(body, "status");
  if (!IsToken(status) || status == "OK") return fault;
  fault.reason = status;
  fault.own_reason = true;
  const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [&](const KnownStatus& k) { return k.status == status; });
  if (known != std::end(kKnown)) {
    fault.documented = true;
    fault.code = known->code;
    fault.credentials_rejected = status == "MISSING_AUTH" || status == "INVALID_AUTH";
    fault.not_available_yet = status == "NOT_AVAILABLE_YET";
  } else if (fault.code == absl::StatusCode::kInternal) {
    fault.code = absl::StatusCode::kFailedPrecondition;
  }
  return fault;
}

}  // namespace billing::gateway::providers
