#ifndef SERVICE_GATEWAY_TRANSLATE_VALUES_H_
#define SERVICE_GATEWAY_TRANSLATE_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "billing/gateway/v1/options.pb.h"

// The spellings of single values upstream: numbers, dates, moments, base64. All functions are pure.

namespace billing::gateway::translate {

// Limits of a decimal, in a request and in an answer.
inline constexpr int kMaxDecimalDigits = 64;
inline constexpr int kMaxDecimalExponent = 64;

// A number as JSON's grammar (RFC 8259, section 6) sees it.
struct NumberToken {
  const char* end = nullptr;  // one past its last character; nullptr: not a number
  bool integer = false;       // neither fraction nor exponent
  int digits = 0;             // of the mantissa, saturating
  int exponent = 0;           // as written, saturating
};

// Reads the number at `begin`. What follows it is the caller's to judge.
NumberToken ScanNumber(const char* begin, const char* end);

// Whether all of `text` is a JSON number within the limits of a decimal.
bool IsDecimal(std::string_view text);

// Whether a decimal (IsDecimal) has neither an exponent nor the sign of a negative zero.
bool IsPlainDecimal(std::string_view decimal);

// The value of all of `text` when it is an integer as this gateway writes it (no plus, no leading
// zeros, no "-0") and fits.
std::optional<int64_t> ParseCanonicalInteger(std::string_view text);

struct Date {
  int32_t year = 0;  // 1 to 9999
  int32_t month = 0;
  int32_t day = 0;
  bool operator==(const Date&) const = default;
};

struct Moment {
  int64_t seconds = 0;  // since 1970-01-01 00:00:00 UTC; years 1 to 9999
  int32_t nanos = 0;    // 0 to 999,999,999
  bool operator==(const Moment&) const = default;
};

bool IsValid(const Date& date);
bool IsValid(const Moment& moment);

// Reads any known spelling of a date.
std::optional<Date> ParseDate(std::string_view text);
// Appends `date`, which must be valid.
void AppendDate(const Date& date, billing::gateway::v1::DateSpelling spelling, std::string* out);

// Reads any known spelling of a moment; UTC where no zone is written. Finer than nanoseconds: none.
std::optional<Moment> ParseMoment(std::string_view text);
// Appends `moment`, which must be valid; false (nothing appended) when the spelling cannot hold
// its fraction.
bool AppendMoment(const Moment& moment, billing::gateway::v1::TimestampSpelling spelling,
                  std::string* out);

// Decodes standard base64 with padding and nothing else (RFC 4648, section 4), so that encoding
// gives the same text back. Appends to `out`; false leaves it as it was.
bool AppendBase64Decoded(std::string_view text, std::string* out);
void AppendBase64(std::string_view bytes, std::string* out);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_VALUES_H_
