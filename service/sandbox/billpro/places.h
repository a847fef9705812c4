#ifndef SERVICE_SANDBOX_BILLPRO_PLACES_H_
#define SERVICE_SANDBOX_BILLPRO_PLACES_H_

#include <string_view>

namespace billing::sandbox::billpro {

// Whether `code` is a country of ISO 3166-1 alpha-2, in capitals.
bool IsCountry(std::string_view code);

// Whether `text` is a phone number in international spelling: "+", country code and number, with
// spaces, hyphens and parentheses as one likes. The length must fit the country's plan; of
// countries whose plan is not known here only the bounds of E.164 are checked.
bool IsPhone(std::string_view text);

// Whether `text` looks like an e-mail address: one "@", a dotted domain, no spaces.
bool IsEmail(std::string_view text);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_PLACES_H_
