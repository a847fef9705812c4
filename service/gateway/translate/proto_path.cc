#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/gateway/translate/method_table.h"

namespace billing::gateway::translate {
namespace {

// One step of upstream's notation: "items[0]" is the name "items" and the rest "[0]".
struct Step {
  std::string_view name;
  std::string_view index;
};

std::vector<Step> Steps(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const size_t end = std::min(path.find_first_of(":."), path.size());
    const std::string_view step = path.substr(0, end);
    const size_t bracket = std::min(step.find('['), step.size());
    steps.push_back({step.substr(0, bracket), step.substr(bracket)});
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return steps;
}

// Whether `index` is "[0]" and the like behind a list, or nothing.
bool IsIndex(std::string_view index, bool repeated) {
  if (index.empty()) return true;
  return repeated && index.size() > 2 && index.front() == '[' && index.back() == ']' &&
         index.find_first_not_of("0123456789", 1) == index.size() - 1;
}

// The proto path of `steps` within `table`; empty if they name no field of it.
std::string Walk(const MessageTable& table, const std::vector<Step>& steps) {
  std::string result;
  const MessageTable* message = &table;
  for (size_t i = 0; i < steps.size(); ++i) {
    const FieldTable* field = message == nullptr ? nullptr : message->FindJson(steps[i].name);
    if (field == nullptr || !IsIndex(steps[i].index, field->repeated)) return {};
    absl::StrAppend(&result, i == 0 ? "" : ".", field->proto_name, common::ToAbsl(steps[i].index));
    message = field->message;
    // "items:0:price": the position as a step of its own.
    const bool position =
        field->repeated && i + 1 < steps.size() && !steps[i + 1].name.empty() &&
        steps[i + 1].name.find_first_not_of("0123456789") == std::string_view::npos;
    if (position) {
      absl::StrAppend(&result, "[", common::ToAbsl(steps[i + 1].name), "]");
      ++i;
    }
  }
  return result;
}

}  // namespace

std::string ProtoPath(const Method& method, std::string_view upstream_path) {
  const std::vector<Step> steps = Steps(upstream_path);
  if (steps.empty()) return std::string(upstream_path);
  if (method.resource != nullptr) {
    const std::string inner = Walk(*method.resource->message, steps);
    if (!inner.empty()) return absl::StrCat(method.resource->proto_name, ".", inner);
  }
  for (const FieldTable& field : method.request->fields) {
    // A message in the query is flat upstream: filter.field is the parameter filter_field.
    if (method.places[field.index] != Place::kQuery || field.message == nullptr) continue;
    const std::string inner = Walk(*field.message, steps);
    if (!inner.empty()) return absl::StrCat(field.proto_name, ".", inner);
  }
  const std::string direct = Walk(*method.request, steps);
  return direct.empty() ? std::string(upstream_path) : direct;
}

}  // namespace billing::gateway::translate
