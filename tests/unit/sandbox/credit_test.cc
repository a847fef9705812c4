#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// What credits take off an invoice, by command, by changed rows and by a credit invoice of its own.
class CreditTest : public SandboxTest {
 protected:
  void SetUp() override { ASSERT_EQ(AddCustomer(), 1); }

  static std::string Row(std::string_view count, std::string_view price, std::string_view vat,
                         std::string_view discount = "0") {
    return absl::StrCat(R"({"title": "a", "unit": "unit", "count": )", ToAbsl(count),
                        R"(, "price": )", ToAbsl(price), R"(, "vat": )", ToAbsl(vat),
                        R"(, "discount": )", ToAbsl(discount), "}");
  }
  // A sent billogram of these rows; its id.
  std::string Send(std::string_view rows, std::string_view more = "", int customer_no = 1) {
    const Reply reply =
        Post("billogram", absl::StrCat(R"({"customer": {"customer_no": )", customer_no,
                                       R"(}, "items": [)", ToAbsl(rows),
                                       R"(], "on_success": {"command": "send", "method": "Email"})",
                                       more.empty() ? "" : ", ", ToAbsl(more), "}"));
    EXPECT_EQ(reply.status, 200) << reply.text;
    return Field(reply.data(), "id");
  }
  Reply CreditRows(std::string_view id, std::string_view rows) {
    return Command(id, "credit",
                   absl::StrCat(R"({"mode": "items", "items": [)", ToAbsl(rows), "]}"));
  }
  Reply CreditAmount(std::string_view id, std::string_view amount) {
    return Command(id, "credit",
                   absl::StrCat(R"({"mode": "amount", "amount": )", ToAbsl(amount), "}"));
  }
  Reply Change(std::string_view id, std::string_view document) {
    return Put(absl::StrCat("billogram/", ToAbsl(id)), document);
  }
  Reply ChangeRows(std::string_view id, std::string_view rows) {
    return Change(id, absl::StrCat(R"({"items": [)", ToAbsl(rows), "]}"));
  }
  // "state total credited paid remaining"
  static std::string SumsIn(const Json& billogram) {
    return absl::StrCat(Field(billogram, "state"), " ", Field(billogram, "total_sum"), " ",
                        Field(billogram, "detailed_sums:credited_sum"), " ",
                        Field(billogram, "detailed_sums:paid_sum"), " ",
                        Field(billogram, "remaining_sum"));
  }
  std::string SumsOf(std::string_view id) {
    return SumsIn(Get(absl::StrCat("billogram/", ToAbsl(id))).data());
  }
  // The amounts of its events of that type.
  std::string AmountsOf(std::string_view id, std::string_view type) {
    std::string amounts;
    const Json billogram = Get(absl::StrCat("billogram/", ToAbsl(id))).data();
    for (const Json& event : billogram.Find("events")->elements()) {
      if (event.Text("type") != type) continue;
      absl::StrAppend(&amounts, amounts.empty() ? "" : ",", Field(event, "data:amount"));
    }
    return amounts;
  }
};

TEST_F(CreditTest, ReversedVatIsNotCreditedEither) {
  const std::string id = Send(Row("2", "100", "25"), R"("reversed_vat": true)");
  EXPECT_EQ(SumsIn(CreditRows(id, Row("-1", "100", "25")).data()), "Unpaid 200 -100 0 100");
  EXPECT_EQ(SumsIn(CreditRows(id, Row("-1", "100", "25")).data()), "Credited 200 -200 0 0");
}

TEST_F(CreditTest, AllRowsEndItWhateverTheRounding) {
  const std::string rows = Row("5", "12", "12") + "," + Row("2", "12", "25", "1");
  const std::string first = Row("-5", "12", "12");
  const std::string second = Row("-2", "12", "25", "-1");
  const std::string up = Send(rows);
  EXPECT_EQ(SumsIn(CreditRows(up, first + "," + second).data()), "Credited 96 -96 0 0");
  const std::string up_in_two = Send(rows);
  EXPECT_EQ(SumsIn(CreditRows(up_in_two, first).data()), "Unpaid 96 -67.2 0 28.8");
  EXPECT_EQ(SumsIn(CreditRows(up_in_two, second).data()), "Credited 96 -96 0 0");
  EXPECT_THAT(EventsOf(up_in_two), EndsWith("Credit,Credit,BillogramEnded"));
  const std::string down_in_two = Send(Row("5", "12", "12"));
  EXPECT_EQ(SumsIn(CreditRows(down_in_two, Row("-4", "12", "12")).data()),
            "Unpaid 67 -53.76 0 13.24");
  EXPECT_EQ(SumsIn(CreditRows(down_in_two, Row("-1", "12", "12")).data()), "Credited 67 -67 0 0");
}

// Each row alone has 3.13 of VAT, both together 6.25.
TEST_F(CreditTest, PartsOfARowComeToTheWhole) {
  const std::string id = Send(Row("2", "12.50", "25"), R"("currency": "EUR")");
  EXPECT_EQ(SumsIn(CreditRows(id, Row("-1", "12.50", "25")).data()), "Unpaid 31.25 -15.63 0 15.62");
  EXPECT_EQ(SumsIn(CreditRows(id, Row("-1", "12.50", "25")).data()), "Credited 31.25 -31.25 0 0");
}

TEST_F(CreditTest, NoMoreIsForgivenThanWasRounded) {
  const std::string euro = Send(Row("1", "100", "0"), R"("currency": "EUR")");
  const std::string even = Send(Row("1", "100", "0"));
  const std::string down = Send(Row("1", "100.40", "0"));
  const std::pair<const std::string&, const char*> refusals[] = {
      {euro, "100.99"}, {euro, "100.01"}, {even, "100.01"}, {down, "100.41"}};
  for (const auto& [id, price] : refusals) {
    const Reply refused = CreditRows(id, Row("-1", price, "0"));
    EXPECT_EQ(refused.code(), "INVALID_PARAMETER") << price;
    EXPECT_EQ(Field(refused.data(), "field_path"), "items") << price;
  }
  EXPECT_EQ(SumsIn(CreditRows(euro, Row("-1", "99.99", "0")).data()), "Unpaid 100 -99.99 0 0.01");
  EXPECT_EQ(SumsIn(CreditRows(down, Row("-1", "100.40", "0")).data()), "Credited 100 -100 0 0");
}

TEST_F(CreditTest, ChangedRowsCreditNoMoreThanIsLeft) {
  const std::string id = Send(Row("1", "100", "0"));
  CreditAmount(id, "80");
  const Reply refused = ChangeRows(id, Row("1", "50", "0"));
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER");
  EXPECT_EQ(Field(refused.data(), "field_path"), "items");
  EXPECT_EQ(SumsOf(id), "Unpaid 100 -80 0 20");
  EXPECT_EQ(SumsIn(ChangeRows(id, Row("1", "90", "0")).data()), "Unpaid 90 -80 0 10");
  EXPECT_EQ(SumsIn(ChangeRows(id, Row("1", "80", "0")).data()), "Credited 80 -80 0 0");
  EXPECT_EQ(AmountsOf(id, "Credit"), "80,10,10");
}

TEST_F(CreditTest, WhatACreditLeavesOverIsOwedToThePayer) {
  const std::string changed = Send(Row("1", "100", "0"));
  Command(changed, "payment", R"({"amount": 60})");
  EXPECT_EQ(SumsIn(ChangeRows(changed, Row("1", "50", "0")).data()), "Paid 50 0 -60 0");
  EXPECT_THAT(EventsOf(changed),
              EndsWith("Payment,Credit,OverpaymentCustomerLiability,BillogramEnded"));
  EXPECT_EQ(AmountsOf(changed, "OverpaymentCustomerLiability"), "10");
  const std::string partly = Send(Row("1", "100", "25"));
  Command(partly, "payment", R"({"amount": 100})");
  EXPECT_EQ(SumsIn(Command(partly, "credit", R"({"mode": "full"})").data()),
            "Credited 125 -125 -100 0");
  EXPECT_EQ(AmountsOf(partly, "OverpaymentCustomerLiability"), "100");
  // Only what is new: the first credit of an invoice that is paid leaves 30 over, the next 70.
  const std::string paid = Send(Row("1", "100", "0"));
  Command(paid, "payment", R"({"amount": 100})");
  CreditAmount(paid, "30");
  Command(paid, "credit", R"({"mode": "full"})");
  EXPECT_EQ(AmountsOf(paid, "OverpaymentCustomerLiability"), "30,70");
  // Nothing is left over.
  const std::string rest = Send(Row("1", "100", "0"));
  Command(rest, "payment", R"({"amount": 60})");
  Command(rest, "credit", R"({"mode": "remaining"})");
  EXPECT_EQ(AmountsOf(rest, "OverpaymentCustomerLiability"), "");
}

TEST_F(CreditTest, AllocationKeepsToOneCurrency) {
  const std::string credit = Send(Row("1", "-100", "0"), R"("currency": "EUR")");
  const auto body = absl::StrCat(R"({"amount": 10, "source_id": ")", credit, R"("})");
  const Reply refused = Command(Send(Row("1", "100", "0")), "credit-allocate", body);
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER");
  EXPECT_EQ(Field(refused.data(), "field_path"), "source_id");
  const std::string euro = Send(Row("1", "100", "0"), R"("currency": "EUR")");
  EXPECT_EQ(Command(euro, "credit-allocate", body).status, 200);
}

TEST_F(CreditTest, WhatIsSentKeepsItsCurrencyAndACreditItsCustomer) {
  const int other = static_cast<int>(AddCustomer());
  const std::string debit = Send(Row("1", "100", "0"), R"("currency": "EUR")");
  const std::string credit = Send(Row("1", "-100", "0"));
  for (const char* currency : {R"({"currency": "SEK"})", R"({"currency": null})"}) {
    const Reply refused = Change(debit, currency);
    EXPECT_EQ(refused.code(), "READ_ONLY_PARAMETER") << currency;
    EXPECT_EQ(Field(refused.data(), "field"), "currency");
  }
  EXPECT_EQ(Change(debit, R"({"currency": "EUR"})").status, 200);
  const auto customer = [](int number) {
    return absl::StrCat(R"({"customer": {"customer_no": )", number, "}}");
  };
  const Reply moved = Change(credit, customer(other));
  EXPECT_EQ(moved.code(), "READ_ONLY_PARAMETER");
  EXPECT_EQ(Field(moved.data(), "field"), "customer_no");
  EXPECT_EQ(Change(credit, customer(1)).status, 200);
  // Before it is sent, both may change.
  const Reply draft = Post(
      "billogram",
      absl::StrCat(R"({"customer": {"customer_no": 1}, "items": [)", Row("1", "-100", "0"), "]}"));
  const std::string id = Field(draft.data(), "id");
  EXPECT_EQ(Change(id, R"({"currency": "EUR"})").status, 200);
  EXPECT_EQ(Change(id, customer(other)).status, 200);
}

}  // namespace
}  // namespace billing::sandbox
