#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/sandbox/billpro/order_request.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

class PricingTest : public BillProTest {
 protected:
  // What the initial payment takes.
  std::string Initial(int64_t order) {
    DoOk(order, "approve");
    return Transactions(order);
  }
};

// The product of the reference's worked example (4.2).
constexpr char kExample[] = R"("product_id": "E2824181D8", "price": "44.99",
    "product_type": "subscription", "lock_price": true, "product_group": "Memberships",
    "scheduled_interval": "1", "scheduled_unit": "MONTH", "fee_for_initial_payment_only": true,
    "discount_for_initial_payment_only": true, "discount": {"name": "d", "percentage": "5.00"},
    "tax": {"name": "VAT", "percentage": "21.00"})";

TEST_F(PricingTest, TheExampleProductIsAnsweredAsDocumented) {
  AddProduct(kExample);
  const Json product = Api("GET", "products/1").body;
  for (const auto& [field, value] : std::vector<std::pair<const char*, const char*>>{
           {"product_id", R"("E2824181D8")"},
           {"currency", R"("GBP")"},
           {"price", R"("44.99")"},
           {"product_type", R"("subscription")"},
           {"product_status", R"("active")"},
           {"lock_price", "true"},
           {"lock_payment_config", "false"},
           {"product_group", R"("Memberships")"},
           {"scheduled_interval", R"("1")"},
           {"scheduled_unit", R"("MONTH")"},
           {"fee_for_initial_payment_only", "true"},
           {"discount_for_initial_payment_only", "true"},
           // 44.99 less 5 % is 42.7405; the tax changes nothing.
           {"deposit_amount", R"("42.74")"},
           {"fee", "null"},
           {"created_at", R"("2026-03-01T12:00:00.000Z")"}}) {
    ASSERT_NE(product.Find(field), nullptr) << field;
    EXPECT_EQ(product.Find(field)->ToString(), value) << field;
  }
  EXPECT_EQ(Field(product, "discount:percentage"), "5.00");
  EXPECT_EQ(Field(product, "tax:percentage"), "21.00");
  EXPECT_EQ(product.Find("updated_at"), nullptr);
}

TEST_F(PricingTest, ATrialIsTheRegularPriceLessTheDiscount) {
  const int64_t order = PlaceOk("subscription", AddProduct(kExample));
  EXPECT_EQ(Get(order, "monthly_amount"), "44.99");
  EXPECT_EQ(Get(order, "scheduled_duration_unit"), "MONTH");
  EXPECT_EQ(Get(order, "total_discount_amount"), "2.25");
  EXPECT_EQ(Initial(order), "DB 42.74 approved");
  EXPECT_EQ(Payments(order, "amount"), "44.99");
}

TEST_F(PricingTest, DiscountsAndFeesOfEveryPeriodStay) {
  const int64_t product = AddProduct(R"("product_type": "subscription", "price": "10")");
  const int64_t order =
      PlaceOk("subscription", product, "", R"("discount_amount": "2", "fee_amount": 1.5)");
  EXPECT_EQ(Get(order, "monthly_amount"), "9.50");
  EXPECT_EQ(Initial(order), "DB 9.50 approved");
  EXPECT_EQ(Payments(order, "amount"), "9.50");
}

TEST_F(PricingTest, ASubscriptionMayBeginForNothing) {
  const int64_t product = AddProduct(R"("product_type": "subscription", "price": "10",
      "discount": {"name": "trial", "percentage": 100}, "discount_for_initial_payment_only": true)");
  const int64_t order = PlaceOk("subscription", product, R"("start_date": "15/03/2026")");
  EXPECT_EQ(Get(order, "collect_initial_payment"), "false");
  // Only the card is registered, by a small pre-authorisation.
  EXPECT_EQ(Initial(order), "PA 0.50 approved");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-03-15T00:00:00.000Z");
}

TEST_F(PricingTest, ASingleOrderSumsItsLines) {
  // Σ (qty × amount − discount + fee)
  const int64_t first = AddProduct(R"("price": "20.00")");
  const int64_t second = AddProduct("");
  const Reply reply =
      Api("POST", "orders/create_single_order",
          absl::StrCat(R"({"order": {"customer_id": )", AddPerson(),
                       R"(, "currency": "GBP", "order_products": [
      {"product_id": )",
                       first, R"(, "qty": 3, "discount_amount": 5, "fee_amount": "0.50"},
      {"product_id": )",
                       second, R"(, "amount": 10.0, "tax_amount": "1"}]}})"));
  ASSERT_EQ(reply.status, 201) << reply.text;
  EXPECT_EQ(Field(reply.body, "total_discount_amount"), "5.00");
  EXPECT_EQ(Field(reply.body, "total_fee_amount"), "0.50");
  EXPECT_EQ(Field(reply.body, "total_tax_amount"), "1.00");
  EXPECT_EQ(reply.body.Find("products")->elements()[0].ToString(),
            R"({"product_id": 1, "qty": 3, "amount": "20.00", "discount_amount": "5.00", )"
            R"("fee_amount": "0.50", "tax_amount": "0.00"})");
  EXPECT_EQ(Initial(1), "DB 65.50 approved");
}

TEST_F(PricingTest, TaxIsInsideThePrice) {
  const int64_t product =
      AddProduct(R"("price": "121.00", "tax": {"name": "VAT", "percentage": "21"})");
  const int64_t order = PlaceOk("single", product);
  EXPECT_EQ(Get(order, "total_tax_amount"), "21.00");
  EXPECT_EQ(Initial(order), "DB 121.00 approved");
}

TEST_F(PricingTest, InstalmentsShareTheBalance) {
  const int64_t order = Instalments();
  // balance = price − deposit; each = balance ÷ count
  EXPECT_EQ(Payments(order, "amount"), "30.00,30.00,30.00");
  EXPECT_EQ(Get(order, "monthly_amount"), "30.00");
  EXPECT_EQ(Get(order, "scheduled_duration_number"), "3");
  EXPECT_EQ(Get(order, "total_to_pay"), "100.00");
  EXPECT_EQ(Get(order, "count_to_pay"), "4");
  EXPECT_EQ(Get(order, "total_installment_amount"), "100.00");
  EXPECT_EQ(Get(order, "collect_initial_payment"), "true");
  EXPECT_EQ(Initial(order), "DB 10.00 approved");
}

TEST_F(PricingTest, TheLastInstalmentTakesTheRemainder) {
  const auto split = [](std::string_view balance, int64_t count) {
    std::vector<std::string> amounts;
    for (const Decimal& one : SplitBalance(*Decimal::Parse(balance), count)) {
      amounts.push_back(one.ToFixed(2));
    }
    return absl::StrJoin(amounts, ",");
  };
  EXPECT_EQ(split("100", 3), "33.33,33.33,33.34");
  EXPECT_EQ(split("200", 3), "66.67,66.67,66.66");
  EXPECT_EQ(split("0.05", 2), "0.03,0.02");
  EXPECT_EQ(split("99.99", 1), "99.99");
}

TEST_F(PricingTest, TheDepositOfTheProductIsTheDefault) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 100,
      "deposit_amount": "40", "split_number": 2, "scheduled_unit": "WEEK",
      "scheduled_interval": "2")");
  const int64_t order = PlaceOk("instalment", product, R"("start_date": "10/04/2026")");
  EXPECT_EQ(Payments(order, "amount"), "30.00,30.00");
  EXPECT_EQ(Payments(order, "scheduled_at"), "2026-04-10T00:00:00.000Z,2026-04-24T00:00:00.000Z");
  EXPECT_EQ(Initial(order), "DB 40.00 approved");
}

TEST_F(PricingTest, WithoutADepositTheCardIsRegistered) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 90)");
  const int64_t order = PlaceOk("instalment", product, R"("initial_amount": 0)");
  EXPECT_EQ(Get(order, "count_to_pay"), "3");
  EXPECT_EQ(Initial(order), "PA 0.50 approved");
  Advance("100d");
  EXPECT_EQ(Status(order), "complete");
}

TEST_F(PricingTest, ASmallInitialAmountIsNotCaptured) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 100)");
  const int64_t order = PlaceOk("instalment", product, R"("initial_amount": "1.00")");
  EXPECT_EQ(Initial(order), "PA 1.00 approved");
  EXPECT_EQ(Field(Control("GET", "orders/1").data(), "collected"), "0.00");
  Advance("100d");
  EXPECT_EQ(Status(order), "complete");
}

TEST_F(PricingTest, AMeteredOrderBeginsWithItsInitialAmount) {
  const int64_t product = AddProduct(R"("product_type": "metered", "price": 10)");
  const int64_t order = PlaceOk("metered", product, R"("initial_amount": 25)");
  EXPECT_EQ(Get(order, "monthly_amount"), "null");
  EXPECT_EQ(Get(order, "scheduled_duration_unit"), "null");
  EXPECT_EQ(Initial(order), "DB 25.00 approved");
  EXPECT_EQ(Payments(order), "");
  const int64_t free = PlaceOk("metered", product, R"("initial_amount": "0")");
  EXPECT_EQ(Initial(free), "PA 0.50 approved");
}

TEST_F(PricingTest, MonthsEndWhereTheyEnd) {
  real_now_ = absl::FromCivil(absl::CivilSecond(2027, 1, 31, 8), absl::UTCTimeZone());
  const int64_t order =
      PlaceOk("instalment", AddProduct(R"("product_type": "instalment", "price": 90)"));
  EXPECT_EQ(Payments(order, "scheduled_at"),
            "2027-02-28T08:00:00.000Z,2027-03-31T08:00:00.000Z,2027-04-30T08:00:00.000Z");
}

TEST_F(PricingTest, LockedPricesAndSchedulesTakeNoOther) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 100,
      "lock_price": true, "lock_payment_config": true, "split_number": 2)");
  for (const char* line :
       {R"("amount": 90)", R"("discount_amount": 1)", R"("fee_amount": 1)", R"("tax_amount": 1)"}) {
    EXPECT_EQ(Place("instalment", product, "", line).status, 422) << line;
  }
  for (const char* field :
       {R"("split_number": 4)", R"("scheduled_unit": "DAY")", R"("scheduled_interval": "2")",
        R"("start_date": "10/07/2026")", R"("initial_amount": 10)"}) {
    EXPECT_EQ(Place("instalment", product, field).status, 422) << field;
  }
  const int64_t open = AddProduct(R"("lock_price": true)");
  EXPECT_EQ(Place("single", open).status, 422);
  EXPECT_EQ(Place("single", open, "", R"("amount": 5)").status, 201);
  // The same values change nothing.
  EXPECT_EQ(Place("instalment", product, R"("split_number": 2)", R"("amount": "100.00")").status,
            201);
  Setting(R"("reject_locked": false)");
  const int64_t order = PlaceOk("instalment", product, R"("split_number": 4)", R"("amount": "90")");
  EXPECT_EQ(Payments(order, "amount"), "50.00,50.00");
}

class OrderRequestTest : public BillProTest {};

TEST_F(OrderRequestTest, WhatIsNotValidIsUnprocessable) {
  const int64_t product = AddProduct(R"("price": 20)");
  for (const char* fields :
       {R"("customer_id": 99)", R"("customer_id": null)", R"("customer_id": "x")",
        R"("currency": "gbp")", R"("currency": "")", R"("currency": 5)", R"("order_products": [])",
        R"("order_products": {})", R"("order_products": [1])",
        R"("order_products": [{"product_id": 99}])", R"("order_products": [{}])",
        R"("redirect_url": "javascript:1")", R"("create_checkout": "maybe")", R"("note": [])",
        R"("invoice_id": {})"}) {
    Json order = *ParseJson(
        absl::StrCat(R"({"customer_id": )", AddPerson(),
                     R"(, "currency": "GBP", "order_products": [{"product_id": )", product, "}]}"));
    const Json changes = *ParseJson(absl::StrCat("{", fields, "}"));
    for (const auto& [key, value] : changes.members()) order.Set(key, value);
    const Reply reply = Api("POST", "orders/create_single_order",
                            absl::StrCat(R"({"order": )", order.ToString(), "}"));
    EXPECT_EQ(reply.status, 422) << fields;
    EXPECT_EQ(reply.text, R"({"error": "Bad Request"})");
  }
  for (const char* line :
       {R"("qty": 0)", R"("qty": -1)", R"("qty": 1.5)", R"("qty": "x")", R"("amount": "-1")",
        R"("amount": "1.234")", R"("amount": "NaN")", R"("amount": true)", R"("amount": 0)",
        R"("amount": "1,00")", R"("discount_amount": 21)", R"("fee_amount": "x")",
        R"("qty": 999999999999)", R"("amount": 99999999999999999999)"}) {
    EXPECT_EQ(Place("single", product, "", line).status, 422) << line;
  }
  EXPECT_EQ(Api("GET", "orders").text, "[]");
}

TEST_F(OrderRequestTest, SchedulesAreChecked) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 100)");
  for (const char* fields :
       {R"("split_number": 0)", R"("split_number": "x")", R"("split_number": 100000)",
        R"("scheduled_unit": "month")", R"("scheduled_unit": "HOUR")", R"("scheduled_interval": 0)",
        R"("scheduled_interval": "-1")", R"("start_date": "2026-07-10")",
        R"("start_date": "31/06/2026")", R"("start_date": "10/07/2026x")", R"("start_date": 5)",
        R"("initial_amount": "100")", R"("initial_amount": "100.01")",
        R"("initial_amount": "99.98")", R"("initial_amount": -1)"}) {
    EXPECT_EQ(Place("instalment", product, fields).status, 422) << fields;
  }
  EXPECT_EQ(Place("instalment", product, R"("start_date": "10/07/2026 12:30")").status, 201);
}

TEST_F(OrderRequestTest, TheEndpointMatchesTheProductsType) {
  const int64_t single = AddProduct(R"("price": 20)");
  for (const char* type : {"instalment", "subscription", "metered"}) {
    EXPECT_EQ(Place(type, single).status, 422) << type;
  }
  const int64_t metered = AddProduct(R"("price": 20, "product_type": "metered")");
  EXPECT_EQ(Place("single", metered).status, 422);
  // All types but single have exactly one product.
  const Reply two = Api("POST", "orders/create_metered_order",
                        absl::StrCat(R"({"order": {"customer_id": )", AddPerson(),
                                     R"(, "currency": "GBP", "order_products": [{"product_id": )",
                                     metered, R"(}, {"product_id": )", metered, "}]}}"));
  EXPECT_EQ(two.status, 422);
}

TEST_F(OrderRequestTest, InactiveOnesCannotBeUsed) {
  const int64_t product = AddProduct(R"("price": 20)");
  const int64_t order = PlaceOk("single", product);
  Control("POST", "customers/1", R"({"active": false})");
  const Reply reply = Api("POST", "orders/create_single_order",
                          absl::StrCat(R"({"order": {"customer_id": 1, "currency": "GBP",
      "order_products": [{"product_id": )",
                                       product, "}]}}"));
  EXPECT_EQ(reply.status, 422);
  DoOk(order, "approve");  // what there is goes on
  Control("POST", absl::StrCat("products/", product), R"({"product_status": "inactive"})");
  EXPECT_EQ(Place("single", product).status, 422);
}

TEST_F(OrderRequestTest, CurrenciesAreAccepted) {
  const int64_t product = AddProduct(R"("price": 20)");
  Setting(R"("currencies": ["EUR"])");
  EXPECT_EQ(Place("single", product).status, 422);
  Setting(R"("currencies": ["EUR", "GBP"])");
  EXPECT_EQ(Place("single", product).status, 201);
  // A price in another currency is no price.
  const int64_t euros = AddProduct(R"("price": 20, "currency": "EUR")");
  EXPECT_EQ(Place("single", euros).status, 422);
  EXPECT_EQ(Place("single", euros, "", R"("amount": 5)").status, 201);
}

TEST_F(OrderRequestTest, AnOrderAnswersWhatItWasGiven) {
  const int64_t product = AddProduct(R"("price": 20)");
  const Reply reply = Place("single", product, R"("invoice_id": "W58XGHF", "description": "d",
      "note": "n", "redirect_url": "https://example.com/ok")");
  ASSERT_EQ(reply.status, 201) << reply.text;
  for (const auto& [field, value] :
       std::vector<std::pair<const char*, const char*>>{{"profile_id", "5"},
                                                        {"order_type", R"("single_payment")"},
                                                        {"status", R"("pending")"},
                                                        {"invoice_id", R"("W58XGHF")"},
                                                        {"currency", R"("GBP")"},
                                                        {"monthly_amount", "null"},
                                                        {"scheduled_duration_unit", "null"},
                                                        {"scheduled_duration_number", "null"},
                                                        {"total_to_pay", "null"},
                                                        {"count_to_pay", "null"},
                                                        {"description", R"("d")"},
                                                        {"profile_payment_method", R"("ECOM")"},
                                                        {"order_source", "2"},
                                                        {"checkout_id", "null"}}) {
    ASSERT_NE(reply.body.Find(field), nullptr) << field;
    EXPECT_EQ(reply.body.Find(field)->ToString(), value) << field;
  }
  EXPECT_EQ(Api("GET", "orders/1").body, reply.body);
  // The merchant id is generated where it is left out.
  EXPECT_EQ(Get(PlaceOk("single", product), "invoice_id").size(), 7u);
}

TEST_F(OrderRequestTest, FormsPlaceOrders) {
  const int64_t product = AddProduct(R"("product_type": "instalment", "price": 100)");
  const Reply reply =
      Api("POST", "orders/create_instalment_order",
          absl::StrCat("order[customer_id]=", AddPerson(), "&order[currency]=GBP",
                       "&order[order_products][][product_id]=", product,
                       "&order[order_products][][qty]=2&order[initial_amount]=20"
                       "&order[split_number]=4&order[create_checkout]=true&order[invoice_id]="),
          "application/x-www-form-urlencoded");
  ASSERT_EQ(reply.status, 201) << reply.text;
  EXPECT_EQ(Field(reply.body, "total_to_pay"), "200.00");
  EXPECT_EQ(Field(reply.body, "monthly_amount"), "45.00");
  EXPECT_NE(Field(reply.body, "checkout_id"), "null");
  EXPECT_EQ(Field(reply.body, "invoice_id").size(), 7u);
}

}  // namespace
}  // namespace billing::sandbox::billpro
