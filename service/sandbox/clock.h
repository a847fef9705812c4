#ifndef SERVICE_SANDBOX_CLOCK_H_
#define SERVICE_SANDBOX_CLOCK_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace billing::sandbox {

// The sandbox's one clock: it runs like the real one and can be turned forward. Not thread-safe.
class Clock {
 public:
  // `real` gives the real time; injected by tests.
  explicit Clock(std::function<absl::Time()> real) : real_(std::move(real)) {}

  absl::Time Now() const { return real_() + offset_; }
  // Turns the clock forward; a time already past changes nothing.
  void TurnTo(absl::Time time);
  // Back to real time.
  void Reset() { offset_ = absl::ZeroDuration(); }

 private:
  std::function<absl::Time()> real_;
  absl::Duration offset_;
};

// "40d", "1d12h", "90m": whole weeks (w), days, hours, minutes and seconds, none negative, at most
// 100 years together.
std::optional<absl::Duration> ParseSpan(std::string_view text);

// "2026-11-21", "2026-11-21 22:30:00" or RFC 3339; UTC where no zone is written.
std::optional<absl::Time> ParseMoment(std::string_view text);

// "YYYY-MM-DD" and nothing else, a day that exists.
std::optional<absl::CivilDay> ParseDate(std::string_view text);

// The provider's spellings, in UTC: "YYYY-MM-DD hh:mm:ss" and "YYYY-MM-DD".
std::string FormatTimestamp(absl::Time time);
std::string FormatDate(absl::CivilDay day);
// The spelling of newer resources: "2023-02-01T00:00:00.000000Z".
std::string FormatIsoTime(absl::Time time);

absl::CivilDay DayOf(absl::Time time);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_CLOCK_H_
