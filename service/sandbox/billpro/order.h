#ifndef SERVICE_SANDBOX_BILLPRO_ORDER_H_
#define SERVICE_SANDBOX_BILLPRO_ORDER_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/billpro/product.h"
#include "service/sandbox/billpro/values.h"
#include "service/sandbox/decimal.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// Reference, 5.1.
enum class OrderStatus {
  kDraft,
  kPending,
  kRejected,
  kCancelled,
  kActive,
  kFailed,
  kSuspended,
  kPaused,
  kReview,
  kComplete,
};
std::string_view NameOf(OrderStatus status);

// Reference, 5.2.
enum class PaymentStatus {
  kScheduled,
  kComplete,
  kRecovered,
  kSoftDeclined,
  kHardDeclined,
  kSkipped,
  kMerged,
  kCancelled,
  kPaused,
  kReview,
};
std::string_view NameOf(PaymentStatus status);

// What the customer's bank says to a payment (reference, 4.6).
enum class Outcome { kApproved, kSoftDecline, kHardDecline };
// "approved", "soft-declined", "hard-declined".
std::optional<Outcome> OutcomeNamed(std::string_view name);

// A line of an order; every amount is the whole line's but `amount`, which is for each piece.
struct OrderLine {
  int64_t product_id = 0;
  int64_t qty = 1;
  Decimal amount;
  Decimal discount;
  Decimal fee;
  Decimal tax;  // inside the price already

  Decimal Total() const { return Decimal(qty) * amount - discount + fee; }
  Json ToJson() const;
};

// A billing event (reference, 4.5).
struct ScheduledPayment {
  int64_t id = 0;
  PaymentStatus status = PaymentStatus::kScheduled;
  Decimal amount;
  absl::Time scheduled_at;
  std::optional<int64_t> interval;  // to the next one; of subscriptions
  std::optional<IntervalUnit> unit;
  absl::Time created_at;
  absl::Time updated_at;

  // The date that its cycle is counted from, and how many intervals lie between: the 31st stays
  // the 31st after a February.
  absl::Time cycle_start;
  int64_t cycle = 0;
  bool is_sum = false;     // of merged ones
  bool is_manual = false;  // submitted by hand on a metered order: never retried by itself
  std::optional<absl::Time> first_soft_decline;  // under any of its dates
  absl::Time declined_at;  // first soft decline of the current date: retry days count from it
  int64_t automatic_retries = 0;  // under all of its dates, as are the attempts
  int64_t attempts = 0;
  absl::Time next_retry = absl::InfiniteFuture();

  bool IsDeclined() const {
    return status == PaymentStatus::kSoftDeclined || status == PaymentStatus::kHardDeclined;
  }
  // Whether money may still come.
  bool IsOpen() const {
    return IsDeclined() || status == PaymentStatus::kScheduled || status == PaymentStatus::kPaused;
  }
  // Whether its date or that of an automatic retry has come.
  bool IsDue(absl::Time now) const {
    return (status == PaymentStatus::kScheduled && scheduled_at <= now) ||
           (status == PaymentStatus::kSoftDeclined && next_retry <= now);
  }
  // Whether the limits of retries, which begin with the first soft decline, leave room for an
  // attempt at that time (reference, 5.2).
  bool MayBeTried(absl::Time at) const;
};

// What went through the processor (reference, 4.6).
struct Transaction {
  std::string id;    // 32 hexadecimal digits
  std::string type;  // "DB"
  Decimal amount;
  Outcome outcome = Outcome::kApproved;
  std::optional<int64_t> scheduled_payment_id;
  Decimal refunded;
  absl::Time at;
};

// An order of any type (reference, 4.4).
struct Order {
  int64_t id = 0;
  int64_t profile_id = 0;
  PurchaseType type = PurchaseType::kSingle;
  OrderStatus status = OrderStatus::kPending;
  std::string invoice_id;  // the merchant's
  int64_t customer_id = 0;
  std::string currency;
  std::vector<OrderLine> lines;
  std::optional<std::string> description;
  std::optional<std::string> note;
  bool is_moto = false;  // the initial payment is taken at the virtual terminal
  bool from_ui = false;
  bool pre_authorise = false;
  bool create_registration = false;
  std::string link_token;

  Decimal initial_amount;  // 0: the card is only registered
  Decimal regular_amount;  // of each scheduled payment
  Decimal total;           // of an instalment order, the deposit included; skipped amounts leave it
  int64_t split_number = 0;
  int64_t interval = 1;
  std::optional<IntervalUnit> unit;
  std::optional<absl::Time> start;  // of the first scheduled collection

  std::optional<std::string> checkout_id;
  absl::Time checkout_expires;

  std::vector<ScheduledPayment> payments;
  std::vector<Transaction> transactions;
  Decimal collected;
  // Nothing is collected before: the order was not live then.
  absl::Time live_since = absl::InfinitePast();
  int64_t cycle_payment = 0;  // the scheduled payment that the next one follows
  OrderStatus before_pause = OrderStatus::kActive;
  std::optional<absl::Time> resume_at;
  std::deque<Outcome> outcomes;  // of the next collections; then `usual_outcome`
  Outcome usual_outcome = Outcome::kApproved;
  absl::Time agenda_time = absl::InfiniteFuture();  // where the book's agenda has it
  absl::Time created_at;
  absl::Time updated_at;

  bool IsPreliminary() const {
    return status == OrderStatus::kDraft || status == OrderStatus::kPending ||
           status == OrderStatus::kRejected;
  }
  bool IsFinal() const {
    return status == OrderStatus::kCancelled || status == OrderStatus::kComplete;
  }
  bool IsLive() const { return !IsPreliminary() && !IsFinal(); }
  // Whether due payments are collected.
  bool Collects() const {
    return status == OrderStatus::kActive || status == OrderStatus::kFailed ||
           status == OrderStatus::kReview;
  }
  // What an instalment order must collect: an initial pre-authorisation is not captured.
  Decimal Target() const;
  // Null where there is none.
  ScheduledPayment* FindPayment(int64_t payment_id);
  // When time next changes it; InfiniteFuture where it never does.
  absl::Time NextTimer() const;

  // `host` is where the payment link leads, "127.0.0.1:8081".
  Json ToJson(std::string_view host) const;
  Json PaymentJson(const ScheduledPayment& payment, bool underscores) const;
};

// Whether an initial amount is only pre-authorised, never captured: up to 1.00 (reference, 3.3).
bool IsPreAuthorisedOnly(const Decimal& initial_amount);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_ORDER_H_
