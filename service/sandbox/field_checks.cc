#include "service/sandbox/field_checks.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "service/common/strings.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

bool AllOf(std::string_view text, int (*is)(int)) {
  return std::all_of(text.begin(), text.end(),
                     [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
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
  const bool fits = value.text().size() == 2 && AllOf(value.text(), std::islower);
  return fits || value.text().empty() ? nullptr : "must be a language code of two letters";
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

bool IsBase64(std::string_view text) {
  std::string decoded;
  return !text.empty() && text.size() % 4 == 0 &&
         text.find_first_of(" \t\r\n") == std::string_view::npos &&
         absl::Base64Unescape(common::ToAbsl(text), &decoded);
}

bool IsDeliveryMethod(std::string_view method) {
  constexpr std::array<std::string_view, 9> kMethods = {"Email+Letter", "Email",       "SMS+Letter",
                                                        "SMS",          "Letter",      "Einvoice",
                                                        "EDI",          "DoNotNotify", "Efaktura"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

}  // namespace billing::sandbox
