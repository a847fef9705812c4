#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/sandbox/billpro/web_pages.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/control.h"

namespace billing::sandbox::billpro {
namespace {

constexpr int64_t kMaxSeed = 1000000;
constexpr size_t kMaxOutcomes = 1000;

ApiError Refused(const Refusal& refusal) {
  return {400, "INVALID_OBJECT_STATE", refusal.reason, Json(), Json()};
}

// A member of a body, read; nothing where it is left out.
template <typename T, typename Read>
Expected<std::optional<T>> Member(const Json& body, std::string_view key, Read read) {
  const Json* value = Given(body, key);
  if (value == nullptr) return std::optional<T>();
  std::optional<T> given = read(*value);
  if (!given) return InvalidParameter(FieldPath() / key, "is not valid");
  return given;
}

Expected<Outcome> OutcomeOf(const Json& body, Outcome otherwise) {
  const auto given =
      Member<Outcome>(body, "result", [](const Json& value) { return OutcomeNamed(value.text()); });
  if (!given.ok()) return given.error();
  return given->value_or(otherwise);
}

Expected<std::optional<absl::Time>> MomentOf(const Json& body, std::string_view key) {
  return Member<absl::Time>(body, key, [](const Json& value) { return ParseMoment(value.text()); });
}

Expected<std::optional<Decimal>> AmountOf(const Json& body) {
  return Member<Decimal>(body, "amount", ReadMoney);
}

Json TransactionJson(const Transaction& transaction) {
  constexpr const char* kResults[] = {"approved", "soft-declined", "hard-declined"};
  return Json::MakeObject(
      {{"id", Json::String(transaction.id)},
       {"type", Json::String(transaction.type)},
       {"amount", Money(transaction.amount)},
       {"result", Json::String(kResults[static_cast<size_t>(transaction.outcome)])},
       {"scheduled_payment_id", transaction.scheduled_payment_id
                                    ? Json::Integer(*transaction.scheduled_payment_id)
                                    : Json()},
       {"refunded", Money(transaction.refunded)},
       {"at", Timestamp(transaction.at)}});
}

}  // namespace

WebPages::Result WebPages::Finish(const Target& target, const MaybeRefusal& refusal) const {
  if (refusal) return Refused(*refusal);
  const Order& order = *target.order;
  Json payments = Json::MakeArray();
  for (const ScheduledPayment& payment : order.payments) {
    payments.Append(order.PaymentJson(payment, target.profile->settings.underscore_statuses));
  }
  Json transactions = Json::MakeArray();
  for (const Transaction& one : order.transactions) transactions.Append(TransactionJson(one));
  return Json::MakeObject(
      {{"order", order.ToJson(host_)},
       {"scheduled_payments", std::move(payments)},
       {"transactions", std::move(transactions)},
       {"collected", Money(order.collected)},
       {"checkout_expires_at", order.checkout_id ? Timestamp(order.checkout_expires) : Json()}});
}

WebPages::Result WebPages::ActOn(const std::vector<std::string>& steps, const Json& body) {
  constexpr std::pair<std::string_view, Action> kActions[] = {
      {"approve", &WebPages::Approve},
      {"decline", &WebPages::DeclinePayment},
      {"update-card", &WebPages::UpdateCard},
      {"refund", &WebPages::Refund},
      {"chargeback", &WebPages::ChargeBack},
      {"capture", &WebPages::Capture},
      {"reverse", &WebPages::Reverse},
      {"send-link", &WebPages::SendLink},
      {"complete", &WebPages::Complete},
      {"resume", &WebPages::Resume},
      {"merge", &WebPages::Merge},
      {"charge", &WebPages::Charge},
      {"outcomes", &WebPages::SetOutcomes},
  };
  for (const auto& [name, act] : kActions) {
    if (steps[2] != name) continue;
    const Expected<Target> target = FindOrder(steps[1]);
    if (!target.ok()) return target.error();
    return (this->*act)(*target, body);
  }
  return NotFound(steps[2]);
}

WebPages::Result WebPages::CreateOrder(const Json& body) {
  if (auto error =
          OnlyKeys(body, {"account", "profile_id", "type", "order", "draft", "pre_authorise"})) {
    return *error;
  }
  const Expected<Profile*> profile = ProfileOf(body);
  if (!profile.ok()) return profile.error();
  const auto type = PurchaseTypeNamed(body.Text("type"));
  if (!type) return InvalidParameter(FieldPath() / "type", "must be a product_type");
  const Json* fields = body.Find("order");
  if (fields == nullptr || !fields->is_object()) {
    return InvalidParameter(FieldPath() / "order", "must be an object");
  }
  const Json* draft = body.Find("draft");
  const Json* pre_authorise = body.Find("pre_authorise");
  const OrderBook::InUi options{
      .draft = draft == nullptr || draft->boolean(),
      .pre_authorise = pre_authorise != nullptr && pre_authorise->boolean()};
  const auto order = (*profile)->orders.CreateInUi(*type, *fields, options, world_.Present());
  if (!order.ok()) return Refused(order.error());
  return Finish({*profile, *order}, std::nullopt);
}

WebPages::Result WebPages::Attempt(const Target& target, const Json& body, Outcome outcome) {
  if (auto error = OnlyKeys(body, {"result", "amount", "scheduled_payment_id", "checkout_id"})) {
    return *error;
  }
  OrderBook& orders = target.profile->orders;
  if (target.order->IsPreliminary()) {
    return Finish(target, orders.AttemptInitial(*target.order, outcome, body.Text("checkout_id"),
                                                world_.Present()));
  }
  const auto amount = AmountOf(body);
  if (!amount.ok()) return amount.error();
  const auto payment = Member<int64_t>(body, "scheduled_payment_id", ReadInteger);
  if (!payment.ok()) return payment.error();
  return Finish(target,
                orders.CollectNow(*target.order, *payment, outcome, *amount, world_.Present()));
}

WebPages::Result WebPages::Approve(const Target& target, const Json& body) {
  return Attempt(target, body, Outcome::kApproved);
}

WebPages::Result WebPages::DeclinePayment(const Target& target, const Json& body) {
  const auto outcome = OutcomeOf(body, Outcome::kSoftDecline);
  if (!outcome.ok()) return outcome.error();
  if (*outcome == Outcome::kApproved) {
    return InvalidParameter(FieldPath() / "result", "must be soft-declined or hard-declined");
  }
  return Attempt(target, body, *outcome);
}

WebPages::Result WebPages::UpdateCard(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"result"})) return *error;
  const auto outcome = OutcomeOf(body, Outcome::kApproved);
  if (!outcome.ok()) return outcome.error();
  return Finish(target,
                target.profile->orders.UpdateCard(*target.order, *outcome, world_.Present()));
}

WebPages::Result WebPages::Refund(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"amount", "transaction_id"})) return *error;
  const auto amount = AmountOf(body);
  if (!amount.ok()) return amount.error();
  return Finish(target, target.profile->orders.Refund(*target.order, body.Text("transaction_id"),
                                                      *amount, world_.Present()));
}

WebPages::Result WebPages::ChargeBack(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"transaction_id"})) return *error;
  return Finish(target, target.profile->orders.ChargeBack(
                            *target.order, body.Text("transaction_id"), world_.Present()));
}

WebPages::Result WebPages::Capture(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"amount"})) return *error;
  const auto amount = AmountOf(body);
  if (!amount.ok()) return amount.error();
  return Finish(target, target.profile->orders.Capture(*target.order, *amount, world_.Present()));
}

WebPages::Result WebPages::Reverse(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {})) return *error;
  return Finish(target, target.profile->orders.Reverse(*target.order, world_.Present()));
}

WebPages::Result WebPages::SendLink(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {})) return *error;
  return Finish(target, target.profile->orders.SendLink(*target.order, world_.Present()));
}

WebPages::Result WebPages::Complete(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {})) return *error;
  return Finish(target, target.profile->orders.MarkComplete(*target.order, world_.Present()));
}

WebPages::Result WebPages::Resume(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"at"})) return *error;
  const auto at = MomentOf(body, "at");
  if (!at.ok()) return at.error();
  OrderBook& orders = target.profile->orders;
  return Finish(target, *at ? orders.ResumeAt(*target.order, **at, world_.Present())
                            : orders.Resume(*target.order, world_.Present()));
}

WebPages::Result WebPages::Merge(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"scheduled_payment_ids", "scheduled_at"})) return *error;
  const auto at = MomentOf(body, "scheduled_at");
  if (!at.ok()) return at.error();
  const Json* ids = body.Find("scheduled_payment_ids");
  std::vector<int64_t> wanted;
  for (size_t i = 0; ids != nullptr && i < ids->elements().size(); ++i) {
    wanted.push_back(ReadInteger(ids->elements()[i]).value_or(0));
  }
  return Finish(target, target.profile->orders.Merge(*target.order, wanted,
                                                     at->value_or(world_.Now()), world_.Present()));
}

WebPages::Result WebPages::Charge(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"amount", "scheduled_at", "result"})) return *error;
  const auto amount = AmountOf(body);
  if (!amount.ok()) return amount.error();
  if (!*amount) return InvalidParameter(FieldPath() / "amount", "is missing");
  const auto at = MomentOf(body, "scheduled_at");
  if (!at.ok()) return at.error();
  const auto outcome = OutcomeOf(body, Outcome::kApproved);
  if (!outcome.ok()) return outcome.error();
  return Finish(target, target.profile->orders.Charge(*target.order, **amount, *at, *outcome,
                                                      world_.Present()));
}

WebPages::Result WebPages::SetOutcomes(const Target& target, const Json& body) {
  if (auto error = OnlyKeys(body, {"next", "then"})) return *error;
  std::deque<Outcome> next;
  if (const Json* given = body.Find("next")) {
    for (const Json& one : given->elements()) {
      const auto outcome = OutcomeNamed(one.text());
      if (!outcome || next.size() >= kMaxOutcomes) {
        return InvalidParameter(FieldPath() / "next", "must be of results");
      }
      next.push_back(*outcome);
    }
  }
  const auto then =
      Member<Outcome>(body, "then", [](const Json& value) { return OutcomeNamed(value.text()); });
  if (!then.ok()) return then.error();
  target.order->outcomes = std::move(next);
  target.order->usual_outcome = then->value_or(Outcome::kApproved);
  return Finish(target, std::nullopt);
}

WebPages::Result WebPages::Seed(const Json& body) {
  if (auto error = OnlyKeys(body, {"provider", "account", "profile_id", "customers", "orders"})) {
    return *error;
  }
  world_.Tick();
  const Expected<Profile*> found = ProfileOf(body);
  if (!found.ok()) return found.error();
  Profile& profile = **found;
  int64_t counts[] = {10, 0};
  const char* const names[] = {"customers", "orders"};
  for (size_t i = 0; i < 2; ++i) {
    const auto count = Member<int64_t>(body, names[i], ReadInteger);
    if (!count.ok()) return count.error();
    counts[i] = count->value_or(counts[i]);
    if (counts[i] > kMaxSeed || counts[i] < (i == 0 ? 1 : 0)) {
      return InvalidParameter(FieldPath() / names[i], "is out of range");
    }
  }
  const Occasion now = world_.Present();
  const auto product =
      profile.products.Create(Json::MakeObject({{"price", Json::String("10.25")}}), now);
  if (!product.ok()) return product.error();
  std::vector<int64_t> customers;
  for (int64_t i = 0; i < counts[0]; ++i) {
    const std::string number = std::to_string(profile.customers.all().size() + 1);
    const auto customer = profile.customers.Create(
        Json::MakeObject({{"first_name", Json::String("Seeded")},
                          {"last_name", Json::String(absl::StrCat("Customer ", number))},
                          {"email", Json::String(absl::StrCat("seed", number, "@example.com"))}}),
        {.unique_email = false}, now);
    if (!customer.ok()) return Refused(customer.error());
    customers.push_back((*customer)->id);
  }
  for (int64_t i = 0; i < counts[1]; ++i) {
    const int64_t customer = customers[static_cast<size_t>(i) % customers.size()];
    const auto order = profile.orders.Create(
        PurchaseType::kSingle,
        Json::MakeObject({{"customer_id", Json::Integer(customer)},
                          {"currency", Json::String((*product)->currency)},
                          {"order_products", Json::MakeArray({Json::MakeObject(
                                                 {{"product_id", Json::Integer((*product)->id)},
                                                  {"amount", Json::Integer(i % 90 + 10)}})})}}),
        now);
    if (!order.ok()) return Refused(order.error());
  }
  return Json::MakeObject({{"customers", Json::Integer(counts[0])},
                           {"orders", Json::Integer(counts[1])},
                           {"product_id", Json::Integer((*product)->id)}});
}

}  // namespace billing::sandbox::billpro
