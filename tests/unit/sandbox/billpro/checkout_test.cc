#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

// Reference, 3.3, 3.6 and 7.
class CheckoutTest : public BillProTest {
 protected:
  int64_t WithCheckout() {
    return PlaceOk("single", AddProduct(R"("price": 20)"), R"("create_checkout": true)");
  }
  std::string Through(std::string_view checkout) {
    return absl::StrCat(R"({"checkout_id": ")", std::string(checkout), "\"}");
  }
};

TEST_F(CheckoutTest, ExpiresAfterTwentyFiveMinutes) {
  const int64_t order = WithCheckout();
  const std::string checkout = Get(order, "checkout_id");
  EXPECT_EQ(Do(order, "approve", Through("another")).status, 400);
  Advance("24m59s");
  DoOk(order, "decline", Through(checkout));
  Advance("1s");
  EXPECT_EQ(Do(order, "approve", Through(checkout)).status, 400);
  const Reply renewed = Api("POST", absl::StrCat("order_checkouts/", order));
  EXPECT_EQ(renewed.status, 201);
  const std::string fresh = Field(renewed.body, "checkout_id");
  EXPECT_NE(fresh, checkout);
  EXPECT_EQ(Get(order, "checkout_id"), fresh);
  EXPECT_EQ(Do(order, "approve", Through(checkout)).status, 400);
  DoOk(order, "approve", Through(fresh));
  EXPECT_EQ(Status(order), "complete");
  EXPECT_EQ(Api("POST", absl::StrCat("order_checkouts/", order)).status, 422);
}

TEST_F(CheckoutTest, ThePaymentLinkDoesNotExpire) {
  const int64_t order = WithCheckout();
  Advance("20d");
  DoOk(order, "approve");
  EXPECT_EQ(Status(order), "complete");
}

TEST_F(CheckoutTest, StripeHasNone) {
  Setting(R"("processor": "stripe")");
  const int64_t product = AddProduct(R"("price": 20)");
  EXPECT_EQ(Place("single", product, R"("create_checkout": true)").status, 422);
  const int64_t order = PlaceOk("single", product, R"("create_checkout": false)");
  EXPECT_EQ(Api("POST", absl::StrCat("order_checkouts/", order)).status, 422);
}

TEST_F(CheckoutTest, ThePaymentLinkLeadsSomewhere) {
  const int64_t order = Single();
  const std::string link = Get(order, "payment_link");
  const std::string prefix = "http://127.0.0.1:8081/sandbox/";
  ASSERT_EQ(link.substr(0, prefix.size()), prefix);
  const auto leads_to = [&](const std::string& url) {
    return Field(Control("GET", url.substr(prefix.size())).data(), "leads_to");
  };
  EXPECT_EQ(leads_to(link), "checkout");
  DoOk(order, "approve");
  EXPECT_EQ(leads_to(link), "portal");
  const int64_t cancelled = Single();
  Api("PUT", absl::StrCat("orders/", cancelled, "/cancel_order"));
  EXPECT_EQ(leads_to(Get(cancelled, "payment_link")), "nothing");
}

}  // namespace
}  // namespace billing::sandbox::billpro
