#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using ::testing::HasSubstr;

class CreditorTest : public SandboxTest {
 protected:
  // The text of a SIE report about this month.
  std::string SieReport() {
    const Reply made = Control("POST", "reports", R"({"type": "sie4"})");
    std::string content;
    EXPECT_TRUE(absl::Base64Unescape(Field(made.data(), "content"), &content)) << made.text;
    return content;
  }
  // What stands on that account in the end.
  static std::string BalanceOf(const std::string& sie, const std::string& account) {
    Decimal balance;
    const std::string start = "#TRANS " + account + " {} ";
    for (size_t at = sie.find(start); at != std::string::npos; at = sie.find(start, at)) {
      at += start.size();
      balance += *Decimal::Parse(sie.substr(at, sie.find('\n', at) - at));
    }
    return balance.ToString();
  }
};

// Whether the document has that member, null or not.
bool IsThere(const Json& document, std::string_view colon_path) {
  const Json* at = &document;
  while (at != nullptr && !colon_path.empty()) {
    const size_t colon = colon_path.find(':');
    at = at->Find(colon_path.substr(0, colon));
    colon_path = colon == std::string_view::npos ? "" : colon_path.substr(colon + 1);
  }
  return at != nullptr;
}

TEST_F(CreditorTest, EveryDocumentedSettingIsThere) {
  const Json settings = Get("settings").data();
  // The reference, 4.18.
  for (const char* path : {"name",
                           "org_no",
                           "company_id",
                           "registration_email",
                           "contact:www",
                           "address:street_address",
                           "address:province",
                           "invoice_address:email",
                           "registered_office_address:name",
                           "return_address:name",
                           "visiting_address:country",
                           "payment:bankgiro",
                           "payment:plusgiro",
                           "payment:domestic_bank_account:clearing_no",
                           "payment:international_bank_account:bic",
                           "tax:is_vat_registered",
                           "tax:has_fskatt",
                           "tax:vat_no",
                           "bookkeeping:income_account_for_vat_25",
                           "bookkeeping:sie_continuous_numbering",
                           "bookkeeping:financial_year_months",
                           "bookkeeping:expected_loss_account",
                           "bookkeeping:regional_sweden:rotavdrag_account",
                           "invoices:default_message",
                           "invoices:default_interest_rate",
                           "invoices:automatic_reminders",
                           "invoices:reminders_without_fee",
                           "invoices:automatic_writeoff:amount",
                           "invoices:show_item_gross_prices",
                           "invoices:pdf:template"}) {
    EXPECT_TRUE(IsThere(settings, path)) << path;
  }
}

TEST_F(CreditorTest, SettingsArePartlyUpdated) {
  const Reply updated = Put("settings", R"({"contact": {"phone": "1"}, "tax": null,
      "invoices": {"automatic_reminders": [{"delay_days": "5", "message": "Pay"}]}})");
  ASSERT_EQ(updated.status, 200) << updated.text;
  EXPECT_EQ(Field(updated.data(), "contact:phone"), "1");
  EXPECT_EQ(Field(updated.data(), "tax:vat_no"), "SE556677889901");
  EXPECT_EQ(Field(updated.data(), "invoices:default_interest_rate"), "8.5");
  EXPECT_EQ(Get("settings").text, updated.text);
  struct Case {
    const char* body;
    const char* code;
    const char* path;
  };
  const Case kCases[] = {
      {R"({"name": ""})", "INVALID_PARAMETER", "name"},
      {R"({"name": null})", "INVALID_PARAMETER", "name"},
      {R"({"address": {"country": "Sweden"}})", "INVALID_PARAMETER", "address:country"},
      {R"({"invoices": {"default_reminder_fee": -1}})", "INVALID_PARAMETER",
       "invoices:default_reminder_fee"},
      {R"({"invoices": {"automatic_reminders": [{"delay_days": "x"}]}})", "INVALID_PARAMETER",
       "invoices:automatic_reminders[0]:delay_days"},
      {R"({"bookkeeping": {"financial_year_start": "2020-13"}})", "INVALID_PARAMETER",
       "bookkeeping:financial_year_start"},
      {R"({"bookkeeping": {"financial_year_start": "2020-1"}})", "INVALID_PARAMETER",
       "bookkeeping:financial_year_start"},
      {R"({"bookkeeping": {"financial_year_start": "2020-01-01"}})", "INVALID_PARAMETER",
       "bookkeeping:financial_year_start"},
      {R"({"payment": {"bankgiro": null}})", "INVALID_PARAMETER_COMBINATION", "payment"},
  };
  for (const Case& one : kCases) {
    const Reply refused = Put("settings", one.body);
    EXPECT_EQ(refused.code(), one.code) << one.body;
    EXPECT_EQ(Field(refused.data(), "field_path"), one.path) << one.body;
  }
  EXPECT_EQ(Put("settings", R"({"webhook": {}})").code(), "UNKNOWN_PARAMETER");
  EXPECT_EQ(Get("settings").text, updated.text);
}

TEST_F(CreditorTest, NameAndPaymentWaitForConfirmation) {
  const Reply updated = Put("settings", R"({"name": "New", "company_id": "c",
                                            "payment": {"plusgiro": "1-1"}})");
  EXPECT_EQ(Field(updated.data(), "name"), "A Creditor");
  EXPECT_EQ(Field(updated.data(), "company_id"), "c");
  EXPECT_EQ(Field(Control("POST", "settings", R"({"confirm": true})").data(), "confirmed"), "true");
  EXPECT_EQ(Field(Get("settings").data(), "name"), "New");
  EXPECT_EQ(Field(Get("settings").data(), "payment:plusgiro"), "1-1");
  EXPECT_EQ(Field(Control("POST", "settings", R"({"confirm": true})").data(), "confirmed"),
            "false");
  Control("POST", "features", R"({"confirm_settings": false})");
  EXPECT_EQ(Field(Put("settings", R"({"name": "Newer"})").data(), "name"), "Newer");
}

TEST_F(CreditorTest, BillogramsDefaultToSettings) {
  Put("settings", R"({"invoices": {"default_message": "Thanks", "default_interest_rate": 9,
      "default_reminder_fee": 50, "default_invoice_fee": 29, "pdf": {"template": "plain"},
      "show_item_gross_prices": true}})");
  Control("POST", "features", R"({"due_days": 14})");
  const std::string id = AddBillogram();
  const Json plain = Get("billogram/" + id).data();
  EXPECT_EQ(Field(plain, "interest_rate"), "9");
  EXPECT_EQ(Field(plain, "reminder_fee"), "50");
  EXPECT_EQ(Field(plain, "invoice_fee"), "29");
  EXPECT_EQ(Field(plain, "info:message"), "Thanks");
  EXPECT_EQ(Field(plain, "pdf:template"), "plain");
  EXPECT_EQ(Field(plain, "show_item_gross_prices"), "true");
  EXPECT_EQ(Field(plain, "due_days"), "14");
  EXPECT_EQ(Field(plain, "due_date"), "2026-03-15");
  // 80 + 20 VAT, 29 + 7.25 VAT: the third recording of the reference's 4.4 has this fee.
  EXPECT_EQ(Field(plain, "total_sum"), "136");
  const Json own = Get("billogram/" + AddBillogram(R"("invoice_fee": 0, "interest_rate": 0,
      "reminder_fee": 0, "due_days": 1, "info": {"message": "Hi"})"))
                       .data();
  EXPECT_EQ(Field(own, "invoice_fee"), "0");
  EXPECT_EQ(Field(own, "interest_rate"), "0");
  EXPECT_EQ(Field(own, "due_days"), "1");
  EXPECT_EQ(Field(own, "info:message"), "Hi");
  // A changed setting does not touch what exists; null asks for the setting.
  Put("settings", R"({"invoices": {"default_invoice_fee": 10}})");
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "invoice_fee"), "29");
  EXPECT_EQ(Field(Put("billogram/" + id, R"({"invoice_fee": null})").data(), "invoice_fee"), "10");
}

TEST_F(CreditorTest, ReportsComeMonthly) {
  EXPECT_EQ(Get("report").data().elements().size(), 0);
  const std::string id = AddSent();
  Command(id, "payment", R"({"amount": 40})");
  Control("POST", "clock", R"({"set": "2026-06-02"})");
  const Reply list = Get("report", "order_field=created_at&order_direction=desc");
  ASSERT_EQ(list.data().elements().size(), 3);  // of March: in April and May nothing happened
  EXPECT_EQ(Field(list.data().elements()[0], "created_at"), "2026-04-01 00:00:00");
  EXPECT_EQ(list.data().elements()[0].Find("content"), nullptr);
}

TEST_F(CreditorTest, ReportsHaveContent) {
  const std::string id = AddSent();
  Command(id, "payment", R"({"amount": 40})");
  const Reply made = Control("POST", "reports", R"({"type": "debtors ledger journal"})");
  ASSERT_EQ(made.status, 200) << made.text;
  const std::string filename = Field(made.data(), "filename");
  const Reply single = Get("report/" + filename);
  for (const char* name : {"filename", "type", "file_type", "info", "created_at", "content"}) {
    EXPECT_NE(Field(single.data(), name), "null") << name;
  }
  std::string content;
  ASSERT_TRUE(absl::Base64Unescape(Field(single.data(), "content"), &content));
  EXPECT_EQ(content, absl::StrCat("date;billogram;invoice_no;customer_no;event;amount\n"
                                  "2026-03-01;",
                                  id,
                                  ";1;1;BillogramSent;100.00\n"
                                  "2026-03-01;",
                                  id, ";1;1;Payment;40.00\n"));
  const Reply sie = Control("POST", "reports", R"({"type": "sie4"})");
  ASSERT_TRUE(absl::Base64Unescape(Field(sie.data(), "content"), &content));
  EXPECT_THAT(content, HasSubstr("#SIETYP 4\n"));
  EXPECT_THAT(content, HasSubstr("  #TRANS 1510 {} 100.00\n  #TRANS 2611 {} -20.00\n"
                                 "  #TRANS 3001 {} -80.00\n"));
  EXPECT_EQ(
      Field(Get("report", "filter_type=field-prefix&filter_field=filename&filter_value=sie").body,
            "meta:total_count"),
      "1");
  EXPECT_EQ(Field(Get("report/ff").data(), "message"), "no report with id=ff was found");
  EXPECT_EQ(Control("POST", "reports", R"({"type": "novel"})").code(), "INVALID_PARAMETER");
}

// Every verification comes to zero, and each row stands on its account.
TEST_F(CreditorTest, EachInvoiceIsBookedAsItWasSent) {
  const std::string id = AddSent();
  const auto rows = [](const char* price) {
    return absl::StrCat(R"({"items": [{"title": "Thing", "count": 1, "price": )", price,
                        R"(, "vat": 25, "unit": "unit"}]})");
  };
  ASSERT_EQ(Put("billogram/" + id, rows("40.2")).status, 200);  // 50.25
  ASSERT_EQ(Put("billogram/" + id, rows("60")).status, 200);    // 75
  const std::string sie = SieReport();
  EXPECT_THAT(sie, HasSubstr("\"BillogramSent 1\"\n{\n"
                             "  #TRANS 1510 {} 100.00\n  #TRANS 2611 {} -20.00\n"
                             "  #TRANS 3001 {} -80.00\n}\n"));
  EXPECT_THAT(sie, HasSubstr("\"Credit 1\"\n{\n"
                             "  #TRANS 1510 {} -50.00\n  #TRANS 2611 {} 9.95\n"
                             "  #TRANS 3001 {} 39.80\n  #TRANS 3740 {} 0.25\n}\n"));
  EXPECT_THAT(sie, HasSubstr("\"InvoiceSent 1\"\n{\n"
                             "  #TRANS 1510 {} 25.00\n  #TRANS 2611 {} -4.95\n"
                             "  #TRANS 3001 {} -19.80\n  #TRANS 3740 {} -0.25\n}\n"));
}

TEST_F(CreditorTest, AnAllocatedCreditIsBookedOnce) {
  const std::string debit = AddSent();
  const std::string credit =
      Field(Post("billogram", R"({"customer": {"customer_no": 1}, "items": [{"title": "Return",
          "count": 1, "price": -80, "vat": 25, "unit": "unit"}],
          "on_success": {"command": "send", "method": "Email"}})")
                .data(),
            "id");
  ASSERT_EQ(Command(debit, "credit-allocate",
                    absl::StrCat(R"({"amount": 100, "source_id": ")", credit, R"("})"))
                .status,
            200);
  const std::string sie = SieReport();
  EXPECT_EQ(BalanceOf(sie, "1510"), "0");
  EXPECT_EQ(BalanceOf(sie, "3001"), "0");
  EXPECT_EQ(BalanceOf(sie, "2611"), "0");
}

TEST_F(CreditorTest, WhatIsPaidAndRecalledIsBooked) {
  const std::string id = AddSent();
  Command(id, "collect");
  Advance("1d");
  const auto target = absl::StrCat(R"({"billogram_id": ")", id, R"(", )");
  Control("POST", "collections", target + R"("event": "CollectorPayment", "amount": 40})");
  Control("POST", "payments", target + R"("amount": 60})");
  std::string sie = SieReport();
  EXPECT_EQ(BalanceOf(sie, "1510"), "0");
  EXPECT_EQ(BalanceOf(sie, "1518"), "40");
  EXPECT_EQ(BalanceOf(sie, "1930"), "60");
  Control("POST", "recalls", absl::StrCat(R"({"payables": [)", target, R"("amount": 60}]})"));
  sie = SieReport();
  EXPECT_EQ(BalanceOf(sie, "1510"), "60");
  EXPECT_EQ(BalanceOf(sie, "1930"), "0");
}

TEST_F(CreditorTest, Branding) {
  EXPECT_EQ(Get("logotype").code(), "NOT_FOUND");
  const Reply put = Post("logotype", R"({"content": "iVBORw==", "file_type": "image/png"})");
  EXPECT_EQ(put.data().ToString(), R"({"content": "iVBORw==", "file_type": "image/png"})");
  EXPECT_EQ(Get("logotype").text, put.text);
  EXPECT_EQ(Post("coverphoto", R"({"content": "AAAA", "file_type": "image/jpeg"})").status, 200);
  EXPECT_EQ(Get("coverphoto").status, 405);
  EXPECT_EQ(Get("logotype").text, put.text);
  for (const char* name : {"logotype", "coverphoto"}) {
    EXPECT_EQ(Post(name, "{}").code(), "INVALID_PARAMETER");
    EXPECT_EQ(Post(name, R"({"content": "%"})").code(), "INVALID_PARAMETER");
    EXPECT_EQ(Post(name, R"({"content": "AAAA", "size": 1})").code(), "UNKNOWN_PARAMETER");
    EXPECT_EQ(Delete(name).status, 200);
    EXPECT_EQ(Delete(name).code(), "NOT_FOUND");
  }
}

}  // namespace
}  // namespace billing::sandbox
