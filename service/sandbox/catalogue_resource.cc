#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/sandbox/api_call.h"

namespace billing::sandbox {
namespace {

const ListRules& ItemRules() {
  static const ListRules kRules = {
      .paging_required = false,
      .filter_types = {"field", "field-prefix", "field-search", "special"},
      .filter_fields = {"item_no", "title", "description", "price", "bookkeeping:income_account",
                        "bookkeeping:vat_account"},
      .order_fields = {"item_no", "title", "price", "created_at", "updated_at"}};
  return kRules;
}

const ListRules& OfferRules() {
  static const ListRules kRules = {.paging_required = false,
                                   .filter_types = {"field", "field-prefix", "field-search"},
                                   .filter_fields = {"offer_id", "title"},
                                   .order_fields = {"offer_id", "title"}};
  return kRules;
}

Json FieldOfItem(const Json& item, std::string_view field) {
  if (field != "search") return ReadColonPath(item, field);
  std::string text;
  for (const char* name : {"item_no", "title", "description"}) {
    absl::StrAppend(&text, item.Find(name)->text(), "\n");
  }
  return Json::String(text);
}

ApiResult ListItems(const ApiCall& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, ItemRules());
  if (!query.ok()) return query.error();
  return ListDocuments(*query, call.account.items.All(), FieldOfItem);
}

ApiResult ListOffers(const ApiCall& call) {
  Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  QueryParameters rest;
  std::optional<std::string> type;
  for (const auto& [name, value] : *parameters) {
    if (name != "type") {
      rest.emplace_back(name, value);
    } else if (type) {
      return InvalidQueryParameter(name, "is given twice");
    } else {
      type = value;
    }
  }
  if (!type) return MissingQueryParameter("type");
  if (*type != "banner" && *type != "sale") {
    return InvalidQueryParameter("type", "must be banner or sale");
  }
  const Expected<ListQuery> query = ParseListQuery(rest, OfferRules());
  if (!query.ok()) return query.error();
  return ListDocuments(*query, call.account.offers.OfType(*type), ReadColonPath);
}

// A created or changed document.
ApiResult Answer(const Expected<const Json*>& document) {
  if (!document.ok()) return document.error();
  return OkAnswer(**document);
}

}  // namespace

ApiResult ServeItems(const ApiCall& call) {
  ItemStore& items = call.account.items;
  if (call.steps.size() > 2) return NotFound(call.request.path);
  if (call.steps.size() == 1) {
    if (call.Is("GET")) return ListItems(call);
    if (!call.Is("POST")) return call.WrongMethod();
    const Expected<Json> body = call.Body();
    if (!body.ok()) return body.error();
    return Answer(items.Create(*body, call.world.Now()));
  }
  const std::string& number = call.steps[1];
  if (call.Is("GET")) {
    const Json* item = items.Find(number);
    if (item == nullptr) return NotFound(number);
    return OkAnswer(*item);
  }
  if (call.Is("DELETE")) {
    if (auto error = items.Delete(number)) return *error;
    return OkAnswer("null");
  }
  if (!call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  return Answer(items.Update(number, *body, call.world.Now()));
}

ApiResult ServeOffers(const ApiCall& call) {
  OfferStore& offers = call.account.offers;
  if (call.steps.size() > 2) return NotFound(call.request.path);
  if (call.steps.size() == 1) {
    if (call.Is("GET")) return ListOffers(call);
    if (!call.Is("POST")) return call.WrongMethod();
    const Expected<Json> body = call.Body();
    if (!body.ok()) return body.error();
    return Answer(offers.Create(*body, call.world.Now()));
  }
  const std::string& id = call.steps[1];
  if (call.Is("GET")) {
    const Json* offer = offers.Find(id);
    if (offer == nullptr) return NotFound(id);
    return OkAnswer(*offer);
  }
  if (!call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  return Answer(offers.Update(id, *body, call.world.Now()));
}

}  // namespace billing::sandbox
