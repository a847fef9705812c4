#include "service/gateway/translate/values.h"

#include <algorithm>
#include <array>

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

constexpr int kSaturated = 1 << 20;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads exactly `count` digits at `pos`; -1 if there are others.
int Digits(std::string_view text, size_t pos, size_t count) {
  if (pos + count > text.size()) return -1;
  int value = 0;
  for (size_t i = pos; i < pos + count; ++i) {
    if (!IsDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

void AppendPadded(int64_t value, int width, std::string* out) {
  char buffer[20];
  for (int i = width - 1; i >= 0; --i) {
    buffer[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out->append(buffer, static_cast<size_t>(width));
}

// Days between 1970-01-01 and a civil date, by eras of 400 years.
// https://howardhinnant.github.io/date_algorithms.html
int64_t DaysFromCivil(const Date& date) {
  const int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400;
  const int64_t doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

Date CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t doe = days - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int32_t>(yoe + era * 400 + (month <= 2 ? 1 : 0)), static_cast<int32_t>(month),
          static_cast<int32_t>(doy - (153 * mp + 2) / 5 + 1)};
}

std::optional<Date> IsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const Date date{Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2)};
  if (!IsValid(date)) return std::nullopt;
  return date;
}

// "", "Z", "+hh:mm", "-hh:mm" and the same without colon; in seconds east of UTC.
std::optional<int> ParseZone(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const bool colon = text.size() == 6 && text[3] == ':';
  if (!colon && text.size() != 5) return std::nullopt;
  const int hours = Digits(text, 1, 2);
  const int minutes = Digits(text, colon ? 4 : 3, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

constexpr std::array<int16_t, 256> MakeBase64Table() {
  std::array<int16_t, 256> table{};
  for (auto& entry : table) entry = -1;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int16_t>(i);
  }
  return table;
}
constexpr std::array<int16_t, 256> kBase64 = MakeBase64Table();

}  // namespace

NumberToken ScanNumber(const char* begin, const char* end) {
  NumberToken token;
  const char* p = begin;
  if (p != end && *p == '-') ++p;
  if (p == end || !IsDigit(*p)) return token;
  const char* mantissa = p;
  if (*p == '0') {
    ++p;
  } else {
    while (p != end && IsDigit(*p)) ++p;
  }
  int64_t digits = p - mantissa;
  token.integer = true;
  if (p != end && *p == '.') {
    const char* fraction = ++p;
    while (p != end && IsDigit(*p)) ++p;
    if (p == fraction) return {};
    digits += p - fraction;
    token.integer = false;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool negative = p != end && *p == '-';
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (p == end || !IsDigit(*p)) return {};
    for (; p != end && IsDigit(*p); ++p) {
      token.exponent = std::min(token.exponent * 10 + (*p - '0'), kSaturated);
    }
    if (negative) token.exponent = -token.exponent;
    token.integer = false;
  }
  token.digits = static_cast<int>(std::min<int64_t>(digits, kSaturated));
  token.end = p;
  return token;
}

bool IsDecimal(std::string_view text) {
  const char* end = text.data() + text.size();
  const NumberToken token = ScanNumber(text.data(), end);
  return token.end != nullptr && token.end == end && token.digits <= kMaxDecimalDigits &&
         token.exponent >= -kMaxDecimalExponent && token.exponent <= kMaxDecimalExponent;
}

bool IsPlainDecimal(std::string_view decimal) {
  if (decimal.find_first_of("eE") != std::string_view::npos) return false;
  return decimal.front() != '-' || decimal.find_first_of("123456789") != std::string_view::npos;
}

std::optional<int64_t> ParseCanonicalInteger(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 19) return std::nullopt;
  if (digits[0] == '0' && (digits.size() > 1 || negative)) return std::nullopt;
  uint64_t value = 0;
  for (char c : digits) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  const uint64_t limit = (uint64_t{1} << 63) - (negative ? 0 : 1);
  if (value > limit) return std::nullopt;
  return static_cast<int64_t>(negative ? ~value + 1 : value);
}

bool IsValid(const Date& date) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1) {
    return false;
  }
  const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
  const int days = kDays[static_cast<size_t>(date.month - 1)] + (leap && date.month == 2 ? 1 : 0);
  return date.day <= days;
}

bool IsValid(const Moment& moment) {
  return moment.seconds >= -62135596800 && moment.seconds <= 253402300799 && moment.nanos >= 0 &&
         moment.nanos <= 999'999'999;
}

std::optional<Date> ParseDate(std::string_view text) {
  if (std::optional<Date> iso = IsoDate(text)) return iso;
  if (text.size() != 10 || text[2] != '/' || text[5] != '/') return std::nullopt;
  const Date date{Digits(text, 6, 4), Digits(text, 3, 2), Digits(text, 0, 2)};
  if (!IsValid(date)) return std::nullopt;
  return date;
}

void AppendDate(const Date& date, v1::DateSpelling spelling, std::string* out) {
  if (spelling == v1::DATE_SPELLING_DAY_FIRST) {
    AppendPadded(date.day, 2, out);
    out->push_back('/');
    AppendPadded(date.month, 2, out);
    out->push_back('/');
    AppendPadded(date.year, 4, out);
    return;
  }
  AppendPadded(date.year, 4, out);
  out->push_back('-');
  AppendPadded(date.month, 2, out);
  out->push_back('-');
  AppendPadded(date.day, 2, out);
}

std::optional<Moment> ParseMoment(std::string_view text) {
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const std::optional<Date> date = IsoDate(text.substr(0, 10));
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (!date || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  Moment moment;
  size_t pos = 19;
  if (pos < text.size() && text[pos] == '.') {
    const size_t begin = ++pos;
    int32_t scale = 100'000'000;
    for (; pos < text.size() && IsDigit(text[pos]); ++pos, scale /= 10) {
      if (scale == 0) return std::nullopt;
      moment.nanos += (text[pos] - '0') * scale;
    }
    if (pos == begin) return std::nullopt;
  }
  const std::optional<int> zone = ParseZone(text.substr(pos));
  if (!zone) return std::nullopt;
  moment.seconds =
      DaysFromCivil(*date) * 86400 + int64_t{hour} * 3600 + int64_t{minute} * 60 + second - *zone;
  if (!IsValid(moment)) return std::nullopt;
  return moment;
}

bool AppendMoment(const Moment& moment, v1::TimestampSpelling spelling, std::string* out) {
  const bool fraction = spelling == v1::TIMESTAMP_SPELLING_RFC3339_Z ||
                        spelling == v1::TIMESTAMP_SPELLING_RFC3339_OFFSET;
  const bool micros = spelling == v1::TIMESTAMP_SPELLING_MICROS_Z;
  const bool millis = spelling == v1::TIMESTAMP_SPELLING_MILLIS_Z;
  const bool fits =
      fraction || (micros && moment.nanos % 1000 == 0) || (millis && moment.nanos % 1'000'000 == 0);
  if (moment.nanos != 0 && !fits) return false;

  int64_t days = moment.seconds / 86400;
  int64_t rest = moment.seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  AppendDate(CivilFromDays(days), v1::DATE_SPELLING_ISO, out);
  out->push_back(spelling == v1::TIMESTAMP_SPELLING_SPACE ? ' ' : 'T');
  AppendPadded(rest / 3600, 2, out);
  out->push_back(':');
  AppendPadded(rest / 60 % 60, 2, out);
  out->push_back(':');
  AppendPadded(rest % 60, 2, out);
  if (micros) {
    out->push_back('.');
    AppendPadded(moment.nanos / 1000, 6, out);
  } else if (millis) {
    out->push_back('.');
    AppendPadded(moment.nanos / 1'000'000, 3, out);
  } else if (moment.nanos != 0) {
    out->push_back('.');
    if (moment.nanos % 1'000'000 == 0) {
      AppendPadded(moment.nanos / 1'000'000, 3, out);
    } else if (moment.nanos % 1000 == 0) {
      AppendPadded(moment.nanos / 1000, 6, out);
    } else {
      AppendPadded(moment.nanos, 9, out);
    }
  }
  if (spelling == v1::TIMESTAMP_SPELLING_RFC3339_OFFSET) {
    out->append("+00:00");
  } else if (micros || millis || spelling == v1::TIMESTAMP_SPELLING_RFC3339_Z) {
    out->push_back('Z');
  }
  return true;
}

bool AppendBase64Decoded(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return false;
  const size_t before = out->size();
  size_t padding = 0;
  if (!text.empty()) padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  out->resize(before + text.size() / 4 * 3);
  char* write = out->data() + before;
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    int sextet[4];
    int bad = 0;
    for (size_t j = 0; j < 4; ++j) {
      sextet[j] = kBase64[static_cast<uint8_t>(text[i + j])];
      if (last && j >= 4 - padding) sextet[j] = 0;
      bad |= sextet[j];
    }
    const int word = sextet[0] << 18 | sextet[1] << 12 | sextet[2] << 6 | sextet[3];
    // The bits that padding cuts off must be zero, or two texts would stand for the same bytes.
    if (bad < 0 || (last && (word & ((1 << (padding * 8)) - 1)) != 0)) {
      out->resize(before);
      return false;
    }
    *write++ = static_cast<char>(word >> 16);
    *write++ = static_cast<char>(word >> 8);
    *write++ = static_cast<char>(word);
  }
  out->resize(out->size() - padding);
  return true;
}

void AppendBase64(std::string_view bytes, std::string* out) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t before = out->size();
  out->resize(before + (bytes.size() + 2) / 3 * 4);
  char* write = out->data() + before;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << 16;
    if (count > 1) word |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 1])) << 8;
    if (count > 2) word |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i + 2]));
    *write++ = kAlphabet[word >> 18];
    *write++ = kAlphabet[word >> 12 & 63];
    *write++ = count > 1 ? kAlphabet[word >> 6 & 63] : '=';
    *write++ = count > 2 ? kAlphabet[word & 63] : '=';
  }
}

}  // namespace billing::gateway::translate
