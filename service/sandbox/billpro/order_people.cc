#include <algorithm>

#include "service/sandbox/billpro/order_book.h"

namespace billing::sandbox::billpro {
namespace {

bool GivesMoney(const Transaction& transaction) {
  return transaction.outcome == Outcome::kApproved &&
         (transaction.type == "DB" || transaction.type == "CP");
}

bool IsPreAuthorised(const Order& order) {
  return order.type == PurchaseType::kSingle && order.status == OrderStatus::kActive;
}

}  // namespace

Result<Order*> OrderBook::CreateInUi(PurchaseType type, const Json& fields, const InUi& options,
                                     const Occasion& occasion) {
  const auto read = ReadOrder(type, fields, {parts_.customers, parts_.products, parts_.settings});
  if (!read.ok()) return read.error();
  if (options.pre_authorise && type != PurchaseType::kSingle) {
    return Unprocessable("only single orders are pre-authorised");
  }
  Order order = *read;
  order.status = options.draft ? OrderStatus::kDraft : OrderStatus::kPending;
  order.pre_authorise = options.pre_authorise;
  order.from_ui = true;
  return Add(std::move(order), occasion);
}

MaybeRefusal OrderBook::SendLink(Order& order, const Occasion& occasion) {
  if (!order.IsPreliminary()) return Unprocessable("the initial payment is over");
  order.status = OrderStatus::kPending;
  order.is_moto = false;
  Touch(order, occasion.at);
  return std::nullopt;
}

MaybeRefusal OrderBook::MarkComplete(Order& order, const Occasion& occasion) {
  if (!order.IsLive()) return Unprocessable("the order is not live");
  Close(order, OrderStatus::kComplete, occasion);
  return std::nullopt;
}

MaybeRefusal OrderBook::ResumeAt(Order& order, absl::Time at, const Occasion& occasion) {
  if (order.status != OrderStatus::kPaused) return Unprocessable("the order is not paused");
  order.resume_at = at;
  Touch(order, occasion.at);
  return std::nullopt;
}

MaybeRefusal OrderBook::Capture(Order& order, const std::optional<Decimal>& amount,
                                const Occasion& occasion) {
  if (!IsPreAuthorised(order)) return Unprocessable("the order has no open pre-authorisation");
  const Decimal captured = amount.value_or(order.initial_amount);
  const bool partial = captured < order.initial_amount;
  if (captured > order.initial_amount || captured == Decimal(0) ||
      (partial && !parts_.settings.stripe)) {
    return Unprocessable("the amount cannot be captured");
  }
  Record(order, parts_.settings.stripe ? "DB" : "CP", captured, Outcome::kApproved, std::nullopt,
         occasion);
  order.collected += captured;
  Close(order, OrderStatus::kComplete, occasion);
  return std::nullopt;
}

MaybeRefusal OrderBook::Reverse(Order& order, const Occasion& occasion) {
  if (!IsPreAuthorised(order)) return Unprocessable("the order has no open pre-authorisation");
  Record(order, "RV", order.initial_amount, Outcome::kApproved, std::nullopt, occasion);
  Close(order, OrderStatus::kComplete, occasion);
  return std::nullopt;
}

MaybeRefusal OrderBook::Merge(Order& order, const std::vector<int64_t>& payment_ids, absl::Time at,
                              const Occasion& occasion) {
  if (!order.IsLive()) return Unprocessable("the order is not live");
  if (payment_ids.size() < 2) return Unprocessable("at least two payments are merged");
  for (auto id = payment_ids.begin(); id != payment_ids.end(); ++id) {
    const ScheduledPayment* const payment = order.FindPayment(*id);
    if (payment == nullptr || !payment->IsOpen() || payment->status == PaymentStatus::kPaused ||
        std::find(payment_ids.begin(), id, *id) != id) {
      return Unprocessable("a payment cannot be merged");
    }
  }
  MergeInto(order, payment_ids, at, occasion);
  Touch(order, occasion.at);
  return std::nullopt;
}

MaybeRefusal OrderBook::Charge(Order& order, const Decimal& amount,
                               const std::optional<absl::Time>& at, Outcome outcome,
                               const Occasion& occasion) {
  if (order.type != PurchaseType::kMetered || !order.Collects()) {
    return Unprocessable("only active metered orders are charged");
  }
  if (amount == Decimal(0)) return Unprocessable("the amount is zero");
  ScheduledPayment& payment = AddPayment(order, amount, at.value_or(occasion.at), occasion);
  payment.is_manual = !at;
  if (at) {
    Touch(order, occasion.at);
  } else {
    Collect(order, payment.id, {.outcome = outcome}, occasion);
  }
  return std::nullopt;
}

Transaction* OrderBook::FindRefundable(Order& order, std::string_view transaction_id) {
  for (auto it = order.transactions.rbegin(); it != order.transactions.rend(); ++it) {
    if (GivesMoney(*it) && it->refunded < it->amount &&
        (transaction_id.empty() || it->id == transaction_id)) {
      return &*it;
    }
  }
  return nullptr;
}

MaybeRefusal OrderBook::Refund(Order& order, std::string_view transaction_id,
                               const std::optional<Decimal>& amount, const Occasion& occasion) {
  Transaction* const paid = FindRefundable(order, transaction_id);
  if (paid == nullptr) return Unprocessable("there is no payment to refund");
  const Decimal left = paid->amount - paid->refunded;
  const Decimal refund = amount.value_or(left);
  if (refund > left || refund == Decimal(0)) return Unprocessable("the amount cannot be refunded");
  paid->refunded += refund;
  Record(order, "RF", refund, Outcome::kApproved, paid->scheduled_payment_id, occasion);
  Touch(order, occasion.at);
  return std::nullopt;
}

MaybeRefusal OrderBook::ChargeBack(Order& order, std::string_view transaction_id,
                                   const Occasion& occasion) {
  Transaction* const paid = FindRefundable(order, transaction_id);
  if (paid == nullptr) return Unprocessable("there is no payment to charge back");
  const Decimal left = paid->amount - paid->refunded;
  paid->refunded = paid->amount;
  Record(order, "CB", left, Outcome::kApproved, paid->scheduled_payment_id, occasion);
  Touch(order, occasion.at);
  return std::nullopt;
}

}  // namespace billing::sandbox::billpro
