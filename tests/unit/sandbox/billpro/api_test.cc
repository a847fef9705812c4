#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

using ApiTest = BillProTest;

class TwoAccountsTest : public BillProTest {
 protected:
  TwoAccountsTest() : BillProTest({"acme", "beta"}) {}
};

constexpr char kBadRequest[] = R"({"error": "Bad Request"})";
constexpr char kCustomer[] =
    R"({"customer": {"first_name": "J", "last_name": "J", "email": "j@example.com"}})";

TEST_F(ApiTest, ATokenIsNeeded) {
  for (const std::string& header :
       {std::string(), std::string("Bearer "), std::string("Bearer x"), "Basic " + Token(), Token(),
        "Bearer " + Token() + "x", BasicAuth()}) {
    std::vector<common::HttpHeader> headers;
    if (!header.empty()) headers.push_back({"Authorization", header});
    const Reply reply = Ask("GET", "/api/v1/customers", "", headers);
    EXPECT_EQ(reply.status, 401) << header;
    EXPECT_EQ(reply.text, R"({"error": "Unauthorized"})");
  }
  EXPECT_EQ(Ask("GET", "/api/v1/customers", "", {{"authorization", "bearer " + Token()}}).status,
            200);
}

TEST_F(ApiTest, OneProfileMayBeLeftOutButNotWrong) {
  EXPECT_EQ(Api("GET", "customers").status, 200);
  EXPECT_EQ(Api("GET", "customers?profile_id=5").status, 200);
  for (const char* query : {"profile_id=6", "profile_id=", "profile_id=x", "profile_id=-5",
                            "profile_id=5&profile_id=6"}) {
    const Reply reply = Api("GET", absl::StrCat("customers?", query));
    EXPECT_EQ(reply.status, 422) << query;
    EXPECT_EQ(reply.text, kBadRequest);
  }
  EXPECT_EQ(Api("GET", "customers?profile_id=%").status, 400);
}

TEST_F(ApiTest, SeveralProfilesMustBeNamedAlwaysAndShareNothing) {
  Setting(R"("add": true)");
  for (const char* method : {"GET", "POST"}) {
    EXPECT_EQ(Api(method, "customers", kCustomer).status, 422);
  }
  EXPECT_EQ(Api("POST", "customers?profile_id=6", kCustomer).status, 201);
  EXPECT_EQ(Api("GET", "customers?profile_id=5").text, "[]");
  EXPECT_EQ(Api("GET", "customers?profile_id=6").body.elements().size(), 1u);
  EXPECT_EQ(Api("GET", "customers/1?profile_id=5").status, 422);
  EXPECT_EQ(Api("GET", "customers/1?profile_id=6").status, 200);
  // A profile in the body does not count.
  EXPECT_EQ(Api("POST", "customers", R"({"profile_id": 6, "customer": {}})").text, kBadRequest);
}

TEST_F(TwoAccountsTest, ATokenSeesNoOtherMerchantsEntities) {
  EXPECT_NE(Token(0), Token(1));
  EXPECT_EQ(As(0, "POST", "customers", kCustomer).status, 201);
  // The same e-mail is another merchant's own affair; system ids are the platform's.
  const Reply other = As(1, "POST", "customers", kCustomer);
  EXPECT_EQ(other.status, 201);
  EXPECT_EQ(Field(other.body, "id"), "2");
  EXPECT_EQ(As(1, "GET", "customers/1").status, 422);
  EXPECT_EQ(As(1, "PUT", "customers/1", kCustomer).status, 422);
  EXPECT_EQ(As(1, "GET", "customers?profile_id=5").status, 422);
  EXPECT_EQ(As(1, "GET", "customers").body.elements().size(), 1u);
}

TEST_F(ApiTest, WhatDoesNotExistIs422) {
  for (const char* id : {"1", "0", "-1", "x", "1.5", "999999999999999999999", "%31%00"}) {
    for (const char* path : {"customers/", "products/", "orders/"}) {
      const Reply reply = Api("GET", absl::StrCat(path, id));
      EXPECT_EQ(reply.status, 422) << path << id;
      EXPECT_EQ(reply.text, kBadRequest);
    }
    EXPECT_EQ(Api("PUT", absl::StrCat("customers/", id), kCustomer).status, 422);
    EXPECT_EQ(Api("PUT", absl::StrCat("orders/", id, "/cancel_order")).status, 422);
    EXPECT_EQ(Api("POST", absl::StrCat("order_checkouts/", id)).status, 422);
    EXPECT_EQ(Api("GET", absl::StrCat("orders/", id, "/scheduled_payments")).status, 422);
    EXPECT_EQ(Api("PUT", absl::StrCat("orders/", id, "/scheduled_payments/1"), "{}").status, 422);
  }
}

TEST_F(ApiTest, WhatIsNoOperationIs404) {
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"DELETE", "customers/1"},
                                                        {"PATCH", "customers/1"},
                                                        {"PUT", "customers"},
                                                        {"POST", "products"},
                                                        {"PUT", "products/1"},
                                                        {"POST", "orders"},
                                                        {"GET", "nowhere"},
                                                        {"POST", "orders/create_other_order"},
                                                        {"PUT", "orders/1/other"},
                                                        {"GET", ""},
                                                        {"GET", "orders/1/scheduled_payments/1"},
                                                        {"GET", "order_checkouts/1"},
                                                        {"GET", "customers/1/2"},
                                                        {"GET", "customers/%zz"},
                                                        {"POST", "scheduled_payments"}}) {
    const Reply reply = Api(method, path, kCustomer);
    EXPECT_EQ(reply.status, 404) << method << " " << path;
    EXPECT_EQ(reply.text, R"({"error": "Not Found"})");
  }
}

TEST_F(ApiTest, ABodyThatCannotBeReadIs400) {
  AddPerson();
  for (const char* bad :
       {"", "{}", "[]", "null", "{", "\xff", R"({"customer": null})", R"({"customer": []})",
        R"({"customer": "x"})", R"({"order": {}})", R"({"customer": {}, "customer": {}})"}) {
    for (const char* target : {"POST customers", "PUT customers/1"}) {
      const std::string_view text = target;
      const size_t space = text.find(' ');
      const Reply reply = Api(text.substr(0, space), text.substr(space + 1), bad);
      EXPECT_EQ(reply.status, 400) << target << bad;
      EXPECT_EQ(reply.text, kBadRequest);
    }
  }
  EXPECT_EQ(Api("POST", "orders/create_single_order", kCustomer).status, 400);
  EXPECT_EQ(Api("POST", "customers", kCustomer, "text/plain").status, 400);
  EXPECT_EQ(Api("POST", "customers", kCustomer, "application/x-www-form-urlencoded").status, 400);
}

TEST_F(ApiTest, PagesHaveTwentyFiveAndEndShort) {
  for (int i = 0; i < 50; ++i) AddPerson();
  const auto page = [&](std::string_view query) {
    return Api("GET", absl::StrCat("customers", std::string(query))).body.elements();
  };
  EXPECT_EQ(page("").size(), 25u);
  EXPECT_EQ(Field(page("?page=1")[0], "id"), "1");
  EXPECT_EQ(page("?page=2").size(), 25u);
  EXPECT_EQ(Field(page("?page=2")[0], "id"), "26");
  // An exact multiple costs one more request.
  EXPECT_EQ(Api("GET", "customers?page=3").text, "[]");
  AddPerson();
  EXPECT_EQ(page("?page=3").size(), 1u);
  for (const char* first : {"?page=0", "?page=-1", "?page=x", "?page=", "?page=1.5"}) {
    EXPECT_EQ(page(first), page("?page=1")) << first;
  }
  EXPECT_TRUE(page("?page=999999999999999999").empty());
}

TEST_F(ApiTest, MerchantIdsFilterExactly) {
  AddPerson();
  AddPerson();
  const std::string merchant_id = Field(Api("GET", "customers/2").body, "customer_id");
  const auto found = Api("GET", "customers?customer_id=" + merchant_id).body.elements();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Field(found[0], "id"), "2");
  EXPECT_EQ(Api("GET", "customers?customer_id=" + merchant_id.substr(1)).text, "[]");
  EXPECT_EQ(Api("GET", "customers?customer_id=").text, "[]");
  // Merchant ids need not be unique.
  for (int i = 0; i < 2; ++i) AddProduct(R"("product_id": "E2824181D8", "price": 1)");
  AddProduct(R"("price": 1)");
  EXPECT_EQ(Api("GET", "products?product_id=E2824181D8").body.elements().size(), 2u);
  EXPECT_EQ(Api("GET", "products").body.elements().size(), 3u);
  EXPECT_EQ(Api("GET", "orders?status=pending").text, "[]");
}

TEST_F(ApiTest, OrdersAndScheduledPaymentsPageToo) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 90)");
  const int64_t order = PlaceOk("instalment", product, R"("split_number": 30)");
  const std::string path = absl::StrCat("orders/", order, "/scheduled_payments");
  EXPECT_EQ(Api("GET", path).body.elements().size(), 25u);
  EXPECT_EQ(Api("GET", path + "?page=2").body.elements().size(), 5u);
  const std::string flat = absl::StrCat("scheduled_payments?order_id=", order);
  EXPECT_EQ(Api("GET", flat).body, Api("GET", path).body);
  EXPECT_EQ(Api("GET", "scheduled_payments").status, 422);
  EXPECT_EQ(Api("GET", "orders").body.elements().size(), 1u);
  EXPECT_EQ(Api("GET", "orders?page=2").text, "[]");
}

TEST_F(ApiTest, TheReasonOfARefusalIsInAHeaderAlone) {
  const Reply reply = Api("GET", "orders/7");
  EXPECT_EQ(reply.text, kBadRequest);
  bool found = false;
  for (const common::HttpHeader& header : reply.raw.headers) {
    if (header.name == "X-Sandbox-Reason") found = header.value == "no such order";
  }
  EXPECT_TRUE(found);
  const Reply bad =
      Api("POST", "customers", "a%0d%0aX-Evil:1[=1", "application/x-www-form-urlencoded");
  EXPECT_EQ(bad.status, 400);
  for (const common::HttpHeader& header : bad.raw.headers) {
    EXPECT_EQ(header.value.find('\n'), std::string::npos) << header.value;
  }
}

TEST_F(ApiTest, FaultsStrikeAndResetEmpties) {
  AddPerson();
  Control("POST", "faults", R"({"path": "/api/v1/customers", "status": 503, "count": 1})");
  const Reply struck = Api("POST", "customers", kCustomer);
  EXPECT_EQ(struck.status, 503);
  EXPECT_EQ(struck.text, R"({"error": "injected fault"})");
  EXPECT_EQ(Api("GET", "customers").body.elements().size(), 1u);
  const std::string token = Token();
  Control("POST", "reset");
  EXPECT_EQ(Token(), token);
  EXPECT_EQ(Api("GET", "customers").text, "[]");
  EXPECT_EQ(Field(Api("POST", "customers", kCustomer).body, "id"), "1");
}

TEST_F(ApiTest, ManyCustomersAreSeededAndPageThroughOnce) {
  const Reply seeded =
      Control("POST", "seed", R"({"provider": "billpro", "customers": 10000, "orders": 30})");
  ASSERT_EQ(seeded.status, 200) << seeded.text;
  int64_t expected = 1;
  for (int page = 1; page <= 400; ++page) {
    const Reply reply = Api("GET", absl::StrCat("customers?page=", page));
    for (const Json& one : reply.body.elements()) {
      EXPECT_EQ(one.Find("id")->AsInteger(), expected++);
    }
  }
  EXPECT_EQ(expected, 10001);
  EXPECT_EQ(Api("GET", "customers?page=401").text, "[]");
  EXPECT_EQ(Api("GET", "orders?page=2").body.elements().size(), 5u);
  EXPECT_EQ(Control("POST", "seed", R"({"provider": "billpro", "customers": 0})").status, 400);
  EXPECT_EQ(Control("POST", "seed", R"({"provider": "billpro", "orders": -1})").status, 400);
  EXPECT_EQ(Control("POST", "seed", R"({"provider": "billpro", "invoices": 1})").status, 400);
}

TEST_F(ApiTest, BadControlsAreRefused) {
  for (const auto& [path, body] : std::vector<std::pair<const char*, const char*>>{
           {"products", R"({"price": -1})"},
           {"products", R"({"price": "1.234"})"},
           {"products", R"({"currency": "gbp"})"},
           {"products", R"({"product_type": "other"})"},
           {"products", R"({"discount": {"name": "x"}})"},
           {"products", R"({"discount": {"percentage": 5, "amount": 5}})"},
           {"products", R"({"discount": {"percentage": 101}})"},
           {"products", R"({"colour": "red"})"},
           {"products", R"({"account": "other"})"},
           {"products", "[]"},
           {"products/1", R"({"price": 1})"},
           {"customers/1", R"({"active": false})"},
           {"profiles", R"({"retry_days": [3, 1]})"},
           {"profiles", R"({"retry_days": [1, 2, 3, 4]})"},
           {"profiles", R"({"retry_days": [31]})"},
           {"profiles", R"({"registration_amount": "1.00"})"},
           {"profiles", R"({"processor": "other"})"},
           {"profiles", R"({"unknown": 1})"},
           {"profiles", R"({"profile_id": 4})"},
           {"orders", R"({"type": "single_payment"})"},
           {"orders", R"({"type": "other", "order": {}})"},
           {"orders/1/approve", ""},
           {"orders/x/approve", ""}}) {
    EXPECT_GE(Control("POST", path, body).status, 400) << path << body;
  }
  EXPECT_EQ(Control("GET", "orders/1").status, 404);
  EXPECT_EQ(Control("GET", "links/none").status, 404);
  EXPECT_EQ(Control("DELETE", "products").status, 405);
  EXPECT_EQ(Control("GET", "notifications?from=x").status, 400);
}

}  // namespace
}  // namespace billing::sandbox::billpro
