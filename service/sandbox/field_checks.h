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

// Whether `text` is base64 with padding, and not empty.
bool IsBase64(std::string_view text);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_FIELD_CHECKS_H_
