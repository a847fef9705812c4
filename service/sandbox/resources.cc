#include "service/sandbox/resources.h"

#include "service/sandbox/field_checks.h"
#include "service/sandbox/schema_fields.h"

namespace billing::sandbox {

// NOLINTNEXTLINE(google-build-using-namespace): the vocabulary of the tables below.
using namespace fields;

namespace {

const Schema& AddressSchema() {
  static const Schema kSchema{
      {Text("careof"), Flag("use_careof_as_attention"), Text("attention"), Text("address_line_1"),
       Text("address_line_2"), Text("address_line_3"), Text("administrative_area"),
       Text("dependent_locality"), Text("organization"), Text("sorting_code"), Text("zipcode"),
       Text("city"), Text("country", 2, CheckCountry)}};
  return kSchema;
}

const Schema& DeliveryAddressSchema() {
  static const Schema kSchema{{Text("name"), Text("address_line_1"), Text("address_line_2"),
                               Text("address_line_3"), Text("administrative_area"),
                               Text("dependent_locality"), Text("organization"),
                               Text("sorting_code"), Text("careof"), Text("attention"),
                               Text("zipcode"), Text("city"), Text("country", 2, CheckCountry)}};
  return kSchema;
}

const Schema& PermanentEstablishmentAddressSchema() {
  static const Schema kSchema{
      {Text("name"), Text("additional_name"), Text("family_name"), Text("address_line_1"),
       Text("address_line_2"), Text("address_line_3"), Text("administrative_area"),
       Text("dependent_locality"), Text("organization"), Text("sorting_code"), Text("zipcode"),
       Text("city"), Text("country", 2, CheckCountry)}};
  return kSchema;
}

const Schema& BookkeepingSchema() {
  static const Schema kObject{
      {Identifier("dimension_id"), Text("object_id"), Text("dimension_name"), Text("object_name")}};
  static const Schema kSchema{
      {Text("income_account"), Text("vat_account"), Parts("objects", kObject)}};
  return kSchema;
}

}  // namespace

const Schema& ItemRegionalSwedenSchema() {
  static const Schema kElectricity{
      {Integer("kommunkod"), Flag("naringsidkare"), Flag("avflyttad"), Date("avflyttad_datum"),
       Flag("frankopplad"), Date("frankopplad_datum"), Text("anladr"), Text("natom"),
       Integer("arsforb"), Text("anlid"), Text("kravmall"), Text("plombkod"), Flag("slutfaktura"),
       Integer("objtyp"), Integer("faktforb"), Integer("faktfrek"), Text("nyttighet")}};
  static const Schema kSchema{{Flag("rotavdrag"), Part("electricity_collection", kElectricity)}};
  return kSchema;
}

namespace {

const Schema& InfoSchema() {
  static const Schema kSchema{{Text("order_no", 30), Date("order_date"), Text("our_reference", 35),
                               Text("your_reference", 35), Text("shipping_date"),
                               Text("delivery_date"), Text("reference_number", 30),
                               Text("footer_text"), Text("message", 350)}};
  return kSchema;
}

const Schema& BillogramRegionalSwedenSchema() {
  static const Schema kSchema{
      {Money("rotavdrag"), Text("rotavdrag_personal_number"), Text("rotavdrag_description"),
       Text("rotavdrag_description_of_property"), Text("rotavdrag_apartment_designation"),
       Text("rotavdrag_housing_association_org_no"), Text("autogiro_betalarnummer"),
       Date("autogiro_payment_date"), Text("autogiro_status"), Text("autogiro_full_status"),
       Money("autogiro_total_sum")}};
  return kSchema;
}

const Schema& ReminderSchema() {
  static const Schema kSchema{{Required(Integer("delay_days", 0, 3650)), Text("message"),
                               WithDefault(Text("type"), "\"STANDARD\"")}};
  return kSchema;
}

const Schema& CallbacksSchema() {
  static const Schema kSchema{{Text("url", 1000, CheckHttpsUrl), Text("custom"), Text("sign_key")}};
  return kSchema;
}

const Schema& AutomaticCollectionSchema() {
  static const Schema kSchema{{Integer("delay_days", 0, 3650), Money("amount"),
                               WithDefault(Flag("use_default_settings"), "true")}};
  return kSchema;
}

const Schema& ContractSchema() {
  static const Schema kSchema{{Date("start_date"), Date("end_date")}};
  return kSchema;
}

const Schema& SelfBillingSchema() {
  static const Schema kSchema{{Text("type"), Text("serial_number")}};
  return kSchema;
}

const Schema& OfferInfoSchema() {
  static const Schema kSchema{{Text("message"), Text("asset_id")}};
  return kSchema;
}

const Schema& DunningSchema() {
  static const Schema kSchema{{Text("requested_segment")}};
  return kSchema;
}

const Schema& PdfSchema() {
  static const Schema kSchema{{WithDefault(Text("template"), "\"unified\""),
                               WithDefault(Text("slip_style"), "\"normal\"")}};
  return kSchema;
}

const Schema& OfferReferenceSchema() {
  static const Schema kSchema{{Required(Text("offer_id", 30))}};
  return kSchema;
}

}  // namespace

const Schema& OnSuccessSchema() {
  static const Schema kSchema{{Required(Text("command")), Required(Text("method"))}};
  return kSchema;
}

const Schema& ItemSchema() {
  static const Schema kSchema{
      {Text("item_no", 30), Required(Money("count")), Required(Text("title", 100, CheckNotEmpty)),
       Text("description", 200), Required(Text("unit", 20, CheckNotEmpty)),
       Required(Money("price")), Required(Checked(Money("vat"), CheckVat)),
       WithDefault(Money("discount"), "0"), Date("start_date"), Date("end_date"),
       Text("external_id"), Part("bookkeeping", BookkeepingSchema()),
       Part("regional_sweden", ItemRegionalSwedenSchema())}};
  return kSchema;
}

const Schema& BillogramCustomerSchema() {
  static const Schema kEdi{
      {Identifier("electronic_id"), Text("operator"), Text("reference"), Text("note")}};
  static const Schema kSchema{
      {NotNull(Integer("customer_no", 1)), Text("org_no"), Text("name", 100),
       Text("email", 200, CheckEmail), Text("vat_no"), Text("phone"),
       Part("address", AddressSchema()), Part("delivery_address", DeliveryAddressSchema()),
       Part("permanent_establishment_address", PermanentEstablishmentAddressSchema()),
       Part("edi", kEdi)}};
  return kSchema;
}

const Schema& BillogramSchema() {
  static const Schema kSchema{{
      ReadOnly("id"),
      ReadOnly("invoice_no"),
      ReadOnly("ocr_number"),
      Text("creditor_unique_value", 40, CheckNotEmpty),
      Part("customer", BillogramCustomerSchema()),
      Parts("items", ItemSchema()),
      Date("invoice_date"),
      Date("due_date"),
      WithDefault(Integer("due_days", 0, 3650), "30"),
      Integer("reminder_due_days", 0, 3650),
      ReadOnly("respite_date"),
      WithDefault(Checked(Money("invoice_fee"), CheckNotNegative), "0"),
      WithDefault(Checked(Money("invoice_fee_vat"), CheckVat), "25"),
      WithDefault(Checked(Money("reminder_fee"), CheckNotNegative), "60"),
      WithDefault(Checked(Money("interest_rate"), CheckNotNegative), "8.5"),
      ReadOnly("interest_fee"),
      WithDefault(Text("currency", 3, CheckCurrency), "\"SEK\""),
      Part("info", InfoSchema()),
      Part("regional_sweden", BillogramRegionalSwedenSchema()),
      ReadOnly("delivery_method"),
      ReadOnly("state"),
      ReadOnly("url"),
      ReadOnly("recipient_url"),
      ReadOnly("recipient_overview_url"),
      ReadOnly("flags"),
      ReadOnly("events"),
      ReadOnly("remaining_sum"),
      ReadOnly("total_sum"),
      ReadOnly("rounding_value"),
      WithDefault(Flag("automatic_reminders"), "false"),
      WithDefault(Parts("automatic_reminders_settings", ReminderSchema()), "null"),
      ReadOnly("reminder_count"),
      ReadOnly("created_at"),
      ReadOnly("attested_at"),
      ReadOnly("updated_at"),
      Part("callbacks", CallbacksSchema()),
      ReadOnly("detailed_sums"),
      ReadOnly("attachment"),
      WriteOnly(Text("attachment_content", 1 << 20, CheckPdf)),
      Text("reference_invoice_no"),
      Flag("reversed_vat"),
      Text("reversed_vat_reason"),
      Text("reversed_vat_reason_reference"),
      Part("automatic_collection", AutomaticCollectionSchema()),
      Part("contract", ContractSchema()),
      Part("self_billing_invoice", SelfBillingSchema()),
      Part("offer_invoice_info", OfferInfoSchema()),
      Part("dunning", DunningSchema()),
      Part("pdf", PdfSchema()),
      Parts("offers", OfferReferenceSchema()),
      WriteOnly(Part("on_success", OnSuccessSchema())),
      WriteOnly(Text("return_data")),
      Flag("show_item_gross_prices"),
  }};
  return kSchema;
}

const Schema& CustomerSchema() {
  static const Schema kContact{{Text("name", 100), Text("email", 200, CheckEmail), Text("phone")}};
  static const Schema kEdi{{Identifier("electronic_id"), Text("operator"), Text("reference")}};
  static const Schema kPaymentSettings{{Text("recurring_payment_type")}};
  static const Schema kLinks{{ReadOnly("automatic_payments_setup_link")}};
  static const Schema kSchema{{
      NotNull(Integer("customer_no", 1)),
      NotNull(Text("name", 100, CheckNotEmpty)),
      Text("notes"),
      Text("org_no"),
      Text("vat_no"),
      Text("language", 2, CheckLanguage),
      Part("contact", kContact),
      Part("address", AddressSchema()),
      WithDefault(Flag("letter_forwarding_enabled"), "false"),
      Part("delivery_address", DeliveryAddressSchema()),
      Part("permanent_establishment_address", PermanentEstablishmentAddressSchema()),
      Part("payment_settings", kPaymentSettings),
      WithDefault(Text("company_type", 50, CheckCompanyType), "\"business\""),
      Part("edi", kEdi),
      Part("links", kLinks),
      ReadOnly("created_at"),
      ReadOnly("updated_at"),
  }};
  return kSchema;
}

}  // namespace billing::sandbox
