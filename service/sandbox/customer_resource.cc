#include "absl/strings/str_cat.h"
#include "service/sandbox/api_call.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

const ListRules& CustomerRules() {
  static const ListRules kRules = {
      .filter_types = {"field", "field-prefix", "field-search", "special"},
      .filter_fields = {"customer_no", "name", "notes", "org_no", "company_type", "contact:name",
                        "contact:email", "contact:phone", "address:street_address",
                        "address:careof", "address:zipcode", "address:city", "address:country",
                        "delivery_address:name", "delivery_address:street_address",
                        "delivery_address:careof", "delivery_address:zipcode",
                        "delivery_address:city", "delivery_address:country"},
      .order_fields = {"customer_no", "name", "org_no", "contact:email", "contact:phone",
                       "address:zipcode", "address:city", "delivery_address:name",
                       "delivery_address:zipcode", "delivery_address:city", "created_at",
                       "updated_at"}};
  return kRules;
}

// What the special filter "search" looks through.
std::string SearchText(const Json& customer) {
  std::string text;
  for (const char* field : {"customer_no", "name", "notes", "org_no", "contact:name",
                            "contact:email", "contact:phone", "address:city"}) {
    absl::StrAppend(&text, ReadColonPath(customer, field).text(), "\n");
  }
  return text;
}

Json FieldOfCustomer(const Json& customer, std::string_view field) {
  if (field == "search") return Json::String(SearchText(customer));
  // The street was one field until about 2021; lists still name it so.
  std::string path(field);
  if (const size_t at = path.find("street_address"); at != std::string::npos) {
    path.replace(at, std::string::npos, "address_line_1");
  }
  return ReadColonPath(customer, path);
}

ApiResult Create(const ApiCall& call) {
  if (!call.Is("POST")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto created = call.account.customers.Create(*body, call.world.Now());
  if (!created.ok()) return created.error();
  return OkAnswer(**created);
}

ApiResult ServeOne(const ApiCall& call) {
  const auto number = CustomerNumber(call.steps[1]);
  const Json* customer = number ? call.account.customers.Find(*number) : nullptr;
  if (!call.Is("GET") && !call.Is("PUT")) return call.WrongMethod();
  if (customer == nullptr) return NotFound(call.steps[1]);
  if (call.Is("GET")) return OkAnswer(*customer);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto updated = call.account.customers.Update(*number, *body, call.world.Now());
  if (!updated.ok()) return updated.error();
  const int64_t new_number = (*updated)->Find("customer_no")->AsInteger().value_or(*number);
  if (new_number != *number) {
    call.account.tabs.MoveCustomer(*number, new_number);
    call.account.recipients.MoveCustomer(*number, new_number);
  }
  return OkAnswer(**updated);
}

// The customer that a body or a query names by "customer_no".
MaybeError CheckCustomer(const ApiCall& call, const Json& body) {
  if (call.account.customers.Find(body.Find("customer_no")->AsInteger().value_or(0)) != nullptr) {
    return std::nullopt;
  }
  return InvalidParameter(FieldPath() / "customer_no", "there is no such customer");
}

}  // namespace

ApiResult ListCustomers(const ApiCall& call) {
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, CustomerRules());
  if (!query.ok()) return query.error();
  std::vector<const Json*> stored;
  for (const auto& [number, customer] : call.account.customers.all()) stored.push_back(&customer);
  return ListDocuments(*query, stored, FieldOfCustomer);
}

ApiResult ServeCustomers(const ApiCall& call) {
  const std::vector<std::string>& steps = call.steps;
  if (steps.size() == 1) return call.Is("GET") ? ListCustomers(call) : Create(call);
  if (steps.size() == 2) return ServeOne(call);
  if (steps[2] == "billing-tab") return ServeBillingTab(call);
  if (steps[2] == "einvoice" && steps.size() == 3) return ServeEinvoice(call);
  return NotFound(call.request.path);
}

ApiResult ServeEinvoice(const ApiCall& call) {
  const auto number = CustomerNumber(call.steps[1]);
  if (!number || call.account.customers.Find(*number) == nullptr) return NotFound(call.steps[1]);
  RecipientStore& recipients = call.account.recipients;
  if (call.Is("GET")) {
    const Json registration = recipients.Einvoice(*number);
    if (registration.is_null()) return NotFound(call.steps[1]);
    return OkAnswer(registration);
  }
  if (!call.Is("POST")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto registered = recipients.RegisterEinvoice(*number, *body, call.world.Now());
  if (!registered.ok()) return registered.error();
  return OkAnswer(*registered);
}

ApiResult ServePaymentSources(const ApiCall& call) {
  if (call.steps.size() != 1) return NotFound(call.request.path);
  if (!call.Is("GET")) return call.WrongMethod();
  const Expected<QueryParameters> query = call.Query();
  if (!query.ok()) return query.error();
  std::optional<std::string> given;
  for (const auto& [name, value] : *query) {
    if (name != "customer_no") return InvalidQueryParameter(name, "is unknown");
    if (given) return InvalidQueryParameter(name, "is given twice");
    given = value;
  }
  if (!given) return MissingQueryParameter("customer_no");
  const auto number = CustomerNumber(*given);
  if (!number || *number < 1) return InvalidQueryParameter("customer_no", "must be an integer");
  if (call.account.customers.Find(*number) == nullptr) return NotFound(*given);
  const std::vector<Json>& sources = call.account.recipients.PaymentSources(*number);
  return sources.empty() ? NoContent() : OkAnswer(Json::MakeArray(sources));
}

ApiResult ServeSepaMandates(const ApiCall& call) {
  const bool migrates = call.steps.size() == 2 && call.steps[1] == "migrate";
  if (call.steps.size() != 1 && !migrates) return NotFound(call.request.path);
  if (!call.Is("POST")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const Schema& schema = migrates ? MigrationSchema() : MandateSchema();
  if (auto error = CheckDocument(schema, *body, nullptr, FieldPath())) return *error;
  if (auto error = CheckCustomer(call, *body)) return *error;
  RecipientStore& recipients = call.account.recipients;
  return OkAnswer(migrates ? recipients.MigrateMandate(*body, call.world.random())
                           : recipients.AddMandate(*body, call.world.random()));
}

}  // namespace billing::sandbox
