#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/order_book.h"

namespace billing::sandbox::billpro {
namespace {

constexpr size_t kMaxPayments = 5000;  // of one order

// Whether a payment can be collected out of turn.
bool MayCollectNow(const ScheduledPayment& payment, absl::Time now) {
  const bool waits =
      payment.status == PaymentStatus::kScheduled || payment.status == PaymentStatus::kSoftDeclined;
  return waits && payment.MayBeTried(now);
}

}  // namespace

Transaction& OrderBook::Record(Order& order, std::string_view type, const Decimal& amount,
                               Outcome outcome, std::optional<int64_t> payment_id,
                               const Occasion& occasion) {
  order.transactions.push_back({.id = occasion.random.Text(kHexDigits, 32),
                                .type = std::string(type),
                                .amount = amount,
                                .outcome = outcome,
                                .scheduled_payment_id = payment_id,
                                .at = occasion.at});
  Transaction& transaction = order.transactions.back();
  if (!parts_.settings.stripe) {
    const Customer& customer = *parts_.customers.Find(order.customer_id);
    parts_.notifications.Add(order.id, occasion.at, PaymentMessage(order, customer, transaction),
                             occasion.random);
  }
  return transaction;
}

ScheduledPayment& OrderBook::AddPayment(Order& order, const Decimal& amount, absl::Time at,
                                        const Occasion& occasion) {
  ScheduledPayment payment{.id = ++parts_.sequences.scheduled_payment,
                           .amount = amount,
                           .scheduled_at = at,
                           .created_at = occasion.at,
                           .updated_at = occasion.at,
                           .cycle_start = at};
  order.payments.push_back(std::move(payment));
  return order.payments.back();
}

void OrderBook::AddInstalments(Order& order, const Occasion& occasion) {
  const absl::Time start = order.start ? std::max(*order.start, occasion.at) : occasion.at;
  int64_t number = order.start ? 0 : 1;
  const Decimal balance = order.total - order.initial_amount;
  for (const Decimal& amount : SplitBalance(balance, order.split_number)) {
    AddPayment(order, amount, AddIntervals(start, *order.unit, order.interval * number++),
               occasion);
  }
}

void OrderBook::Activate(Order& order, const Occasion& occasion) {
  order.status = OrderStatus::kActive;
  order.live_since = occasion.at;
  if (order.type == PurchaseType::kInstalment && order.payments.empty()) {
    AddInstalments(order, occasion);
  }
  if (order.type == PurchaseType::kSubscription) {
    const absl::Time first = order.start ? std::max(*order.start, occasion.at)
                                         : AddIntervals(occasion.at, *order.unit, order.interval);
    ScheduledPayment& payment = AddPayment(order, order.regular_amount, first, occasion);
    payment.interval = order.interval;
    payment.unit = order.unit;
    order.cycle_payment = payment.id;
    if (!order.start) {
      // Counted from the activation, so that the 31st comes back after a shorter month.
      payment.cycle_start = occasion.at;
      payment.cycle = 1;
    }
  }
  Judge(order);
}

MaybeRefusal OrderBook::AttemptInitial(Order& order, Outcome outcome, std::string_view checkout_id,
                                       const Occasion& occasion) {
  if (!order.IsPreliminary()) return Unprocessable("the initial payment is over");
  if (!checkout_id.empty()) {
    if (!order.checkout_id || *order.checkout_id != checkout_id) {
      return Unprocessable("the order has another checkout");
    }
    if (occasion.at >= order.checkout_expires) return Unprocessable("the checkout has expired");
  }
  const bool at_terminal = order.status != OrderStatus::kPending;
  if (at_terminal) order.is_moto = true;
  const bool recurring = order.type != PurchaseType::kSingle;
  const bool registers = recurring && order.initial_amount == Decimal(0);
  const bool authorises =
      recurring ? IsPreAuthorisedOnly(order.initial_amount) : order.pre_authorise;
  const Decimal amount = registers ? parts_.settings.registration_amount : order.initial_amount;
  Record(order, authorises ? "PA" : "DB", amount, outcome, std::nullopt, occasion);
  if (outcome != Outcome::kApproved) {
    if (at_terminal) order.status = OrderStatus::kRejected;
    Touch(order, occasion.at);
    return std::nullopt;
  }
  if (!authorises) order.collected += amount;
  if ((registers || order.create_registration) && !parts_.settings.stripe) {
    const Customer& customer = *parts_.customers.Find(order.customer_id);
    const std::string id = occasion.random.Text(kHexDigits, 32);
    parts_.notifications.Add(order.id, occasion.at,
                             RegistrationMessage(order, customer, id, occasion.at),
                             occasion.random);
  }
  if (recurring) {
    Activate(order, occasion);
  } else {
    order.status = authorises ? OrderStatus::kActive : OrderStatus::kComplete;
  }
  Touch(order, occasion.at);
  return std::nullopt;
}

Outcome OrderBook::NextOutcome(Order& order) {
  if (order.outcomes.empty()) return order.usual_outcome;
  const Outcome next = order.outcomes.front();
  order.outcomes.pop_front();
  return next;
}

void OrderBook::Decline(Order& order, ScheduledPayment& payment, Outcome outcome,
                        const Occasion& occasion) {
  const bool was_live =
      order.status == OrderStatus::kActive || order.status == OrderStatus::kFailed;
  payment.next_retry = absl::InfiniteFuture();
  if (outcome == Outcome::kHardDecline) {
    payment.status = PaymentStatus::kHardDeclined;
    if (was_live) order.status = OrderStatus::kSuspended;
    return;
  }
  // A retry by the API has a new date, but is no new run: the limits count from the first one.
  if (!payment.first_soft_decline) payment.first_soft_decline = occasion.at;
  if (payment.status != PaymentStatus::kSoftDeclined) payment.declined_at = occasion.at;
  payment.status = PaymentStatus::kSoftDeclined;
  if (was_live) order.status = OrderStatus::kFailed;
  if (payment.is_manual) return;
  const std::vector<int64_t>& days = parts_.settings.retry_days;
  const auto done = static_cast<size_t>(payment.automatic_retries);
  const absl::Time next = done < days.size() ? payment.declined_at + absl::Hours(24) * days[done]
                                             : absl::InfiniteFuture();
  if (payment.MayBeTried(next)) {
    payment.next_retry = next;
  } else {
    EndRetries(order);
  }
}

void OrderBook::EndRetries(Order& order) {
  if (!parts_.settings.retry_days.empty() && parts_.settings.auto_suspend &&
      order.type == PurchaseType::kSubscription && order.status == OrderStatus::kFailed) {
    order.status = OrderStatus::kSuspended;
  }
}

void OrderBook::GiveUp(Order& order, ScheduledPayment& payment, const Occasion& occasion) {
  payment.status = PaymentStatus::kSoftDeclined;
  payment.next_retry = absl::InfiniteFuture();
  payment.updated_at = occasion.at;
  EndRetries(order);
  Touch(order, occasion.at);
}

void OrderBook::Collect(Order& order, int64_t payment_id, const Attempt& attempt,
                        const Occasion& occasion) {
  ScheduledPayment& payment = *order.FindPayment(payment_id);
  const Decimal amount = attempt.amount.value_or(payment.amount);
  ++payment.attempts;
  payment.updated_at = occasion.at;
  Record(order, "DB", amount, attempt.outcome, payment_id, occasion);
  if (attempt.outcome == Outcome::kApproved) {
    const bool recovered = payment.status == PaymentStatus::kSoftDeclined ||
                           (attempt.card_updated && payment.first_soft_decline);
    payment.status = !(amount == payment.amount) ? PaymentStatus::kReview
                     : recovered                 ? PaymentStatus::kRecovered
                                                 : PaymentStatus::kComplete;
    order.collected += amount;
    if (order.status == OrderStatus::kFailed) order.status = OrderStatus::kActive;
  } else {
    Decline(order, payment, attempt.outcome, occasion);
  }
  FollowCycle(order, payment_id, occasion);
  Judge(order);
  Touch(order, occasion.at);
}

void OrderBook::FollowCycle(Order& order, int64_t payment_id, const Occasion& occasion) {
  if (order.cycle_payment != payment_id || order.payments.size() >= kMaxPayments) return;
  const ScheduledPayment last = *order.FindPayment(payment_id);
  const int64_t cycle = last.cycle + 1;
  ScheduledPayment& next =
      AddPayment(order, order.regular_amount,
                 AddIntervals(last.cycle_start, *last.unit, *last.interval * cycle), occasion);
  next.interval = last.interval;
  next.unit = last.unit;
  next.cycle_start = last.cycle_start;
  next.cycle = cycle;
  if (order.status == OrderStatus::kPaused) next.status = PaymentStatus::kPaused;
  order.cycle_payment = next.id;
}

void OrderBook::MissDates(Order& order, absl::Time now) {
  ScheduledPayment* const payment = order.FindPayment(order.cycle_payment);
  if (payment == nullptr || payment->status != PaymentStatus::kScheduled) return;
  while (payment->scheduled_at < now) {
    ++payment->cycle;
    payment->scheduled_at =
        AddIntervals(payment->cycle_start, *payment->unit, *payment->interval * payment->cycle);
  }
}

void OrderBook::Judge(Order& order) {
  const bool judged = order.status == OrderStatus::kActive || order.status == OrderStatus::kFailed;
  if (order.type != PurchaseType::kInstalment || !judged) return;
  const bool open = std::any_of(order.payments.begin(), order.payments.end(),
                                [](const ScheduledPayment& payment) { return payment.IsOpen(); });
  const Decimal target = order.Target();
  if (order.collected > target) {
    order.status = OrderStatus::kReview;
  } else if (!open) {
    order.status = order.collected == target ? OrderStatus::kComplete : OrderStatus::kReview;
  }
}

MaybeRefusal OrderBook::CollectNow(Order& order, const std::optional<int64_t>& payment_id,
                                   Outcome outcome, const std::optional<Decimal>& amount,
                                   const Occasion& occasion) {
  if (!order.Collects()) return Unprocessable("nothing of the order is collected in its status");
  const ScheduledPayment* chosen = payment_id ? order.FindPayment(*payment_id) : nullptr;
  for (const ScheduledPayment& payment : order.payments) {
    if (!payment_id && MayCollectNow(payment, occasion.at) &&
        (chosen == nullptr || payment.scheduled_at < chosen->scheduled_at)) {
      chosen = &payment;
    }
  }
  if (chosen == nullptr) return Unprocessable("there is no payment to collect");
  if (!MayCollectNow(*chosen, occasion.at)) {
    return Unprocessable("the payment cannot be collected any more");
  }
  Collect(order, chosen->id, {.outcome = outcome, .amount = amount}, occasion);
  return std::nullopt;
}

int64_t OrderBook::MergeInto(Order& order, const std::vector<int64_t>& payment_ids, absl::Time at,
                             const Occasion& occasion) {
  ScheduledPayment merged{.scheduled_at = at, .cycle_start = at, .is_sum = true};
  bool has_cycle = false;
  for (int64_t id : payment_ids) {
    ScheduledPayment& payment = *order.FindPayment(id);
    payment.status = PaymentStatus::kMerged;
    payment.updated_at = occasion.at;
    merged.amount += payment.amount;
    if (id != order.cycle_payment) continue;
    has_cycle = true;
    merged.interval = payment.interval;
    merged.unit = payment.unit;
    merged.cycle_start = payment.cycle_start;
    merged.cycle = payment.cycle;
  }
  merged.id = ++parts_.sequences.scheduled_payment;
  merged.created_at = merged.updated_at = occasion.at;
  if (has_cycle) order.cycle_payment = merged.id;
  order.payments.push_back(merged);
  return merged.id;
}

MaybeRefusal OrderBook::UpdateCard(Order& order, Outcome outcome, const Occasion& occasion) {
  if (!order.IsLive()) return Unprocessable("the order is not live");
  order.outcomes.clear();
  order.usual_outcome = Outcome::kApproved;
  const bool suspended = order.status == OrderStatus::kSuspended;
  if (suspended) {
    order.status = OrderStatus::kActive;
    order.live_since = occasion.at;
  }
  std::vector<int64_t> due;
  for (const ScheduledPayment& payment : order.payments) {
    const bool declined = suspended ? payment.IsDeclined() && !payment.is_manual
                                    : payment.status == PaymentStatus::kSoftDeclined &&
                                          order.status == OrderStatus::kFailed;
    const bool overdue = suspended && order.type == PurchaseType::kInstalment &&
                         payment.status == PaymentStatus::kScheduled &&
                         payment.scheduled_at <= occasion.at;
    if (declined || overdue) due.push_back(payment.id);
  }
  if (suspended && order.type == PurchaseType::kInstalment && !due.empty()) {
    due = {MergeInto(order, due, occasion.at, occasion)};
  }
  for (int64_t id : due) {
    // What one payment's decline brings about holds back the others.
    if (!order.Collects()) break;
    Collect(order, id, {.outcome = outcome, .card_updated = true}, occasion);
  }
  if (suspended) MissDates(order, occasion.at);
  Touch(order, occasion.at);
  return std::nullopt;
}

}  // namespace billing::sandbox::billpro
