#include "service/sandbox/recall.h"

#include <algorithm>

#include "service/sandbox/clock.h"
#include "service/sandbox/dunning.h"

namespace billing::sandbox {
namespace {

// The latest payments that together come to the amount.
Json RelatedPayments(const Billogram& billogram, const Decimal& amount) {
  Json related = Json::MakeArray();
  Decimal found;
  for (auto event = billogram.events.rbegin(); event != billogram.events.rend(); ++event) {
    if (found >= amount) break;
    if (event->type != "Payment") continue;
    related.Append(Json::String(event->uuid));
    found += event->data.Find("amount")->AsDecimal().value_or(Decimal());
  }
  return related;
}

}  // namespace

MaybeError CheckRecall(const Billogram& billogram, const Decimal& amount, const FieldPath& path) {
  if (billogram.state != "Paid" && !billogram.IsOpen()) {
    return InvalidObjectState("PaymentRecalled", billogram.state);
  }
  if (amount > billogram.paid) return InvalidParameter(path, "is more than was paid");
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
