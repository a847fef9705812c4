#ifndef SERVICE_SANDBOX_DECIMAL_H_
#define SERVICE_SANDBOX_DECIMAL_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::sandbox {

// An exact decimal number: sums of money are never rounded unless it is said how.
//
// Sums and products are exact as long as they fit in 37 digits. Parse() bounds its result so that
// price * quantity * percent, summed over any invoice the sandbox accepts, stays inside.
class Decimal {
 public:
  enum class Ties { kAwayFromZero, kTowardZero };

  // The most digits that Parse() takes before and after the decimal point.
  static constexpr int kMaxWhole = 10;
  static constexpr int kMaxFraction = 6;

  constexpr Decimal() = default;
  constexpr Decimal(int64_t whole) : units_(whole) {}  // NOLINT(google-explicit-constructor)

  // Reads a number as JSON spells it, exponents too. Nothing for other text or too many digits.
  static std::optional<Decimal> Parse(std::string_view text);

  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b) { return a + -b; }
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  Decimal operator-() const { return Decimal(-units_, scale_); }
  Decimal& operator+=(const Decimal& other) { return *this = *this + other; }
  Decimal& operator-=(const Decimal& other) { return *this = *this - other; }
  friend bool operator==(const Decimal& a, const Decimal& b) { return std::is_eq(a <=> b); }
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

  // A hundredth of it.
  Decimal Percent() const { return Decimal(units_, scale_ + 2); }
  // The nearest number with at most `digits` digits after the point.
  Decimal Round(int digits, Ties ties) const;
  // A `divisor`-th of it with at most `digits` digits after the point, halves away from zero.
  Decimal DividedBy(int64_t divisor, int digits) const;
  // How many digits stand after the point once trailing zeros are gone.
  int fraction_digits() const;

  // The shortest spelling: "60", "7.2", "-0.2".
  std::string ToString() const;
  // With exactly `digits` digits after the point; further ones are rounded away from zero.
  std::string ToFixed(int digits) const;

 private:
  constexpr Decimal(__int128 units, int scale) : units_(units), scale_(scale) {}
  static void Align(Decimal& a, Decimal& b);

  __int128 units_ = 0;
  int scale_ = 0;  // the value is units / 10^scale
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_DECIMAL_H_
