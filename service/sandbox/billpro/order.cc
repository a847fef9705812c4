#include "service/sandbox/billpro/order.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::sandbox::billpro {
namespace {

constexpr std::array<std::string_view, 10> kOrderStatuses = {
    "draft",  "pending",   "rejected", "cancelled", "active",
    "failed", "suspended", "paused",   "review",    "complete"};
constexpr std::array<std::string_view, 10> kPaymentStatuses = {
    "scheduled", "complete", "recovered", "soft-declined", "hard-declined",
    "skipped",   "merged",   "cancelled", "paused",        "review"};
constexpr std::array<std::string_view, 3> kOutcomes = {"approved", "soft-declined",
                                                       "hard-declined"};

constexpr int64_t kMaxAttempts = 15;                           // reference, 5.2
constexpr absl::Duration kRetryWindow = absl::Hours(24 * 30);  // the same

Json IntegerOrNull(const std::optional<int64_t>& value) {
  return value ? Json::Integer(*value) : Json();
}

Json UnitOrNull(const std::optional<IntervalUnit>& unit) {
  return unit ? Json::String(NameOf(*unit)) : Json();
}

}  // namespace

std::string_view NameOf(OrderStatus status) { return kOrderStatuses[static_cast<size_t>(status)]; }

std::string_view NameOf(PaymentStatus status) {
  return kPaymentStatuses[static_cast<size_t>(status)];
}

std::optional<Outcome> OutcomeNamed(std::string_view name) {
  for (size_t i = 0; i < kOutcomes.size(); ++i) {
    if (kOutcomes[i] == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

bool IsPreAuthorisedOnly(const Decimal& initial_amount) { return initial_amount <= Decimal(1); }

Json OrderLine::ToJson() const {
  return Json::MakeObject({{"product_id", Json::Integer(product_id)},
                           {"qty", Json::Integer(qty)},
                           {"amount", Money(amount)},
                           {"discount_amount", Money(discount)},
                           {"fee_amount", Money(fee)},
                           {"tax_amount", Money(tax)}});
}

bool ScheduledPayment::MayBeTried(absl::Time at) const {
  return !first_soft_decline ||
         (attempts < kMaxAttempts && at <= *first_soft_decline + kRetryWindow);
}

Decimal Order::Target() const {
  return IsPreAuthorisedOnly(initial_amount) ? total - initial_amount : total;
}

ScheduledPayment* Order::FindPayment(int64_t payment_id) {
  const auto found =
      std::find_if(payments.begin(), payments.end(),
                   [&](const ScheduledPayment& payment) { return payment.id == payment_id; });
  return found == payments.end() ? nullptr : &*found;
}

absl::Time Order::NextTimer() const {
  if (status == OrderStatus::kPaused) return resume_at.value_or(absl::InfiniteFuture());
  if (!Collects()) return absl::InfiniteFuture();
  absl::Time next = absl::InfiniteFuture();
  for (const ScheduledPayment& payment : payments) {
    if (payment.status == PaymentStatus::kScheduled) {
      next = std::min(next, payment.scheduled_at);
    } else if (payment.status == PaymentStatus::kSoftDeclined) {
      next = std::min(next, payment.next_retry);
    }
  }
  return std::max(next, live_since);
}

Json Order::ToJson(std::string_view host) const {
  const bool instalments = type == PurchaseType::kInstalment;
  const bool regular = instalments || type == PurchaseType::kSubscription;
  Decimal discounts;
  Decimal taxes;
  Decimal fees;
  Json products = Json::MakeArray();
  for (const OrderLine& line : lines) {
    discounts += line.discount;
    taxes += line.tax;
    fees += line.fee;
    products.Append(line.ToJson());
  }
  const int64_t initial_payments = initial_amount > Decimal(0) ? 1 : 0;
  return Json::MakeObject(
      {{"id", Json::Integer(id)},
       {"profile_id", Json::Integer(profile_id)},
       {"order_type", Json::String(NameOf(type))},
       {"status", Json::String(NameOf(status))},
       {"invoice_id", Json::String(invoice_id)},
       {"customer_id", Json::Integer(customer_id)},
       {"currency", Json::String(currency)},
       {"monthly_amount", regular ? Money(regular_amount) : Json()},
       {"scheduled_duration_unit", UnitOrNull(unit)},
       {"scheduled_duration_number", instalments ? Json::Integer(split_number) : Json()},
       {"total_to_pay", instalments ? Money(total) : Json()},
       {"count_to_pay", instalments ? Json::Integer(split_number + initial_payments) : Json()},
       {"description", TextOrNull(description)},
       {"profile_payment_method", Json::String(is_moto ? "MOTO" : "ECOM")},
       {"order_source", Json::Integer(from_ui ? 1 : 2)},
       {"collect_initial_payment", Json::Bool(initial_payments > 0)},
       {"total_installment_amount", instalments ? Money(total) : Json()},
       {"total_discount_amount", Money(discounts)},
       {"total_tax_amount", Money(taxes)},
       {"total_fee_amount", Money(fees)},
       {"products", std::move(products)},
       {"payment_link",
        Json::String(absl::StrCat("http://", common::ToAbsl(host), "/sandbox/links/", link_token))},
       {"checkout_id", TextOrNull(checkout_id)},
       {"created_at", Timestamp(created_at)},
       {"updated_at", Timestamp(updated_at)}});
}

Json Order::PaymentJson(const ScheduledPayment& payment, bool underscores) const {
  std::string name(NameOf(payment.status));
  if (underscores) std::replace(name.begin(), name.end(), '-', '_');
  return Json::MakeObject({{"id", Json::Integer(payment.id)},
                           {"order_id", Json::Integer(id)},
                           {"status", Json::String(name)},
                           {"amount", Money(payment.amount)},
                           {"currency", Json::String(currency)},
                           {"scheduled_at", Timestamp(payment.scheduled_at)},
                           {"scheduled_interval", IntegerOrNull(payment.interval)},
                           {"scheduled_duration_unit", UnitOrNull(payment.unit)},
                           {"created_at", Timestamp(payment.created_at)},
                           {"updated_at", Timestamp(payment.updated_at)}});
}

}  // namespace billing::sandbox::billpro
