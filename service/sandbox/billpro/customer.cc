#include "service/sandbox/billpro/customer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/places.h"
#include "service/sandbox/billpro/values.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;

constexpr size_t kMaxText = 10000;  // characters; no page names a limit
constexpr std::array<const char*, 5> kAddressNames = {"street", "city", "state", "country",
                                                      "postal_code"};
constexpr size_t kCountryIndex = 3;
constexpr std::array<const char*, 5> kOrganisationNames = {"name", "registration_number", "web_url",
                                                           "vat", "description"};
constexpr std::string_view kMerchantIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr const char* kInvalid = "is invalid";
constexpr const char* kBlank = "can't be blank";

bool IsBlank(std::string_view text) { return absl::StripAsciiWhitespace(ToAbsl(text)).empty(); }

// Sets `text` where `value` is one; null and empty text take it away. False for anything else.
bool SetText(const Json& value, std::optional<std::string>& text) {
  if (value.is_null()) {
    text.reset();
    return true;
  }
  auto read = ReadText(value);
  if (!read || read->size() > kMaxText) return false;
  if (read->empty()) {
    text.reset();
  } else {
    text = *std::move(read);
  }
  return true;
}

void SetTexts(const Json& object, const std::array<const char*, 5>& names, std::string_view prefix,
              Texts& texts, FieldErrors& errors) {
  for (size_t i = 0; i < names.size(); ++i) {
    const Json* value = object.Find(names[i]);
    if (value != nullptr && !SetText(*value, texts[i])) {
      errors.Add(absl::StrCat(ToAbsl(prefix), names[i]), kInvalid);
    }
  }
}

void ReadName(const Json& fields, std::string_view key, std::string& name, FieldErrors& errors) {
  if (const Json* value = fields.Find(key)) {
    std::optional<std::string> text;
    if (!SetText(*value, text)) return errors.Add(key, kInvalid);
    name = text.value_or("");
  }
  if (IsBlank(name)) errors.Add(key, kBlank);
}

void ReadDateOfBirth(const Json& fields, absl::Time now, Customer& customer, FieldErrors& errors) {
  const Json* value = fields.Find("date_of_birth");
  if (value == nullptr) return;
  std::optional<std::string> text;
  const bool fits = SetText(*value, text);
  const auto day = text && text->size() == 10 ? ReadDayFirst(*text) : std::nullopt;
  if (!fits || (text && (!day || *day > now))) return errors.Add("date_of_birth", kInvalid);
  customer.date_of_birth = text;
}

void ReadPhone(const Json& fields, Customer& customer, FieldErrors& errors) {
  const Json* value = fields.Find("phone");
  if (value == nullptr) return;
  std::optional<std::string> text;
  if (!SetText(*value, text) || (text && !IsPhone(*text))) return errors.Add("phone", kInvalid);
  customer.phone = text;
}

void ReadOrganisation(const Json& fields, absl::Time now, Customer& customer, FieldErrors& errors) {
  const Json* value = fields.Find("organisation");
  if (value == nullptr) return;
  if (value->is_null()) return customer.organisation.reset();
  if (!value->is_object()) return errors.Add("organisation", kInvalid);
  if (!customer.organisation) customer.organisation = Organisation{.created_at = now};
  SetTexts(*value, kOrganisationNames, "organisation.", customer.organisation->texts, errors);
  customer.organisation->updated_at = now;
}

// The addresses of a request, without their ids.
std::vector<Address> ReadAddresses(const Json& value, FieldErrors& errors) {
  std::vector<Address> addresses;
  if (!value.is_object()) {
    // Answers show a list: what a Get returned cannot be sent back as it is.
    if (!value.is_null()) errors.Add("addresses", kInvalid);
    return addresses;
  }
  for (const auto& [key, given] : value.members()) {
    const bool is_shipping = key == "shipping_address";
    if ((!is_shipping && key != "billing_address") || given.is_null()) continue;
    if (!given.is_object()) {
      errors.Add("addresses", kInvalid);
      continue;
    }
    Address address{.is_shipping = is_shipping};
    SetTexts(given, kAddressNames, "addresses.", address.texts, errors);
    const auto& country = address.texts[kCountryIndex];
    if (country && !IsCountry(*country)) errors.Add("addresses.country", kInvalid);
    addresses.push_back(std::move(address));
  }
  return addresses;
}

void AppendTexts(const std::array<const char*, 5>& names, const Texts& texts, Json& object) {
  for (size_t i = 0; i < names.size(); ++i) object.Set(names[i], TextOrNull(texts[i]));
}

Json AddressJson(const Address& address) {
  Json object = Json::MakeObject(
      {{"id", Json::Integer(address.id)},
       {"address_type", Json::String(address.is_shipping ? "shipping" : "billing")}});
  AppendTexts(kAddressNames, address.texts, object);
  object.Set("created_at", Timestamp(address.created_at));
  object.Set("updated_at", Timestamp(address.created_at));
  return object;
}

}  // namespace

Json Customer::ToJson() const {
  Json held_organisation;
  if (organisation) {
    held_organisation = Json::MakeObject();
    AppendTexts(kOrganisationNames, organisation->texts, held_organisation);
    held_organisation.Set("created_at", Timestamp(organisation->created_at));
    held_organisation.Set("updated_at", Timestamp(organisation->updated_at));
  }
  Json held_addresses = Json::MakeArray();
  for (const Address& address : addresses) held_addresses.Append(AddressJson(address));
  return Json::MakeObject({{"id", Json::Integer(id)},
                           {"customer_id", Json::String(customer_id)},
                           {"first_name", Json::String(first_name)},
                           {"last_name", Json::String(last_name)},
                           {"email", Json::String(email)},
                           {"date_of_birth", TextOrNull(date_of_birth)},
                           {"phone", TextOrNull(phone)},
                           {"organisation", std::move(held_organisation)},
                           {"addresses", std::move(held_addresses)},
                           {"created_at", Timestamp(created_at)},
                           {"updated_at", Timestamp(updated_at)}});
}

void CustomerBook::ReadEmail(const Json& fields, const Rules& rules, Customer& customer,
                             FieldErrors& errors) {
  ReadName(fields, "email", customer.email, errors);
  if (IsBlank(customer.email)) return;
  if (!IsEmail(customer.email)) return errors.Add("email", kInvalid);
  if (!rules.unique_email) return;
  const auto [first, last] = by_email_.equal_range(absl::AsciiStrToLower(customer.email));
  for (auto it = first; it != last; ++it) {
    if (it->second != customer.id) return errors.Add("email", "has already been taken");
  }
}

void CustomerBook::Read(const Json& fields, const Rules& rules, const Occasion& occasion,
                        Customer& customer, FieldErrors& errors) {
  ReadName(fields, "first_name", customer.first_name, errors);
  ReadName(fields, "last_name", customer.last_name, errors);
  ReadEmail(fields, rules, customer, errors);
  ReadDateOfBirth(fields, occasion.at, customer, errors);
  ReadPhone(fields, customer, errors);
  ReadOrganisation(fields, occasion.at, customer, errors);
  if (const Json* value = fields.Find("addresses")) {
    customer.addresses = ReadAddresses(*value, errors);
    for (Address& address : customer.addresses) {
      if (!errors.empty()) break;
      address.id = ++sequences_.address;
      address.created_at = occasion.at;
    }
  }
  customer.updated_at = occasion.at;
}

Result<const Customer*> CustomerBook::Create(const Json& fields, const Rules& rules,
                                             const Occasion& occasion) {
  Customer customer;
  FieldErrors errors;
  Read(fields, rules, occasion, customer, errors);
  if (!errors.empty()) return errors.ToRefusal();
  customer.id = ++sequences_.customer;
  customer.customer_id = occasion.random.Text(kMerchantIdLetters, 10);
  customer.created_at = occasion.at;
  by_email_.emplace(absl::AsciiStrToLower(customer.email), customer.id);
  return customers_.Add(std::move(customer));
}

Result<const Customer*> CustomerBook::Update(int64_t id, const Json& fields, const Rules& rules,
                                             const Occasion& occasion) {
  Customer* const held = Find(id);
  if (held == nullptr) return Unprocessable("no such customer");
  Customer changed = *held;
  FieldErrors errors;
  Read(fields, rules, occasion, changed, errors);
  if (!errors.empty()) return errors.ToRefusal();
  const auto [first, last] = by_email_.equal_range(absl::AsciiStrToLower(held->email));
  for (auto it = first; it != last; ++it) {
    if (it->second != id) continue;
    by_email_.erase(it);
    break;
  }
  by_email_.emplace(absl::AsciiStrToLower(changed.email), id);
  *held = std::move(changed);
  return held;
}

}  // namespace billing::sandbox::billpro
