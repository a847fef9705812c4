#include "absl/strings/str_cat.h"
#include "service/sandbox/api_call.h"
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
  return ReadColonPath(billogram.document.get(), field);
}

}  // namespace

ApiResult ListBillograms(const ApiCall& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, BillogramRules());
  if (!query.ok()) return query.error();
  const BillogramStore& store = call.account.billograms;
  const auto& stored = store.all();
  std::string objects;
  const auto show = [&](size_t index) {
    const Billogram& billogram = *stored[index];
    absl::StrAppend(&objects, objects.empty() ? "" : ", ",
                    call.account.features.compact_lists ? RenderCompact(billogram).ToString()
                                                        : RenderText(billogram));
  };
  const auto meta = [](const Decimal& remaining) {
    return Json::MakeObject({{"total_remaining_sum", Json::String(remaining.ToFixed(2))}});
  };
  if (query->filter_type.empty() && query->order_field.empty()) {
    const auto [from, until] = PageBounds(*query, stored.size());
    for (size_t index = from; index < until; ++index) show(index);
    return ListAnswer(objects, stored.size(), meta(store.remaining_sum()));
  }
  // The pages of a list are asked for one after the other: all but the first find it made.
  BillogramSelection& selection = call.account.selection;
  if (!selection.IsOf(*query, store.version())) {
    selection.indices =
        SelectObjects(*query, stored.size(), [&](size_t index, std::string_view field) {
          return FieldOfBillogram(*stored[index], field);
        });
    selection.remaining_sum = Decimal();
    for (size_t index : selection.indices) selection.remaining_sum += stored[index]->Remaining();
    selection.query = *query;
    selection.version = store.version();
  }
  for (size_t index : PageOf(*query, selection.indices)) show(index);
  return ListAnswer(objects, selection.indices.size(), meta(selection.remaining_sum));
}

}  // namespace billing::sandbox
