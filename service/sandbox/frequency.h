#ifndef SERVICE_SANDBOX_FREQUENCY_H_
#define SERVICE_SANDBOX_FREQUENCY_H_

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"

namespace billing::sandbox {

// How often a billing tab becomes a billogram (reference, 3.6): "daily", "weekly#Monday",
// "weekly#1" (Monday) to "weekly#7", "monthly#1" to "monthly#31".
class Frequency {
 public:
  // Nothing for other text. Names of days are English, whatever their case.
  static std::optional<Frequency> Parse(std::string_view text);

  // The first billing day after `day`. A day that a month lacks is its last day.
  absl::CivilDay NextAfter(absl::CivilDay day) const;

 private:
  enum class Unit { kDay, kWeek, kMonth };
  Frequency(Unit unit, int number) : unit_(unit), number_(number) {}

  Unit unit_;
  int number_;  // of the week's day, 0 for Monday, or of the month's, from 1
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_FREQUENCY_H_
