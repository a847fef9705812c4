#include <vector>

#include "absl/strings/str_cat.h"
#include "service/sandbox/billogram_commands.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/control.h"
#include "service/sandbox/dunning.h"
#include "service/sandbox/recall.h"

namespace billing::sandbox {

// A billogram and the account that it belongs to.
struct Control::Target {
  Account* account;
  Billogram* billogram;
};

Expected<Control::Target> Control::FindTarget(const Json& body, const FieldPath& path) const {
  const std::string_view id = body.Text("billogram_id");
  if (id.empty()) {
    return InvalidParameter(path / "billogram_id", "missing required parameter: billogram_id");
  }
  for (const auto& account : world_.accounts()) {
    if (Billogram* billogram = account->billograms.Find(id)) {
      return Target{account.get(), billogram};
    }
  }
  return NotFound(id);
}

Control::Result Control::Pay(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "amount", "payer_name"})) return *error;
  const FieldPath root;
  world_.Tick();
  const Expected<Target> target = FindTarget(body, root);
  if (!target.ok()) return target.error();
  const Expected<Decimal> amount = PositiveAmount(body, "amount", root);
  if (!amount.ok()) return amount.error();
  const std::string_view given = body.Text("payer_name");
  const std::string_view payer = given.empty() ? "A Payer" : given;
  const Occasion now = world_.Present();
  BillogramStore& store = target->account->billograms;
  const CommandCall call{store, *target->billogram, body, now, root};
  if (auto error = ReceivePayment(call, *amount, payer, false)) return *error;
  store.Reschedule(*target->billogram);
  return Render(*target->billogram);
}

// All payables are checked before any is changed: the bank's recall is one.
Control::Result Control::Recall(const Json& body) {
  if (auto error = OnlyKeys(body, {"payables", "message", "fee", "code"})) return *error;
  const FieldPath path = FieldPath() / "payables";
  const Json* payables = body.Find("payables");
  if (payables == nullptr || !payables->is_array() || payables->elements().empty()) {
    return InvalidParameter(path, "must be a list that is not empty");
  }
  world_.Tick();
  std::vector<std::pair<Target, Decimal>> recalled;
  Decimal total;
  for (size_t i = 0; i < payables->elements().size(); ++i) {
    const Json& payable = payables->elements()[i];
    const Expected<Target> target = FindTarget(payable, path / i);
    if (!target.ok()) return target.error();
    for (const auto& [other, sum] : recalled) {
      if (other.billogram == target->billogram) {
        return InvalidParameter(path / i / "billogram_id", "is given twice");
      }
    }
    Decimal amount = RecallableSum(*target->billogram);
    if (payable.Find("amount") != nullptr || amount <= Decimal(0)) {
      const Expected<Decimal> given = PositiveAmount(payable, "amount", path / i);
      if (!given.ok()) return given.error();
      amount = *given;
    }
    if (auto error = CheckRecall(*target->billogram, amount, path / i / "amount")) return *error;
    recalled.emplace_back(*target, amount);
    total += amount;
  }
  const Occasion now = world_.Present();
  Json shown = Json::MakeArray();
  for (const auto& [target, amount] : recalled) {
    AccrueInterest(*target.billogram, target.account->features, now.at);
    shown.Append(RecallPayment(*target.billogram, amount, now));
    target.account->billograms.Reschedule(*target.billogram);
  }
  const Json* fee = body.Find("fee");
  const auto text = [&](const char* key, const char* otherwise) {
    return Json::String(body.Text(key).empty() ? std::string_view(otherwise) : body.Text(key));
  };
  const Json message = text("message", "Refund request by the end customer");
  return Json::MakeObject(
      {{"incoming_payment_id", Json::String(now.random.Uuid())},
       {"executed_on", Json::String(FormatDate(DayOf(now.at)))},
       {"message", message},
       {"payment_schema", Json::MakeObject({{"code", Json::String("SEPA_DIRECT_DEBIT")}})},
       {"total_amount", Json::Number(total)},
       {"fee", fee != nullptr && fee->AsDecimal() ? *fee : Json::Number(Decimal())},
       {"payables", std::move(shown)},
       {"raw_details",
        Json::MakeObject(
            {{"payment_schema",
              Json::MakeObject(
                  {{"sepa", Json::MakeObject({{"r_transaction",
                                               Json::MakeObject({{"code", text("code", "MD06")},
                                                                 {"message", message}})}})}})}})}});
}

Control::Result Control::Write(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "message"})) return *error;
  const FieldPath root;
  world_.Tick();
  const Expected<Target> target = FindTarget(body, root);
  if (!target.ok()) return target.error();
  const std::string_view message = body.Text("message");
  if (message.empty()) return InvalidParameter(root / "message", "must be a string, not empty");
  Billogram& billogram = *target->billogram;
  if (!billogram.attested_at) return InvalidObjectState("CustomerMessage", billogram.state);
  billogram.new_message = true;
  billogram.AddEvent(world_.Present(), "CustomerMessage",
                     Json::MakeObject({{"message", Json::String(message)}}));
  target->account->billograms.Reschedule(billogram);
  return Render(billogram);
}

Control::Result Control::Deliver(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "event", "message"})) return *error;
  const FieldPath root;
  world_.Tick();
  const Expected<Target> target = FindTarget(body, root);
  if (!target.ok()) return target.error();
  Billogram& billogram = *target->billogram;
  const std::string_view type = body.Text("event");
  const Json& customer = *billogram.document.Find("customer");
  Json data;
  if (type == "DeliveryAccepted") {
    data = Json::MakeObject(
        {{"customer_email", *customer.Find("email")}, {"ip", Json::String("192.0.2.1")}});
  } else if (type == "DeliveryFailed") {
    data = Json::MakeObject({{"customer_email", *customer.Find("email")},
                             {"type", Json::String("bounce")},
                             {"message", Json::StringOrNull(body.Text("message"))}});
  } else if (type == "EmailNotAccepted") {
    data = Json::MakeObject({{"customer_email", *customer.Find("email")}});
  } else if (type == "SmsNotAccepted" || type == "DeliverySmsFailed") {
    data = Json::MakeObject({{"customer_phone", *customer.Find("phone")}});
  } else {
    return InvalidParameter(root / "event", "is not an event of a delivery");
  }
  if (!billogram.attested_at) return InvalidObjectState(type, billogram.state);
  // An opened invoice needs no letter.
  if (type == "DeliveryAccepted") billogram.letter_due.reset();
  billogram.delivery_failed = type == "DeliveryFailed" || type == "DeliverySmsFailed";
  billogram.AddEvent(world_.Present(), type, std::move(data));
  target->account->billograms.Reschedule(billogram);
  return Render(billogram);
}

Control::Result Control::Collect(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "event", "amount"})) return *error;
  const FieldPath root;
  world_.Tick();
  const Expected<Target> target = FindTarget(body, root);
  if (!target.ok()) return target.error();
  Billogram& billogram = *target->billogram;
  const std::string_view type = body.Text("event");
  if (type != "CollectorPayment" && type != "CollectionEnded" && type != "CollectionCancelled") {
    return InvalidParameter(root / "event", "is not an event of a collection");
  }
  if (billogram.state != "Collection") return InvalidObjectState(type, billogram.state);
  const Occasion now = world_.Present();
  if (type == "CollectorPayment") {
    const Expected<Decimal> amount = PositiveAmount(body, "amount", root);
    if (!amount.ok()) return amount.error();
    const Features& features = target->account->features;
    if (*amount > billogram.Remaining() + AccruedInterest(billogram, features, now.at)) {
      return InvalidParameter(root / "amount", "is more than the debt");
    }
    AccrueInterest(billogram, features, now.at);
    CollectorPays(billogram, *amount, now);
  } else if (type == "CollectionEnded") {
    CollectorEnds(billogram, now);
  } else {
    CollectorCancels(billogram, now);
  }
  target->account->billograms.Reschedule(billogram);
  return Render(billogram);
}

Control::Result Control::AcceptOffer(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "offer_id"})) return *error;
  const FieldPath root;
  world_.Tick();
  const Expected<Target> target = FindTarget(body, root);
  if (!target.ok()) return target.error();
  const Json* offer = target->account->offers.Find(body.Text("offer_id"));
  if (offer == nullptr) return InvalidParameter(root / "offer_id", "there is no such offer");
  if (offer->Text("type") != "sale") return InvalidParameter(root / "offer_id", "is not a sale");
  Billogram& billogram = *target->billogram;
  if (!billogram.attested_at) return InvalidObjectState("SaleAccepted", billogram.state);
  const Occasion now = world_.Present();
  target->account->offers.MarkAccepted(body.Text("offer_id"));
  billogram.AddEvent(
      now, "SaleAccepted",
      Json::MakeObject({{"offer_id", *offer->Find("offer_id")},
                        {"sale_type", *offer->Find("type")},
                        {"accepted_at", Json::String(FormatTimestamp(now.at))},
                        {"customer_no", *billogram.document.Find("customer")->Find("customer_no")},
                        {"item_title", *offer->Find("title")},
                        {"item_price", Json()},
                        {"item_type", Json()}}));
  target->account->billograms.Reschedule(billogram);
  return Render(billogram);
}

}  // namespace billing::sandbox
