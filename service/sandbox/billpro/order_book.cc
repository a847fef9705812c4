#include "service/sandbox/billpro/order_book.h"

#include "absl/strings/str_cat.h"

namespace billing::sandbox::billpro {
namespace {

constexpr absl::Duration kCheckoutLife = absl::Minutes(25);  // reference, 3.3
constexpr std::string_view kCapitalsAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

MaybeRefusal WrongState(const Order& order) {
  return Unprocessable(absl::StrCat("the order is ", std::string(NameOf(order.status))));
}

}  // namespace

void OrderBook::Touch(Order& order, absl::Time now) {
  order.updated_at = now;
  const absl::Time next = order.NextTimer();
  if (next == order.agenda_time) return;
  agenda_.erase({order.agenda_time, order.id});
  order.agenda_time = next;
  if (next != absl::InfiniteFuture()) agenda_.insert({next, order.id});
}

absl::Time OrderBook::NextTimer() const {
  return agenda_.empty() ? absl::InfiniteFuture() : agenda_.begin()->first;
}

Order* OrderBook::Add(Order order, const Occasion& occasion) {
  order.id = ++parts_.sequences.order;
  order.profile_id = parts_.profile_id;
  if (order.invoice_id.empty()) order.invoice_id = occasion.random.Text(kCapitalsAndDigits, 7);
  order.link_token = occasion.random.Text(kLettersAndDigits, 24);
  order.created_at = occasion.at;
  if (order.checkout_id) OpenCheckout(order, occasion);
  Order* const added = orders_.Add(std::move(order));
  if (added->type == PurchaseType::kInstalment && !parts_.settings.events_at_activation) {
    AddInstalments(*added, occasion);
  }
  Touch(*added, occasion.at);
  return added;
}

Result<Order*> OrderBook::Create(PurchaseType type, const Json& fields, const Occasion& occasion) {
  const auto order = ReadOrder(type, fields, {parts_.customers, parts_.products, parts_.settings});
  if (!order.ok()) return order.error();
  return Add(*order, occasion);
}

void OrderBook::OpenCheckout(Order& order, const Occasion& occasion) {
  order.checkout_id = absl::StrCat(occasion.random.Text("0123456789ABCDEF", 32), ".uat01-vm-tx01");
  order.checkout_expires = occasion.at + kCheckoutLife;
}

MaybeRefusal OrderBook::RenewCheckout(Order& order, const Occasion& occasion) {
  if (parts_.settings.stripe) return Unprocessable("checkouts are for CardCorp merchants only");
  if (!order.IsPreliminary()) return WrongState(order);
  OpenCheckout(order, occasion);
  Touch(order, occasion.at);
  return std::nullopt;
}

void OrderBook::Close(Order& order, OrderStatus status, const Occasion& occasion) {
  order.status = status;
  order.resume_at.reset();
  for (ScheduledPayment& payment : order.payments) {
    if (!payment.IsOpen()) continue;
    payment.status = PaymentStatus::kCancelled;
    payment.updated_at = occasion.at;
  }
  Touch(order, occasion.at);
}

MaybeRefusal OrderBook::Cancel(Order& order, const Occasion& occasion) {
  if (order.IsFinal()) return WrongState(order);
  Close(order, order.IsPreliminary() ? OrderStatus::kCancelled : OrderStatus::kComplete, occasion);
  return std::nullopt;
}

MaybeRefusal OrderBook::Pause(Order& order, const Occasion& occasion) {
  const bool may = order.status == OrderStatus::kActive || order.status == OrderStatus::kFailed;
  if (order.type != PurchaseType::kSubscription || !may) return WrongState(order);
  order.before_pause = order.status;
  order.status = OrderStatus::kPaused;
  for (ScheduledPayment& payment : order.payments) {
    if (payment.status != PaymentStatus::kScheduled) continue;
    payment.status = PaymentStatus::kPaused;
    payment.updated_at = occasion.at;
  }
  Touch(order, occasion.at);
  return std::nullopt;
}

MaybeRefusal OrderBook::Resume(Order& order, const Occasion& occasion) {
  if (order.status != OrderStatus::kPaused) return WrongState(order);
  order.status = order.before_pause;
  order.resume_at.reset();
  order.live_since = occasion.at;
  for (ScheduledPayment& payment : order.payments) {
    if (payment.status != PaymentStatus::kPaused) continue;
    payment.status = PaymentStatus::kScheduled;
    payment.updated_at = occasion.at;
  }
  MissDates(order, occasion.at);
  Touch(order, occasion.at);
  return std::nullopt;
}

void OrderBook::RunTimer(const Occasion& occasion) {
  if (agenda_.empty() || agenda_.begin()->first > occasion.at) return;
  Order& order = *orders_.Find(agenda_.begin()->second);
  if (order.status == OrderStatus::kPaused) {
    Resume(order, occasion);
    return;
  }
  for (ScheduledPayment& payment : order.payments) {
    if (!payment.IsDue(occasion.at)) continue;
    // A pause or suspension may have held it back for too long.
    if (!payment.MayBeTried(occasion.at)) return GiveUp(order, payment, occasion);
    if (payment.status == PaymentStatus::kSoftDeclined) ++payment.automatic_retries;
    return Collect(order, payment.id, {.outcome = NextOutcome(order)}, occasion);
  }
  // Nothing was due after all: the agenda must not stand still.
  Touch(order, occasion.at);
}

}  // namespace billing::sandbox::billpro
