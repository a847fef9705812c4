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

// Whether `body` can be a field map: keys of it have lists of messages, objects of such, or one
// message, beside which a number or literal says nothing. An object of texts alone is one only if
// it names a field of the request.
bool IsFieldMap(const translate::Method& method, const json& body) {
  if (!body.is_object()) return false;
  bool names_field = false;
  for (const auto& [key, value] : body.items()) {
    if (!value.is_structured() && !value.is_string()) continue;
    names_field |= value.is_structured() || translate::ProtoPath(method, key) != key;
  }
  return names_field;
}

// The text of an error that has a message: {"error": "…"} or {"error": {"message": "…"}}.
const std::string* MessageOf(const json& body) {
  if (!body.is_object()) return nullptr;
  const auto error = body.find("error");
  if (error == body.end()) return nullptr;
  if (error->is_string()) return &error->get_ref<const std::string&>();
  if (!error->is_object()) return nullptr;
  const auto message = error->find("message");
  if (message == error->end() || !message->is_string()) return nullptr;
  return &message->get_ref<const std::string&>();
}

// Beside a message only what has the documented shape is a field's: the rest may be anything.
json FieldsBesideMessage(const json& body) {
  json fields = json::object();
  for (const auto& [key, value] : body.items()) {
    if (key != "error" && value.is_structured()) fields[key] = value;
  }
  return fields;
}

// Each text of `value`, however deep in it, as one fault of `field`. What is no text says nothing;
// objects in a list are faults of the elements of `field`, in their order.
void AddMessages(const std::string& field, const json& value, Fault* fault) {
  if (fault->fields.size() >= translate::kMaxViolations) return;
  if (value.is_string()) {
    fault->fields.emplace_back(translate::CleanText(field),
                               translate::CleanText(value.get_ref<const std::string&>()));
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      const bool names_element = value[i].is_object() && !field.empty();
      AddMessages(names_element ? absl::StrCat(field, ".", i) : field, value[i], fault);
    }
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
// of operation.
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
  const std::string* message = MessageOf(body);
  if (message != nullptr) fault.message = translate::CleanText(*message);
  if (judged && message != nullptr) AddMessages("", FieldsBesideMessage(body), &fault);
  if (judged && message == nullptr && IsFieldMap(method, body)) AddMessages("", body, &fault);
  if (!fault.fields.empty()) {
    fault.code = StatusCode::kInvalidArgument;
    fault.reason = "INVALID_FIELDS";
    fault.own_reason = true;
    if (message == nullptr) fault.message = Joined(fault.fields);
    return fault;
  }
  if (message != nullptr) {
    if (answer.http_status == 422) JudgeByOperation(method, &fault);
    return fault;
  }
  fault.message = translate::CleanText(answer.body);
  if (fault.code == StatusCode::kInternal) fault.reason = "UPSTREAM_MALFORMED";
  return fault;
}

}  // namespace billing::gateway::providers
