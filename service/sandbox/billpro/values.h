#ifndef SERVICE_SANDBOX_BILLPRO_VALUES_H_
#define SERVICE_SANDBOX_BILLPRO_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/sandbox/decimal.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// Values as requests spell them (reference, 7). Forms have text only, so that text stands for
// numbers and switches everywhere. Nothing where a value is something else.
std::optional<std::string> ReadText(const Json& value);
std::optional<int64_t> ReadInteger(const Json& value);
std::optional<bool> ReadFlag(const Json& value);
// An amount that is not negative, with at most two decimals.
std::optional<Decimal> ReadMoney(const Json& value);
// "DD/MM/YYYY", a day that exists; a time of day may follow after a space.
std::optional<absl::Time> ReadDayFirst(std::string_view text);

// The member that says something: null where it is missing, null or empty text.
const Json* Given(const Json& object, std::string_view key);

enum class IntervalUnit { kDay, kWeek, kMonth, kYear };

std::optional<IntervalUnit> ReadUnit(const Json& value);
std::string_view NameOf(IntervalUnit unit);
// `count` units after `time`, in UTC; the last of the month where it has no such day.
absl::Time AddIntervals(absl::Time time, IntervalUnit unit, int64_t count);

// As answers spell them.
Json Money(const Decimal& amount);  // "44.99"
Json MoneyOrNull(const std::optional<Decimal>& amount);
Json Timestamp(absl::Time time);  // "2024-02-12T15:12:37.314Z"
Json TextOrNull(const std::optional<std::string>& text);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_VALUES_H_
