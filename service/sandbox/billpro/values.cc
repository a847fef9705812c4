#include "service/sandbox/billpro/values.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/numbers.h"
#include "service/common/strings.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;

constexpr std::array<std::string_view, 4> kUnits = {"DAY", "WEEK", "MONTH", "YEAR"};

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

int ToInt(std::string_view digits) {
  int value = 0;
  return absl::SimpleAtoi(ToAbsl(digits), &value) ? value : -1;
}

absl::CivilDay AddMonths(absl::CivilDay day, int64_t count) {
  const absl::CivilMonth month = absl::CivilMonth(day) + count;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return std::min(absl::CivilDay(month) + (day.day() - 1), last);
}

}  // namespace

std::optional<std::string> ReadText(const Json& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  return value.text();
}

std::optional<int64_t> ReadInteger(const Json& value) {
  if (value.is_number()) return value.AsInteger();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.text();
  int64_t number = 0;
  const bool numeric = AllDigits(text) && text.size() <= 18 && absl::SimpleAtoi(text, &number);
  return numeric ? std::optional<int64_t>(number) : std::nullopt;
}

std::optional<bool> ReadFlag(const Json& value) {
  if (value.is_bool()) return value.boolean();
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  if (value.text() == "true" || value.text() == "1") return true;
  if (value.text() == "false" || value.text() == "0") return false;
  return std::nullopt;
}

std::optional<Decimal> ReadMoney(const Json& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const auto amount = Decimal::Parse(value.text());
  if (!amount || *amount < Decimal(0) || amount->fraction_digits() > 2) return std::nullopt;
  return amount;
}

std::optional<absl::Time> ReadDayFirst(std::string_view text) {
  if (text.size() < 10 || text[2] != '/' || text[5] != '/' || !AllDigits(text.substr(0, 2)) ||
      !AllDigits(text.substr(3, 2)) || !AllDigits(text.substr(6, 4))) {
    return std::nullopt;
  }
  const int year = ToInt(text.substr(6, 4));
  const int month = ToInt(text.substr(3, 2));
  const int day = ToInt(text.substr(0, 2));
  const absl::CivilDay date(year, month, day);
  if (year == 0 || date.month() != month || date.day() != day) return std::nullopt;
  absl::CivilSecond moment(date);
  if (text.size() > 10) {
    absl::Time time_of_day;
    const std::string clock = "1970-01-01" + std::string(text.substr(10));
    if (text.size() > 19 || (!absl::ParseTime("%Y-%m-%d %H:%M", clock, &time_of_day, nullptr) &&
                             !absl::ParseTime("%Y-%m-%d %H:%M:%S", clock, &time_of_day, nullptr))) {
      return std::nullopt;
    }
    moment += absl::ToInt64Seconds(time_of_day - absl::UnixEpoch());
  }
  return absl::FromCivil(moment, absl::UTCTimeZone());
}

const Json* Given(const Json& object, std::string_view key) {
  const Json* value = object.Find(key);
  if (value == nullptr || value->is_null() || (value->is_string() && value->text().empty())) {
    return nullptr;
  }
  return value;
}

std::optional<IntervalUnit> ReadUnit(const Json& value) {
  for (size_t i = 0; value.is_string() && i < kUnits.size(); ++i) {
    if (value.text() == kUnits[i]) return static_cast<IntervalUnit>(i);
  }
  return std::nullopt;
}

std::string_view NameOf(IntervalUnit unit) { return kUnits[static_cast<size_t>(unit)]; }

absl::Time AddIntervals(absl::Time time, IntervalUnit unit, int64_t count) {
  if (unit == IntervalUnit::kDay || unit == IntervalUnit::kWeek) {
    return time + absl::Hours(24) * (unit == IntervalUnit::kWeek ? 7 : 1) * count;
  }
  const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
  const absl::Duration time_of_day = time - absl::FromCivil(day, absl::UTCTimeZone());
  const absl::CivilDay then = AddMonths(day, unit == IntervalUnit::kYear ? 12 * count : count);
  return absl::FromCivil(then, absl::UTCTimeZone()) + time_of_day;
}

Json Money(const Decimal& amount) { return Json::String(amount.ToFixed(2)); }

Json MoneyOrNull(const std::optional<Decimal>& amount) { return amount ? Money(*amount) : Json(); }

Json Timestamp(absl::Time time) {
  return Json::String(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()));
}

Json TextOrNull(const std::optional<std::string>& text) {
  return text ? Json::String(*text) : Json();
}

}  // namespace billing::sandbox::billpro
