#ifndef SERVICE_SANDBOX_BILLPRO_PRODUCT_H_
#define SERVICE_SANDBOX_BILLPRO_PRODUCT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billpro/book.h"
#include "service/sandbox/billpro/values.h"
#include "service/sandbox/decimal.h"
#include "service/sandbox/json.h"
#include "service/sandbox/occasion.h"

namespace billing::sandbox::billpro {

enum class PurchaseType { kSingle, kInstalment, kSubscription, kMetered };

std::string_view NameOf(PurchaseType type);
std::optional<PurchaseType> PurchaseTypeNamed(std::string_view name);

// A discount, tax or fee: a percentage or an amount (reference, 4.2).
struct PricingElement {
  std::string name;
  std::optional<std::string> description;
  std::optional<Decimal> percentage;
  std::optional<Decimal> amount;
  absl::Time created_at;
  absl::Time updated_at;

  // What it makes of `base`, to two decimals.
  Decimal Of(const Decimal& base) const;
  // What of `gross` it is where that holds it already: a tax.
  Decimal Within(const Decimal& gross) const;
};

// A product of one profile (reference, 4.2).
struct Product {
  int64_t id = 0;
  std::string product_id;  // the merchant's
  std::string currency = "EUR";
  std::optional<Decimal> price;
  PurchaseType type = PurchaseType::kSingle;
  bool is_active = true;
  bool lock_price = false;
  bool lock_payment_config = false;
  std::optional<std::string> group;
  std::optional<int64_t> interval;
  std::optional<IntervalUnit> unit;
  bool fee_for_initial_payment_only = false;
  bool discount_for_initial_payment_only = false;
  std::optional<Decimal> deposit;
  std::optional<int64_t> split_number;  // of instalments; no answer shows it
  std::optional<PricingElement> discount;
  std::optional<PricingElement> tax;
  std::optional<PricingElement> fee;
  absl::Time created_at;

  Json ToJson() const;
};

// The products of one profile, which people make in the provider's web pages. Not thread-safe.
class ProductBook {
 public:
  explicit ProductBook(Sequences& sequences) : sequences_(sequences) {}

  // `fields` is named as answers name them; everything has a default. A merchant id is drawn where
  // none is given, and a subscription with a discount gets its first charge as deposit.
  Expected<const Product*> Create(const Json& fields, const Occasion& occasion);
  // Changes what `fields` names.
  Expected<const Product*> Update(int64_t id, const Json& fields, const Occasion& occasion);

  const Product* Find(int64_t id) const { return products_.Find(id); }
  const Book<Product>& all() const { return products_; }

 private:
  Sequences& sequences_;
  Book<Product> products_;
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_PRODUCT_H_
