#include "service/sandbox/clock.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_format.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

constexpr absl::Duration kMaxSpan = absl::Hours(24 * 36525);

absl::Duration UnitOf(char unit) {
  switch (unit) {
    case 'w':
      return absl::Hours(24 * 7);
    case 'd':
      return absl::Hours(24);
    case 'h':
      return absl::Hours(1);
    case 'm':
      return absl::Minutes(1);
    case 's':
      return absl::Seconds(1);
    default:
      return absl::ZeroDuration();
  }
}

}  // namespace

void Clock::TurnTo(absl::Time time) { offset_ += std::max(time - Now(), absl::ZeroDuration()); }

std::optional<absl::Duration> ParseSpan(std::string_view text) {
  absl::Duration total;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = 0;
    int64_t count = 0;
    while (digits < text.size() && digits < 12 &&
           std::isdigit(static_cast<unsigned char>(text[digits]))) {
      count = count * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits == text.size()) return std::nullopt;
    const absl::Duration unit = UnitOf(text[digits]);
    if (unit == absl::ZeroDuration()) return std::nullopt;
    total += count * unit;
    text.remove_prefix(digits + 1);
    if (total > kMaxSpan) return std::nullopt;
  }
  return total;
}

std::optional<absl::Time> ParseMoment(std::string_view text) {
  if (const auto day = ParseDate(text)) return absl::FromCivil(*day, absl::UTCTimeZone());
  // Keeps out what ParseTime knows beside dates: "infinite-past".
  if (text.size() < 10 || !ParseDate(text.substr(0, 10))) return std::nullopt;
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, nullptr) ||
      absl::ParseTime("%Y-%m-%d %H:%M:%S", ToAbsl(text), &time, nullptr) ||
      absl::ParseTime("%Y-%m-%d%ET%H:%M:%E*S", ToAbsl(text), &time, nullptr)) {
    return time;
  }
  return std::nullopt;
}

std::optional<absl::CivilDay> ParseDate(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : !std::isdigit(static_cast<unsigned char>(text[i]))) {
      return std::nullopt;
    }
  }
  absl::CivilDay day;
  if (!absl::ParseCivilTime(ToAbsl(text), &day)) return std::nullopt;
  return day;
}

std::string FormatTimestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

std::string FormatDate(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

std::string FormatIsoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

}  // namespace billing::sandbox
