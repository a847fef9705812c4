#include "service/sandbox/api_call.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::sandbox {

using common::ToAbsl;
using common::ToStd;

Expected<QueryParameters> ApiCall::Query() const {
  auto parameters = common::ParseQuery(request.query);
  if (!parameters) return InvalidQueryParameter("query", "is not percent-encoded correctly");
  for (const auto& [name, value] : *parameters) {
    if (!IsUtf8(name) || !IsUtf8(value)) return InvalidQueryParameter("query", "is not UTF-8");
  }
  return *std::move(parameters);
}

Expected<Json> ApiCall::Body() const {
  if (request.body.empty()) return Json::MakeObject();
  absl::StatusOr<Json> body = ParseJson(request.body);
  if (!body.ok()) return MalformedBody(ToStd(body.status().message()));
  // Billogram's own Python library writes null where it has nothing to say.
  if (body->is_null()) return Json::MakeObject();
  if (!body->is_object()) return MalformedBody("it is something else");
  return *std::move(body);
}

ApiAnswer OkAnswer(std::string_view data) {
  return {absl::StrCat("{\"status\": \"OK\", \"data\": ", ToAbsl(data), "}")};
}

ApiAnswer OkAnswer(const Json& data) { return OkAnswer(data.ToString()); }

ApiAnswer NoContent() { return {.body = "", .status = 204, .content_type = ""}; }

ApiAnswer ListAnswer(std::string_view objects, size_t total, Json meta) {
  Json all = Json::MakeObject({{"total_count", Json::Integer(static_cast<int64_t>(total))}});
  for (const auto& [name, value] : meta.members()) all.Set(name, value);
  return {absl::StrCat("{\"status\": \"OK\", \"data\": [", ToAbsl(objects),
                       "], \"meta\": ", all.ToString(), "}")};
}

ApiResult ListDocuments(const ListQuery& query, const std::vector<const Json*>& stored,
                        Json (*read)(const Json& object, std::string_view field)) {
  const std::vector<size_t> all = SelectObjects(
      query, stored.size(),
      [&](size_t index, std::string_view field) { return read(*stored[index], field); });
  std::string objects;
  for (size_t index : PageOf(query, all)) {
    absl::StrAppend(&objects, objects.empty() ? "" : ", ", stored[index]->ToString());
  }
  return ListAnswer(objects, all.size());
}

std::optional<int64_t> CustomerNumber(std::string_view step) {
  int64_t number = 0;
  const bool numeric = !step.empty() && step.size() <= 18 &&
                       step.find_first_not_of("0123456789") == std::string_view::npos &&
                       absl::SimpleAtoi(ToAbsl(step), &number);
  return numeric ? std::optional<int64_t>(number) : std::nullopt;
}

}  // namespace billing::sandbox
