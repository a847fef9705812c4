#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using ResourcesTest = SandboxTest;

TEST_F(ResourcesTest, EveryDocumentedBillogramFieldIsThere) {
  const Json billogram = Get("billogram/" + AddSent()).data();
  // The reference, 4.1 and 4.4, without what is write-only.
  for (const char* name : {"id",
                           "invoice_no",
                           "ocr_number",
                           "creditor_unique_value",
                           "customer",
                           "items",
                           "invoice_date",
                           "due_date",
                           "due_days",
                           "reminder_due_days",
                           "respite_date",
                           "invoice_fee",
                           "invoice_fee_vat",
                           "reminder_fee",
                           "interest_rate",
                           "interest_fee",
                           "currency",
                           "info",
                           "regional_sweden",
                           "delivery_method",
                           "state",
                           "url",
                           "recipient_url",
                           "recipient_overview_url",
                           "flags",
                           "events",
                           "remaining_sum",
                           "total_sum",
                           "rounding_value",
                           "automatic_reminders",
                           "automatic_reminders_settings",
                           "reminder_count",
                           "created_at",
                           "attested_at",
                           "updated_at",
                           "callbacks",
                           "detailed_sums",
                           "attachment",
                           "reference_invoice_no",
                           "reversed_vat",
                           "reversed_vat_reason",
                           "reversed_vat_reason_reference",
                           "automatic_collection",
                           "contract",
                           "self_billing_invoice",
                           "offer_invoice_info",
                           "dunning",
                           "pdf",
                           "offers"}) {
    EXPECT_NE(billogram.Find(name), nullptr) << name;
  }
  for (const char* name : {"credited_sum", "net_sum", "gross_sum", "invoice_fee_vat", "paid_sum",
                           "interest_fee", "vat_sum", "reminder_fee", "invoice_fee", "rounding",
                           "collector_paid_sum", "remaining_sum", "regional_sweden"}) {
    EXPECT_NE(billogram.Find("detailed_sums")->Find(name), nullptr) << name;
  }
  for (const char* name : {"on_success", "return_data", "attachment_content"}) {
    EXPECT_EQ(billogram.Find(name), nullptr) << name;
  }
}

TEST_F(ResourcesTest, WhatIsReadCanBeWrittenBack) {
  for (const std::string& id : {AddBillogram(), AddSent()}) {
    const Json before = Get("billogram/" + id).data();
    const Reply after = Put("billogram/" + id, before.ToString());
    ASSERT_EQ(after.status, 200) << after.text;
    EXPECT_EQ(after.data(), before);
  }
  const Json customer = Get("customer/1").data();
  ASSERT_EQ(Put("customer/1", customer.ToString()).status, 200);
}

TEST_F(ResourcesTest, CompactAnswer) {
  const std::string id = AddBillogram();
  const Json compact = Put("billogram/" + id, R"({"return_data": "compact"})").data();
  EXPECT_EQ(compact.Find("items"), nullptr);
  EXPECT_EQ(Field(compact, "customer:email"), "a@example.com");
}

TEST_F(ResourcesTest, UpdateMergesSubStructures) {
  const std::string id = AddBillogram(
      R"("info": {"order_no": "1", "message": "m"}, "due_days": 10, "creditor_unique_value": "u")");
  const Json changed =
      Put("billogram/" + id, R"({"info": {"message": "new"}, "customer": null, "due_days": null,
          "creditor_unique_value": null, "contract": null})")
          .data();
  EXPECT_EQ(Field(changed, "info:order_no"), "1");
  EXPECT_EQ(Field(changed, "info:message"), "new");
  EXPECT_EQ(Field(changed, "customer:name"), "A Customer");
  EXPECT_EQ(Field(changed, "due_days"), "30");  // the default
  EXPECT_EQ(Field(changed, "due_date"), "2026-03-31");
  EXPECT_EQ(Field(changed, "creditor_unique_value"), "null");
  AddBillogram(R"("creditor_unique_value": "u")");
}

TEST_F(ResourcesTest, RemindersSwitchThemselvesOn) {
  const std::string id = AddBillogram(R"("automatic_reminders_settings": [{"delay_days": 5}])");
  const Json on = Get("billogram/" + id).data();
  EXPECT_EQ(Field(on, "automatic_reminders"), "true");
  EXPECT_EQ(Field(on, "automatic_reminders_settings"),
            R"([{"delay_days": 5, "message": null, "type": "STANDARD"}])");
  const Json off = Put("billogram/" + id, R"({"automatic_reminders_settings": []})").data();
  EXPECT_EQ(Field(off, "automatic_reminders"), "false");
}

TEST_F(ResourcesTest, ChangedItemsOfASentBillogramMakeInvoices) {
  const std::string id = AddSent();
  const auto price = [](int amount) {
    return absl::StrCat(R"({"items": [{"title": "Thing", "count": 1, "price": )", amount,
                        R"(, "vat": 25, "unit": "unit"}]})");
  };
  EXPECT_EQ(Field(Put("billogram/" + id, price(160)).data(), "remaining_sum"), "200");
  EXPECT_EQ(Field(Put("billogram/" + id, price(40)).data(), "remaining_sum"), "50");
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent,InvoiceSent,Credit");
  Command(id, "payment", R"({"amount": 50})");
  EXPECT_EQ(Put("billogram/" + id, price(10)).code(), "INVALID_OBJECT_STATE");
}

TEST_F(ResourcesTest, InvoiceDateTakesADateTime) {
  const std::string id = AddBillogram(R"("invoice_date": "2026-02-27T10:00:00Z")");
  const Json billogram = Get("billogram/" + id).data();
  EXPECT_EQ(Field(billogram, "invoice_date"), "2026-02-27");
  EXPECT_EQ(Field(billogram, "due_date"), "2026-03-29");
}

TEST_F(ResourcesTest, CustomersAreNumbered) {
  const auto number = [this](const char* body) {
    return Field(Post("customer", body).data(), "customer_no");
  };
  EXPECT_EQ(number(R"({"name": "a"})"), "1");
  EXPECT_EQ(number(R"({"name": "b", "customer_no": 2})"), "2");
  EXPECT_EQ(number(R"({"name": "c"})"), "3");
  const Reply taken = Post("customer", R"({"name": "d", "customer_no": 2})");
  EXPECT_EQ(
      taken.text,
      R"({"status": "INVALID_PARAMETER", "data": {"message": "Customer with same customer_no )"
      R"(already exists", "field": "customer_no", "field_path": null}})");
  EXPECT_EQ(Post("customer", R"({"name": "d", "customer_no": null})").code(), "INVALID_PARAMETER");
}

TEST_F(ResourcesTest, CustomerUpdates) {
  const std::string path = absl::StrCat("customer/", AddCustomer());
  EXPECT_EQ(Field(Get(path).data(), "updated_at"), "null");
  const Json changed = Put(path, R"({"contact": {"email": "b@example.com"}, "notes": "n",
                                     "address": null})")
                           .data();
  EXPECT_EQ(Field(changed, "contact:email"), "b@example.com");
  EXPECT_EQ(Field(changed, "contact:phone"), "0700000000");
  EXPECT_EQ(Field(changed, "address:city"), "Town");
  EXPECT_EQ(Field(changed, "updated_at"), "2026-03-01 12:00:00");
  EXPECT_EQ(Field(Put(path, R"({"notes": null})").data(), "notes"), "null");
  EXPECT_EQ(Field(Put(path, R"({"customer_no": 500})").data(), "customer_no"), "500");
  EXPECT_EQ(Get(path).code(), "NOT_FOUND");
  EXPECT_EQ(Get("customer/500").status, 200);
}

TEST_F(ResourcesTest, CustomerRefusals) {
  AddCustomer();
  struct Case {
    const char* body;
    const char* code;
    const char* field;
  };
  const Case kCases[] = {
      {"{}", "INVALID_PARAMETER", "name"},
      {R"({"name": ""})", "INVALID_PARAMETER", "name"},
      {R"({"name": null})", "INVALID_PARAMETER", "name"},
      {R"({"name": "a", "customer_no": 0})", "INVALID_PARAMETER", "customer_no"},
      {R"({"name": "a", "customer_no": "7"})", "INVALID_PARAMETER", "customer_no"},
      {R"({"name": "a", "company_type": "guild"})", "INVALID_PARAMETER", "company_type"},
      {R"({"name": "a", "org_no": "x"})", "INVALID_PARAMETER", "org_no"},
      {R"({"name": "a", "language": "swedish"})", "INVALID_PARAMETER", "language"},
      {R"({"name": "a", "language": "xx"})", "INVALID_PARAMETER", "language"},
      {R"({"name": "a", "language": "v "})", "INVALID_PARAMETER", "language"},
      {R"({"name": "a", "language": "SV"})", "INVALID_PARAMETER", "language"},
      {R"({"name": "a", "contact": {"email": "nowhere"}})", "INVALID_PARAMETER", "email"},
      {R"({"name": "a", "address": {"country": "Sweden"}})", "INVALID_PARAMETER", "country"},
      {R"({"name": "a", "address": {"street_address": "x"}})", "UNKNOWN_PARAMETER",
       "street_address"},
      {R"({"name": "a", "created_at": "2020-01-01"})", "READ_ONLY_PARAMETER", "created_at"},
  };
  for (const Case& one : kCases) {
    const Reply refused = Post("customer", one.body);
    EXPECT_EQ(refused.code(), one.code) << one.body;
    EXPECT_EQ(Field(refused.data(), "field"), one.field) << one.body;
  }
  EXPECT_EQ(Post("customer", absl::StrCat(R"({"name": ")", std::string(101, 'x'), R"("})")).code(),
            "INVALID_PARAMETER");
  for (const char* language : {"sv", "aa", "zu", "fi", ""}) {
    EXPECT_EQ(
        Post("customer", absl::StrCat(R"({"name": "a", "language": ")", language, R"("})")).status,
        200)
        << language;
  }
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\xC3\xA5";
  EXPECT_EQ(Post("customer", absl::StrCat(R"({"name": ")", hundred, R"("})")).status, 200);
  EXPECT_EQ(
      Post("customer", R"({"name": "a", "org_no": "DE-7", "company_type": "foreign business"})")
          .status,
      200);
}

}  // namespace
}  // namespace billing::sandbox
