#include "service/sandbox/recipient_store.h"

#include "absl/strings/str_cat.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

// The creditor identifier that Billogram assigns; the same for every mandate of the sandbox.
constexpr char kCreditorIdentifier[] = "SE97ZZZ5566778899";

Json Source(std::string_view reference, std::string_view iban, absl::Time signed_at,
            Random& random) {
  return Json::MakeObject(
      {{"id", Json::String(random.Uuid())},
       {"status", Json::String("PENDING")},
       {"scheme", Json::String("SEPA_DIRECT_DEBIT")},
       {"details", Json::MakeObject(
                       {{"reference", Json::String(reference)},
                        {"iban", Json::String(iban)},
                        {"signed_at", Json::String(absl::FormatTime("%Y-%m-%dT%H:%M:%S", signed_at,
                                                                    absl::UTCTimeZone()))}})}});
}

template <typename Map>
void MoveKey(Map& map, int64_t from, int64_t to) {
  auto node = map.extract(from);
  if (node.empty()) return;
  node.key() = to;
  map.insert(std::move(node));
}

}  // namespace

const std::vector<Json>& RecipientStore::PaymentSources(int64_t customer_no) const {
  static const std::vector<Json> kNone;
  const auto it = sources_.find(customer_no);
  return it == sources_.end() ? kNone : it->second;
}

Json RecipientStore::AddMandate(const Json& mandate, Random& random) {
  const Json& customer_no = *mandate.Find("customer_no");
  const absl::Time signed_at = *ParseMoment(mandate.Text("signed_at"));
  const std::string reference = random.Text(kHexDigits, 32);
  sources_[*customer_no.AsInteger()].push_back(
      Source(reference, mandate.Text("iban"), signed_at, random));
  return Json::MakeObject({{"customer_no", customer_no},
                           {"iban", *mandate.Find("iban")},
                           {"signed_at", Json::String(FormatIsoTime(signed_at))}});
}

Json RecipientStore::MigrateMandate(const Json& migration, Random& random) {
  const Json& customer_no = *migration.Find("customer_no");
  const std::string date(migration.Text("signed_date").substr(0, 10));
  const std::string reference = random.Text(kHexDigits, 32);
  sources_[*customer_no.AsInteger()].push_back(
      Source(reference, migration.Text("iban"), *ParseMoment(date), random));
  return Json::MakeObject({{"customer_no", customer_no},
                           {"iban", *migration.Find("iban")},
                           {"signed_date", Json::String(date)},
                           {"sepa_creditor_identifier", Json::String(kCreditorIdentifier)},
                           {"unique_mandate_reference", Json::String(reference)}});
}

Json RecipientStore::Render(const Registration& registration, const char* swedish_name) {
  const Json& body = registration.body;
  Json shown = Json::MakeObject(
      {{"status", Json::String("registered")},
       {"registered_at", Json::String(absl::FormatTime("%Y-%m-%dT%H:%M:%S+00:00", registration.at,
                                                       absl::UTCTimeZone()))}});
  if (const Json* identifier = body.Find("identifier")) {
    shown.Set("regional_sweden", Json::MakeObject({{swedish_name, *identifier}}));
  } else {
    shown.Set("regional_italy", body);
  }
  return shown;
}

Json RecipientStore::Einvoice(int64_t customer_no) const {
  const auto it = einvoices_.find(customer_no);
  return it == einvoices_.end() ? Json() : Render(it->second, "fmi");
}

Expected<Json> RecipientStore::RegisterEinvoice(int64_t customer_no, const Json& body,
                                                absl::Time now) {
  if (auto error = CheckDocument(EinvoiceSchema(), body, nullptr, FieldPath())) return *error;
  const bool swedish = body.Find("identifier") != nullptr;
  if (swedish && body.members().size() > 1) {
    return InvalidCombination(FieldPath() / "identifier",
                              "identifier excludes pec and codice_destinatario");
  }
  if (body.members().empty()) {
    return InvalidParameter(FieldPath() / "identifier", "missing required parameter: identifier");
  }
  Registration& registration = einvoices_[customer_no];
  registration = {body, now};
  return Render(registration, "identifier");
}

void RecipientStore::MoveCustomer(int64_t from, int64_t to) {
  MoveKey(sources_, from, to);
  MoveKey(einvoices_, from, to);
}

}  // namespace billing::sandbox
