#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_SPELLING_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_SPELLING_TESTING_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

// The spellings of single values that design/api.md, "Values", allows upstream: a second reader,
// built on Abseil's calendar.

namespace billing::gateway::translate {

// "2026-01-31", then `iso`, or "31/01/2026".
std::optional<absl::CivilDay> ReadDay(const std::string& text, bool* iso);

// Date and time of day, with a fraction and a zone or without; UTC where no zone is written.
std::optional<absl::Time> ReadMoment(const std::string& text);

// JSON's number grammar within the limits of a decimal.
bool WithinDecimal(const std::string& text);

// "42.00" without its idle fraction; empty for anything else.
std::string WithoutFraction(const std::string& text);

}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_SPELLING_TESTING_H_
