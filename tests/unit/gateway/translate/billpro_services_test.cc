#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "service/gateway/translate/request.h"
#include "service/gateway/translate/whole_set.h"
#include "tests/unit/gateway/translate/translate_testing.h"

// The REST calls that BillPro's services stand for and the answers they make of what the reference
// records. Expected texts come from the reference, sections 2 to 4.

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;
using ::testing::ElementsAre;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Padded;

class BillProServicesTest : public ::testing::Test {
 protected:
  const Method& Find(const std::string& name) {
    const Method* method = methods_->Find("/billpro.v1." + name);
    EXPECT_NE(method, nullptr) << name;
    return *method;
  }

  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor* descriptor) {
    return std::unique_ptr<google::protobuf::Message>(factory_.GetPrototype(descriptor)->New());
  }

  std::string Wire(const google::protobuf::Descriptor* descriptor, const std::string& text) {
    auto message = New(descriptor);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    return testing::Tables::Serialize(*message);
  }

  bool Build(const std::string& name, const std::string& text, const Method::Path* path = nullptr) {
    const Method& method = Find(name);
    wire_ = Wire(method.descriptor->input_type(), text);
    return builder_.Build(method, "shop", wire_, &request_, path);
  }

  // "POST /customers {...}".
  std::string Call(const std::string& name, const std::string& text,
                   const Method::Path* path = nullptr) {
    if (!Build(name, text, path)) {
      return "refused: " + ::testing::PrintToString(Fields(builder_.violations()));
    }
    std::string call(VerbName(Find(name).verb));
    call += " " + request_.target;
    if (request_.has_body) call += " " + request_.body;
    return call;
  }

  std::vector<std::string> ViolationsOf(const std::string& name, const std::string& text) {
    EXPECT_FALSE(Build(name, text)) << text;
    return Fields(builder_.violations());
  }

  static std::string Token(const void*, const JsonToWire::Answer& answer) {
    return answer.has_total ? "total" : answer.items == 25 ? "more" : "";
  }

  // The response message in text format.
  std::string Answer(const std::string& name, const std::string& json) {
    const Method& method = Find(name);
    const Padded padded(json);
    const auto answer = to_wire_.TranslateAnswer(method.answer, padded.get(), &Token, nullptr);
    EXPECT_EQ(answer.verdict, JsonToWire::Answer::Verdict::kOk) << to_wire_.error();
    auto message = New(method.descriptor->output_type());
    EXPECT_TRUE(
        message->ParseFromArray(to_wire_.wire().data(), static_cast<int>(to_wire_.wire().size())));
    return message->ShortDebugString();
  }

  std::unique_ptr<MethodTable> methods_ = testing::MethodsIn("billpro/v1/");
  google::protobuf::DynamicMessageFactory factory_;
  RequestBuilder builder_;
  RestRequest request_;
  JsonToWire to_wire_;
  std::string wire_;
};

TEST_F(BillProServicesTest, ReadsGoWhereTheReferenceSays) {
  EXPECT_EQ(Call("CustomerService/ListCustomers", ""), "GET /customers?page=1");
  EXPECT_EQ(Call("CustomerService/ListCustomers", "merchant_customer_id: 'A1B2C3D4E5'"),
            "GET /customers?customer_id=A1B2C3D4E5&page=1");
  EXPECT_EQ(Call("CustomerService/GetCustomer", "id: 17"), "GET /customers/17");
  EXPECT_EQ(Call("ProductService/ListProducts", "merchant_product_id: 'E2824181D8'"),
            "GET /products?product_id=E2824181D8&page=1");
  EXPECT_EQ(Call("ProductService/GetProduct", "id: 1"), "GET /products/1");
  EXPECT_EQ(Call("OrderService/ListOrders", ""), "GET /orders?page=1");
  EXPECT_EQ(Call("OrderService/GetOrder", "id: 3"), "GET /orders/3");
  EXPECT_EQ(Call("ScheduledPaymentService/ListScheduledPayments", "order_id: 3"),
            "GET /orders/3/scheduled_payments?page=1");
  EXPECT_EQ(request_.safety, v1::SAFETY_SAFE);
  EXPECT_EQ(ViolationsOf("CustomerService/GetCustomer", ""), std::vector<std::string>{"id"});
  EXPECT_EQ(ViolationsOf("ScheduledPaymentService/ListScheduledPayments", ""),
            std::vector<std::string>{"order_id"});
}

TEST_F(BillProServicesTest, ActionsHaveNoBody) {
  EXPECT_EQ(Call("OrderService/CancelOrder", "id: 3"), "PUT /orders/3/cancel_order");
  EXPECT_EQ(Call("OrderService/PauseOrder", "id: 3"), "PUT /orders/3/pause_order");
  EXPECT_EQ(Call("OrderService/ResumeOrder", "id: 3"), "PUT /orders/3/resume_order");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  EXPECT_EQ(Call("OrderService/RenewCheckout", "id: 3"), "POST /order_checkouts/3");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
}

TEST_F(BillProServicesTest, PagesHaveOneSize) {
  for (const char* list : {"CustomerService/ListCustomers", "ProductService/ListProducts",
                           "OrderService/ListOrders"}) {
    EXPECT_THAT(Call(list, "page_size: 25"), HasSubstr("?page=1"));
    EXPECT_THAT(Call(list, "page_size: 0"), HasSubstr("?page=1"));
    for (const char* size : {"1", "24", "26", "100", "-1"}) {
      EXPECT_EQ(ViolationsOf(list, absl::StrCat("page_size: ", size)),
                std::vector<std::string>{"page_size"});
    }
    EXPECT_EQ(ViolationsOf(list, "page_size: 26 page_token: 'junk'"),
              (std::vector<std::string>{"page_size", "page_token"}));
    EXPECT_TRUE(Find(list).ends_short);
  }
  ASSERT_TRUE(Build("OrderService/ListOrders", ""));
  EXPECT_EQ(Call("OrderService/ListOrders",
                 absl::StrCat("page_token: '", EncodePageToken({2, 25, request_.page.query}), "'")),
            "GET /orders?page=2");
  EXPECT_EQ(ViolationsOf(
                "OrderService/ListOrders",
                absl::StrCat("page_token: '", EncodePageToken({2, 5, request_.page.query}), "'")),
            std::vector<std::string>{"page_token"});
  // A token of one order's payments is none of another's.
  ASSERT_TRUE(Build("ScheduledPaymentService/ListScheduledPayments", "order_id: 3"));
  const std::string token = EncodePageToken({2, 25, request_.page.query});
  EXPECT_EQ(Call("ScheduledPaymentService/ListScheduledPayments",
                 absl::StrCat("order_id: 3 page_token: '", token, "'")),
            "GET /orders/3/scheduled_payments?page=2");
  EXPECT_EQ(ViolationsOf("ScheduledPaymentService/ListScheduledPayments",
                         absl::StrCat("order_id: 4 page_token: '", token, "'")),
            std::vector<std::string>{"page_token"});
}

TEST_F(BillProServicesTest, ExportsAreKnownByTheirShortPage) {
  for (const char* name : {"CustomerService/ExportCustomers", "ProductService/ExportProducts",
                           "OrderService/ExportOrders"}) {
    const Method& method = Find(name);
    EXPECT_EQ(method.kind, MethodKind::kExport);
    EXPECT_TRUE(method.ends_short);
    EXPECT_EQ(method.paging.default_size(), 25);
    EXPECT_EQ(method.export_key->proto_name, "id");
    EXPECT_FALSE(method.answer.envelope);
  }
}

TEST_F(BillProServicesTest, CreatesACustomer) {
  EXPECT_EQ(Call("CustomerService/CreateCustomer",
                 "customer { first_name: 'Jane' last_name: 'Doe' email: 'jane@example.com' "
                 "date_of_birth { year: 1995 month: 5 day: 12 } phone: '+447700900123' "
                 "organisation { name: 'Doe Ltd' vat: 'GB0123456789' } "
                 "addresses { billing_address { street: '1 High St' country: 'GB' } } }"),
            R"(POST /customers {"customer":{"first_name":"Jane","last_name":"Doe",)"
            R"("email":"jane@example.com","date_of_birth":"12/05/1995","phone":"+447700900123",)"
            R"("organisation":{"name":"Doe Ltd","vat":"GB0123456789"},)"
            R"("addresses":{"billing_address":{"street":"1 High St","country":"GB"}}}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_FALSE(request_.sends_set);
  EXPECT_THAT(ViolationsOf("CustomerService/CreateCustomer", "customer { phone: '1' }"),
              ElementsAre("customer.first_name", "customer.last_name", "customer.email"));
  EXPECT_THAT(ViolationsOf("CustomerService/CreateCustomer", ""), ElementsAre("customer"));
  EXPECT_THAT(ViolationsOf("CustomerService/CreateCustomer",
                           "customer { first_name: ' ' last_name: '\\t' email: 'ada' }"),
              ElementsAre("customer.first_name", "customer.last_name", "customer.email"));
}

TEST_F(BillProServicesTest, UpdatesOfAddressesAreUnsafeAndWhole) {
  const std::string update = "CustomerService/UpdateCustomer";
  EXPECT_EQ(Call(update,
                 "id: 17 customer { phone: '+46' email: 'x' } update_mask { paths: 'phone' "
                 "paths: 'date_of_birth' }"),
            R"(PUT /customers/17 {"customer":{"phone":"+46","date_of_birth":null}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  EXPECT_FALSE(request_.sends_set);

  EXPECT_EQ(Call(update,
                 "id: 17 customer { addresses { shipping_address { city: 'York' } } } "
                 "update_mask { paths: 'addresses' }"),
            R"(PUT /customers/17 {"customer":{"addresses":{"shipping_address":{"city":"York"}}}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_TRUE(request_.sends_set);
  // By whatever field they are sent.
  EXPECT_EQ(Call(update, R"(id: 17 customer { unmapped { key: 'addresses' value: 'null' } }
                            update_mask { paths: 'unmapped' })"),
            R"(PUT /customers/17 {"customer":{"addresses":null}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_TRUE(request_.sends_set);

  for (const char* path : {"addresses.billing_address", "addresses.billing_address.city"}) {
    EXPECT_THAT(ViolationsOf(
                    update, absl::StrCat("id: 17 customer {} update_mask { paths: '", path, "' }")),
                ElementsAre("update_mask"));
  }
  // To leave the whole customer out is a mistake, not a wish to clear what the mask names.
  EXPECT_THAT(ViolationsOf(update, "id: 17 update_mask { paths: 'phone' }"),
              ElementsAre("customer"));
  for (const char* path : {"addresses", "email", "first_name", "last_name"}) {
    EXPECT_THAT(ViolationsOf(
                    update, absl::StrCat("id: 17 customer {} update_mask { paths: '", path, "' }")),
                ElementsAre(absl::StrCat("customer.", path)));
  }
  EXPECT_THAT(ViolationsOf(update, "customer { phone: '1' }"), ElementsAre("id", "update_mask"));
}

class WholeSetTest : public BillProServicesTest {
 protected:
  // The gaps of an update with these addresses over a customer that upstream answers so.
  SetGaps Gaps(const std::string& addresses, const std::string& stored) {
    const std::string name = "CustomerService/UpdateCustomer";
    EXPECT_TRUE(Build(name, "id: 17 customer { " + addresses +
                                " } update_mask { paths: 'addresses' paths: 'unmapped' }"))
        << ::testing::PrintToString(builder_.violations());
    EXPECT_TRUE(request_.sends_set);
    const Padded padded(stored);
    EXPECT_EQ(to_wire_.TranslateAnswer(Find(name).whole_set->read->answer, padded.get()).verdict,
              JsonToWire::Answer::Verdict::kOk);
    return FindSetGaps(Find(name), request_.body, ReadRequestOf(Find(name), wire_),
                       to_wire_.wire());
  }
};

constexpr char kBoth[] = R"({"id":17,"addresses":[{"id":1,"address_type":"billing","city":"York"},)"
                         R"({"id":2,"address_type":"shipping","city":"Leeds"}]})";

TEST_F(WholeSetTest, TheReadIsOfTheSameCustomer) {
  ASSERT_TRUE(Build("CustomerService/UpdateCustomer",
                    "id: 9223372036854775807 customer { addresses { billing_address { } } } "
                    "update_mask { paths: 'addresses' }"));
  const Method& update = Find("CustomerService/UpdateCustomer");
  RestRequest read;
  ASSERT_TRUE(builder_.Build(*update.whole_set->read, "shop", ReadRequestOf(update, wire_), &read));
  EXPECT_EQ(read.target, "/customers/9223372036854775807");
  EXPECT_EQ(read.safety, v1::SAFETY_SAFE);
}

TEST_F(WholeSetTest, WhatIsLeftOutIsNamed) {
  EXPECT_THAT(Gaps("addresses { billing_address { city: 'Hull' } }", kBoth).missing,
              ElementsAre("customer.addresses.shipping_address"));
  EXPECT_THAT(Gaps("addresses { shipping_address { city: 'Hull' } }", kBoth).missing,
              ElementsAre("customer.addresses.billing_address"));
  EXPECT_THAT(
      Gaps("addresses { }", kBoth).missing,
      ElementsAre("customer.addresses.billing_address", "customer.addresses.shipping_address"));
  EXPECT_THAT(Gaps("addresses { billing_address { } shipping_address { } }", kBoth).missing,
              IsEmpty());
  // Two rows of one member are named once.
  EXPECT_THAT(
      Gaps("addresses { billing_address { } }",
           R"({"id":17,"addresses":[{"address_type":"shipping"},{"address_type":"shipping"}]})")
          .missing,
      ElementsAre("customer.addresses.shipping_address"));
  // A kind of address that the protos do not know.
  EXPECT_THAT(Gaps("addresses { billing_address { } }",
                   R"({"id":17,"addresses":[{"address_type":"delivery"}]})")
                  .missing,
              ElementsAre("customer.addresses.delivery_address"));
  EXPECT_THAT(Gaps("addresses { unmapped { key: 'delivery_address' value: '{}' } }",
                   R"({"id":17,"addresses":[{"address_type":"delivery"}]})")
                  .missing,
              IsEmpty());
  // Said by an explicit null: removed knowingly.
  EXPECT_THAT(Gaps("addresses { billing_address { } unmapped { key: 'shipping_address' value: "
                   "'null' } }",
                   kBoth)
                  .missing,
              IsEmpty());
}

TEST_F(WholeSetTest, NothingStoredMissesNothing) {
  for (const char* stored :
       {R"({"id":17,"addresses":[]})", R"({"id":17,"addresses":null})",
        R"({"id":17,"addresses":{ }})", R"({"addresses":[ ],"id":17,"billing_address":null})"}) {
    const SetGaps gaps = Gaps("addresses { }", stored);
    EXPECT_THAT(gaps.missing, IsEmpty()) << stored;
    EXPECT_FALSE(gaps.unreadable) << stored;
  }
}

TEST_F(WholeSetTest, WhatCannotBeToldIsUnreadable) {
  for (const char* stored :
       {R"({"id":17,"addresses":{"billing_address":{"city":"York"}}})",
        R"({"id":17,"addresses":"York"})", R"({"id":17,"addresses":[{"city":"York"}]})",
        R"({"id":17,"addresses":[{"address_type":""}]})", R"({"id":17,"addresses":[[]]})",
        R"({"id":17,"addresses":[{"address_type":null}]})", R"({"id":17,"addresses":[7]})",
        R"({"id":17,"addresses":[{"address_type":"billing"},"x"]})",
        // Nothing of the set, or a set under other keys.
        R"({"id":17})", R"({"id":17,"address":[{"address_type":"shipping"}]})",
        R"({"id":17,"billing_address":{"city":"York"}})",
        R"({"id":17,"addresses":[],"shipping_address":{"city":"York"}})",
        // Another customer, or none.
        R"({"id":18,"addresses":[]})", R"({"addresses":[],"phone":""})",
        R"({"id":null,"addresses":[],"phone":""})"}) {
    EXPECT_TRUE(Gaps("addresses { billing_address { } shipping_address { } }", stored).unreadable)
        << stored;
  }
}

TEST_F(WholeSetTest, OneKeyCannotHoldTwoOfAKind) {
  const std::string two =
      R"({"id":17,"addresses":[{"address_type":"billing","city":"York"},)"
      R"({"address_type":"billing","city":"Hull"},{"address_type":"billing","city":"Bath"}]})";
  const SetGaps gaps = Gaps("addresses { billing_address { city: 'York' } }", two);
  EXPECT_FALSE(gaps.unreadable);
  EXPECT_THAT(gaps.missing, IsEmpty());
  EXPECT_THAT(gaps.doubled, ElementsAre("customer.addresses.billing_address"));
  // All of them removed knowingly.
  EXPECT_THAT(Gaps("addresses { unmapped { key: 'billing_address' value: 'null' } }", two).doubled,
              IsEmpty());
}

constexpr char kLine[] = "order_products { product_id: 1 qty: 2 amount { value: '20.00' } }";

// A decimal within quotes is none of JSON's numbers: upstream may read "1e3" as 1.
TEST_F(BillProServicesTest, AmountsArePlainDigits) {
  const auto order = [](const std::string& amount) {
    return "order { customer_id: 17 currency: 'EUR' order_products { product_id: 1 amount "
           "{ value: '" +
           amount + "' } } }";
  };
  for (const char* bad : {"1e3", "1E+2", "5e-1", "-0", "-0.00"}) {
    EXPECT_THAT(ViolationsOf("OrderService/CreateSinglePaymentOrder", order(bad)),
                ElementsAre("order.order_products[0].amount"))
        << bad;
  }
  EXPECT_THAT(Call("OrderService/CreateSinglePaymentOrder", order("1000.00")),
              ::testing::HasSubstr(R"("amount":"1000.00")"));
}

TEST_F(BillProServicesTest, CreatesOrders) {
  const std::string common =
      std::string("customer_id: 17 currency: 'EUR' invoice_id: 'W58XGHF' ") + kLine;
  EXPECT_EQ(Call("OrderService/CreateSinglePaymentOrder",
                 "order { " + common +
                     " order_products { product_id: 2 discount_amount { value: '5' } } "
                     "create_checkout: true redirect_url: 'https://shop.example/ok' }"),
            R"(POST /orders/create_single_order {"order":{"customer_id":17,"currency":"EUR",)"
            R"("invoice_id":"W58XGHF","order_products":[{"product_id":1,"qty":2,"amount":"20.00"},)"
            R"({"product_id":2,"discount_amount":"5"}],"create_checkout":true,)"
            R"("redirect_url":"https://shop.example/ok"}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_EQ(Call("OrderService/CreateInstalmentOrder",
                 "order { " + common +
                     " initial_amount { value: '10' } split_number: 3 scheduled_unit: "
                     "SCHEDULED_UNIT_MONTH scheduled_interval: 1 start_date { year: 2026 month: 7 "
                     "day: 10 } }"),
            R"(POST /orders/create_instalment_order {"order":{"customer_id":17,"currency":"EUR",)"
            R"("invoice_id":"W58XGHF","order_products":[{"product_id":1,"qty":2,)"
            R"("amount":"20.00"}],"initial_amount":"10","split_number":3,)"
            R"("scheduled_unit":"MONTH","scheduled_interval":"1","start_date":"10/07/2026"}})");
  EXPECT_EQ(Call("OrderService/CreateSubscriptionOrder",
                 "order { customer_id: 17 currency: 'EUR' order_products { product_id: 1 } "
                 "recurring_collection_interval: '2' scheduled_unit: SCHEDULED_UNIT_WEEK }"),
            R"(POST /orders/create_subscription_order {"order":{"customer_id":17,)"
            R"("currency":"EUR","order_products":[{"product_id":1}],"scheduled_unit":"WEEK",)"
            R"("recurring_collection_interval":"2"}})");
  EXPECT_EQ(Call("OrderService/CreateMeteredOrder",
                 "order { customer_id: 17 currency: 'EUR' order_products { product_id: 1 } "
                 "initial_amount { value: '0' } note: 'n' }"),
            R"(POST /orders/create_metered_order {"order":{"customer_id":17,"currency":"EUR",)"
            R"("order_products":[{"product_id":1}],"note":"n","initial_amount":"0"}})");
}

TEST_F(BillProServicesTest, BadOrdersAreRefusedWithAllTheirMistakes) {
  for (const char* kind : {"SinglePayment", "Instalment", "Subscription", "Metered"}) {
    const std::string name = absl::StrCat("OrderService/Create", kind, "Order");
    EXPECT_THAT(ViolationsOf(name, "order { }"),
                ElementsAre("order.customer_id", "order.currency", "order.order_products"));
    EXPECT_THAT(
        ViolationsOf(name,
                     "order { customer_id: 1 currency: 'eur' order_products { qty: 0 amount { "
                     "value: '-1' } discount_amount { value: 'NaN' } } }"),
        ::testing::UnorderedElementsAre(
            "order.currency", "order.order_products[0].qty", "order.order_products[0].amount",
            "order.order_products[0].discount_amount", "order.order_products[0].product_id"));
  }
  for (const char* kind : {"Instalment", "Subscription", "Metered"}) {
    EXPECT_THAT(ViolationsOf(absl::StrCat("OrderService/Create", kind, "Order"),
                             "order { customer_id: 1 currency: 'EUR' order_products { product_id: "
                             "1 } order_products { product_id: 2 } order_products { product_id: 3 "
                             "} }"),
                ElementsAre("order.order_products"));
  }
  EXPECT_THAT(
      ViolationsOf("OrderService/CreateInstalmentOrder",
                   "order { customer_id: 1 currency: 'EUR' order_products { product_id: 1 } "
                   "split_number: 0 scheduled_interval: 0 initial_amount { value: '-0.01' } "
                   "start_date { year: 2026 month: 2 day: 30 } }"),
      ::testing::UnorderedElementsAre("order.split_number", "order.scheduled_interval",
                                      "order.initial_amount", "order.start_date"));
}

TEST_F(BillProServicesTest, UpdatesScheduledPayments) {
  const std::string update = "ScheduledPaymentService/UpdateScheduledPayment";
  EXPECT_EQ(
      Call(update,
           "order_id: 3 id: 9 scheduled_payment { id: 9 status: 'scheduled' amount { value: "
           "'12.50' } scheduled_at { seconds: 1707750757 nanos: 314000000 } scheduled_interval: 2 "
           "scheduled_unit: SCHEDULED_UNIT_MONTH currency: 'EUR' } update_mask { paths: 'status' "
           "paths: 'amount' paths: 'scheduled_at' paths: 'scheduled_interval' paths: "
           "'scheduled_unit' }"),
      R"(PUT /orders/3/scheduled_payments/9 {"scheduled_payment":{"status":"scheduled",)"
      R"("amount":"12.50","scheduled_at":"2024-02-12T15:12:37.314Z","scheduled_interval":2,)"
      R"("scheduled_duration_unit":"MONTH"}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_EQ(request_.subject, "orders/3/scheduled_payments/9");
  // What is not in the mask is not judged: an answer can be sent back.
  EXPECT_EQ(Call(update,
                 "order_id: 3 id: 9 scheduled_payment { status: 'soft-declined' amount { value: "
                 "'1' } } update_mask { paths: 'amount' }"),
            R"(PUT /orders/3/scheduled_payments/9 {"scheduled_payment":{"amount":"1"}})");
  for (const char* status : {"complete", "paused", "Scheduled", "scheduled ", ""}) {
    EXPECT_THAT(ViolationsOf(update, absl::StrCat("order_id: 3 id: 9 scheduled_payment { status: '",
                                                  status, "' } update_mask { paths: 'status' }")),
                ElementsAre("scheduled_payment.status"));
  }
  EXPECT_THAT(ViolationsOf(
                  update, "order_id: 3 id: 9 scheduled_payment {} update_mask { paths: 'status' }"),
              ElementsAre("scheduled_payment.status"));
  EXPECT_THAT(
      ViolationsOf(update,
                   "order_id: 3 id: 9 scheduled_payment {} update_mask { paths: 'currency' }"),
      ElementsAre("update_mask"));
  EXPECT_THAT(ViolationsOf(update,
                           "order_id: 3 id: 9 scheduled_payment { scheduled_at { seconds: 1 nanos: "
                           "1 } } update_mask { paths: 'scheduled_at' }"),
              ElementsAre("scheduled_payment.scheduled_at"));
}

// The worked example of the reference, section 4.2, as one page of the list.
constexpr char kProduct[] =
    R"({"id":1,"product_id":"E2824181D8","currency":"GBP","price":"44.99",)"
    R"("product_type":"subscription","product_status":"active","lock_price":true,)"
    R"("lock_payment_config":false,"product_group":"Memberships","scheduled_interval":"1",)"
    R"("scheduled_unit":"MONTH","fee_for_initial_payment_only":true,)"
    R"("discount_for_initial_payment_only":true,"deposit_amount":"42.74",)"
    R"("created_at":"2024-02-12T15:12:37.314Z","discount":{"name":"Trial","percentage":"5.00",)"
    R"("description":"First month","created_at":"2024-02-12T15:12:37.000Z",)"
    R"("updated_at":"2024-02-12T15:12:37.310Z"},"tax":{"name":"VAT","percentage":"21.00",)"
    R"("description":"","created_at":"2024-02-12T15:12:37.314Z",)"
    R"("updated_at":"2024-02-12T15:12:37.314Z"}})";

TEST_F(BillProServicesTest, TheDocumentedProductHasNothingUnmapped) {
  const std::string product =
      "id: 1 merchant_product_id: \"E2824181D8\" currency: \"GBP\" price { value: \"44.99\" } "
      "product_type: PURCHASE_TYPE_SUBSCRIPTION product_status: \"active\" lock_price: true "
      "lock_payment_config: false product_group: \"Memberships\" scheduled_interval: 1 "
      "scheduled_unit: SCHEDULED_UNIT_MONTH fee_for_initial_payment_only: true "
      "discount_for_initial_payment_only: true deposit_amount { value: \"42.74\" } "
      "created_at { seconds: 1707750757 nanos: 314000000 } discount { name: \"Trial\" "
      "percentage { value: \"5.00\" } description: \"First month\" created_at { seconds: "
      "1707750757 } updated_at { seconds: 1707750757 nanos: 310000000 } } tax { name: \"VAT\" "
      "percentage { value: \"21.00\" } description: \"\" created_at { seconds: 1707750757 nanos: "
      "314000000 } updated_at { seconds: 1707750757 nanos: 314000000 } }";
  EXPECT_EQ(Answer("ProductService/GetProduct", kProduct), product);
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
  EXPECT_EQ(Answer("ProductService/ListProducts", absl::StrCat("[", kProduct, "]")),
            "products { " + product + " }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
  // And the document comes back as it was.
  WireToJson to_json;
  EXPECT_EQ(Answer("ProductService/GetProduct", kProduct), product);
  ASSERT_TRUE(
      to_json.Document(*Find("ProductService/GetProduct").answer.response, to_wire_.wire()));
  EXPECT_EQ(to_json.json(), kProduct);
}

TEST_F(BillProServicesTest, AFullPageHasANextOne) {
  EXPECT_EQ(Answer("ProductService/ListProducts", "[]"), "");
  std::string page = "[";
  for (int i = 0; i < 25; ++i) absl::StrAppend(&page, i == 0 ? "" : ",", kProduct);
  EXPECT_THAT(Answer("ProductService/ListProducts", page + "]"),
              HasSubstr("next_page_token: \"more\""));
  EXPECT_THAT(Answer("OrderService/ListOrders", R"([{"id":1},{"id":2}])"),
              "orders { id: 1 } orders { id: 2 }");
  const Padded object(R"({"error":"Bad Request"})");
  EXPECT_EQ(to_wire_.TranslateAnswer(Find("OrderService/ListOrders").answer, object.get()).verdict,
            JsonToWire::Answer::Verdict::kMalformed);
}

TEST_F(BillProServicesTest, CustomersAndTheirTwoIds) {
  EXPECT_EQ(
      Answer("CustomerService/GetCustomer",
             R"({"id":17,"customer_id":"A1B2C3D4E5","first_name":"Jane","last_name":"Doe",)"
             R"("email":"jane@example.com","date_of_birth":"12/05/1995","phone":"+447700900123",)"
             R"("organisation":{"name":"Doe Ltd","registration_number":"1","web_url":"u","vat":)"
             R"("GB0123456789","description":"d","created_at":"2024-02-12T15:12:37.314Z",)"
             R"("updated_at":"2024-02-12T15:12:37.314Z"},"addresses":[{"id":4,"address_type":)"
             R"("billing","street":"1 High St","city":"York","state":"","country":"GB",)"
             R"("postal_code":"YO1","created_at":"2024-02-12T15:12:37.314Z","updated_at":)"
             R"("2024-02-12T15:12:37.314Z"}],"created_at":"2024-02-12T15:12:37.314Z",)"
             R"("updated_at":"2024-02-12T15:12:37.314Z"})"),
      "id: 17 merchant_customer_id: \"A1B2C3D4E5\" first_name: \"Jane\" last_name: \"Doe\" email: "
      "\"jane@example.com\" date_of_birth { year: 1995 month: 5 day: 12 } phone: "
      "\"+447700900123\" organisation { name: \"Doe Ltd\" registration_number: \"1\" web_url: "
      "\"u\" vat: \"GB0123456789\" description: \"d\" created_at { seconds: 1707750757 nanos: "
      "314000000 } updated_at { seconds: 1707750757 nanos: 314000000 } } addresses { id: 4 "
      "address_type: \"billing\" street: \"1 High St\" city: \"York\" state: \"\" country: \"GB\" "
      "postal_code: \"YO1\" created_at { seconds: 1707750757 nanos: 314000000 } updated_at { "
      "seconds: 1707750757 nanos: 314000000 } } created_at { seconds: 1707750757 nanos: 314000000 "
      "} updated_at { seconds: 1707750757 nanos: 314000000 }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
}

TEST_F(BillProServicesTest, OrdersAndPaymentsInTheirSpellings) {
  EXPECT_EQ(
      Answer("OrderService/GetOrder",
             R"({"id":3,"profile_id":5,"order_type":"instalment","status":"active",)"
             R"("invoice_id":"W58XGHF","customer_id":17,"currency":"EUR","monthly_amount":"30.00",)"
             R"("scheduled_duration_unit":"MONTH","scheduled_duration_number":3,)"
             R"("total_to_pay":"100.00","count_to_pay":4,"profile_payment_method":"ECOM",)"
             R"("order_source":2,"collect_initial_payment":true,)"
             R"("total_installment_amount":"100.00","products":[{"product_id":1,"qty":1,)"
             R"("amount":"100.00"}],"payment_link":"https://pay.example/x",)"
             R"("created_at":"2024-02-12T15:12:37.314Z"})"),
      "id: 3 profile_id: 5 order_type: PURCHASE_TYPE_INSTALMENT status: \"active\" invoice_id: "
      "\"W58XGHF\" customer_id: 17 currency: \"EUR\" monthly_amount { value: \"30.00\" } "
      "scheduled_unit: SCHEDULED_UNIT_MONTH scheduled_duration_number: 3 total_to_pay { value: "
      "\"100.00\" } count_to_pay: 4 profile_payment_method: PROFILE_PAYMENT_METHOD_ECOM "
      "order_source: 2 collect_initial_payment: true total_installment_amount { value: \"100.00\" "
      "} products { product_id: 1 qty: 1 amount { value: \"100.00\" } } payment_link: "
      "\"https://pay.example/x\" created_at { seconds: 1707750757 nanos: 314000000 }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
  // Numbers and strings are read in each other's place; what is written is known by its place.
  EXPECT_EQ(Answer("ScheduledPaymentService/UpdateScheduledPayment",
                   R"({"id":9,"status":"soft_declined","amount":12.5,"scheduled_interval":"2",)"
                   R"("scheduled_duration_unit":null})"),
            "id: 9 status: \"soft_declined\" amount { value: \"12.5\" } scheduled_interval: 2 "
            "unmapped { key: \"amount\" value: \"12.5\" } unmapped { key: "
            "\"scheduled_duration_unit\" value: \"null\" } unmapped { key: \"scheduled_interval\" "
            "value: \"\\\"2\\\"\" }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
  EXPECT_EQ(Answer("OrderService/GetOrder", R"({"order_source":"1","order_type":"subscripton"})"),
            "order_source: 1 unmapped { key: \"order_source\" value: \"\\\"1\\\"\" } unmapped { "
            "key: \"order_type\" value: \"\\\"subscripton\\\"\" }");
  EXPECT_THAT(to_wire_.drift(), ElementsAre("order_type"));
  EXPECT_EQ(Answer("OrderService/RenewCheckout", R"({"checkout_id":"c1","order_id":3})"),
            "checkout_id: \"c1\" order_id: 3");
}

TEST_F(BillProServicesTest, AccountsCanHaveOtherPaths) {
  const std::string list = "ScheduledPaymentService/ListScheduledPayments";
  const std::string update = "ScheduledPaymentService/UpdateScheduledPayment";
  const auto flat = ParseAccountPath(Find(list), "/scheduled_payments?order_id={order_id}");
  ASSERT_TRUE(flat.ok()) << flat.status();
  EXPECT_EQ(Call(list, "order_id: 3", &*flat), "GET /scheduled_payments?order_id=3&page=1");
  EXPECT_EQ(request_.subject, "orders/3");
  const auto put = ParseAccountPath(Find(update), "/scheduled_payments/{id}");
  ASSERT_TRUE(put.ok()) << put.status();
  const std::string change =
      "scheduled_payment { amount { value: '1' } } update_mask { paths: 'amount' }";
  EXPECT_EQ(Call(update, "order_id: 3 id: 9 " + change, &*put),
            R"(PUT /scheduled_payments/9 {"scheduled_payment":{"amount":"1"}})");
  EXPECT_EQ(request_.subject, "orders/3/scheduled_payments/9");
  // What the path leaves out is still asked for: the call means the same for every account.
  EXPECT_FALSE(Build(update, "id: 9 " + change, &*put));
  EXPECT_THAT(Fields(builder_.violations()), ElementsAre("order_id"));
  const auto fixed =
      ParseAccountPath(Find("OrderService/RenewCheckout"), "/checkouts?kind=a b&flag=!&order={id}");
  ASSERT_TRUE(fixed.ok()) << fixed.status();
  EXPECT_EQ(Call("OrderService/RenewCheckout", "id: 3", &*fixed),
            "POST /checkouts?kind=a%20b&flag=%21&order=3");
}

TEST_F(BillProServicesTest, PathsThatCannotBeHonouredAreRefused) {
  const Method& update = Find("ScheduledPaymentService/UpdateScheduledPayment");
  for (const char* path : {"",
                           "scheduled_payments/{id}",
                           "/x/{no}",
                           "/x/{order_id}",
                           "/x/{id}/{id}",
                           "/x/a{id}",
                           "/x/{id",
                           "/x/{id}#f",
                           "/x/{id}?",
                           "/x/{id}?a",
                           "/x/{id}?=b",
                           "/x?a=b{id}",
                           "/x?id={no}",
                           "/x/{scheduled_payment}",
                           "/x/{update_mask}",
                           "/x y/{id}",
                           "/%2e%2e/{id}",
                           "/x/{id}\r\n",
                           "/\xC3\xA5/{id}",
                           "/x/*/{id}",
                           "/x/../{id}",
                           "/./{id}",
                           "//x/{id}",
                           "/x/{id}/",
                           "/x/{id}?a=%41",
                           "/x/{id}?a=1&a=2"}) {
    const auto parsed = ParseAccountPath(update, path);
    EXPECT_FALSE(parsed.ok()) << path;
    EXPECT_NE(parsed.status().message(), "") << path;
  }
  // What the call sends anyway: its paging, its own query, what the account adds.
  EXPECT_FALSE(ParseAccountPath(Find("CustomerService/ListCustomers"), "/x?page=3").ok());
  EXPECT_FALSE(ParseAccountPath(Find("CustomerService/ListCustomers"), "/x?customer_id=3").ok());
  EXPECT_FALSE(ParseAccountPath(update, "/x/{id}?profile_id=3", {"profile_id"}).ok());
  EXPECT_TRUE(ParseAccountPath(update, "/x/{id}?page=3", {"profile_id"}).ok());
}

}  // namespace
}  // namespace billing::gateway::translate
