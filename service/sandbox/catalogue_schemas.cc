#include "service/sandbox/field_checks.h"
#include "service/sandbox/resources.h"
#include "service/sandbox/schema_fields.h"

namespace billing::sandbox {

// NOLINTNEXTLINE(google-build-using-namespace): the vocabulary of the tables below.
using namespace fields;

namespace {

// Base64 of a picture of a few megabytes.
constexpr size_t kMaxPicture = 6 << 20;

}  // namespace

const Schema& StoredItemSchema() {
  static const Schema kBookkeeping{{Text("income_account"), Text("vat_account")}};
  static const Schema kSchema{
      {NotNull(Text("item_no", 30, CheckItemNo)), NotNull(Text("title", 100, CheckNotEmpty)),
       Text("description", 200), NotNull(Money("price")), NotNull(Checked(Money("vat"), CheckVat)),
       Text("zero_vat_reason", 100), Text("zero_vat_reason_reference", 200),
       NotNull(Text("unit", 20, CheckItemUnit)), Part("bookkeeping", kBookkeeping),
       WriteOnly(Part("regional_sweden", ItemRegionalSwedenSchema())), ReadOnly("created_at"),
       ReadOnly("updated_at")}};
  return kSchema;
}

const Schema& OfferSchema() {
  static const Schema kMedia{{NotNull(Text("picture", kMaxPicture, CheckBase64)),
                              NotNull(Text("picture_type", 100, CheckNotEmpty))}};
  static const Schema kSchema{
      {NotNull(Text("offer_id", 30, CheckOfferId)), NotNull(Text("type", 10, CheckOfferType)),
       NotNull(Text("title", 200, CheckNotEmpty)), NotNull(Text("text", 1000, CheckNotEmpty)),
       Text("info_link", 1000, CheckHttpUrl), Part("media", kMedia), Text("link_text"),
       ReadOnly("created_at"), ReadOnly("updated_at")}};
  return kSchema;
}

const Schema& TabItemSchema() {
  static const Schema kSchema{{Required(Part("billogram_item", ItemSchema()))}};
  return kSchema;
}

const Schema& TabSettingsSchema() {
  static const Schema kSchema{{Text("delivery_method", 20, CheckDeliveryMethod),
                               Text("billing_frequency", 30, CheckFrequency)}};
  return kSchema;
}

const Schema& MandateSchema() {
  static const Schema kSchema{{Required(Integer("customer_no", 1)),
                               Required(Text("iban", 50, CheckIban)),
                               Required(Text("signed_at", 19, CheckSignedAt))}};
  return kSchema;
}

const Schema& MigrationSchema() {
  static const Schema kAmendment{{Required(Text("sepa_creditor_identifier", 35, CheckNotEmpty)),
                                  Required(Text("unique_mandate_reference", 35, CheckNotEmpty))}};
  static const Schema kSchema{{Required(Integer("customer_no", 1)),
                               Required(Text("iban", 50, CheckIban)), Required(Date("signed_date")),
                               Required(Part("amendment", kAmendment))}};
  return kSchema;
}

const Schema& EinvoiceSchema() {
  static const Schema kSchema{{NotNull(Text("identifier", 20, CheckSwedishEinvoice)),
                               NotNull(Text("pec", 254, CheckEmail)),
                               NotNull(Text("codice_destinatario", 7, CheckNotEmpty))}};
  return kSchema;
}

const Schema& ImageSchema() {
  static const Schema kSchema{
      {Required(Text("content", kMaxPicture, CheckBase64)), Text("file_type", 100)}};
  return kSchema;
}

}  // namespace billing::sandbox
