#include "service/gateway/providers/billpro/billpro.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "service/gateway/config/secret_file.h"
#include "service/gateway/providers/error_body.h"
#include "service/gateway/translate/call_error.h"

namespace billing::gateway::providers {
namespace {

using absl::StatusCode;
using nlohmann::json;

// Whether `body` can be a field map: each key of it has a list of messages, or an object of such.
bool IsFieldMap(const json& body) {
  return body.is_object() && std::all_of(body.begin(), body.end(),
                                         [](const json& value) { return value.is_structured(); });
}

// Each text of `value`, however deep in it, as one fault of `field`. What is no text says nothing.
void AddMessages(const std::string& field, const json& value, Fault* fault) {
  if (fault->fields.size() >= translate::kMaxViolations) return;
  if (value.is_string()) {
    fault->fields.emplace_back(translate::CleanText(field),
                               translate::CleanText(value.get_ref<const std::string&>()));
  } else if (value.is_array()) {
    for (const json& element : value) AddMessages(field, element, fault);
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      AddMessages(field.empty() ? key : absl::StrCat(field, ".", key), inner, fault);
    }
  }
}

// "phone is invalid; email can't be blank".
std::string Joined(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text;
  for (const auto& [field, message] : fields) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", field, " ", message);
    if (text.size() > translate::kMaxErrorText) break;
  }
  return translate::CleanText(text);
}

// A 422 with a message: upstream does not say what is wrong, but only so much can be for each class
// of operation (design/api.md, Errors).
void JudgeByOperation(const translate::Method& method, Fault* fault) {
  fault->reason = "UNPROCESSABLE";
  fault->own_reason = true;
  if (method.error_class == "create") {
    fault->code = StatusCode::kInvalidArgument;
  } else if (method.error_class == "entity") {
    fault->code = StatusCode::kNotFound;
  } else if (method.error_class == "list") {
    fault->code = StatusCode::kFailedPrecondition;
    fault->reason = "UPSTREAM_PROFILE_REJECTED";
    fault->own_reason = false;
  } else {
    fault->code = StatusCode::kFailedPrecondition;
  }
}

bool IsToken(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::vector<std::string> BillPro::required_keys() const {
  return {"credentials.token_file", "profile_id"};
}

absl::StatusOr<std::vector<NameValue>> BillPro::Headers(
    const billing::gateway::v1::AccountConfig& account) const {
  absl::StatusOr<std::string> token = config::ReadSecretFile(account.credentials().token_file());
  if (!token.ok()) return token.status();
  if (!IsToken(*token)) {
    return absl::InvalidArgumentError(
        "the token in credentials.token_file must have visible ASCII characters only");
  }
  return std::vector<NameValue>{{"Authorization", absl::StrCat("Bearer ", *token)},
                                {"Accept", "application/json"},
                                {"Content-Type", "application/json"}};
}

std::vector<NameValue> BillPro::Query(const billing::gateway::v1::AccountConfig& account) const {
  return {{"profile_id", std::to_string(account.profile_id())}};
}

Fault BillPro::ReadError(const translate::Method& method, const ErrorAnswer& answer) const {
  Fault fault;
  fault.code = CodeOfHttpStatus(answer.http_status);
  fault.reason = absl::StrCat("HTTP_", answer.http_status);
  fault.credentials_rejected = answer.http_status == 401;
  const bool judged = answer.http_status == 400 || answer.http_status == 422;

  const json body = ParseErrorBody(answer.body);
  const auto error = body.is_object() ? body.find("error") : body.end();
  if (error != body.end() && error->is_string()) {
    fault.message = translate::CleanText(error->get_ref<const std::string&>());
    if (answer.http_status == 422) JudgeByOperation(method, &fault);
    return fault;
  }
  if (judged && IsFieldMap(body)) AddMessages("", body, &fault);
  if (!fault.fields.empty()) {
    fault.code = StatusCode::kInvalidArgument;
    fault.reason = "INVALID_FIELDS";
    fault.own_reason = true;
    fault.message = Joined(fault.fields);
    return fault;
  }
  fault.message = translate::CleanText(answer.body);
  if (fault.code == StatusCode::kInternal) fault.reason = "UPSTREAM_MALFORMED";
  return fault;
}

}  // namespace billing::gateway::providers
