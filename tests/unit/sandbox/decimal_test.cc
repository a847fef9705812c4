#include "service/sandbox/decimal.h"

#include <gtest/gtest.h>

namespace billing::sandbox {
namespace {

using Ties = Decimal::Ties;

std::string Sum(std::string_view a, std::string_view b) {
  return (*Decimal::Parse(a) + *Decimal::Parse(b)).ToString();
}

TEST(DecimalTest, ReadsAndWritesNumbers) {
  const std::pair<const char*, const char*> kCases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0.000", "0"},
      {"12", "12"},
      {"12.50", "12.5"},
      {"-0.365", "-0.365"},
      {"1e3", "1000"},
      {"1.5E-2", "0.015"},
      {"9999999999", "9999999999"},
      {"0.000001", "0.000001"},
      {"1.2300000000000000", "1.23"},
      {"100e-2", "1"},
  };
  for (const auto& [text, expected] : kCases) {
    const auto parsed = Decimal::Parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->ToString(), expected) << text;
  }
}

TEST(DecimalTest, RefusesOtherText) {
  for (const char* text :
       {"", "-", "+1", "01", ".5", "1.", "1e", "1e+", "1e1000", "NaN", "Infinity", "1 ", " 1",
        "0x1", "1,5", "10000000000", "0.0000001", "1e10", "1e-7"}) {
    EXPECT_FALSE(Decimal::Parse(text)) << text;
  }
}

TEST(DecimalTest, IsExact) {
  EXPECT_EQ(Sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(Sum("-0.05", "0.05"), "0");
  EXPECT_EQ(
      (*Decimal::Parse("9999999999.999999") * *Decimal::Parse("9999999999.999999")).ToString(),
      "99999999999999980000.000000000001");
  EXPECT_EQ(*Decimal::Parse("1.10"), *Decimal::Parse("1.1"));
  EXPECT_LT(*Decimal::Parse("-2"), *Decimal::Parse("-1.99"));
}

TEST(DecimalTest, Rounds) {
  const Decimal half = *Decimal::Parse("2.345");
  EXPECT_EQ(half.Round(2, Ties::kAwayFromZero).ToString(), "2.35");
  EXPECT_EQ(half.Round(2, Ties::kTowardZero).ToString(), "2.34");
  EXPECT_EQ((-half).Round(2, Ties::kAwayFromZero).ToString(), "-2.35");
  EXPECT_EQ(Decimal::Parse("2.3451")->Round(2, Ties::kTowardZero).ToString(), "2.35");
  EXPECT_EQ(half.Round(5, Ties::kAwayFromZero).ToString(), "2.345");
  EXPECT_EQ(Decimal(862).ToFixed(2), "862.00");
  EXPECT_EQ(Decimal::Parse("-0.5")->ToFixed(2), "-0.50");
  EXPECT_EQ(Decimal(0).ToFixed(0), "0");
}

}  // namespace
}  // namespace billing::sandbox
