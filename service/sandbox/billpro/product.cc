#include "service/sandbox/billpro/product.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"

namespace billing::sandbox::billpro {
namespace {

constexpr std::array<std::string_view, 4> kTypes = {"single_payment", "instalment", "subscription",
                                                    "metered"};
constexpr std::string_view kMerchantIdLetters = "ABCDEF0123456789";
constexpr int64_t kMaxInterval = 1000;
constexpr int64_t kMaxSplit = 1000;

// Reads one member of a description into a product; what is wrong with it, or null.
using Reader = const char* (*)(const Json& value, absl::Time now, Product& product);

template <auto field>
const char* SetFlag(const Json& value, absl::Time, Product& product) {
  if (!value.is_bool()) return "must be true or false";
  product.*field = value.boolean();
  return nullptr;
}

template <auto field>
const char* SetMoney(const Json& value, absl::Time, Product& product) {
  product.*field = ReadMoney(value);
  return value.is_null() || product.*field ? nullptr : "must be an amount";
}

template <auto field, int64_t max>
const char* SetCount(const Json& value, absl::Time, Product& product) {
  product.*field = ReadInteger(value);
  if (value.is_null()) return nullptr;
  const bool fits = product.*field && *(product.*field) >= 1 && *(product.*field) <= max;
  return fits ? nullptr : "must be a positive integer";
}

template <auto field>
const char* SetElement(const Json& value, absl::Time now, Product& product) {
  if (value.is_null()) {
    (product.*field).reset();
    return nullptr;
  }
  if (!value.is_object()) return "must be an object";
  PricingElement element{
      .name = std::string(value.Text("name")), .created_at = now, .updated_at = now};
  if (const Json* text = Given(value, "description")) element.description = ReadText(*text);
  if (const Json* given = Given(value, "percentage")) {
    element.percentage = ReadMoney(*given);
    if (!element.percentage || *element.percentage > Decimal(100)) return "has a bad percentage";
  }
  if (const Json* given = Given(value, "amount")) {
    element.amount = ReadMoney(*given);
    if (!element.amount) return "has a bad amount";
  }
  if (element.percentage.has_value() == element.amount.has_value()) {
    return "must have either percentage or amount";
  }
  product.*field = std::move(element);
  return nullptr;
}

const char* SetProductId(const Json& value, absl::Time, Product& product) {
  const auto text = ReadText(value);
  if (!text || text->empty() || text->size() > 255) return "must be a string";
  product.product_id = *text;
  return nullptr;
}

const char* SetCurrency(const Json& value, absl::Time, Product& product) {
  const bool fits =
      value.is_string() && value.text().size() == 3 &&
      value.text().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (!fits) return "must be three capitals";
  product.currency = value.text();
  return nullptr;
}

const char* SetType(const Json& value, absl::Time, Product& product) {
  const auto type = PurchaseTypeNamed(value.text());
  if (!type) return "must be single_payment, instalment, subscription or metered";
  product.type = *type;
  return nullptr;
}

const char* SetStatus(const Json& value, absl::Time, Product& product) {
  product.is_active = value.text() == "active";
  return product.is_active || value.text() == "inactive" ? nullptr : "must be active or inactive";
}

const char* SetGroup(const Json& value, absl::Time, Product& product) {
  product.group = ReadText(value);
  return value.is_null() || product.group ? nullptr : "must be a string";
}

const char* SetUnit(const Json& value, absl::Time, Product& product) {
  product.unit = ReadUnit(value);
  return value.is_null() || product.unit ? nullptr : "must be DAY, WEEK, MONTH or YEAR";
}

constexpr std::pair<std::string_view, Reader> kReaders[] = {
    {"product_id", SetProductId},
    {"currency", SetCurrency},
    {"price", SetMoney<&Product::price>},
    {"product_type", SetType},
    {"product_status", SetStatus},
    {"lock_price", SetFlag<&Product::lock_price>},
    {"lock_payment_config", SetFlag<&Product::lock_payment_config>},
    {"product_group", SetGroup},
    {"scheduled_interval", SetCount<&Product::interval, kMaxInterval>},
    {"scheduled_unit", SetUnit},
    {"fee_for_initial_payment_only", SetFlag<&Product::fee_for_initial_payment_only>},
    {"discount_for_initial_payment_only", SetFlag<&Product::discount_for_initial_payment_only>},
    {"deposit_amount", SetMoney<&Product::deposit>},
    {"split_number", SetCount<&Product::split_number, kMaxSplit>},
    {"discount", SetElement<&Product::discount>},
    {"tax", SetElement<&Product::tax>},
    {"fee", SetElement<&Product::fee>},
};

MaybeError ReadOne(std::string_view key, const Json& value, absl::Time now, Product& product) {
  for (const auto& [name, read] : kReaders) {
    if (name != key) continue;
    const char* const problem = read(value, now, product);
    if (problem == nullptr) return std::nullopt;
    return InvalidParameter(FieldPath() / key, problem);
  }
  return UnknownParameter(FieldPath() / key);
}

MaybeError ReadAll(const Json& fields, absl::Time now, Product& product) {
  for (const auto& [key, value] : fields.members()) {
    if (auto error = ReadOne(key, value, now, product)) return error;
  }
  return std::nullopt;
}

Json ElementJson(const std::optional<PricingElement>& element) {
  if (!element) return Json();
  Json object = Json::MakeObject({{"name", Json::String(element->name)},
                                  {"percentage", MoneyOrNull(element->percentage)},
                                  {"description", TextOrNull(element->description)},
                                  {"created_at", Timestamp(element->created_at)},
                                  {"updated_at", Timestamp(element->updated_at)}});
  // The provider's attribute of a fixed amount is not known; a percentage never has it.
  if (element->amount) object.Set("amount", Money(*element->amount));
  return object;
}

}  // namespace

std::string_view NameOf(PurchaseType type) { return kTypes[static_cast<size_t>(type)]; }

std::optional<PurchaseType> PurchaseTypeNamed(std::string_view name) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == name) return static_cast<PurchaseType>(i);
  }
  return std::nullopt;
}

Decimal PricingElement::Of(const Decimal& base) const {
  if (amount) return *amount;
  return (base * *percentage).Percent().Round(2, Decimal::Ties::kAwayFromZero);
}

Decimal PricingElement::Within(const Decimal& gross) const {
  if (amount) return *amount;
  // gross * p / (100 + p), with p in hundredths of a percent to keep the divisor whole.
  int64_t hundredths = 0;
  const std::string text = (*percentage * Decimal(100)).ToFixed(0);
  if (!absl::SimpleAtoi(text, &hundredths)) return Decimal();
  return (gross * Decimal(hundredths)).DividedBy(10000 + hundredths, 2);
}

Json Product::ToJson() const {
  return Json::MakeObject(
      {{"id", Json::Integer(id)},
       {"product_id", Json::String(product_id)},
       {"currency", Json::String(currency)},
       {"price", MoneyOrNull(price)},
       {"product_type", Json::String(NameOf(type))},
       {"product_status", Json::String(is_active ? "active" : "inactive")},
       {"lock_price", Json::Bool(lock_price)},
       {"lock_payment_config", Json::Bool(lock_payment_config)},
       {"product_group", TextOrNull(group)},
       {"scheduled_interval", interval ? Json::String(std::to_string(*interval)) : Json()},
       {"scheduled_unit", unit ? Json::String(NameOf(*unit)) : Json()},
       {"fee_for_initial_payment_only", Json::Bool(fee_for_initial_payment_only)},
       {"discount_for_initial_payment_only", Json::Bool(discount_for_initial_payment_only)},
       {"deposit_amount", MoneyOrNull(deposit)},
       {"created_at", Timestamp(created_at)},
       {"discount", ElementJson(discount)},
       {"tax", ElementJson(tax)},
       {"fee", ElementJson(fee)}});
}

Expected<const Product*> ProductBook::Create(const Json& fields, const Occasion& occasion) {
  Product product{.created_at = occasion.at};
  if (auto error = ReadAll(fields, occasion.at, product)) return *error;
  const bool discounted = product.type == PurchaseType::kSubscription && product.discount;
  if (discounted && product.price && !product.deposit) {
    product.deposit = std::max(Decimal(), *product.price - product.discount->Of(*product.price));
  }
  if (product.product_id.empty()) product.product_id = occasion.random.Text(kMerchantIdLetters, 10);
  product.id = ++sequences_.product;
  return products_.Add(std::move(product));
}

Expected<const Product*> ProductBook::Update(int64_t id, const Json& fields,
                                             const Occasion& occasion) {
  Product* const held = products_.Find(id);
  if (held == nullptr) return NotFound(std::to_string(id));
  Product changed = *held;
  if (auto error = ReadAll(fields, occasion.at, changed)) return *error;
  *held = std::move(changed);
  return held;
}

}  // namespace billing::sandbox::billpro
