#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/order_book.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox::billpro {
namespace {

constexpr int64_t kMaxInterval = 1000;

// What a request wants to change.
struct Wish {
  std::optional<PaymentStatus> status;
  std::optional<Decimal> amount;
  std::optional<absl::Time> at;
  std::optional<int64_t> interval;
  std::optional<IntervalUnit> unit;

  bool IsEmpty() const { return !status && !amount && !at && !interval && !unit; }
};

std::optional<PaymentStatus> SettableStatus(const Json& value) {
  for (const PaymentStatus status :
       {PaymentStatus::kScheduled, PaymentStatus::kSkipped, PaymentStatus::kCancelled}) {
    if (value.is_string() && value.text() == NameOf(status)) return status;
  }
  return std::nullopt;
}

// Reads a member, where it is given, with `read`; false where that finds nothing.
template <typename T, typename Read>
bool ReadMember(const Json& fields, std::string_view key, std::optional<T>& target, Read read) {
  const Json* value = Given(fields, key);
  if (value == nullptr) return true;
  target = read(*value);
  return target.has_value();
}

std::optional<Wish> ReadWish(const Json& fields) {
  Wish wish;
  const bool read = ReadMember(fields, "status", wish.status, SettableStatus) &&
                    ReadMember(fields, "amount", wish.amount, ReadMoney) &&
                    ReadMember(fields, "scheduled_at", wish.at,
                               [](const Json& value) { return ParseMoment(value.text()); }) &&
                    ReadMember(fields, "scheduled_interval", wish.interval, ReadInteger) &&
                    ReadMember(fields, "scheduled_duration_unit", wish.unit, ReadUnit);
  if (!read || wish.IsEmpty()) return std::nullopt;
  if (wish.amount && *wish.amount == Decimal(0)) return std::nullopt;
  if (wish.interval && (*wish.interval < 1 || *wish.interval > kMaxInterval)) return std::nullopt;
  return wish;
}

// Whether the wish gives a payment the date of an attempt: a declined one's date alone does not.
bool SetsAttempt(const ScheduledPayment& payment, const Wish& wish) {
  if (!wish.at) return false;
  return wish.status ? wish.status == PaymentStatus::kScheduled : !payment.IsDeclined();
}

// What speaks against the wish, or null.
const char* Objection(const Order& order, const ScheduledPayment& payment, const Wish& wish,
                      absl::Time now) {
  if (order.IsFinal() || !payment.IsOpen()) return "the payment can no longer be updated";
  if (wish.at && *wish.at <= now) return "the date is not in the future";
  const bool to_scheduled = wish.status == PaymentStatus::kScheduled;
  if (payment.IsDeclined() && to_scheduled && !wish.at) return "a retry needs a date";
  if (SetsAttempt(payment, wish) && !payment.MayBeTried(*wish.at)) {
    return "the payment may not be tried so often, or so late";
  }
  if (wish.interval || wish.unit) {
    if (payment.id != order.cycle_payment) {
      return "the interval is for the last payment of a subscription";
    }
  }
  return nullptr;
}

// Sets a payment's amount; on a subscription also that of the events after it, made already or not.
void SetAmount(Order& order, ScheduledPayment& changed, const Decimal& amount, absl::Time now) {
  changed.amount = amount;
  if (order.type != PurchaseType::kSubscription) return;
  order.regular_amount = amount;
  for (ScheduledPayment& payment : order.payments) {
    // Ids follow the cycle, which a retry's date does not. A merged sum is of earlier events.
    const bool follows = payment.id > changed.id && !payment.is_sum;
    const bool waits =
        payment.status == PaymentStatus::kScheduled || payment.status == PaymentStatus::kPaused;
    if (!follows || !waits) continue;
    payment.amount = amount;
    payment.updated_at = now;
  }
}

}  // namespace

MaybeRefusal OrderBook::UpdatePayment(Order& order, int64_t payment_id, const Json& fields,
                                      const Occasion& occasion) {
  ScheduledPayment* const payment = order.FindPayment(payment_id);
  if (payment == nullptr) return Unprocessable("no such scheduled payment");
  const auto wish = ReadWish(fields);
  if (!wish) return Unprocessable("a field of the update is not valid");
  if (const char* objection = Objection(order, *payment, *wish, occasion.at)) {
    return Unprocessable(objection);
  }
  payment->updated_at = occasion.at;
  if (wish->amount) SetAmount(order, *payment, *wish->amount, occasion.at);
  if (wish->interval) payment->interval = wish->interval;
  if (wish->unit) payment->unit = wish->unit;
  if (wish->at) payment->scheduled_at = *wish->at;
  if (wish->at || wish->interval || wish->unit) {
    payment->cycle_start = payment->scheduled_at;
    payment->cycle = 0;
  }
  if (wish->status == PaymentStatus::kScheduled) {
    // A paused one stays so until its order is resumed.
    if (payment->status != PaymentStatus::kPaused) payment->status = PaymentStatus::kScheduled;
    payment->next_retry = absl::InfiniteFuture();
  } else if (wish->status) {
    payment->status = *wish->status;
    if (*wish->status == PaymentStatus::kSkipped && order.type == PurchaseType::kInstalment) {
      order.total -= payment->amount;
    }
    FollowCycle(order, payment_id, occasion);
    Judge(order);
  }
  Touch(order, occasion.at);
  return std::nullopt;
}

}  // namespace billing::sandbox::billpro
