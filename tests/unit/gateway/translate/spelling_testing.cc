#include "tests/unit/gateway/translate/spelling_testing.h"

#include <algorithm>

namespace billing::gateway::translate {
namespace {

// Whether `text` looks like `pattern`, in which 0 stands for any digit.
bool LooksLike(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                    [](char c, char p) { return p == '0' ? c >= '0' && c <= '9' : c == p; });
}

size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

}  // namespace

std::optional<absl::CivilDay> ReadDay(const std::string& text, bool* iso) {
  *iso = LooksLike(text, "0000-00-00");
  if (!*iso && !LooksLike(text, "00/00/0000")) return std::nullopt;
  const int year = std::stoi(text.substr(*iso ? 0 : 6, 4));
  const int month = std::stoi(text.substr(*iso ? 5 : 3, 2));
  const int day = std::stoi(text.substr(*iso ? 8 : 0, 2));
  const absl::CivilDay civil(year, month, day);
  if (year < 1 || civil.month() != month || civil.day() != day) return std::nullopt;
  return civil;
}

std::optional<absl::Time> ReadMoment(const std::string& text) {
  if (text.size() < 19) return std::nullopt;
  std::string rfc = text;
  if (rfc[10] == ' ') rfc[10] = 'T';
  if (!LooksLike(rfc.substr(0, 19), "0000-00-00T00:00:00")) return std::nullopt;
  // The library would take a 24th hour and a leap second.
  if (rfc.substr(11, 2) > "23" || rfc.substr(17, 2) > "59") return std::nullopt;
  std::string_view zone = std::string_view(rfc).substr(19);
  if (!zone.empty() && zone[0] == '.') {
    const size_t digits = CountDigits(zone.substr(1));
    if (digits < 1 || digits > 9) return std::nullopt;
    zone.remove_prefix(1 + digits);
  }
  const std::string_view offset = zone.substr(zone.empty() ? 0 : 1);
  const bool numeric = !zone.empty() && (zone[0] == '+' || zone[0] == '-') &&
                       (LooksLike(offset, "00:00") || LooksLike(offset, "0000"));
  if (!zone.empty() && zone != "Z" && !numeric) return std::nullopt;
  absl::Time time;
  std::string error;
  const char* format = zone.empty() ? "%Y-%m-%d%ET%H:%M:%E*S" : "%Y-%m-%d%ET%H:%M:%E*S%Ez";
  if (!absl::ParseTime(format, rfc, &time, &error)) return std::nullopt;
  if (time < absl::FromUnixSeconds(-62135596800) || time >= absl::FromUnixSeconds(253402300800)) {
    return std::nullopt;
  }
  return time;
}

bool WithinDecimal(const std::string& text) {
  if (text.size() > 100) return false;
  std::string_view rest = text;
  if (!rest.empty() && rest[0] == '-') rest.remove_prefix(1);
  const size_t whole = CountDigits(rest);
  if (whole == 0 || (whole > 1 && rest[0] == '0')) return false;
  rest.remove_prefix(whole);
  size_t fraction = 0;
  if (!rest.empty() && rest[0] == '.') {
    fraction = CountDigits(rest.substr(1));
    if (fraction == 0) return false;
    rest.remove_prefix(1 + fraction);
  }
  if (whole + fraction > 64) return false;
  if (rest.empty()) return true;
  if (rest[0] != 'e' && rest[0] != 'E') return false;
  rest.remove_prefix(1);
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) rest.remove_prefix(1);
  int exponent = 0;
  if (rest.empty() || CountDigits(rest) != rest.size()) return false;
  for (char c : rest) exponent = std::min(exponent * 10 + (c - '0'), 1000);
  return exponent <= 64;
}

std::string WithoutFraction(const std::string& text) {
  const size_t dot = text.find('.');
  const bool idle = dot != std::string::npos && dot + 1 < text.size() &&
                    text.find_first_not_of('0', dot + 1) == std::string::npos;
  return idle ? text.substr(0, dot) : "";
}

}  // namespace billing::gateway::translate
