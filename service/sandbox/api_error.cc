#include "service/sandbox/api_error.h"

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

ApiError Plain(int http_status, std::string_view status, std::string message) {
  return {http_status, std::string(status), std::move(message), Json(), Json()};
}

ApiError AtPath(std::string_view status, const FieldPath& path, std::string_view message) {
  return {400, std::string(status), std::string(message), Json::StringOrNull(path.Leaf()),
          Json::StringOrNull(path.Notation())};
}

}  // namespace

std::string ApiError::Body() const {
  Json data = Json::MakeObject({{"message", Json::String(message)}});
  if (!field.is_null()) {
    data.Set("field", field);
    data.Set("field_path", field_path);
  }
  return Json::MakeObject({{"status", Json::String(status)}, {"data", std::move(data)}}).ToString();
}

FieldPath FieldPath::operator/(std::string_view key) const {
  FieldPath longer = *this;
  longer.steps_.push_back({std::string(key), false});
  return longer;
}

FieldPath FieldPath::operator/(size_t index) const {
  FieldPath longer = *this;
  longer.steps_.push_back({std::to_string(index), true});
  return longer;
}

std::string FieldPath::Notation() const {
  std::string text;
  for (const Step& step : steps_) {
    if (step.is_index) {
      absl::StrAppend(&text, "[", step.text, "]");
    } else {
      absl::StrAppend(&text, text.empty() ? "" : ":", step.text);
    }
  }
  return text;
}

std::string FieldPath::Leaf() const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!step->is_index) return step->text;
  }
  return "";
}

Json FieldPath::AsArray() const {
  Json array = Json::MakeArray();
  for (const Step& step : steps_) array.Append(Json::String(step.text));
  return array;
}

ApiError InvalidParameter(const FieldPath& path, std::string_view message) {
  return AtPath("INVALID_PARAMETER", path, message);
}

ApiError NotUnique(std::string_view field, std::string_view message) {
  return {400, "INVALID_PARAMETER", std::string(message), Json::String(field), Json()};
}

ApiError InvalidCombination(const FieldPath& path, std::string_view message) {
  return AtPath("INVALID_PARAMETER_COMBINATION", path, message);
}

ApiError ReadOnlyParameter(const FieldPath& path) {
  return AtPath("READ_ONLY_PARAMETER", path, absl::StrCat(path.Leaf(), " is read-only"));
}

ApiError UnknownParameter(const FieldPath& path) {
  ApiError error = AtPath("UNKNOWN_PARAMETER", path, absl::StrCat("unexpected key: ", path.Leaf()));
  error.field_path = path.top_level() ? Json::MakeArray() : path.AsArray();
  return error;
}

ApiError MissingQueryParameter(std::string_view name) {
  return {400, "MISSING_QUERY_PARAMETER", absl::StrCat("missing query parameter: ", ToAbsl(name)),
          Json::String(name), Json()};
}

ApiError InvalidQueryParameter(std::string_view name, std::string_view message) {
  return {400, "INVALID_QUERY_PARAMETER", absl::StrCat(ToAbsl(name), ": ", ToAbsl(message)),
          Json::String(name), Json()};
}

ApiError InvalidObjectState(std::string_view event, std::string_view state) {
  return Plain(
      400, "INVALID_OBJECT_STATE",
      absl::StrCat("The ", ToAbsl(event),
                   " event is not supported in the current state Billogram_State_", ToAbsl(state)));
}

ApiError NotFound(std::string_view id) {
  return Plain(404, "NOT_FOUND", absl::StrCat("object not found with id=", ToAbsl(id)));
}

ApiError NotAvailableYet(std::string_view message) {
  return Plain(404, "NOT_AVAILABLE_YET", std::string(message));
}

ApiError PermissionDenied(std::string_view message) {
  return Plain(403, "PERMISSION_DENIED", std::string(message));
}

ApiError MethodNotAllowed(std::string_view method) {
  return Plain(405, "METHOD_NOT_ALLOWED", absl::StrCat("method not allowed: ", ToAbsl(method)));
}

ApiError MissingAuth() { return Plain(401, "MISSING_AUTH", "credentials are required"); }

ApiError InvalidAuth() { return Plain(401, "INVALID_AUTH", "user or key is wrong"); }

ApiError MalformedBody(std::string_view message) {
  return Plain(400, "INVALID_PARAMETER",
               absl::StrCat("the body is not a JSON object: ", ToAbsl(message)));
}

}  // namespace billing::sandbox
