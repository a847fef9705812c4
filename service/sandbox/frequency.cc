#include "service/sandbox/frequency.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

constexpr std::array<std::string_view, 7> kWeekdays = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

// A number from 1 to `max` without a leading zero.
std::optional<int> ReadNumber(std::string_view text, int max) {
  int number = 0;
  const bool digits = !text.empty() && text.size() <= 2 && text[0] != '0' &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || !absl::SimpleAtoi(ToAbsl(text), &number) || number > max) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Frequency> Frequency::Parse(std::string_view text) {
  if (text == "daily") return Frequency(Unit::kDay, 0);
  const size_t hash = text.find('#');
  if (hash == std::string_view::npos) return std::nullopt;
  const std::string_view unit = text.substr(0, hash);
  const std::string_view day = text.substr(hash + 1);
  if (unit == "monthly") {
    const auto number = ReadNumber(day, 31);
    return number ? std::optional(Frequency(Unit::kMonth, *number)) : std::nullopt;
  }
  if (unit != "weekly") return std::nullopt;
  if (const auto number = ReadNumber(day, 7)) return Frequency(Unit::kWeek, *number - 1);
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if (absl::EqualsIgnoreCase(ToAbsl(day), ToAbsl(kWeekdays[i]))) {
      return Frequency(Unit::kWeek, static_cast<int>(i));
    }
  }
  return std::nullopt;
}

absl::CivilDay Frequency::NextAfter(absl::CivilDay day) const {
  if (unit_ == Unit::kDay) return day + 1;
  if (unit_ == Unit::kWeek) {
    const int today = static_cast<int>(absl::GetWeekday(day));  // Monday is 0
    return day + ((number_ - today + 6) % 7 + 1);
  }
  absl::CivilMonth month(day);
  while (true) {
    const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
    const absl::CivilDay billing = std::min(absl::CivilDay(month) + (number_ - 1), last);
    if (billing > day) return billing;
    ++month;
  }
}

}  // namespace billing::sandbox
