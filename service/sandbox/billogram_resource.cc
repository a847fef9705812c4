#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/api_call.h"
#include "service/sandbox/billogram_commands.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

const ListRules& EventRules() {
  static const ListRules kRules = {.paging_required = false,
                                   .filter_required = true,
                                   .filter_types = {"field"},
                                   .filter_fields = {"billogram_id"},
                                   .order_fields = {"created_at"}};
  return kRules;
}

// A created or changed billogram, compact where the request asks for that.
ApiAnswer Changed(const Billogram& billogram, const Json& request) {
  const bool compact = request.Text("return_data") == "compact";
  return OkAnswer(compact ? RenderCompact(billogram).ToString() : RenderText(billogram));
}

ApiResult Create(const ApiCall& call) {
  if (!call.Is("POST")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto created = call.account.billograms.Create(*body, call.world.Present());
  if (!created.ok()) return created.error();
  return Changed(**created, *body);
}

ApiResult ServeOne(const ApiCall& call) {
  const std::string& id = call.steps[1];
  BillogramStore& store = call.account.billograms;
  if (call.Is("GET")) {
    const Billogram* billogram = store.Find(id);
    if (billogram == nullptr) return NotFound(id);
    return OkAnswer(RenderText(*billogram));
  }
  if (call.Is("DELETE")) {
    if (auto error = store.Delete(id)) return *error;
    return OkAnswer("{}");
  }
  if (!call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto updated = store.Update(id, *body, call.world.Present());
  if (!updated.ok()) return updated.error();
  return Changed(**updated, *body);
}

ApiResult RunOne(const ApiCall& call) {
  if (!IsCommand(call.steps[3])) return NotFound(call.steps[3]);
  if (!call.Is("POST")) return call.WrongMethod();
  BillogramStore& store = call.account.billograms;
  Billogram* billogram = store.Find(call.steps[1]);
  if (billogram == nullptr) return NotFound(call.steps[1]);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const Occasion now = call.world.Present();
  if (auto error = RunCommand(call.steps[3], {store, *billogram, *body, now, FieldPath()})) {
    return *error;
  }
  store.Reschedule(*billogram);
  return OkAnswer(RenderText(*billogram));
}

}  // namespace

ApiResult ServeBillograms(const ApiCall& call) {
  const std::vector<std::string>& steps = call.steps;
  if (steps.size() == 1) return call.Is("GET") ? ListBillograms(call) : Create(call);
  if (steps.size() == 2 && absl::EndsWith(steps[1], ".pdf")) {
    return ServePdf(call, std::string_view(steps[1]).substr(0, steps[1].size() - 4));
  }
  if (steps.size() == 2) return ServeOne(call);
  if (steps.size() == 3 && steps[2] == "attachment.pdf") return ServeAttachment(call);
  if (steps.size() == 4 && steps[2] == "command") return RunOne(call);
  return NotFound(call.request.path);
}

ApiResult ServeBillogramEvents(const ApiCall& call) {
  if (call.steps.size() != 1) return NotFound(call.request.path);
  if (!call.Is("GET")) return call.WrongMethod();
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, EventRules());
  if (!query.ok()) return query.error();
  const Billogram* billogram = call.account.billograms.Find(query->filter_value);
  if (billogram == nullptr) return ListAnswer("", 0);
  ListQuery order = *query;
  order.filter_type.clear();
  const std::vector<size_t> all =
      SelectObjects(order, billogram->events.size(), [&](size_t index, std::string_view) {
        return Json::String(FormatTimestamp(billogram->events[index].at));
      });
  std::string objects;
  for (size_t index : PageOf(*query, all)) {
    absl::StrAppend(&objects, objects.empty() ? "" : ", ",
                    RenderEvent(*billogram, billogram->events[index]).ToString());
  }
  return ListAnswer(objects, all.size());
}

}  // namespace billing::sandbox
