#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::sandbox::billpro {
namespace {

// What --state keeps of BillPro.
class KeptStateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sandbox> Start() {
    auto sandbox =
        std::make_unique<Sandbox>(Sandbox::Options{.real_time = [this] { return now_; }});
    const absl::Status kept = sandbox->KeepIn(folder_.path());
    EXPECT_TRUE(kept.ok()) << kept;
    return sandbox;
  }

  std::string Ask(Sandbox& sandbox, std::string_view method, std::string_view path,
                  std::string_view body = "", std::string_view type = "application/json") {
    now_ += absl::Milliseconds(1700);
    common::HttpRequest request;
    request.method = method;
    request.target = path;
    request.path = path;
    request.body = body;
    request.headers = {
        {"Authorization", absl::StrCat("Bearer ", sandbox.world().accounts()[0]->token)},
        {"Content-Type", std::string(type)},
        {"Host", "127.0.0.1:8081"}};
    return sandbox.Answer(request).body;
  }

  std::string All(Sandbox& sandbox) {
    std::string all;
    for (const char* path : {"/api/v1/customers", "/api/v1/products", "/api/v1/orders",
                             "/api/v1/orders/1/scheduled_payments", "/sandbox/orders/1",
                             "/sandbox/notifications", "/sandbox/profiles"}) {
      absl::StrAppend(&all, Ask(sandbox, "GET", path), "\n");
    }
    return all;
  }

  void Fill(Sandbox& sandbox) {
    Ask(sandbox, "POST", "/api/v1/customers",
        "customer[first_name]=J&customer[last_name]=J&customer[email]=j%40example.com",
        "application/x-www-form-urlencoded");
    Ask(sandbox, "POST", "/sandbox/products",
        R"({"price": 10, "currency": "GBP", "product_type": "subscription"})");
    Ask(sandbox, "POST", "/api/v1/orders/create_subscription_order", R"({"order":
        {"customer_id": 1, "currency": "GBP", "create_checkout": true,
         "order_products": [{"product_id": 1}]}})");
    Ask(sandbox, "POST", "/sandbox/orders/1/approve");
    Ask(sandbox, "POST", "/sandbox/orders/1/decline");
    Ask(sandbox, "POST", "/sandbox/profiles", R"({"retry_days": [2]})");
    Ask(sandbox, "POST", "/api/v1/customers", "not a customer \xFF");
    Ask(sandbox, "POST", "/sandbox/clock", R"({"advance": "40d"})");
  }

  TempFolder folder_;
  absl::Time now_ = absl::FromUnixSeconds(1772366400);
};

TEST_F(KeptStateTest, EverythingOutlivesARestart) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Fill(*sandbox);
  const std::string before = All(*sandbox);
  EXPECT_NE(before.find("recovered"), std::string::npos) << before;
  sandbox.reset();
  sandbox = Start();
  EXPECT_EQ(All(*sandbox), before);
  Ask(*sandbox, "PUT", "/api/v1/orders/1/pause_order");
  const std::string after = All(*sandbox);
  EXPECT_NE(after, before);
  sandbox.reset();
  EXPECT_EQ(All(*Start()), after);
}

TEST_F(KeptStateTest, AResetEmptiesIt) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Fill(*sandbox);
  Ask(*sandbox, "POST", "/sandbox/reset");
  const std::string empty = Ask(*sandbox, "GET", "/api/v1/orders");
  EXPECT_EQ(empty, "[]");
  sandbox.reset();
  EXPECT_EQ(Ask(*Start(), "GET", "/api/v1/orders"), "[]");
}

}  // namespace
}  // namespace billing::sandbox::billpro
