#include "service/sandbox/billpro/order_request.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;

constexpr size_t kMaxLines = 100;
constexpr int64_t kMaxQty = 1000000;
constexpr int64_t kMaxSplit = 1000;
constexpr int64_t kMaxInterval = 1000;
constexpr size_t kMaxText = 10000;
constexpr int64_t kDefaultSplit = 3;

MaybeRefusal Bad(std::string_view field, std::string_view problem = "is not valid") {
  return Unprocessable(absl::StrCat(ToAbsl(field), " ", ToAbsl(problem)));
}

// Reads one order; each step returns what is wrong.
class Reader {
 public:
  Reader(PurchaseType type, const Json& fields, const OrderContext& context)
      : fields_(fields), context_(context) {
    order_.type = type;
  }

  Result<Order> Read() {
    using Step = MaybeRefusal (Reader::*)();
    constexpr Step kSteps[] = {&Reader::ReadCustomer, &Reader::ReadTexts,    &Reader::ReadSwitches,
                               &Reader::ReadLines,    &Reader::ReadSchedule, &Reader::ReadStart,
                               &Reader::ReadInitial};
    for (const Step step : kSteps) {
      if (auto refusal = (this->*step)()) return *refusal;
    }
    return order_;
  }

 private:
  MaybeRefusal ReadCustomer() {
    const Json* value = Given(fields_, "customer_id");
    const auto id = value == nullptr ? std::nullopt : ReadInteger(*value);
    const Customer* customer = id ? context_.customers.Find(*id) : nullptr;
    if (customer == nullptr) return Bad("customer_id", "names no customer");
    if (!customer->is_active) return Bad("customer_id", "names an inactive customer");
    order_.customer_id = *id;
    return std::nullopt;
  }

  MaybeRefusal ReadOptionalText(std::string_view key, std::optional<std::string>& text) {
    const Json* value = Given(fields_, key);
    if (value == nullptr) return std::nullopt;
    text = ReadText(*value);
    return text && text->size() <= kMaxText ? std::nullopt : Bad(key);
  }

  MaybeRefusal ReadUrl(std::string_view key) {
    std::optional<std::string> url;
    if (auto refusal = ReadOptionalText(key, url)) return refusal;
    const bool fits =
        !url || absl::StartsWith(*url, "http://") || absl::StartsWith(*url, "https://");
    return fits ? std::nullopt : Bad(key);
  }

  MaybeRefusal ReadTexts() {
    std::optional<std::string> currency;
    std::optional<std::string> invoice_id;
    if (auto refusal = ReadOptionalText("currency", currency)) return refusal;
    const bool capitals = currency && currency->size() == 3 &&
                          std::all_of(currency->begin(), currency->end(),
                                      [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!capitals || !context_.settings.AcceptsCurrency(*currency)) return Bad("currency");
    order_.currency = *currency;
    if (auto refusal = ReadOptionalText("invoice_id", invoice_id)) return refusal;
    order_.invoice_id = invoice_id.value_or("");
    if (auto refusal = ReadOptionalText("note", order_.note)) return refusal;
    if (auto refusal = ReadOptionalText("description", order_.description)) return refusal;
    if (auto refusal = ReadUrl("redirect_url")) return refusal;
    return ReadUrl("failed_redirect_url");
  }

  MaybeRefusal ReadSwitch(std::string_view key, bool& target) {
    const Json* value = Given(fields_, key);
    if (value == nullptr) return std::nullopt;
    const auto flag = ReadFlag(*value);
    if (!flag) return Bad(key);
    target = *flag;
    return std::nullopt;
  }

  MaybeRefusal ReadSwitches() {
    bool create_checkout = false;
    if (auto refusal = ReadSwitch("create_checkout", create_checkout)) return refusal;
    if (create_checkout && context_.settings.stripe) {
      return Bad("create_checkout", "is for CardCorp merchants only");
    }
    if (create_checkout) order_.checkout_id = "";
    return ReadSwitch("create_registration", order_.create_registration);
  }

  // An amount of a line: what is given, else `otherwise`. A locked price takes no other.
  MaybeRefusal ReadAmount(const Json& line, std::string_view key, const Decimal& otherwise,
                          Decimal& amount) {
    amount = otherwise;
    const Json* value = Given(line, key);
    if (value == nullptr) return std::nullopt;
    const auto given = ReadMoney(*value);
    if (!given) return Bad(key);
    // A product without a price leaves it to the order.
    if (!product_->lock_price || (key == "amount" && !product_->price)) {
      amount = *given;
    } else if (context_.settings.reject_locked && !(*given == otherwise)) {
      return Bad(key, "is locked");
    }
    return std::nullopt;
  }

  MaybeRefusal FindProduct(const Json& line) {
    const Json* value = line.is_object() ? Given(line, "product_id") : nullptr;
    const auto id = value == nullptr ? std::nullopt : ReadInteger(*value);
    product_ = id ? context_.products.Find(*id) : nullptr;
    if (product_ == nullptr) return Bad("product_id", "names no product");
    if (!product_->is_active) return Bad("product_id", "names an inactive product");
    if (product_->type != order_.type) return Bad("product_id", "names a product of another type");
    return std::nullopt;
  }

  MaybeRefusal ReadLine(const Json& given) {
    if (auto refusal = FindProduct(given)) return refusal;
    OrderLine line{.product_id = product_->id};
    if (const Json* value = Given(given, "qty")) {
      const auto qty = ReadInteger(*value);
      if (!qty || *qty < 1 || *qty > kMaxQty) return Bad("qty");
      line.qty = *qty;
    }
    const bool has_amount = Given(given, "amount") != nullptr;
    if (!has_amount && (!product_->price || product_->currency != order_.currency)) {
      return Bad("amount", "is missing, and the product has no price in this currency");
    }
    const auto of = [](const std::optional<PricingElement>& element, const Decimal& base) {
      return element ? element->Of(base) : Decimal();
    };
    const Decimal price = product_->price.value_or(Decimal());
    if (auto refusal = ReadAmount(given, "amount", price, line.amount)) return refusal;
    const Decimal gross = Decimal(line.qty) * line.amount;
    const Decimal discount = of(product_->discount, gross);
    if (auto refusal = ReadAmount(given, "discount_amount", discount, line.discount)) {
      return refusal;
    }
    if (line.discount > gross) return Bad("discount_amount", "is more than the price");
    const Decimal net = gross - line.discount;
    const Decimal tax = product_->tax ? product_->tax->Within(net) : Decimal();
    if (auto refusal = ReadAmount(given, "tax_amount", tax, line.tax)) return refusal;
    const Decimal fee = of(product_->fee, gross);
    if (auto refusal = ReadAmount(given, "fee_amount", fee, line.fee)) return refusal;
    order_.total += line.Total();
    order_.lines.push_back(line);
    return std::nullopt;
  }

  MaybeRefusal ReadLines() {
    const Json* lines = Given(fields_, "order_products");
    if (lines == nullptr || !lines->is_array() || lines->elements().empty() ||
        lines->elements().size() > kMaxLines) {
      return Bad("order_products");
    }
    if (order_.type != PurchaseType::kSingle && lines->elements().size() > 1) {
      return Bad("order_products", "must be one");
    }
    for (const Json& line : lines->elements()) {
      if (auto refusal = ReadLine(line)) return refusal;
    }
    const bool free = order_.total == Decimal(0);
    return free && order_.type == PurchaseType::kSingle ? Bad("order_products", "cost nothing")
                                                        : std::nullopt;
  }

  bool HasSchedule() const {
    return order_.type == PurchaseType::kInstalment || order_.type == PurchaseType::kSubscription;
  }

  // Whether a given part of the schedule counts. A locked one takes no other value.
  MaybeRefusal MayOverride(std::string_view key, bool differs, bool& counts) const {
    counts = !product_->lock_payment_config;
    const bool refused = !counts && differs && context_.settings.reject_locked;
    return refused ? Bad(key, "is locked") : std::nullopt;
  }

  MaybeRefusal ReadCount(std::string_view key, int64_t max, int64_t& count) {
    const Json* value = Given(fields_, key);
    if (value == nullptr) return std::nullopt;
    const auto given = ReadInteger(*value);
    if (!given || *given < 1 || *given > max) return Bad(key);
    bool counts = false;
    if (auto refusal = MayOverride(key, *given != count, counts)) return refusal;
    if (counts) count = *given;
    return std::nullopt;
  }

  MaybeRefusal ReadSchedule() {
    if (!HasSchedule()) return std::nullopt;
    order_.interval = product_->interval.value_or(1);
    order_.unit = product_->unit.value_or(IntervalUnit::kMonth);
    if (order_.type == PurchaseType::kInstalment) {
      order_.split_number = product_->split_number.value_or(kDefaultSplit);
      if (auto refusal = ReadCount("split_number", kMaxSplit, order_.split_number)) return refusal;
    } else if (Given(fields_, "scheduled_interval") == nullptr) {
      if (auto refusal = ReadCount("recurring_collection_interval", kMaxInterval, order_.interval))
        return refusal;
    }
    if (auto refusal = ReadCount("scheduled_interval", kMaxInterval, order_.interval)) {
      return refusal;
    }
    const Json* value = Given(fields_, "scheduled_unit");
    if (value == nullptr) return std::nullopt;
    const auto unit = ReadUnit(*value);
    if (!unit) return Bad("scheduled_unit");
    bool counts = false;
    if (auto refusal = MayOverride("scheduled_unit", *unit != *order_.unit, counts)) return refusal;
    if (counts) order_.unit = unit;
    return std::nullopt;
  }

  MaybeRefusal ReadStart() {
    const Json* value = HasSchedule() ? Given(fields_, "start_date") : nullptr;
    if (value == nullptr) return std::nullopt;
    const auto start = ReadDayFirst(value->text());
    if (!start) return Bad("start_date");
    bool counts = false;
    if (auto refusal = MayOverride("start_date", true, counts)) return refusal;
    if (counts) order_.start = start;
    return std::nullopt;
  }

  // The initial payment and what follows it.
  MaybeRefusal ReadInitial() {
    order_.initial_amount = order_.total;
    if (order_.type == PurchaseType::kSingle) return std::nullopt;
    const OrderLine& line = order_.lines[0];
    if (order_.type == PurchaseType::kSubscription) {
      order_.regular_amount = Decimal(line.qty) * line.amount;
      if (!product_->discount_for_initial_payment_only) order_.regular_amount -= line.discount;
      if (!product_->fee_for_initial_payment_only) order_.regular_amount += line.fee;
      return order_.regular_amount > Decimal(0) ? std::nullopt
                                                : Bad("order_products", "cost nothing");
    }
    const bool instalments = order_.type == PurchaseType::kInstalment;
    const Decimal usual = product_->deposit.value_or(instalments ? Decimal() : order_.total);
    order_.initial_amount = usual;
    if (const Json* value = Given(fields_, "initial_amount")) {
      const auto given = ReadMoney(*value);
      if (!given) return Bad("initial_amount");
      bool counts = false;
      if (auto refusal = MayOverride("initial_amount", !(*given == usual), counts)) return refusal;
      if (counts) order_.initial_amount = *given;
    }
    if (!instalments) return std::nullopt;
    const Decimal balance = order_.total - order_.initial_amount;
    const Decimal least = *Decimal::Parse("0.01");
    if (balance < Decimal(order_.split_number) * least) {
      return Bad("initial_amount", "leaves too little for the instalments");
    }
    const std::vector<Decimal> amounts = SplitBalance(balance, order_.split_number);
    if (amounts.back() < least) return Bad("split_number", "is too much for the balance");
    order_.regular_amount = amounts.front();
    return std::nullopt;
  }

  const Json& fields_;
  const OrderContext& context_;
  const Product* product_ = nullptr;  // of the line read last
  Order order_;
};

}  // namespace

std::vector<Decimal> SplitBalance(const Decimal& balance, int64_t count) {
  const Decimal each = balance.DividedBy(count, 2);
  std::vector<Decimal> amounts(static_cast<size_t>(count), each);
  amounts.back() = balance - each * Decimal(count - 1);
  return amounts;
}

Result<Order> ReadOrder(PurchaseType type, const Json& fields, const OrderContext& context) {
  return Reader(type, fields, context).Read();
}

}  // namespace billing::sandbox::billpro
