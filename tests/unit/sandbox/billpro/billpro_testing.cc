#include "tests/unit/sandbox/billpro/billpro_testing.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/common/strings.h"

namespace billing::sandbox::billpro {

using common::ToAbsl;

BillProTest::BillProTest(std::vector<std::string> accounts) : SandboxTest(std::move(accounts)) {}

std::string BillProTest::Token(size_t account) const {
  return sandbox_.world().accounts()[account]->token;
}

Reply BillProTest::Api(std::string_view method, std::string_view path, std::string_view body,
                       std::string_view content_type) {
  return Ask(method, absl::StrCat("/api/v1/", ToAbsl(path)), body,
             {{"Authorization", absl::StrCat("Bearer ", Token())},
              {"Content-Type", std::string(content_type)},
              {"Host", "127.0.0.1:8081"}});
}

Reply BillProTest::As(size_t account, std::string_view method, std::string_view path,
                      std::string_view body) {
  return Ask(method, absl::StrCat("/api/v1/", ToAbsl(path)), body,
             {{"Authorization", absl::StrCat("Bearer ", Token(account))}});
}

int64_t BillProTest::AddPerson(std::string_view fields) {
  const Reply reply =
      Api("POST", "customers",
          absl::StrCat(
              R"({"customer": {"first_name": "Jane", "last_name": "Jones", "email": "jane)",
              ++people_, R"(@example.com")", fields.empty() ? "" : ", ", ToAbsl(fields), "}}"));
  EXPECT_EQ(reply.status, 201) << reply.text;
  const Json* id = reply.body.Find("id");
  return id == nullptr ? 0 : id->AsInteger().value_or(0);
}

int64_t BillProTest::AddProduct(std::string_view fields) {
  const Json given = *ParseJson(absl::StrCat("{", ToAbsl(fields), "}"));
  Json product = Json::MakeObject({{"currency", Json::String("GBP")}});
  for (const auto& [key, value] : given.members()) product.Set(key, value);
  const Reply reply = Control("POST", "products", product.ToString());
  EXPECT_EQ(reply.status, 200) << reply.text;
  const Json* id = reply.data().Find("id");
  return id == nullptr ? 0 : id->AsInteger().value_or(0);
}

Reply BillProTest::Place(std::string_view type, int64_t product, std::string_view fields,
                         std::string_view line) {
  return Api("POST", absl::StrCat("orders/create_", ToAbsl(type), "_order"),
             absl::StrCat(R"({"order": {"customer_id": )", AddPerson(),
                          R"(, "currency": "GBP", "order_products": [{"product_id": )", product,
                          line.empty() ? "" : ", ", ToAbsl(line), "}]", fields.empty() ? "" : ", ",
                          ToAbsl(fields), "}}"));
}

int64_t BillProTest::PlaceOk(std::string_view type, int64_t product, std::string_view fields,
                             std::string_view line) {
  const Reply reply = Place(type, product, fields, line);
  EXPECT_EQ(reply.status, 201) << reply.text << " " << reply.raw.headers.back().value;
  const Json* id = reply.body.Find("id");
  return id == nullptr ? 0 : id->AsInteger().value_or(0);
}

int64_t BillProTest::Single() { return PlaceOk("single", AddProduct(R"("price": 20)")); }

int64_t BillProTest::Instalments() {
  return PlaceOk("instalment", AddProduct(R"("product_type": "instalment", "price": "100.00")"),
                 R"("initial_amount": "10", "split_number": 3)");
}

int64_t BillProTest::Subscription() {
  return PlaceOk("subscription", AddProduct(R"("product_type": "subscription", "price": 10)"));
}

int64_t BillProTest::Metered() {
  return PlaceOk("metered", AddProduct(R"("product_type": "metered", "price": 10)"));
}

Reply BillProTest::Do(int64_t order, std::string_view action, std::string_view body) {
  return Control("POST", absl::StrCat("orders/", order, "/", ToAbsl(action)), body);
}

void BillProTest::DoOk(int64_t order, std::string_view action, std::string_view body) {
  const Reply reply = Do(order, action, body);
  EXPECT_EQ(reply.status, 200) << reply.text;
}

void BillProTest::Setting(std::string_view fields) {
  const Reply reply = Control("POST", "profiles", absl::StrCat("{", ToAbsl(fields), "}"));
  EXPECT_EQ(reply.status, 200) << reply.text;
}

std::string BillProTest::Get(int64_t order, std::string_view field) {
  return Field(Api("GET", absl::StrCat("orders/", order)).body, field);
}

std::string BillProTest::Payments(int64_t order, std::string_view field) {
  std::vector<std::string> values;
  const Reply reply = Api("GET", absl::StrCat("orders/", order, "/scheduled_payments"));
  for (const Json& payment : reply.body.elements()) values.push_back(Field(payment, field));
  return absl::StrJoin(values, ",");
}

int64_t BillProTest::PaymentId(int64_t order, size_t index) {
  const Reply reply = Api("GET", absl::StrCat("orders/", order, "/scheduled_payments"));
  if (index >= reply.body.elements().size()) return 0;
  return reply.body.elements()[index].Find("id")->AsInteger().value_or(0);
}

std::string BillProTest::Transactions(int64_t order) {
  std::vector<std::string> all;
  const Reply reply = Control("GET", absl::StrCat("orders/", order));
  for (const Json& one : reply.data().Find("transactions")->elements()) {
    all.push_back(
        absl::StrCat(Field(one, "type"), " ", Field(one, "amount"), " ", Field(one, "result")));
  }
  return absl::StrJoin(all, ",");
}

Reply BillProTest::UpdatePayment(int64_t order, size_t index, std::string_view fields) {
  return Api("PUT", absl::StrCat("orders/", order, "/scheduled_payments/", PaymentId(order, index)),
             absl::StrCat(R"({"scheduled_payment": {)", ToAbsl(fields), "}}"));
}

}  // namespace billing::sandbox::billpro
