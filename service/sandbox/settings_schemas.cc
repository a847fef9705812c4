#include "service/sandbox/field_checks.h"
#include "service/sandbox/resources.h"
#include "service/sandbox/schema_fields.h"

namespace billing::sandbox {

// NOLINTNEXTLINE(google-build-using-namespace): the vocabulary of the tables below.
using namespace fields;

namespace {

// Empty values of settings are empty strings.
Field Plain(std::string_view name, std::string_view default_value = "\"\"") {
  return WithDefault(Text(name), default_value);
}
Field Amount(std::string_view name, std::string_view default_value = "null") {
  return WithDefault(Checked(Money(name), CheckNotNegative), default_value);
}
Field Switch(std::string_view name, bool value) {
  return WithDefault(Flag(name), value ? "true" : "false");
}

// The fields of every address; `more` ones stand first.
Schema AddressWith(std::vector<Field> more) {
  for (const char* name : {"street_address", "careof", "zipcode", "city", "province"}) {
    more.push_back(Plain(name));
  }
  more.push_back(WithDefault(Text("country", 2, CheckCountry), "\"\""));
  return {std::move(more)};
}

const Schema& PaymentSchema() {
  static const Schema kDomestic{{Plain("account_no"), Plain("clearing_no")}};
  static const Schema kInternational{
      {Plain("bank"), WithDefault(Text("iban", 50), "\"\""), Plain("bic"), Plain("swift")}};
  static const Schema kSchema{{Plain("bankgiro"), Plain("plusgiro"),
                               Part("domestic_bank_account", kDomestic),
                               Part("international_bank_account", kInternational)}};
  return kSchema;
}

// The accounts of the Swedish BAS plan, as examples show them.
const Schema& SettingsBookkeepingSchema() {
  static const Schema kSweden{{Plain("rotavdrag_account", "\"1513\"")}};
  static const Schema kSchema{
      {Plain("income_account_for_vat_25", "\"3001\""),
       Plain("income_account_for_vat_12", "\"3002\""),
       Plain("income_account_for_vat_6", "\"3003\""),
       Plain("income_account_for_vat_0", "\"3004\""),
       Plain("reversed_vat_account", "\"3231\""),
       Plain("vat_account_for_vat_25", "\"2611\""),
       Plain("vat_account_for_vat_12", "\"2621\""),
       Plain("vat_account_for_vat_6", "\"2631\""),
       Plain("account_receivable_account", "\"1510\""),
       Plain("client_funds_account", "\"1940\""),
       Plain("banking_account", "\"1930\""),
       Plain("interest_fee_account", "\"8313\""),
       Plain("reminder_fee_account", "\"3591\""),
       Plain("rounding_account", "\"3740\""),
       Plain("factoring_receivable_account", "\"1687\""),
       Plain("non_allocated_account", "\"2999\""),
       Plain("income_payout_account", "\"1690\""),
       Plain("written_down_receivables_account", "\"1515\""),
       Plain("expected_loss_account", "\"6352\""),
       Plain("debt_collection_funds_account", "\"1518\""),
       Plain("liabilities_customers_account", "\"2490\""),
       Plain("sie_serie"),
       Plain("sie_continuous_numbering", "\"monthly\""),
       Checked(Plain("financial_year_start", "\"2026-01\""), CheckYearStart),
       WithDefault(Integer("financial_year_months", 1, 24), "12"),
       Part("regional_sweden", kSweden)}};
  return kSchema;
}

const Schema& SettingsInvoicesSchema() {
  static const Schema kReminder{
      {Required(Checked(Identifier("delay_days"), CheckDelayDays)), Plain("message")}};
  static const Schema kWithoutFee{{Required(Checked(Identifier("delay_days"), CheckDelayDays))}};
  static const Schema kWriteoff{{Text("settings"), Amount("amount")}};
  static const Schema kCollection{{Integer("delay_days", 0, 3650), Amount("amount")}};
  static const Schema kPdf{{Plain("template", "\"unified\"")}};
  static const Schema kSchema{
      {Plain("default_message"), Amount("default_interest_rate", "8.5"),
       Amount("default_reminder_fee", "60"), Amount("default_invoice_fee", "0"),
       Parts("automatic_reminders", kReminder), Parts("reminders_without_fee", kWithoutFee),
       Amount("automatic_reminders_minimum_principal_sum"), Part("automatic_writeoff", kWriteoff),
       Part("automatic_collection", kCollection), Switch("show_item_gross_prices", false),
       Switch("show_new_account_notice", false),
       Switch("use_automatic_reminders_partly_paid", true), Part("pdf", kPdf)}};
  return kSchema;
}

}  // namespace

const Schema& SettingsSchema() {
  static const Schema kContact{{Plain("name"), WithDefault(Text("email", 200, CheckEmail), "\"\""),
                                Plain("phone"), Plain("www")}};
  static const Schema kAddress = AddressWith({});
  static const Schema kNamed = AddressWith({Plain("name")});
  static const Schema kMailed = AddressWith({WithDefault(Text("email", 200, CheckEmail), "\"\"")});
  static const Schema kTax{{Switch("is_vat_registered", true), Switch("has_fskatt", true),
                            Plain("vat_no", "\"SE556677889901\"")}};
  static const Schema kSchema{
      {WithDefault(NotNull(Text("name", 100, CheckNotEmpty)), "\"A Creditor\""),
       Plain("org_no", "\"556677-8899\""), Plain("company_id"),
       WithDefault(Text("registration_email", 200, CheckEmail), "\"\""), Part("contact", kContact),
       Part("address", kAddress), Part("invoice_address", kMailed),
       Part("registered_office_address", kNamed), Part("return_address", kNamed),
       Part("visiting_address", kAddress), Part("payment", PaymentSchema()), Part("tax", kTax),
       Part("bookkeeping", SettingsBookkeepingSchema()),
       Part("invoices", SettingsInvoicesSchema())}};
  return kSchema;
}

}  // namespace billing::sandbox
