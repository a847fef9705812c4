#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/translate/request.h"
#include "tests/unit/gateway/translate/translate_testing.h"

// The REST calls that Billogram's services stand for and the answers they make of what the
// reference records. Expected texts come from the reference, sections 3 and 4.

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;
using ::testing::ElementsAre;
using testing::Fields;
using ::testing::IsEmpty;
using testing::Padded;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class ServicesTest : public ::testing::Test {
 protected:
  const Method& Find(const std::string& name) {
    const Method* method = methods_->Find("/billogram.v2." + name);
    EXPECT_NE(method, nullptr) << name;
    return *method;
  }

  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor* descriptor) {
    return std::unique_ptr<google::protobuf::Message>(factory_.GetPrototype(descriptor)->New());
  }

  bool Build(const std::string& name, const std::string& text) {
    const Method& method = Find(name);
    auto message = New(method.descriptor->input_type());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    return builder_.Build(method, "acme", testing::Tables::Serialize(*message), &request_);
  }

  // "POST /item {...}".
  std::string Call(const std::string& name, const std::string& text) {
    if (!Build(name, text)) {
      return "refused: " + ::testing::PrintToString(Fields(builder_.violations()));
    }
    std::string call(VerbName(Find(name).verb));
    call += " " + request_.target;
    if (request_.has_body) call += " " + request_.body;
    return call;
  }

  std::vector<std::string> ViolationsOf(const std::string& name, const std::string& text) {
    EXPECT_FALSE(Build(name, text)) << text;
    return Fields(builder_.violations());
  }

  // The response message in text format.
  std::string Answer(const std::string& name, const std::string& json) {
    const Method& method = Find(name);
    const Padded padded(json);
    const auto answer = to_wire_.TranslateAnswer(method.answer, padded.get());
    EXPECT_EQ(answer.verdict, JsonToWire::Answer::Verdict::kOk) << to_wire_.error();
    auto message = New(method.descriptor->output_type());
    EXPECT_TRUE(
        message->ParseFromArray(to_wire_.wire().data(), static_cast<int>(to_wire_.wire().size())));
    return message->ShortDebugString();
  }

  std::unique_ptr<MethodTable> methods_ = testing::BillogramMethods();
  google::protobuf::DynamicMessageFactory factory_;
  RequestBuilder builder_{64, [] { return std::string("made-key"); }};
  RestRequest request_;
  JsonToWire to_wire_;
};

TEST_F(ServicesTest, Items) {
  const std::string row = "title: 'T' price { value: '-1.50' } vat { value: '25' } unit: 'hour'";
  EXPECT_EQ(Call("ItemService/CreateItem", "item { " + row + " }"),
            R"(POST /item {"title":"T","price":-1.50,"vat":25,"unit":"hour"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_EQ(Call("ItemService/CreateItem", "item { item_no: 'a/1' " + row + " }"),
            R"(POST /item {"item_no":"a/1","title":"T","price":-1.50,"vat":25,"unit":"hour"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_DEDUPLICATED);
  EXPECT_EQ(Call("ItemService/GetItem", "item_no: 'a/1'"), "GET /item/a%2F1");
  EXPECT_EQ(Call("ItemService/UpdateItem",
                 "item_no: '7' item { title: 'N' } update_mask { paths: 'title' paths: 'vat' }"),
            R"(PUT /item/7 {"title":"N","vat":null})");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  EXPECT_EQ(Call("ItemService/UpdateItem",
                 "item_no: '7' item { item_no: '8' } update_mask { paths: 'item_no' }"),
            R"(PUT /item/7 {"item_no":"8"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_EQ(Call("ItemService/ExportItems", ""), "GET /item?page=1&page_size=100");
  EXPECT_THAT(ViolationsOf("ItemService/CreateItem",
                           "item { title: '' price { value: 'x' } vat { value: '100.001' } "
                           "description: '" +
                               std::string(201, 'd') + "' }"),
              UnorderedElementsAre("item.title", "item.price", "item.vat", "item.description",
                                   "item.unit"));
  EXPECT_THAT(
      ViolationsOf("ItemService/UpdateItem",
                   "item_no: '7' item {} update_mask { paths: 'item_no' paths: 'bookkeeping' }"),
      UnorderedElementsAre("item.item_no", "item.bookkeeping"));
}

// What the reference bounds, sections 3 and 4.
TEST_F(ServicesTest, ValuesBeyondWhatIsDocumentedAreRefused) {
  struct Case {
    const char* method;
    std::string request;
    const char* field;
    std::vector<std::string> taken;
    std::vector<std::string> refused;
  };
  const std::string billogram =
      "billogram { customer { customer_no: 1 } items { count { value: '1' } } ";
  const std::string item =
      "item { title: 'T' price { value: '1' } vat { value: '25' } unit: 'hour' item_no: ";
  const Case cases[] = {
      {"BillogramService/CreateBillogram",
       billogram + "invoice_fee { value: $ } }",
       "billogram.invoice_fee",
       {"'0'", "'29.5'"},
       {"'-0.01'"}},
      {"BillogramService/CreateBillogram",
       billogram + "reminder_fee { value: $ } }",
       "billogram.reminder_fee",
       {"'0'", "'60'"},
       {"'-1'"}},
      {"BillogramService/CreateBillogram",
       billogram + "interest_rate { value: $ } }",
       "billogram.interest_rate",
       {"'0'", "'8.5'"},
       {"'-8.5'"}},
      {"BillogramService/CreateBillogram",
       billogram + "due_days: $ }",
       "billogram.due_days",
       {"0", "30"},
       {"-1"}},
      {"BillogramService/CreateBillogram",
       billogram + "currency: $ }",
       "billogram.currency",
       {"'SEK'", "'EUR'"},
       {"'sek'", "'SEKK'", "'kr'", "''", "'SE1'"}},
      {"BillogramService/CreateBillogram",
       billogram + "callbacks { url: $ } }",
       "billogram.callbacks.url",
       {"'https://hooks.example/x'", "'HTTPS://hooks.example'"},
       {"'http://hooks.example/x'", "'http://127.0.0.1:1/'", "'https://'", "'hooks.example'",
        "'ftp://https://x'"}},
      {"BillogramService/CreateBillogram",
       "billogram { customer { customer_no: 1 address { country: $ } } items { count { value: '1' "
       "} } }",
       "billogram.customer.address.country",
       {"'SE'", "''"},
       {"'Sweden'", "'S1'"}},
      {"BillogramService/GetBillogramPdf",
       "id: 'abc1234' invoice_no: $",
       "invoice_no",
       {"1", "12345678901"},
       {"0", "-1"}},
      {"CommandService/Resend",
       "id: 'abc1234' method: $",
       "method",
       {"DELIVERY_METHOD_EMAIL", "DELIVERY_METHOD_SMS", "DELIVERY_METHOD_LETTER",
        "DELIVERY_METHOD_UNSPECIFIED"},
       {"DELIVERY_METHOD_EDI", "DELIVERY_METHOD_EMAIL_LETTER", "DELIVERY_METHOD_DO_NOT_NOTIFY"}},
      {"CommandService/Remind",
       "id: 'abc1234' method: $",
       "method",
       {"DELIVERY_METHOD_LETTER"},
       {"DELIVERY_METHOD_EDI", "DELIVERY_METHOD_EINVOICE"}},
      {"ItemService/CreateItem",
       item + "$ }",
       "item.item_no",
       {"'1'", "'999999999'", "'0000000000007'", "'A1234567890'", "'1234567890-x'"},
       {"'1000000000'", "'9999999999'", "'00012345678901'", "''"}},
      {"CustomerService/CreateCustomer",
       "customer { name: 'N' language: $ }",
       "customer.language",
       {"'sv'", "''"},
       {"'swe'", "'s'", "'1a'"}},
      {"OfferService/ListOffers",
       "type: OFFER_TYPE_BANNER filter { type: $ field: 'title' value: 'x' }",
       "filter.type",
       {"FILTER_TYPE_FIELD", "FILTER_TYPE_FIELD_SEARCH"},
       {"FILTER_TYPE_SPECIAL"}},
      {"SettingsService/UpdateSettings",
       "settings { bookkeeping { financial_year_start: $ } } "
       "update_mask { paths: 'bookkeeping.financial_year_start' }",
       "settings.bookkeeping.financial_year_start",
       {"'2026-01'", "''"},
       {"'2026'", "'2026-13'"}},
  };
  for (const Case& c : cases) {
    const auto with = [&](const std::string& value) {
      std::string text = c.request;
      return text.replace(text.find('$'), 1, value);
    };
    for (const std::string& value : c.taken) {
      EXPECT_TRUE(Build(c.method, with(value)))
          << with(value) << ::testing::PrintToString(Fields(builder_.violations()));
    }
    for (const std::string& value : c.refused) {
      EXPECT_THAT(ViolationsOf(c.method, with(value)), ElementsAre(c.field)) << with(value);
    }
  }
}

TEST_F(ServicesTest, AGroupOfWhichOneIsNeededIsNamedWhole) {
  EXPECT_THAT(ViolationsOf("CustomerService/CreateEinvoiceRegistration", "customer_no: 1"),
              ElementsAre("identifier"));
  EXPECT_EQ(builder_.violations()[0].description,
            "is required unless pec or codice_destinatario is set");
}

TEST_F(ServicesTest, Offers) {
  EXPECT_EQ(Call("OfferService/ListOffers", "type: OFFER_TYPE_BANNER"),
            "GET /offer?type=banner&page=1&page_size=25");
  EXPECT_THAT(ViolationsOf("OfferService/ListOffers", ""), ElementsAre("type"));
  EXPECT_EQ(
      Call("OfferService/CreateOffer",
           "offer { offer_id: 'A1' type: OFFER_TYPE_BANNER title: 't' text: 'x' "
           "info_link: 'https://a.test' media { picture: 'p' picture_type: 'image/png' } }"),
      R"(POST /offer {"offer_id":"A1","type":"banner","title":"t","text":"x",)"
      R"("info_link":"https://a.test","media":{"picture":"cA==","picture_type":"image/png"}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_DEDUPLICATED);
  EXPECT_THAT(
      ViolationsOf("OfferService/CreateOffer",
                   "offer { offer_id: 'a-b' type: OFFER_TYPE_BANNER title: 't' "
                   "info_link: 'ftp://a' }"),
      UnorderedElementsAre("offer.offer_id", "offer.text", "offer.info_link", "offer.media"));
  EXPECT_THAT(ViolationsOf("OfferService/CreateOffer",
                           "offer { offer_id: 'a' type: OFFER_TYPE_BANNER title: 't' text: 'x' "
                           "media { picture: 'p' } }"),
              ElementsAre("offer.info_link"));
  EXPECT_THAT(ViolationsOf("OfferService/UpdateOffer",
                           "offer_id: 'a' offer { type: OFFER_TYPE_SALE } "
                           "update_mask { paths: 'type' }"),
              ElementsAre("update_mask"));
}

TEST_F(ServicesTest, EveryCommandSendsWhatStandsRaw) {
  int commands = 0;
  for (const auto& method : methods_->methods()) {
    const std::string name = method->full_name.substr(sizeof "/billogram.v2." - 1);
    if (name.find("CommandService/") != 0) continue;
    ++commands;
    std::string text = "id: 'a' ";
    for (const FieldTable& field : method->request->fields) {
      // What else it needs, of whatever kind, may be said raw as well.
      if (!field.required || field.proto_name == "id") continue;
      text += "unmapped { key: '" + field.json_name + "' value: '1' } ";
    }
    for (const auto& rule : method->request->at_least_one) {
      text += "unmapped { key: '" + method->request->fields[rule[0]].json_name + "' value: '1' } ";
    }
    const std::string call = Call(name, text + "unmapped { key: 'zz' value: '[1]' }");
    EXPECT_THAT(call, ::testing::HasSubstr(R"("zz":[1])")) << name;
    EXPECT_THAT(Call(name, text + "unmapped { key: 'zz' value: '{' }"),
                ::testing::StartsWith("refused"))
        << name;
  }
  EXPECT_EQ(commands, 18);
}

TEST_F(ServicesTest, BillingTabs) {
  const std::string id = "8d2c1d9e-0000-4000-8000-0000000000aF";
  EXPECT_EQ(Call("BillingTabService/AddBillingTabItem",
                 "customer_no: 12 billogram_item { title: 'T' count { value: '2.50' } }"),
            R"(POST /customer/12/billing-tab/items {"billogram_item":{"count":2.50,"title":"T"}})");
  EXPECT_THAT(request_.headers, ElementsAre(Pair("X-API-Deduplication-ID", "made-key")));
  // The caller's next call will have another key, and add the item once more.
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  ASSERT_TRUE(
      Build("BillingTabService/AddBillingTabItem",
            "customer_no: 12 deduplication_id: 'k' billogram_item { count { value: '1' } }"));
  EXPECT_THAT(request_.headers, ElementsAre(Pair("X-API-Deduplication-ID", "k")));
  EXPECT_EQ(request_.safety, v1::SAFETY_DEDUPLICATED);
  EXPECT_THAT(ViolationsOf("BillingTabService/AddBillingTabItem",
                           "customer_no: 0 deduplication_id: '" + std::string(37, 'k') + "'"),
              UnorderedElementsAre("customer_no", "deduplication_id", "billogram_item"));

  EXPECT_EQ(Call("BillingTabService/GetCurrentBillingTab", "customer_no: 12"),
            "GET /customer/12/billing-tab");
  EXPECT_EQ(Call("BillingTabService/GetBillingTab", "customer_no: 12 id: '" + id + "'"),
            "GET /customer/12/billing-tab/" + id);
  EXPECT_EQ(Call("BillingTabService/DeleteBillingTabItem", "customer_no: 12 id: '" + id + "'"),
            "DELETE /customer/12/billing-tab/item/" + id);
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  for (const char* bad : {"", "settings", "8d2c1d9e", "8d2c1d9e-0000-4000-8000-0000000000ag"}) {
    EXPECT_THAT(ViolationsOf("BillingTabService/DeleteBillingTab",
                             std::string("customer_no: 12 id: '") + bad + "'"),
                ElementsAre("id"));
  }
  EXPECT_EQ(
      Answer("BillingTabService/GetBillingTab",
             R"({"status":"OK","data":{"customer":{"customer_number":"1"},)"
             R"("billing_tab":{"id":"x","billing_date":"2026-02-28"},"items":[{"item_id":"i",)"
             R"("created_at":"2025-09-12T09:20:54.272739Z","billogram_item":{"unit":"-"}}]}})"),
      "customer { customer_number: 1 } "
      "billing_tab { id: \"x\" billing_date { year: 2026 month: 2 day: 28 } } "
      "items { item_id: \"i\" created_at { seconds: 1757668854 nanos: 272739000 } "
      "billogram_item { unit: \"-\" } }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
}

TEST_F(ServicesTest, BillingTabSettings) {
  const std::string create = "BillingTabService/CreateBillingTabSettings";
  const std::string path = "/customer/12/billing-tab/settings ";
  EXPECT_EQ(
      Call(create,
           "customer_no: 12 billing_tab_settings { billing_frequency: 'monthly#31' "
           "delivery_method: DELIVERY_METHOD_EMAIL_LETTER }"),
      "POST " + path + R"({"billing_frequency":"monthly#31","delivery_method":"Email+Letter"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  EXPECT_EQ(Call(create,
                 "customer_no: 12 billing_tab_settings { "
                 "unmapped { key: 'delivery_method' value: 'null' } }"),
            "POST " + path + R"({"delivery_method":null})");
  EXPECT_THAT(ViolationsOf(create, "customer_no: 12 billing_tab_settings { }"),
              ElementsAre("billing_tab_settings.billing_frequency"));
  for (const char* good : {"daily", "weekly#1", "weekly#7", "weekly#Monday", "monthly#1"}) {
    EXPECT_TRUE(Build(create, std::string("customer_no: 1 billing_tab_settings { "
                                          "billing_frequency: '") +
                                  good + "' }"))
        << good;
  }
  for (const char* bad : {"", "Daily", "weekly#0", "weekly#8", "weekly", "monthly#0", "monthly#32",
                          "monthly#011", "daily "}) {
    EXPECT_FALSE(Build(create, std::string("customer_no: 1 billing_tab_settings { "
                                           "billing_frequency: '") +
                                   bad + "' }"))
        << bad;
  }
  EXPECT_EQ(
      Call("BillingTabService/UpdateBillingTabSettings",
           "customer_no: 12 billing_tab_settings {} update_mask { paths: 'billing_frequency' }"),
      "PUT " + path + R"({"billing_frequency":null})");
}

TEST_F(ServicesTest, PaymentSources) {
  EXPECT_EQ(Call("PaymentSourceService/ListPaymentSources", "customer_no: 12"),
            "GET /payment_source?customer_no=12");
  EXPECT_THAT(ViolationsOf("PaymentSourceService/ListPaymentSources", ""),
              ElementsAre("customer_no"));
  EXPECT_EQ(Answer("PaymentSourceService/ListPaymentSources",
                   R"({"status":"OK","data":[{"id":"p","status":"PENDING",)"
                   R"("scheme":"SEPA_DIRECT_DEBIT","details":{"reference":"r","iban":"i",)"
                   R"("signed_at":"2023-02-01T00:00:00"}}]})"),
            "payment_sources { id: \"p\" status: \"PENDING\" scheme: \"SEPA_DIRECT_DEBIT\" "
            "details { reference: \"r\" iban: \"i\" signed_at { seconds: 1675209600 } } }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
  EXPECT_EQ(
      Call("PaymentSourceService/CreateSepaMandate",
           "sepa_mandate { customer_no: 12 iban: 'I' signed_at { seconds: 1675209600 } }"),
      R"(POST /sepa_dd_mandate {"customer_no":12,"iban":"I","signed_at":"2023-02-01 00:00:00"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_THAT(ViolationsOf("PaymentSourceService/CreateSepaMandate",
                           "sepa_mandate { customer_no: 0 signed_at { nanos: 1 } }"),
              UnorderedElementsAre("sepa_mandate.customer_no", "sepa_mandate.iban",
                                   "sepa_mandate.signed_at"));
  EXPECT_EQ(Call("PaymentSourceService/MigrateSepaMandate",
                 "customer_no: 12 iban: 'I' signed_date { year: 2023 month: 2 day: 1 } "
                 "amendment { sepa_creditor_identifier: 'c' unique_mandate_reference: 'u' }"),
            R"(POST /sepa_dd_mandate/migrate {"customer_no":12,"iban":"I",)"
            R"("signed_date":"2023-02-01","amendment":{"sepa_creditor_identifier":"c",)"
            R"("unique_mandate_reference":"u"}})");
  EXPECT_THAT(ViolationsOf("PaymentSourceService/MigrateSepaMandate", "amendment { }"),
              UnorderedElementsAre("customer_no", "iban", "signed_date",
                                   "amendment.sepa_creditor_identifier",
                                   "amendment.unique_mandate_reference"));
}

TEST_F(ServicesTest, Settings) {
  const std::string update = "SettingsService/UpdateSettings";
  EXPECT_EQ(Call("SettingsService/GetSettings", ""), "GET /settings");
  EXPECT_EQ(Call(update,
                 "settings { contact { www: 'w' } invoices { default_reminder_fee "
                 "{ value: '60.0' } } } "
                 "update_mask { paths: 'contact.www' paths: "
                 "'invoices.default_reminder_fee' }"),
            R"(PUT /settings {"contact":{"www":"w"},"invoices":{"default_reminder_fee":60.0}})");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  for (const char* unsafe :
       {"settings { name: 'n' } update_mask { paths: 'name' }",
        "settings { payment { bankgiro: '1' } } update_mask { paths: 'payment' }",
        "settings {} update_mask { paths: 'payment.international_bank_account.iban' }"}) {
    ASSERT_TRUE(Build(update, unsafe)) << unsafe;
    EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE) << unsafe;
  }
  EXPECT_THAT(ViolationsOf(update, "settings {} update_mask { paths: 'payment' paths: 'tax' }"),
              UnorderedElementsAre("settings.payment", "settings.tax"));
}

TEST_F(ServicesTest, ReportsAndPictures) {
  EXPECT_EQ(Call("ReportService/GetReport", "filename: 'a b/c.si'"), "GET /report/a%20b%2Fc.si");
  EXPECT_EQ(Call("BillogramService/GetBillogramPdf", "id: 'W3fsFXgk' invoice_no: 7 letter_id: 'l'"),
            "GET /billogram/W3fsFXgk.pdf?invoice_no=7&letter_id=l");
  EXPECT_EQ(Call("BillogramService/GetBillogramAttachment", "id: 'W3fsFXgk'"),
            "GET /billogram/W3fsFXgk/attachment.pdf");
  EXPECT_EQ(Call("BrandingService/UploadLogotype", "content: 'p' file_type: 'image/png'"),
            R"(POST /logotype {"content":"cA==","file_type":"image/png"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
  EXPECT_THAT(ViolationsOf("BrandingService/UploadCoverPhoto", ""), ElementsAre("content"));
  EXPECT_EQ(Call("BrandingService/DeleteCoverPhoto", ""), "DELETE /coverphoto");
  EXPECT_EQ(Answer("BrandingService/GetLogotype",
                   R"({"status":"OK","data":{"content":"cA==","file_type":"image/png"}})"),
            "content: \"p\" file_type: \"image/png\"");
}

TEST_F(ServicesTest, EinvoiceRegistrations) {
  const std::string create = "CustomerService/CreateEinvoiceRegistration";
  EXPECT_EQ(Call(create, "customer_no: 12 identifier: '198802276322.SBF.SE'"),
            R"(POST /customer/12/einvoice {"identifier":"198802276322.SBF.SE"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_EQ(Call(create, "customer_no: 12 pec: 'p' codice_destinatario: 'c'"),
            R"(POST /customer/12/einvoice {"pec":"p","codice_destinatario":"c"})");
  EXPECT_THAT(ViolationsOf(create, "customer_no: 12"), ElementsAre("identifier"));
  EXPECT_THAT(ViolationsOf(create, "customer_no: 12 identifier: '198802276322.SBF' pec: 'p'"),
              ElementsAre("identifier", "pec"));
  EXPECT_THAT(ViolationsOf(create, "customer_no: 12 identifier: '19880227-6322.SBF'"),
              ElementsAre("identifier"));
  EXPECT_EQ(Answer("CustomerService/GetEinvoiceRegistration",
                   R"({"status":"OK","data":{"status":"registered","registered_at":)"
                   R"("2025-09-12T09:20:54.272739+00:00","regional_sweden":{"fmi":"f"}}})"),
            "status: \"registered\" registered_at { seconds: 1757668854 nanos: 272739000 } "
            "regional_sweden { fmi: \"f\" }");
  EXPECT_THAT(to_wire_.drift(), IsEmpty());
}

TEST_F(ServicesTest, LimitsOfBillogramsAndCommands) {
  EXPECT_THAT(
      ViolationsOf("BillogramService/CreateBillogram",
                   "billogram { customer { customer_no: 0 } creditor_unique_value: '" +
                       std::string(41, 'v') +
                       "' due_days: 3 due_date { year: 2026 month: 1 day: 5 } info { message: '" +
                       std::string(351, 'm') + "' } items { vat { value: '101' } title: '" +
                       std::string(101, 't') + "' } }"),
      UnorderedElementsAre("billogram.customer.customer_no", "billogram.creditor_unique_value",
                           "billogram.due_days", "billogram.due_date", "billogram.info.message",
                           "billogram.items[0].vat", "billogram.items[0].title",
                           "billogram.items[0].count"));
  EXPECT_THAT(ViolationsOf("CommandService/Payment", "id: 'a' amount { value: '0.00' }"),
              ElementsAre("amount"));
  EXPECT_THAT(ViolationsOf("CommandService/CreditAllocate", "id: 'a' amount { value: '-1' }"),
              UnorderedElementsAre("amount", "source_id"));
  EXPECT_THAT(
      ViolationsOf("CommandService/CreditPayment", "id: 'a' mode: CREDIT_PAYMENT_MODE_AMOUNT"),
      ElementsAre("amount"));
  EXPECT_THAT(ViolationsOf("CommandService/CreditPayment",
                           "id: 'a' mode: CREDIT_PAYMENT_MODE_REMAINING amount { value: '1' }"),
              ElementsAre("amount"));
  EXPECT_THAT(ViolationsOf("CommandService/Credit",
                           "id: 'a' mode: CREDIT_MODE_FULL amount { value: '1' } "
                           "items { count { value: '-1' } }"),
              UnorderedElementsAre("amount", "items"));
  EXPECT_THAT(ViolationsOf("CommandService/Credit",
                           "id: 'a' mode: CREDIT_MODE_ITEMS items { count { value: '-1' } } "
                           "items { count { value: '1' } }"),
              ElementsAre("items[1].count"));
}

}  // namespace
}  // namespace billing::gateway::translate
