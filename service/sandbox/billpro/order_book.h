#ifndef SERVICE_SANDBOX_BILLPRO_ORDER_BOOK_H_
#define SERVICE_SANDBOX_BILLPRO_ORDER_BOOK_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/billpro/book.h"
#include "service/sandbox/billpro/notification.h"
#include "service/sandbox/billpro/order.h"
#include "service/sandbox/billpro/order_request.h"
#include "service/sandbox/billpro/refusal.h"
#include "service/sandbox/json.h"
#include "service/sandbox/occasion.h"

namespace billing::sandbox::billpro {

// The orders of one profile and their state machines (reference, 5). An order given to a function
// is one of this book. What a function refuses it leaves as it was. Not thread-safe.
class OrderBook {
 public:
  // Everything but the sequences belongs to the same profile.
  struct Parts {
    const CustomerBook& customers;
    const ProductBook& products;
    const Settings& settings;
    NotificationLog& notifications;
    Sequences& sequences;
    int64_t profile_id;
  };

  explicit OrderBook(Parts parts) : parts_(parts) {}

  // Null where there is none.
  Order* Find(int64_t id) const { return orders_.Find(id); }
  const Book<Order>& all() const { return orders_; }

  // order_book.cc: what the API offers (reference, 3.3 to 3.6).
  Result<Order*> Create(PurchaseType type, const Json& fields, const Occasion& occasion);
  MaybeRefusal Cancel(Order& order, const Occasion& occasion);
  MaybeRefusal Pause(Order& order, const Occasion& occasion);
  MaybeRefusal Resume(Order& order, const Occasion& occasion);
  MaybeRefusal RenewCheckout(Order& order, const Occasion& occasion);
  // payment_update.cc: PUT of a scheduled payment (reference, 3.7).
  MaybeRefusal UpdatePayment(Order& order, int64_t payment_id, const Json& fields,
                             const Occasion& occasion);

  // order_people.cc: what customers do at the checkout and staff in the web pages.
  struct InUi {
    bool draft = true;
    bool pre_authorise = false;  // of single orders only
  };
  Result<Order*> CreateInUi(PurchaseType type, const Json& fields, const InUi& options,
                            const Occasion& occasion);
  MaybeRefusal SendLink(Order& order, const Occasion& occasion);
  MaybeRefusal MarkComplete(Order& order, const Occasion& occasion);
  MaybeRefusal ResumeAt(Order& order, absl::Time at, const Occasion& occasion);
  // Ends a pre-authorised single order; of a capture nothing means the whole amount.
  MaybeRefusal Capture(Order& order, const std::optional<Decimal>& amount,
                       const Occasion& occasion);
  MaybeRefusal Reverse(Order& order, const Occasion& occasion);
  // One new payment, at `at`, in place of several open ones.
  MaybeRefusal Merge(Order& order, const std::vector<int64_t>& payment_ids, absl::Time at,
                     const Occasion& occasion);
  // A payment of a metered order: scheduled, or collected now where `at` is nothing.
  MaybeRefusal Charge(Order& order, const Decimal& amount, const std::optional<absl::Time>& at,
                      Outcome outcome, const Occasion& occasion);
  // Gives back money of the named approved payment, or the latest one that has some left; nothing
  // means all that is left of it.
  MaybeRefusal Refund(Order& order, std::string_view transaction_id,
                      const std::optional<Decimal>& amount, const Occasion& occasion);
  MaybeRefusal ChargeBack(Order& order, std::string_view transaction_id, const Occasion& occasion);

  // collection.cc: payments and what they bring about (reference, 5.1 and 5.2).
  // An attempt at the initial payment: by link or checkout of a pending order, else at the
  // terminal. `checkout_id` names the custom checkout it goes through, which must not have expired.
  MaybeRefusal AttemptInitial(Order& order, Outcome outcome, std::string_view checkout_id,
                              const Occasion& occasion);
  // Collects a scheduled or soft-declined payment now, the earliest one where none is named.
  // `amount` is what the bank gave, nothing for the right amount.
  MaybeRefusal CollectNow(Order& order, const std::optional<int64_t>& payment_id, Outcome outcome,
                          const std::optional<Decimal>& amount, const Occasion& occasion);
  // The customer's new card works from now on; `outcome` is what it says to what is collected at
  // once.
  MaybeRefusal UpdateCard(Order& order, Outcome outcome, const Occasion& occasion);

  // When time next changes an order; InfiniteFuture where it never does.
  absl::Time NextTimer() const;
  // Lets the first thing happen that is due at `occasion.at`.
  void RunTimer(const Occasion& occasion);
  // To be called when an order's outcomes or dates were changed from outside.
  void Touch(Order& order, absl::Time now);

 private:
  Order* Add(Order order, const Occasion& occasion);
  void OpenCheckout(Order& order, const Occasion& occasion);
  // Ends an order with what is still open of it.
  void Close(Order& order, OrderStatus status, const Occasion& occasion);

  ScheduledPayment& AddPayment(Order& order, const Decimal& amount, absl::Time at,
                               const Occasion& occasion);
  void AddInstalments(Order& order, const Occasion& occasion);
  void Activate(Order& order, const Occasion& occasion);
  Transaction& Record(Order& order, std::string_view type, const Decimal& amount, Outcome outcome,
                      std::optional<int64_t> payment_id, const Occasion& occasion);

  // What a collection is, beside being due.
  struct Attempt {
    Outcome outcome = Outcome::kApproved;
    std::optional<Decimal> amount;  // nothing: the right one
    bool card_updated = false;
  };
  void Collect(Order& order, int64_t payment_id, const Attempt& attempt, const Occasion& occasion);
  void Decline(Order& order, ScheduledPayment& payment, Outcome outcome, const Occasion& occasion);
  // Suspends a failed subscription that is not retried any more, where the profile wants that.
  void EndRetries(Order& order);
  // Leaves a payment declined whose retry came due when it may not be tried any more.
  void GiveUp(Order& order, ScheduledPayment& payment, const Occasion& occasion);
  // Makes a subscription's next payment once `payment_id`, its latest one, is done with.
  void FollowCycle(Order& order, int64_t payment_id, const Occasion& occasion);
  // A subscription that was on hold misses the dates in between.
  void MissDates(Order& order, absl::Time now);
  // Ends an instalment order whose money is all there, or puts it up for review.
  void Judge(Order& order);
  // Merges payments into a new one, without checks; its id.
  int64_t MergeInto(Order& order, const std::vector<int64_t>& payment_ids, absl::Time at,
                    const Occasion& occasion);
  Outcome NextOutcome(Order& order);
  // The approved payment that money can be given back of; null where there is none.
  Transaction* FindRefundable(Order& order, std::string_view transaction_id);

  Parts parts_;
  Book<Order> orders_;
  std::set<std::pair<absl::Time, int64_t>> agenda_;  // of orders that time changes
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_ORDER_BOOK_H_
