#include "absl/strings/str_cat.h"
#include "service/sandbox/billogram_api.h"
#include "service/sandbox/billogram_api_call.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

const ListRules& BillogramRules() {
  static const ListRules kRules = {
      .filter_types = {"field", "field-prefix", "field-search"},
      .filter_fields = {"id", "invoice_no", "invoice_date", "due_date", "ocr_number",
                        "customer:name", "customer:customer_no", "customer:org_no", "state",
                        "creditor_unique_value"},
      .order_fields = {"invoice_no", "invoice_date", "due_date", "customer:name",
                       "customer:customer_no", "state", "attested_at"}};
  return kRules;
}

const ListRules& CustomerRules() {
  static const ListRules kRules = {
      .filter_types = {"field", "field-prefix", "field-search", "special"},
      .filter_fields = {"customer_no", "name", "notes", "org_no", "company_type", "contact:name",
                        "contact:email", "contact:phone", "address:street_address",
                        "address:careof", "address:zipcode", "address:city", "address:country",
                        "delivery_address:name", "delivery_address:street_address",
                        "delivery_address:careof", "delivery_address:zipcode",
                        "delivery_address:city", "delivery_address:country"},
      .order_fields = {"customer_no", "name", "org_no", "contact:email", "contact:phone",
                       "address:zipcode", "address:city", "delivery_address:name",
                       "delivery_address:zipcode", "delivery_address:city", "created_at",
                       "updated_at"}};
  return kRules;
}

const ListRules& EventRules() {
  static const ListRules kRules = {.paging_required = false,
                                   .filter_required = true,
                                   .filter_types = {"field"},
                                   .filter_fields = {"billogram_id"},
                                   .order_fields = {"created_at"}};
  return kRules;
}

Json FieldOfBillogram(const Billogram& billogram, std::string_view field) {
  if (field == "id") return Json::String(billogram.id);
  if (field == "state") return Json::String(billogram.state);
  if (field == "ocr_number") return Json::StringOrNull(billogram.ocr_number);
  if (field == "invoice_no") {
    return billogram.invoice_no ? Json::Integer(*billogram.invoice_no) : Json();
  }
  if (field == "attested_at") {
    return billogram.attested_at ? Json::String(FormatTimestamp(*billogram.attested_at)) : Json();
  }
  return ReadColonPath(billogram.document, field);
}

// What the special filter "search" looks through.
std::string SearchText(const Json& customer) {
  std::string text;
  for (const char* field : {"customer_no", "name", "notes", "org_no", "contact:name",
                            "contact:email", "contact:phone", "address:city"}) {
    absl::StrAppend(&text, ReadColonPath(customer, field).text(), "\n");
  }
  return text;
}

Json FieldOfCustomer(const Json& customer, std::string_view field) {
  if (field == "search") return Json::String(SearchText(customer));
  // The street was one field until about 2021; lists still name it so.
  std::string path(field);
  if (const size_t at = path.find("street_address"); at != std::string::npos) {
    path.replace(at, std::string::npos, "address_line_1");
  }
  return ReadColonPath(customer, path);
}

std::string ListBody(const std::string& objects, const Json& meta) {
  return absl::StrCat("{\"status\": \"OK\", \"data\": [", objects, "], \"meta\": ", meta.ToString(),
                      "}");
}

Json MetaOf(size_t count) {
  return Json::MakeObject({{"total_count", Json::Integer(static_cast<int64_t>(count))}});
}

}  // namespace

BillogramApi::Result BillogramApi::ListBillograms(const Call& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, BillogramRules());
  if (!query.ok()) return query.error();
  std::vector<const Billogram*> stored;
  stored.reserve(call.account.billograms.all().size());
  for (const auto& [sequence, billogram] : call.account.billograms.all()) {
    stored.push_back(billogram.get());
  }
  const std::vector<size_t> all =
      SelectObjects(*query, stored.size(), [&](size_t index, std::string_view field) {
        return FieldOfBillogram(*stored[index], field);
      });
  std::string objects;
  for (size_t index : PageOf(*query, all)) {
    const bool compact = call.account.features.compact_lists;
    absl::StrAppend(
        &objects, objects.empty() ? "" : ", ",
        compact ? RenderCompact(*stored[index]).ToString() : RenderText(*stored[index]));
  }
  Decimal remaining;
  for (size_t index : all) remaining += stored[index]->Remaining();
  Json meta = MetaOf(all.size());
  meta.Set("total_remaining_sum", Json::String(remaining.ToFixed(2)));
  return ListBody(objects, meta);
}

BillogramApi::Result BillogramApi::ListCustomers(const Call& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, CustomerRules());
  if (!query.ok()) return query.error();
  std::vector<const Json*> stored;
  for (const auto& [number, customer] : call.account.customers.all()) stored.push_back(&customer);
  const std::vector<size_t> all = SelectObjects(
      *query, stored.size(),
      [&](size_t index, std::string_view field) { return FieldOfCustomer(*stored[index], field); });
  std::string objects;
  for (size_t index : PageOf(*query, all)) {
    absl::StrAppend(&objects, objects.empty() ? "" : ", ", stored[index]->ToString());
  }
  return ListBody(objects, MetaOf(all.size()));
}

BillogramApi::Result BillogramApi::ListEvents(const Call& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, EventRules());
  if (!query.ok()) return query.error();
  const Billogram* billogram = call.account.billograms.Find(query->filter_value);
  if (billogram == nullptr) return ListBody("", MetaOf(0));
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
  return ListBody(objects, MetaOf(all.size()));
}

}  // namespace billing::sandbox
