#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/field_checks.h"
#include "service/sandbox/frequency.h"

namespace billing::sandbox {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool IsAlpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

template <size_t n>
bool IsOneOf(const std::string& text, const std::array<std::string_view, n>& values) {
  return std::find(values.begin(), values.end(), text) != values.end();
}

// The number that letters (A = 10) and digits spell, modulo 97.
int Modulo97(std::string_view text) {
  int rest = 0;
  for (char c : text) {
    const int value = IsDigit(c) ? c - '0' : std::toupper(static_cast<unsigned char>(c)) - 'A' + 10;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

}  // namespace

const char* CheckItemNo(const Json& value) {
  const std::string& text = value.text();
  if (text.empty()) return "must not be empty";
  if (!std::all_of(text.begin(), text.end(), IsDigit)) return nullptr;
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) && number <= 999999999
             ? nullptr
             : "must be at most 999999999 where it is a number";
}

const char* CheckItemUnit(const Json& value) {
  constexpr std::array<std::string_view, 5> kUnits = {"unit", "hour", "day", "month", "year"};
  return IsOneOf(value.text(), kUnits) ? nullptr : "must be unit, hour, day, month or year";
}

const char* CheckOfferId(const Json& value) {
  const std::string& text = value.text();
  return !text.empty() && std::all_of(text.begin(), text.end(), IsAlnum)
             ? nullptr
             : "must be letters and digits";
}

const char* CheckOfferType(const Json& value) {
  constexpr std::array<std::string_view, 2> kTypes = {"banner", "sale"};
  return IsOneOf(value.text(), kTypes) ? nullptr : "must be banner or sale";
}

const char* CheckHttpUrl(const Json& value) {
  return absl::StartsWith(value.text(), "http://") || absl::StartsWith(value.text(), "https://")
             ? nullptr
             : "must be an http or https address";
}

const char* CheckUuid(const Json& value) {
  return IsUuid(value.text()) ? nullptr : "must be a UUID";
}

const char* CheckIban(const Json& value) {
  std::string text = value.text();
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const bool fits = text.size() >= 15 && text.size() <= 34 &&
                    std::all_of(text.begin(), text.end(), IsAlnum) && IsAlpha(text[0]) &&
                    IsAlpha(text[1]) && IsDigit(text[2]) && IsDigit(text[3]);
  return fits && Modulo97(text.substr(4) + text.substr(0, 4)) == 1 ? nullptr : "is not an IBAN";
}

const char* CheckSignedAt(const Json& value) {
  const std::string& text = value.text();
  return text.size() == 19 && text[10] == ' ' && ParseMoment(text)
             ? nullptr
             : "must be spelled YYYY-MM-DD HH:MM:SS";
}

const char* CheckFrequency(const Json& value) {
  return Frequency::Parse(value.text())
             ? nullptr
             : "must be daily, weekly#<day> or monthly#<day of the month>";
}

const char* CheckSwedishEinvoice(const Json& value) {
  const std::string& text = value.text();
  const char* const problem = "must look like 198802276322.SBF.SE";
  const size_t dot = text.find('.');
  if (dot != 12 || !std::all_of(text.begin(), text.begin() + 12, IsDigit)) return problem;
  const size_t end = std::min(text.find('.', 13), text.size());
  const size_t letters = end - 13;
  if (letters < 2 || letters > 4 || !std::all_of(&text[13], &text[13] + letters, IsAlpha)) {
    return problem;
  }
  const std::string_view rest = std::string_view(text).substr(end);
  return rest.empty() || absl::EqualsIgnoreCase(common::ToAbsl(rest), ".se") ? nullptr : problem;
}

const char* CheckDelayDays(const Json& value) {
  const std::string& text = value.text();
  int days = 0;
  const bool fits = !text.empty() && text.size() <= 4 &&
                    std::all_of(text.begin(), text.end(), IsDigit) &&
                    absl::SimpleAtoi(text, &days) && days <= 3650;
  return fits ? nullptr : "must be a number of days";
}

const char* CheckYearStart(const Json& value) {
  const std::string& text = value.text();
  const bool fits = text.size() == 7 && ParseDate(absl::StrCat(text, "-01"));
  return fits || text.empty() ? nullptr : "must be a month, spelled YYYY-MM";
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace billing::sandbox
