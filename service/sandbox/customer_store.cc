#include "service/sandbox/customer_store.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

ApiError NumberTaken() {
  return NotUnique("customer_no", "Customer with same customer_no already exists");
}

// Swedish organisation and personal numbers: ten or twelve digits, a dash before the last four
// or none. Numbers of other countries are taken as they are.
MaybeError CheckOrgNo(const Json& customer) {
  const std::string_view number = customer.Text("org_no");
  if (number.empty() ||
      absl::StartsWith(common::ToAbsl(customer.Text("company_type")), "foreign")) {
    return std::nullopt;
  }
  std::string digits(number);
  if (digits.size() > 5 && digits[digits.size() - 5] == '-') digits.erase(digits.size() - 5, 1);
  const bool fits = (digits.size() == 10 || digits.size() == 12) &&
                    std::all_of(digits.begin(), digits.end(),
                                [](unsigned char c) { return std::isdigit(c) != 0; });
  if (fits) return std::nullopt;
  return InvalidParameter(FieldPath() / "org_no", "does not fit the company type");
}

}  // namespace

int64_t CustomerStore::NextNumber() {
  while (customers_.count(++last_number_) > 0) {
  }
  return last_number_;
}

Expected<const Json*> CustomerStore::Create(const Json& document, absl::Time now) {
  const FieldPath root;
  if (auto error = CheckDocument(CustomerSchema(), document, nullptr, root)) return *error;
  if (document.Find("name") == nullptr) {
    return InvalidParameter(root / "name", "missing required parameter: name");
  }
  Json customer = Complete(CustomerSchema(), document);
  if (auto error = CheckOrgNo(customer)) return *error;
  const Json* given = document.Find("customer_no");
  if (given != nullptr && customers_.count(*given->AsInteger()) > 0) return NumberTaken();
  const int64_t number = given != nullptr ? *given->AsInteger() : NextNumber();
  customer.Set("customer_no", Json::Integer(number));
  customer.Set("created_at", Json::String(FormatTimestamp(now)));
  return &(customers_[number] = std::move(customer));
}

Expected<const Json*> CustomerStore::Update(int64_t customer_no, const Json& update,
                                            absl::Time now) {
  const auto stored = customers_.find(customer_no);
  if (stored == customers_.end()) return NotFound(std::to_string(customer_no));
  if (auto error = CheckDocument(CustomerSchema(), update, &stored->second, FieldPath())) {
    return *error;
  }
  Json customer = Merge(CustomerSchema(), stored->second, update);
  if (auto error = CheckOrgNo(customer)) return *error;
  const int64_t number = *customer.Find("customer_no")->AsInteger();
  if (number != customer_no && customers_.count(number) > 0) return NumberTaken();
  customer.Set("updated_at", Json::String(FormatTimestamp(now)));
  if (number != customer_no) customers_.erase(stored);
  return &(customers_[number] = std::move(customer));
}

const Json* CustomerStore::Find(int64_t customer_no) const {
  const auto it = customers_.find(customer_no);
  return it == customers_.end() ? nullptr : &it->second;
}

Json CustomerSnapshot(const Json& customer) {
  Json given = Json::MakeObject();
  for (const char* name : {"customer_no", "org_no", "name", "vat_no", "address", "delivery_address",
                           "permanent_establishment_address", "edi"}) {
    given.Set(name, *customer.Find(name));
  }
  given.Set("email", *customer.Find("contact")->Find("email"));
  given.Set("phone", *customer.Find("contact")->Find("phone"));
  return Complete(BillogramCustomerSchema(), given);
}

}  // namespace billing::sandbox
