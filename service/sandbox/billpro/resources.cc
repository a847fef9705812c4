#include <optional>

#include "service/sandbox/billpro/billpro_api.h"
#include "service/sandbox/billpro/billpro_call.h"

namespace billing::sandbox::billpro {
namespace {

billpro::Answer Respond(int status, const Json& body) { return {status, body.ToString()}; }

billpro::Answer OrderAnswer(const Call& call, const Order& order, int status = 200) {
  return Respond(status, order.ToJson(HostOf(call.request)));
}

Result<Answer> WriteCustomer(const Call& call, int64_t id) {
  CustomerBook& customers = call.profile.customers;
  const CustomerBook::Rules rules{.unique_email = call.profile.settings.unique_email};
  if (id != 0 && customers.Find(id) == nullptr) return Unprocessable("no such customer");
  const Result<Json> fields = call.Body("customer");
  if (!fields.ok()) return fields.error();
  const auto written = id == 0 ? customers.Create(*fields, rules, call.occasion)
                               : customers.Update(id, *fields, rules, call.occasion);
  if (!written.ok()) return written.error();
  return Respond(id == 0 ? 201 : 200, (*written)->ToJson());
}

std::optional<PurchaseType> TypeOfCreation(std::string_view step) {
  constexpr std::pair<std::string_view, PurchaseType> kSteps[] = {
      {"create_single_order", PurchaseType::kSingle},
      {"create_instalment_order", PurchaseType::kInstalment},
      {"create_subscription_order", PurchaseType::kSubscription},
      {"create_metered_order", PurchaseType::kMetered},
  };
  for (const auto& [name, type] : kSteps) {
    if (step == name) return type;
  }
  return std::nullopt;
}

Result<Answer> CreateOrder(const Call& call) {
  const auto type = TypeOfCreation(call.steps[1]);
  if (!type) return NoSuchPath();
  const Result<Json> fields = call.Body("order");
  if (!fields.ok()) return fields.error();
  const Result<Order*> order = call.profile.orders.Create(*type, *fields, call.occasion);
  if (!order.ok()) return order.error();
  return OrderAnswer(call, **order, 201);
}

Result<Answer> ChangeOrder(const Call& call) {
  using Change = MaybeRefusal (OrderBook::*)(Order&, const Occasion&);
  constexpr std::pair<std::string_view, Change> kChanges[] = {
      {"cancel_order", &OrderBook::Cancel},
      {"pause_order", &OrderBook::Pause},
      {"resume_order", &OrderBook::Resume},
  };
  for (const auto& [name, change] : kChanges) {
    if (call.steps[2] != name) continue;
    OrderBook& orders = call.profile.orders;
    Order* const order = orders.Find(call.Id(1));
    if (order == nullptr) return Unprocessable("no such order");
    if (auto refusal = (orders.*change)(*order, call.occasion)) return *refusal;
    return OrderAnswer(call, *order);
  }
  return NoSuchPath();
}

Result<Answer> ListPayments(const Call& call, int64_t order_id) {
  const Order* const order = call.profile.orders.Find(order_id);
  if (order == nullptr) return Unprocessable("no such order");
  const bool underscores = call.profile.settings.underscore_statuses;
  const std::vector<ScheduledPayment>& payments = order->payments;
  Json page = Json::MakeArray();
  for (size_t i = PageStart(call); i < payments.size() && page.elements().size() < kPageSize; ++i) {
    page.Append(order->PaymentJson(payments[i], underscores));
  }
  return Respond(200, page);
}

// The order that has the payment; null where none has.
Order* OrderOf(const Call& call, int64_t payment_id) {
  for (const auto& order : call.profile.orders.all()) {
    if (order->FindPayment(payment_id) != nullptr) return order.get();
  }
  return nullptr;
}

Result<Answer> UpdatePayment(const Call& call, Order* order, int64_t payment_id) {
  if (order == nullptr || order->FindPayment(payment_id) == nullptr) {
    return Unprocessable("no such scheduled payment");
  }
  const Result<Json> fields = call.Body("scheduled_payment");
  if (!fields.ok()) return fields.error();
  const auto refusal =
      call.profile.orders.UpdatePayment(*order, payment_id, *fields, call.occasion);
  if (refusal) return *refusal;
  return Respond(200, order->PaymentJson(*order->FindPayment(payment_id),
                                         call.profile.settings.underscore_statuses));
}

}  // namespace

Result<Answer> ServeCustomers(const Call& call) {
  const CustomerBook& customers = call.profile.customers;
  if (call.Is("GET", 1)) {
    const std::string* const wanted = call.Query("customer_id");
    return ListAnswer(
        call, customers.all(),
        [&](const Customer& one) { return wanted == nullptr || one.customer_id == *wanted; },
        [](const Customer& one) { return one.ToJson(); });
  }
  if (call.Is("POST", 1)) return WriteCustomer(call, 0);
  if (!call.Is("GET", 2) && !call.Is("PUT", 2)) return NoSuchPath();
  const Customer* const customer = customers.Find(call.Id(1));
  if (customer == nullptr) return Unprocessable("no such customer");
  if (call.Is("PUT", 2)) return WriteCustomer(call, customer->id);
  return Respond(200, customer->ToJson());
}

Result<Answer> ServeProducts(const Call& call) {
  const ProductBook& products = call.profile.products;
  if (call.Is("GET", 1)) {
    const std::string* const wanted = call.Query("product_id");
    return ListAnswer(
        call, products.all(),
        [&](const Product& one) { return wanted == nullptr || one.product_id == *wanted; },
        [](const Product& one) { return one.ToJson(); });
  }
  if (!call.Is("GET", 2)) return NoSuchPath();
  const Product* const product = products.Find(call.Id(1));
  if (product == nullptr) return Unprocessable("no such product");
  return Respond(200, product->ToJson());
}

Result<Answer> ServeOrders(const Call& call) {
  OrderBook& orders = call.profile.orders;
  if (call.Is("GET", 1)) {
    return ListAnswer(
        call, orders.all(), [](const Order&) { return true; },
        [&](const Order& one) { return one.ToJson(HostOf(call.request)); });
  }
  if (call.Is("POST", 2)) return CreateOrder(call);
  if (call.Is("GET", 2)) {
    const Order* const order = orders.Find(call.Id(1));
    if (order == nullptr) return Unprocessable("no such order");
    return OrderAnswer(call, *order);
  }
  const bool payments = call.steps.size() > 2 && call.steps[2] == "scheduled_payments";
  if (payments && call.Is("GET", 3)) return ListPayments(call, call.Id(1));
  if (payments && call.Is("PUT", 4)) {
    return UpdatePayment(call, orders.Find(call.Id(1)), call.Id(3));
  }
  return call.Is("PUT", 3) ? ChangeOrder(call) : Result<Answer>(NoSuchPath());
}

Result<Answer> ServeCheckouts(const Call& call) {
  if (!call.Is("POST", 2)) return NoSuchPath();
  OrderBook& orders = call.profile.orders;
  Order* const order = orders.Find(call.Id(1));
  if (order == nullptr) return Unprocessable("no such order");
  if (auto refusal = orders.RenewCheckout(*order, call.occasion)) return *refusal;
  return Respond(201, Json::MakeObject({{"checkout_id", TextOrNull(order->checkout_id)},
                                        {"order_id", Json::Integer(order->id)}}));
}

Result<Answer> ServeScheduledPayments(const Call& call) {
  if (call.Is("GET", 1)) {
    const std::string* const order_id = call.Query("order_id");
    if (order_id == nullptr) return Unprocessable("order_id is missing");
    return ListPayments(call, ReadInteger(Json::String(*order_id)).value_or(0));
  }
  if (!call.Is("PUT", 2)) return NoSuchPath();
  return UpdatePayment(call, OrderOf(call, call.Id(1)), call.Id(1));
}

}  // namespace billing::sandbox::billpro
