#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

class RecipientsTest : public SandboxTest {
 protected:
  void SetUp() override { ASSERT_EQ(AddCustomer(), 1); }
};

constexpr char kMandate[] =
    R"({"customer_no": 1, "iban": "DE89370400440532013000", "signed_at": "2023-02-01 00:00:00"})";
constexpr char kMigration[] =
    R"({"customer_no": 1, "iban": "DE89 3704 0044 0532 0130 00", "signed_date": "2023-02-01",
        "amendment": {"sepa_creditor_identifier": "DE98ZZZ09999999999",
                      "unique_mandate_reference": "old-1"}})";

TEST_F(RecipientsTest, PaymentSourcesAreListed) {
  const Reply none = Get("payment_source", "customer_no=1");
  EXPECT_EQ(none.status, 204);
  EXPECT_EQ(none.text, "");
  const Reply created = Post("sepa_dd_mandate", kMandate);
  EXPECT_EQ(created.data().ToString(), R"({"customer_no": 1, "iban": "DE89370400440532013000", )"
                                       R"("signed_at": "2023-02-01T00:00:00.000000Z"})");
  const Json source = Get("payment_source", "customer_no=1").data().elements()[0];
  EXPECT_EQ(Field(source, "status"), "PENDING");
  EXPECT_EQ(Field(source, "scheme"), "SEPA_DIRECT_DEBIT");
  EXPECT_EQ(Field(source, "details:signed_at"), "2023-02-01T00:00:00");
  EXPECT_EQ(Field(source, "details:iban"), "DE89370400440532013000");
}

TEST_F(RecipientsTest, MandatesMigrate) {
  const Reply migrated = Post("sepa_dd_mandate/migrate", kMigration);
  ASSERT_EQ(migrated.status, 200) << migrated.text;
  EXPECT_EQ(Field(migrated.data(), "signed_date"), "2023-02-01");
  EXPECT_NE(Field(migrated.data(), "unique_mandate_reference"), "old-1");
  const Json source = Get("payment_source", "customer_no=1").data().elements()[0];
  EXPECT_EQ(Field(source, "details:reference"), Field(migrated.data(), "unique_mandate_reference"));
}

TEST_F(RecipientsTest, RefusesMandates) {
  struct Case {
    const char* from;
    const char* to;
    const char* field;
  };
  const Case kCases[] = {{R"("customer_no": 1, )", "", "customer_no"},
                         {R"("customer_no": 1)", R"("customer_no": 0)", "customer_no"},
                         {R"("customer_no": 1)", R"("customer_no": 9)", "customer_no"},
                         {"DE89370400440532013000", "DE88370400440532013000", "iban"},
                         {"DE89370400440532013000", "89", "iban"},
                         {"DE89370400440532013000", "", "iban"},
                         {"2023-02-01 00:00:00", "2023-02-01", "signed_at"},
                         {"2023-02-01 00:00:00", "2023-02-01T00:00:00", "signed_at"},
                         {"2023-02-01 00:00:00", "2023-02-30 00:00:00", "signed_at"}};
  for (const Case& one : kCases) {
    std::string body = kMandate;
    body.replace(body.find(one.from), std::string_view(one.from).size(), one.to);
    const Reply refused = Post("sepa_dd_mandate", body);
    EXPECT_EQ(refused.code(), "INVALID_PARAMETER") << body;
    EXPECT_EQ(Field(refused.data(), "field"), one.field) << body;
  }
  std::string body = kMigration;
  body.replace(body.find(R"("unique_mandate_reference": "old-1")"), 35, R"("x": 1)");
  EXPECT_EQ(Post("sepa_dd_mandate/migrate", body).code(), "UNKNOWN_PARAMETER");
  EXPECT_EQ(Post("sepa_dd_mandate/move", kMigration).code(), "NOT_FOUND");
  EXPECT_EQ(Get("sepa_dd_mandate").status, 405);

  EXPECT_EQ(Get("payment_source").code(), "MISSING_QUERY_PARAMETER");
  EXPECT_EQ(Get("payment_source", "customer_no=x").code(), "INVALID_QUERY_PARAMETER");
  EXPECT_EQ(Get("payment_source", "customer_no=0").code(), "INVALID_QUERY_PARAMETER");
  EXPECT_EQ(Get("payment_source", "customer_no=1&page=1").code(), "INVALID_QUERY_PARAMETER");
  EXPECT_EQ(Get("payment_source", "customer_no=9").code(), "NOT_FOUND");
}

TEST_F(RecipientsTest, EinvoiceInSweden) {
  EXPECT_EQ(Get("customer/1/einvoice").code(), "NOT_FOUND");
  const Reply created = Post("customer/1/einvoice", R"({"identifier": "198802276322.SBF.SE"})");
  EXPECT_EQ(created.data().ToString(),
            R"({"status": "registered", "registered_at": "2026-03-01T12:00:00+00:00", )"
            R"("regional_sweden": {"identifier": "198802276322.SBF.SE"}})");
  // The two answers name the same thing differently.
  EXPECT_EQ(Field(Get("customer/1/einvoice").data(), "regional_sweden"),
            R"({"fmi": "198802276322.SBF.SE"})");
  for (const char* good : {"198802276322.SB", "198802276322.SBFX", "198802276322.SBF.se"}) {
    EXPECT_EQ(
        Post("customer/1/einvoice", absl::StrCat(R"({"identifier": ")", good, R"("})")).status, 200)
        << good;
  }
  for (const char* bad : {"", "198802276322", "19880227632.SBF", "198802276322.S",
                          "198802276322.SBFXX", "198802276322.SBF.NO", "198802276322.SBF.SE.",
                          "198802276322.", "x98802276322.SBF", "198802276322.S1F"}) {
    EXPECT_EQ(Post("customer/1/einvoice", absl::StrCat(R"({"identifier": ")", bad, R"("})")).code(),
              "INVALID_PARAMETER")
        << bad;
  }
}

TEST_F(RecipientsTest, EinvoiceInItaly) {
  const Reply created = Post("customer/1/einvoice",
                             R"({"pec": "a@pec.example.com", "codice_destinatario": "0000000"})");
  EXPECT_EQ(Field(created.data(), "regional_italy:codice_destinatario"), "0000000");
  EXPECT_EQ(Get("customer/1/einvoice").text, created.text);
  EXPECT_EQ(
      Post("customer/1/einvoice", R"({"pec": "a@b.c", "identifier": "198802276322.SBF"})").code(),
      "INVALID_PARAMETER_COMBINATION");
  EXPECT_EQ(Post("customer/1/einvoice", "{}").code(), "INVALID_PARAMETER");
  EXPECT_EQ(Post("customer/9/einvoice", "{}").code(), "NOT_FOUND");
  EXPECT_EQ(Delete("customer/1/einvoice").status, 405);
}

TEST_F(RecipientsTest, SendingByEinvoiceMayNeedARegistration) {
  Control("POST", "features", R"({"einvoice_needs_registration": true})");
  const std::string id = AddBillogram();  // of a customer of its own
  const std::string customer = Field(Get("billogram/" + id).data(), "customer:customer_no");
  EXPECT_EQ(Command(id, "send", R"({"method": "Einvoice"})").code(), "INVALID_PARAMETER");
  Post(absl::StrCat("customer/", customer, "/einvoice"), R"({"identifier": "198802276322.SBF"})");
  EXPECT_EQ(Command(id, "send", R"({"method": "Einvoice"})").status, 200);
}

TEST_F(RecipientsTest, FollowTheCustomersNumber) {
  Post("sepa_dd_mandate", kMandate);
  Post("customer/1/einvoice", R"({"identifier": "198802276322.SBF"})");
  ASSERT_EQ(Put("customer/1", R"({"customer_no": 5})").status, 200);
  EXPECT_EQ(Get("payment_source", "customer_no=5").status, 200);
  EXPECT_EQ(Get("customer/5/einvoice").status, 200);
}

}  // namespace
}  // namespace billing::sandbox
