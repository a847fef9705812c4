#ifndef SERVICE_SANDBOX_FIELD_CHECKS_H_
#define SERVICE_SANDBOX_FIELD_CHECKS_H_

#include <string_view>

#include "service/sandbox/json.h"

namespace billing::sandbox {

// Rules for single values, for Field::check. Each says what is wrong, or returns null; each takes
// a value that is already of the field's kind.
const char* CheckNotEmpty(const Json& value);
const char* CheckVat(const Json& value);  // 0 to 100, at most two decimals
const char* CheckNotNegative(const Json& value);
const char* CheckCurrency(const Json& value);  // ISO 4217
const char* CheckCountry(const Json& value);   // two letters, or empty
const char* CheckLanguage(const Json& value);  // ISO 639-1, or empty
const char* CheckEmail(const Json& value);
const char* CheckHttpsUrl(const Json& value);
const char* CheckCompanyType(const Json& value);
const char* CheckDeliveryMethod(const Json& value);
const char* CheckBase64(const Json& value);
const char* CheckPdf(const Json& value);        // base64 of one
const char* CheckItemNo(const Json& value);     // 4.13: a number up to 999999999, or other text
const char* CheckItemUnit(const Json& value);   // of stored items, 4.13
const char* CheckOfferId(const Json& value);    // letters and digits
const char* CheckOfferType(const Json& value);  // banner or sale
const char* CheckHttpUrl(const Json& value);    // http or https
const char* CheckUuid(const Json& value);
const char* CheckIban(const Json& value);             // ISO 13616, check digits included
const char* CheckSignedAt(const Json& value);         // "YYYY-MM-DD HH:MM:SS"
const char* CheckFrequency(const Json& value);        // of a billing tab, 3.6
const char* CheckSwedishEinvoice(const Json& value);  // "198802276322.SBF.SE", 3.3
const char* CheckDelayDays(const Json& value);        // days, as a number or in digits
const char* CheckYearStart(const Json& value);        // "YYYY-MM", or empty, 4.18

// Whether `text` is a UUID in its usual spelling.
bool IsUuid(std::string_view text);

// Whether `text` is base64 with padding, and not empty.
bool IsBase64(std::string_view text);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_FIELD_CHECKS_H_
