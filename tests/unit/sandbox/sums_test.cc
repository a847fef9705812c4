#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

// The recorded table of the reference, section 4.4. The rows of the last recording are not known:
// one row of its net sum at 25 % is the simplest that gives all of its figures.
struct Recording {
  const char* name;
  const char* items;
  const char* fee;
  const char* net;
  const char* vat;
  const char* gross;
  const char* rounding;
  const char* total;
};

class SumsTest : public SandboxTest, public ::testing::WithParamInterface<Recording> {};

TEST_P(SumsTest, AreAsRecorded) {
  const Recording& recording = GetParam();
  AddCustomer();
  const Reply reply =
      Post("billogram", absl::StrCat(R"({"customer": {"customer_no": 1}, "items": [)",
                                     recording.items, R"(], "invoice_fee": )", recording.fee,
                                     R"(, "on_success": {"command": "send", "method": "Email"}})"));
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(Field(reply.data(), "detailed_sums:net_sum"), recording.net);
  EXPECT_EQ(Field(reply.data(), "detailed_sums:vat_sum"), recording.vat);
  EXPECT_EQ(Field(reply.data(), "detailed_sums:gross_sum"), recording.gross);
  EXPECT_EQ(Field(reply.data(), "detailed_sums:rounding"), recording.rounding);
  EXPECT_EQ(Field(reply.data(), "rounding_value"), recording.rounding);
  EXPECT_EQ(Field(reply.data(), "total_sum"), recording.total);
  EXPECT_EQ(Field(reply.data(), "remaining_sum"), recording.total);
  EXPECT_EQ(Field(reply.data(), "detailed_sums:remaining_sum"), recording.total);
}

INSTANTIATE_TEST_SUITE_P(
    Section44, SumsTest,
    ::testing::Values(
        Recording{"one_row", R"({"title":"a","unit":"unit","count":5,"price":12,"vat":12})", "0",
                  "60", "7.2", "67.2", "-0.2", "67"},
        Recording{"discount",
                  R"({"title":"a","unit":"unit","count":5,"price":12,"vat":12},
                     {"title":"b","unit":"unit","count":2,"price":12,"vat":25,"discount":1})",
                  "0", "83", "12.95", "95.95", "0.05", "96"},
        Recording{"fee", R"({"title":"a","unit":"unit","count":1,"price":300,"vat":25})", "29",
                  "329", "82.25", "411.25", "-0.25", "411"},
        Recording{"whole", R"({"title":"a","unit":"unit","count":2,"price":130,"vat":25})", "0",
                  "260", "65", "325", "0", "325"},
        Recording{"callback", R"({"title":"a","unit":"unit","count":1,"price":2293.305,"vat":25})",
                  "0", "2293.3", "573.33", "2866.63", "0.365", "2867"}),
    [](const auto& test) { return std::string(test.param.name); });

using OtherSumsTest = SandboxTest;

TEST_F(OtherSumsTest, OtherCurrenciesKeepTheirCents) {
  const std::string id = AddBillogram(R"("currency": "EUR", "invoice_fee": 0.99)");
  const Json billogram = Get("billogram/" + id).data();
  EXPECT_EQ(Field(billogram, "total_sum"), "101.24");  // 80.99 + 20.2475, VAT rounded to 20.25
  EXPECT_EQ(Field(billogram, "rounding_value"), "0");
}

TEST_F(OtherSumsTest, ReversedVatIsNotCharged) {
  const std::string id = AddBillogram(R"("reversed_vat": true)");
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "total_sum"), "80");
}

TEST_F(OtherSumsTest, PaidSumIsNegativeAsRecorded) {
  const std::string id = AddSent();
  const Reply paid = Command(id, "payment", R"({"amount": 100})");
  EXPECT_EQ(Field(paid.data(), "detailed_sums:paid_sum"), "-100");
  EXPECT_EQ(Field(paid.data(), "remaining_sum"), "0");
}

// A credit of what was charged comes to the same sum: 12.50 at 25 % is charged 3.13.
TEST_F(OtherSumsTest, HalvesAreRoundedAwayFromZero) {
  AddCustomer();
  for (const auto& [price, vat] : {std::pair("12.50", "3.13"), std::pair("-12.50", "-3.13")}) {
    const Reply reply =
        Post("billogram", absl::StrCat(R"({"customer": {"customer_no": 1}, "currency": "EUR",
            "items": [{"title": "a", "count": 1, "price": )",
                                       price, R"(, "vat": 25, "unit": "unit"}]})"));
    EXPECT_EQ(Field(reply.data(), "detailed_sums:vat_sum"), vat);
  }
}

TEST_F(OtherSumsTest, TheyAddUpWhateverWasDone) {
  const std::string id = AddSent();
  const auto expect = [&](const char* remaining, const char* reminder_fee) {
    const Json billogram = Get("billogram/" + id).data();
    const auto sum = [&](const char* name) {
      return *Decimal::Parse(Field(billogram, absl::StrCat("detailed_sums:", name)));
    };
    EXPECT_EQ(Field(billogram, "remaining_sum"), remaining);
    EXPECT_EQ(Field(billogram, "detailed_sums:reminder_fee"), reminder_fee);
    const Decimal added = sum("gross_sum") + sum("rounding") + sum("reminder_fee") +
                          sum("interest_fee") + sum("credited_sum") + sum("paid_sum");
    EXPECT_EQ(added.ToString(), remaining);
  };
  Advance("1d");
  Command(id, "remind");
  expect("160", "60");
  Command(id, "writeoff");
  expect("100", "0");
  Advance("1d");
  Command(id, "remind");
  expect("160", "60");
  Command(id, "payment", R"({"amount": 120})");
  expect("40", "60");
  Command(id, "writeoff");
  expect("0", "20");
}

TEST_F(OtherSumsTest, NumbersKeepTheirDigits) {
  const std::string id = AddBillogram(R"("interest_rate": 8.50, "reminder_fee": 60.0)");
  const Json billogram = Get("billogram/" + id).data();
  EXPECT_EQ(Field(billogram, "interest_rate"), "8.50");
  EXPECT_EQ(Field(billogram, "reminder_fee"), "60.0");
}

TEST_F(OtherSumsTest, TheLargestInvoiceIsExact) {
  AddCustomer();
  std::string items;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&items, i == 0 ? "" : ",",
                    R"({"title":"a","unit":"u","count":9999999999,"price":9999999999,"vat":100})");
  }
  const Reply reply = Post(
      "billogram", absl::StrCat(R"({"customer": {"customer_no": 1}, "items": [)", items, "]}"));
  ASSERT_EQ(reply.status, 200);
  // 1000 * (10^10 - 1)^2, twice.
  EXPECT_EQ(Field(reply.data(), "total_sum"), "199999999960000000002000");
}

}  // namespace
}  // namespace billing::sandbox
