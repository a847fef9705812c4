#include "service/sandbox/billpro/places.h"

#include <algorithm>
#include <string>

namespace billing::sandbox::billpro {
namespace {

constexpr std::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW";

// How many digits a number has after the country code.
struct Plan {
  std::string_view code;
  size_t min;
  size_t max;
};

constexpr Plan kPlans[] = {
    {"1", 10, 10},  {"20", 8, 10},  {"27", 9, 9},   {"30", 10, 10}, {"31", 9, 9},   {"32", 8, 9},
    {"33", 9, 9},   {"34", 9, 9},   {"36", 8, 9},   {"39", 6, 11},  {"40", 9, 9},   {"41", 9, 9},
    {"43", 4, 13},  {"44", 9, 10},  {"45", 8, 8},   {"46", 7, 13},  {"47", 8, 8},   {"48", 9, 9},
    {"49", 3, 12},  {"52", 10, 10}, {"55", 10, 11}, {"61", 9, 9},   {"64", 8, 10},  {"65", 8, 8},
    {"7", 10, 10},  {"81", 9, 10},  {"82", 8, 10},  {"86", 10, 11}, {"90", 10, 10}, {"91", 10, 10},
    {"351", 9, 9},  {"352", 4, 11}, {"353", 7, 9},  {"354", 7, 9},  {"356", 8, 8},  {"357", 8, 8},
    {"358", 5, 12}, {"359", 7, 9},  {"370", 8, 8},  {"371", 8, 8},  {"372", 7, 8},  {"380", 9, 9},
    {"385", 8, 9},  {"386", 8, 8},  {"420", 9, 9},  {"421", 9, 9},  {"971", 8, 9},  {"972", 8, 9},
};

// Country code and number together (E.164).
constexpr size_t kMinDigits = 7;
constexpr size_t kMaxDigits = 15;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsCountry(std::string_view code) {
  return code.size() == 2 && code.find(' ') == std::string_view::npos &&
         kCountries.find(code) != std::string_view::npos;
}

bool IsPhone(std::string_view text) {
  if (text.size() > 40 || text.empty() || text[0] != '+') return false;
  std::string digits;
  for (char c : text.substr(1)) {
    if (IsDigit(c)) {
      digits.push_back(c);
    } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
      return false;
    }
  }
  if (digits.size() < kMinDigits || digits.size() > kMaxDigits || digits[0] == '0') return false;
  const std::string_view number = digits;
  for (const auto& [code, min, max] : kPlans) {
    if (number.substr(0, code.size()) != code) continue;
    const size_t length = number.size() - code.size();
    return length >= min && length <= max;
  }
  return true;
}

bool IsEmail(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const std::string_view domain = text.substr(at + 1);
  const bool dotted = domain.find('.') != std::string_view::npos && domain.front() != '.' &&
                      domain.back() != '.' && domain.find("..") == std::string_view::npos;
  return dotted && domain.find('@') == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char c) {
           const unsigned char byte = static_cast<unsigned char>(c);
           return byte <= ' ' || byte == 0x7F || c == ',' || c == ';' || c == '<' || c == '>';
         });
}

}  // namespace billing::sandbox::billpro
