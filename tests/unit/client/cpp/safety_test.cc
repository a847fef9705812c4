#include "client/cpp/safety.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "billing/gateway/v1/options.pb.h"
#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/command.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billogram/v2/settings.pb.h"
#include "client/cpp/channel.h"
#include "client/cpp/service_config.h"

namespace billing::client {
namespace {

namespace v2 = billogram::v2;

TEST(SafetyTest, ByClass) {
  EXPECT_TRUE(IsRepeatable(v2::GetBillogramRequest()));     // safe
  EXPECT_TRUE(IsRepeatable(v2::DeleteBillogramRequest()));  // idempotent
  EXPECT_TRUE(IsRepeatable(v2::AttachRequest()));           // idempotent
  EXPECT_FALSE(IsRepeatable(v2::PaymentRequest()));         // unsafe
  EXPECT_FALSE(IsRepeatable(v2::Billogram()));              // no request at all
}

TEST(SafetyTest, DeduplicatedIsNotRepeatedBlindly) {
  v2::CreateBillogramRequest request;
  request.mutable_billogram()->set_creditor_unique_value("order-1");
  EXPECT_FALSE(IsRepeatable(request));
}

TEST(SafetyTest, FieldsMakeACallUnsafe) {
  v2::UpdateCustomerRequest request;
  request.set_customer_no(7);
  request.mutable_customer()->set_name("Exempel AB");
  EXPECT_TRUE(IsRepeatable(request));

  v2::UpdateCustomerRequest renumbered = request;
  renumbered.mutable_customer()->set_customer_no(8);
  EXPECT_FALSE(IsRepeatable(renumbered));

  v2::UpdateCustomerRequest masked = request;
  masked.mutable_update_mask()->add_paths("name");
  EXPECT_TRUE(IsRepeatable(masked));
  masked.mutable_update_mask()->add_paths("customer_no");
  EXPECT_FALSE(IsRepeatable(masked));
}

TEST(SafetyTest, RawJsonMakesACallUnsafeAsTheFieldDoes) {
  v2::UpdateCustomerRequest request;
  request.set_customer_no(7);
  request.mutable_update_mask()->add_paths("unmapped");
  (*request.mutable_customer()->mutable_unmapped())["colour"] = "\"red\"";
  EXPECT_TRUE(IsRepeatable(request));
  (*request.mutable_customer()->mutable_unmapped())["customer_no"] = "77";
  EXPECT_FALSE(IsRepeatable(request));

  v2::UpdateSettingsRequest settings;
  settings.mutable_settings()->set_org_no("x");
  EXPECT_TRUE(IsRepeatable(settings));
  (*settings.mutable_settings()->mutable_unmapped())["payment"] = "null";
  EXPECT_FALSE(IsRepeatable(settings));
}

// Every linked method, one by one, against its option.
TEST(ServiceConfigTest, NamesSafeAndIdempotentMethodsOnly) {
  const auto config = nlohmann::json::parse(MakeServiceConfig(LinkedFiles()));
  std::set<std::string> named;
  for (const auto& name : config["methodConfig"][0]["name"]) {
    named.insert(name["service"].get<std::string>() + "." + name["method"].get<std::string>());
  }
  int methods = 0;
  for (const auto* file : LinkedFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto& method = *file->service(s)->method(m);
        if (!method.options().HasExtension(billing::gateway::v1::rest)) continue;
        ++methods;
        const auto& rest = method.options().GetExtension(billing::gateway::v1::rest);
        const bool wanted = (rest.safety() == billing::gateway::v1::SAFETY_SAFE ||
                             rest.safety() == billing::gateway::v1::SAFETY_IDEMPOTENT) &&
                            rest.unsafe_when_size() == 0;
        EXPECT_EQ(named.count(method.full_name()), wanted ? 1u : 0u) << method.full_name();
      }
    }
  }
  EXPECT_GT(methods, 20);
  const auto& codes = config["methodConfig"][0]["retryPolicy"]["retryableStatusCodes"];
  EXPECT_EQ(codes, nlohmann::json::array({"UNAVAILABLE"}));
}

TEST(ServiceConfigTest, TheLibraryHoldsWhatWasGenerated) {
  EXPECT_EQ(ServiceConfig(), MakeServiceConfig(LinkedFiles()));
}

TEST(ServiceConfigTest, WithoutServicesThereIsNoPolicy) {
  const auto config = nlohmann::json::parse(MakeServiceConfig({}));
  EXPECT_FALSE(config.contains("methodConfig"));
}

}  // namespace
}  // namespace billing::client
