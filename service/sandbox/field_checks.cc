#include "service/sandbox/field_checks.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

// ISO 639-1, each between spaces.
constexpr absl::string_view kLanguages =
    " "
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu "
    "cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi "
    "ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks "
    "ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl "
    "nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
    "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve "
    "vi vo wa wo xh yi yo za zh zu ";

bool AllOf(std::string_view text, int (*is)(int)) {
  return std::all_of(text.begin(), text.end(),
                     [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
}

bool IsPdf(std::string_view base64) {
  std::string decoded;
  return absl::Base64Unescape(common::ToAbsl(base64), &decoded) &&
         absl::StartsWith(decoded, "%PDF");
}

}  // namespace

const char* CheckNotEmpty(const Json& value) {
  return value.text().empty() ? "must not be empty" : nullptr;
}

const char* CheckVat(const Json& value) {
  const Decimal vat = value.AsDecimal().value_or(Decimal(-1));
  if (vat < Decimal(0) || vat > Decimal(100)) return "must be between 0 and 100";
  return vat.fraction_digits() > 2 ? "must have at most two decimals" : nullptr;
}

const char* CheckNotNegative(const Json& value) {
  return value.AsDecimal().value_or(Decimal(-1)) < Decimal(0) ? "must not be negative" : nullptr;
}

const char* CheckCurrency(const Json& value) {
  return value.text().size() == 3 && AllOf(value.text(), std::isupper)
             ? nullptr
             : "must be a currency code of three letters";
}

const char* CheckCountry(const Json& value) {
  const bool fits = value.text().size() == 2 && AllOf(value.text(), std::isupper);
  return fits || value.text().empty() ? nullptr : "must be a country code of two letters";
}

const char* CheckLanguage(const Json& value) {
  const std::string& text = value.text();
  const bool fits = text.size() == 2 && AllOf(text, std::islower) &&
                    absl::StrContains(kLanguages, absl::StrCat(" ", text, " "));
  return fits || text.empty() ? nullptr : "must be a language code of ISO 639-1";
}

const char* CheckEmail(const Json& value) {
  const std::string& text = value.text();
  if (text.empty()) return nullptr;
  const size_t at = text.find('@');
  const bool fits = at != std::string::npos && at > 0 && at + 1 < text.size() &&
                    text.find('@', at + 1) == std::string::npos &&
                    text.find_first_of(" \t\r\n") == std::string::npos;
  return fits ? nullptr : "must be an e-mail address";
}

const char* CheckHttpsUrl(const Json& value) {
  return absl::StartsWith(value.text(), "https://") && value.text().size() > 8
             ? nullptr
             : "must be an https address";
}

const char* CheckCompanyType(const Json& value) {
  constexpr std::array<std::string_view, 4> kTypes = {"individual", "business",
                                                      "foreign individual", "foreign business"};
  return std::find(kTypes.begin(), kTypes.end(), value.text()) != kTypes.end()
             ? nullptr
             : "is not a company type";
}

const char* CheckDeliveryMethod(const Json& value) {
  return IsDeliveryMethod(value.text()) ? nullptr : "is not a delivery method";
}

const char* CheckBase64(const Json& value) {
  return IsBase64(value.text()) ? nullptr : "must be base64";
}

const char* CheckPdf(const Json& value) {
  if (!IsBase64(value.text())) return "must be base64";
  return IsPdf(value.text()) ? nullptr : "must be a PDF";
}

bool IsBase64(std::string_view text) {
  std::string decoded;
  return !text.empty() && text.size() % 4 == 0 &&
         text.find_first_of(" \t\r\n") == std::string_view::npos &&
         absl::Base64Unescape(common::ToAbsl(text), &decoded);
}

bool IsDeliveryMethod(std::string_view method) {
  constexpr std::array<std::string_view, 8> kMethods = {
      "Email+Letter", "Email", "SMS+Letter", "SMS", "Letter", "Einvoice", "EDI", "DoNotNotify"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

}  // namespace billing::sandbox
