#include "service/sandbox/decimal.h"

#include <algorithm>
#include <utility>

namespace billing::sandbox {
namespace {

__int128 PowerOfTen(int exponent) {
  __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes leading digits off `text`.
std::string_view TakeDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// The exponent after 'e', at most three digits of it; nothing where it is malformed.
std::optional<int> TakeExponent(std::string_view text) {
  text.remove_prefix(1);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::string_view digits = TakeDigits(text);
  if (digits.empty() || digits.size() > 3 || !text.empty()) return std::nullopt;
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::string_view whole = TakeDigits(text);
  if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
  std::string_view fraction;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    fraction = TakeDigits(text);
    if (fraction.empty()) return std::nullopt;
  }
  int exponent = 0;
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    const std::optional<int> parsed = TakeExponent(text);
    if (!parsed) return std::nullopt;
    exponent = *parsed;
  }

  std::string digits(whole);
  digits += fraction;
  int scale = static_cast<int>(fraction.size()) - exponent;
  while (digits.size() > 1 && digits.back() == '0' && scale > 0) {
    digits.pop_back();
    --scale;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits == "0") return Decimal();
  const int whole_digits = static_cast<int>(digits.size()) - scale;
  if (whole_digits > kMaxWhole || scale > kMaxFraction) return std::nullopt;

  __int128 units = 0;
  for (char c : digits) units = units * 10 + (c - '0');
  if (scale < 0) {
    units *= PowerOfTen(-scale);
    scale = 0;
  }
  return Decimal(negative ? -units : units, scale);
}

void Decimal::Align(Decimal& a, Decimal& b) {
  if (a.scale_ < b.scale_) {
    a.units_ *= PowerOfTen(b.scale_ - a.scale_);
    a.scale_ = b.scale_;
  } else if (b.scale_ < a.scale_) {
    Align(b, a);
  }
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  Decimal left = a;
  Decimal right = b;
  Decimal::Align(left, right);
  return Decimal(left.units_ + right.units_, left.scale_);
}

Decimal operator*(const Decimal& a, const Decimal& b) {
  return Decimal(a.units_ * b.units_, a.scale_ + b.scale_);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  Decimal left = a;
  Decimal right = b;
  Decimal::Align(left, right);
  if (left.units_ < right.units_) return std::strong_ordering::less;
  if (left.units_ > right.units_) return std::strong_ordering::greater;
  return std::strong_ordering::equal;
}

Decimal Decimal::Round(int digits, Ties ties) const {
  if (scale_ <= digits) return *this;
  const __int128 divisor = PowerOfTen(scale_ - digits);
  __int128 quotient = units_ / divisor;
  const __int128 remainder = units_ % divisor;
  const __int128 twice = (remainder < 0 ? -remainder : remainder) * 2;
  if (twice > divisor || (twice == divisor && ties == Ties::kAwayFromZero)) {
    quotient += units_ < 0 ? -1 : 1;
  }
  return Decimal(quotient, digits);
}

Decimal Decimal::DividedBy(int64_t divisor, int digits) const {
  const __int128 numerator = units_ * PowerOfTen(digits) * 2;
  const __int128 denominator = PowerOfTen(scale_) * divisor;
  const __int128 twice = numerator / denominator;
  return Decimal((twice + (twice < 0 ? -1 : 1)) / 2, digits);
}

int Decimal::fraction_digits() const {
  __int128 units = units_;
  int scale = scale_;
  while (scale > 0 && units % 10 == 0) {
    units /= 10;
    --scale;
  }
  return scale;
}

std::string Decimal::ToFixed(int digits) const {
  Decimal value = Round(digits, Ties::kAwayFromZero);
  __int128 units = value.units_ < 0 ? -value.units_ : value.units_;
  units *= PowerOfTen(digits - value.scale_);
  std::string text;
  for (int place = 0; units != 0 || place <= digits; ++place, units /= 10) {
    if (place == digits && digits > 0) text.push_back('.');
    text.push_back(static_cast<char>('0' + static_cast<int>(units % 10)));
  }
  if (value.units_ < 0) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

std::string Decimal::ToString() const { return ToFixed(fraction_digits()); }

}  // namespace billing::sandbox
