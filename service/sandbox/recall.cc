#include "service/sandbox/recall.h"

#include <algorithm>
#include <string>
#include <vector>

#include "service/sandbox/clock.h"
#include "service/sandbox/dunning.h"

namespace billing::sandbox {
namespace {

// What is left of a payment.
struct LeftPayment {
  std::string uuid;
  Decimal amount;
};

// Takes the amount off the latest payments and names those.
Json TakeLatest(std::vector<LeftPayment>& payments, Decimal amount) {
  Json taken = Json::MakeArray();
  while (amount > Decimal(0) && !payments.empty()) {
    LeftPayment& latest = payments.back();
    taken.Append(Json::String(latest.uuid));
    const Decimal part = std::min(amount, latest.amount);
    amount -= part;
    latest.amount -= part;
    if (latest.amount == Decimal(0)) payments.pop_back();
  }
  return taken;
}

// The latest payments that together come to the amount, without what earlier recalls have taken.
Json RelatedPayments(const Billogram& billogram, const Decimal& amount) {
  std::vector<LeftPayment> payments;
  for (const Event& event : billogram.events) {
    const auto sum = [&](const char* name) {
      return event.data.Find(name)->AsDecimal().value_or(Decimal());
    };
    if (event.type == "Payment") payments.push_back({event.uuid, sum("amount")});
    if (event.type == "PaymentRecalled") TakeLatest(payments, sum("recalled_amount"));
  }
  return TakeLatest(payments, amount);
}

}  // namespace

Decimal RecallableSum(const Billogram& billogram) {
  return billogram.paid - billogram.collector_paid;
}

MaybeError CheckRecall(const Billogram& billogram, const Decimal& amount, const FieldPath& path) {
  if (billogram.state != "Paid" && !billogram.IsOpen()) {
    return InvalidObjectState("PaymentRecalled", billogram.state);
  }
  if (amount > RecallableSum(billogram)) return InvalidParameter(path, "is more than was paid");
  return std::nullopt;
}

Json RecallPayment(Billogram& billogram, const Decimal& amount, const Occasion& occasion) {
  Json data =
      Json::MakeObject({{"recalled_amount", Json::Number(amount)},
                        {"related_payment_event_uuids", RelatedPayments(billogram, amount)}});
  billogram.paid -= amount;
  billogram.settled = false;
  if (billogram.Remaining() > Decimal(0)) {
    billogram.EnterState(occasion, OpenState(billogram, DayOf(occasion.at)));
  }
  billogram.AddEvent(occasion, "PaymentRecalled", std::move(data));
  Json event = RenderEvent(billogram, billogram.events.back());
  Json shown = Json::MakeObject();
  for (const auto& [name, value] : event.members()) {
    if (name != "billogram_id") shown.Set(name, value);
  }
  return Json::MakeObject(
      {{"type", Json::String("Billogram")},
       {"billogram",
        Json::MakeObject(
            {{"id", Json::String(billogram.id)},
             {"remaining_amount", Json::Number(billogram.Remaining())},
             {"state", Json::String(billogram.state)},
             {"invoice_no", billogram.invoice_no ? Json::Integer(*billogram.invoice_no) : Json()},
             {"event", std::move(shown)}})}});
}

}  // namespace billing::sandbox
