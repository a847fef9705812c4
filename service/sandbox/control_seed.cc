#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/sandbox/control.h"

namespace billing::sandbox {
namespace {

constexpr int64_t kMaxBillograms = 1000000;
constexpr int64_t kMaxCustomers = 1000;

Json CustomerOf(int64_t number) {
  return Json::MakeObject(
      {{"name", Json::String(absl::StrCat("Seeded Customer ", number))},
       {"company_type", Json::String("business")},
       {"contact",
        Json::MakeObject({{"email", Json::String(absl::StrCat("seed", number, "@example.com"))}})},
       {"address", Json::MakeObject({{"address_line_1", Json::String("A Street 1")},
                                     {"zipcode", Json::String("11122")},
                                     {"city", Json::String("Town")},
                                     {"country", Json::String("SE")}})}});
}

// The invoices of different customers differ in what they sell.
Json BillogramOf(const Json& customer_no, int64_t number, bool sent) {
  Json item = Json::MakeObject({{"title", Json::String(absl::StrCat("Thing ", number % 7 + 1))},
                                {"count", Json::Integer(number % 5 + 1)},
                                {"price", Json::Number(absl::StrCat(number % 90 + 10, ".25"))},
                                {"vat", Json::Integer(number % 3 == 0 ? 12 : 25)},
                                {"unit", Json::String("unit")}});
  Json document = Json::MakeObject({{"customer", Json::MakeObject({{"customer_no", customer_no}})},
                                    {"items", Json::MakeArray({std::move(item)})}});
  if (sent) {
    document.Set("on_success", Json::MakeObject({{"command", Json::String("send")},
                                                 {"method", Json::String("Email")}}));
  }
  return document;
}

Expected<int64_t> Count(const Json& body, const char* key, int64_t otherwise, int64_t max) {
  const Json* value = body.Find(key);
  if (value == nullptr) return otherwise;
  const auto count = value->AsInteger();
  if (!count || *count < 1 || *count > max) {
    return InvalidParameter(FieldPath() / key, absl::StrCat("must be from 1 to ", max));
  }
  return *count;
}

}  // namespace

Control::Result Control::Seed(const Json& body) {
  if (body.Text("provider") == "billpro") return billpro_.Seed(body);
  if (auto error = OnlyKeys(body, {"account", "billograms", "customers", "sent"})) return *error;
  const Expected<Account*> found = AccountOf(body);
  if (!found.ok()) return found.error();
  Account& account = **found;
  const Expected<int64_t> billograms = Count(body, "billograms", 1000, kMaxBillograms);
  if (!billograms.ok()) return billograms.error();
  const Expected<int64_t> customers =
      Count(body, "customers", std::min<int64_t>(*billograms, 10), kMaxCustomers);
  if (!customers.ok()) return customers.error();
  const Json* sent = body.Find("sent");
  if (sent != nullptr && !sent->is_bool()) {
    return InvalidParameter(FieldPath() / "sent", "must be true or false");
  }

  world_.Tick();
  const Occasion now = world_.Present();
  for (int64_t i = 0; i < *customers; ++i) {
    // Spread evenly, the first customers taking what is left over.
    const int64_t share = *billograms / *customers + (i < *billograms % *customers ? 1 : 0);
    if (share == 0) break;
    const auto customer = account.customers.Create(CustomerOf(i + 1), now.at);
    if (!customer.ok()) return customer.error();
    const auto first = account.billograms.Create(
        BillogramOf(*(*customer)->Find("customer_no"), i, sent == nullptr || sent->boolean()), now);
    if (!first.ok()) return first.error();
    account.billograms.AddCopies(**first, share - 1, now);
  }
  return Json::MakeObject(
      {{"billograms", Json::Integer(*billograms)}, {"customers", Json::Integer(*customers)}});
}

}  // namespace billing::sandbox
