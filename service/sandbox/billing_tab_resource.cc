#include "absl/strings/ascii.h"
#include "service/sandbox/api_call.h"
#include "service/sandbox/field_checks.h"

namespace billing::sandbox {
namespace {

ApiResult Answer(const Expected<Json>& data) {
  if (!data.ok()) return data.error();
  return OkAnswer(*data);
}

ApiResult Deleted(const MaybeError& error) {
  if (error) return *error;
  return OkAnswer("null");
}

ApiResult AddItem(const ApiCall& call, int64_t customer_no) {
  if (!call.Is("POST")) return call.WrongMethod();
  constexpr std::string_view kHeader = "X-API-Deduplication-ID";
  const std::string_view id = call.request.Header(kHeader).value_or("");
  if (id.empty()) {
    return NotUnique(kHeader, "missing required header: X-API-Deduplication-ID");
  }
  if (id.size() > 36) return NotUnique(kHeader, "must be at most 36 characters");
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  return Answer(call.account.tabs.AddItem(customer_no, id, *body, call.world.Present()));
}

ApiResult ServeSettings(const ApiCall& call, int64_t customer_no) {
  BillingTabStore& tabs = call.account.tabs;
  if (call.Is("GET")) return OkAnswer(tabs.GetSettings(customer_no));
  if (call.Is("DELETE")) {
    tabs.DeleteSettings(customer_no, call.world.Now());
    return NoContent();
  }
  if (!call.Is("POST") && !call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  return Answer(tabs.SetSettings(customer_no, *body, call.world.Now()));
}

// GET and DELETE of a tab or an item by its UUID.
ApiResult ServeOne(const ApiCall& call, int64_t customer_no, const std::string& given, bool item) {
  if (!call.Is("GET") && !call.Is("DELETE")) return call.WrongMethod();
  if (!IsUuid(given)) {
    return InvalidParameter(FieldPath() / (item ? "billing_tab_item_id" : "billing_tab_id"),
                            "must be a UUID");
  }
  // UUIDs are written in lower case and read in either (RFC 9562).
  const std::string id = absl::AsciiStrToLower(given);
  BillingTabStore& tabs = call.account.tabs;
  if (call.Is("GET")) {
    return Answer(item ? tabs.GetItem(customer_no, id) : tabs.Get(customer_no, id));
  }
  return Deleted(item ? tabs.DeleteItem(customer_no, id) : tabs.Delete(customer_no, id));
}

}  // namespace

// The steps are customer, its number, billing-tab and what follows.
ApiResult ServeBillingTab(const ApiCall& call) {
  const std::vector<std::string>& steps = call.steps;
  const auto number = CustomerNumber(steps[1]);
  if (!number) return InvalidParameter(FieldPath() / "customer_no", "must be digits");
  if (call.account.customers.Find(*number) == nullptr) return NotFound(steps[1]);
  if (steps.size() == 3) {
    if (!call.Is("GET")) return call.WrongMethod();
    return Answer(call.account.tabs.Current(*number));
  }
  if (steps.size() == 5 && steps[3] == "item") return ServeOne(call, *number, steps[4], true);
  if (steps.size() != 4) return NotFound(call.request.path);
  if (steps[3] == "items") return AddItem(call, *number);
  if (steps[3] == "settings") return ServeSettings(call, *number);
  return ServeOne(call, *number, steps[3], false);
}

}  // namespace billing::sandbox
