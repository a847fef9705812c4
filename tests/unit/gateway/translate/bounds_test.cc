#include "service/gateway/translate/bounds.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace billing::gateway::translate {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::unique_ptr<const Bounds>> Make(const std::string& text) {
  billing::gateway::v1::Bounds bounds;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &bounds)) << text;
  return Bounds::Make(bounds);
}

std::string Text(const std::string& bounds, std::string_view text) {
  const auto made = Make(bounds);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? (*made)->WhyNotText(text) : "(no bounds)";
}

std::string Number(const std::string& bounds, std::string_view decimal) {
  const auto made = Make(bounds);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? (*made)->WhyNotNumber(decimal) : "(no bounds)";
}

TEST(CompareDecimals, IsExact) {
  // In rising order; the spellings of a row are equal.
  const std::vector<std::vector<std::string>> rows = {
      {"-1e64"},
      {"-100", "-1e2", "-100.00", "-0.1e+3"},
      {"-99.9"},
      {"-0.30000000000000000000000000000000000000000000000000001"},
      {"-0.3", "-3e-1"},
      {"-1e-64"},
      {"0", "-0", "0.00", "0e5", "-0.0E-9"},
      {"1e-64"},
      {"0.05", "5e-2", "0.050"},
      {"0.5"},
      {"9"},
      {"10", "1e1", "1E+1", "10.0"},
      {"100"},
      {"100.00000000000000000000000000000000000000000000000000000000001"},
      {"9007199254740992"},
      {"9007199254740993"},
      {"1e64", "10e63"},
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows.size(); ++j) {
      for (const std::string& a : rows[i]) {
        for (const std::string& b : rows[j]) {
          const int result = CompareDecimals(a, b);
          EXPECT_EQ(result < 0, i < j) << a << " " << b;
          EXPECT_EQ(result > 0, i > j) << a << " " << b;
        }
      }
    }
  }
}

TEST(DecimalPlaces, CountsWhatIsBehindThePoint) {
  for (const auto& [text, places] : {std::pair("25", 0),
                                     {"25.50", 1},
                                     {"25.55", 2},
                                     {"0.125", 3},
                                     {"1e-2", 2},
                                     {"2500e-2", 0},
                                     {"1.25e1", 1},
                                     {"1e5", 0},
                                     {"0.000", 0},
                                     {"-12.345", 3}}) {
    EXPECT_EQ(DecimalPlaces(text), places) << text;
  }
}

TEST(Bounds, OfNumbers) {
  const std::string vat = "at_least: '0' at_most: '100' max_decimals: 2";
  for (const char* good : {"0", "-0", "100", "1e2", "12.50", "99.99", "25.5000"}) {
    EXPECT_EQ(Number(vat, good), "") << good;
  }
  EXPECT_EQ(Number(vat, "-0.01"), "must be at least 0");
  EXPECT_EQ(Number(vat, "100.01"), "must be at most 100");
  EXPECT_EQ(Number(vat, "12.345"), "must have at most 2 decimals");
  EXPECT_EQ(Number("above: '0'", "0"), "must be greater than 0");
  EXPECT_EQ(Number("above: '0'", "1e-64"), "");
  EXPECT_EQ(Number("below: '0'", "0.0"), "must be less than 0");
  EXPECT_EQ(Number("below: '0'", "-1"), "");
}

TEST(Bounds, OfTexts) {
  EXPECT_EQ(Text("max_length: 3", "abc"), "");
  EXPECT_EQ(Text("max_length: 3", "abcd"), "must be at most 3 characters");
  // Characters, not bytes.
  EXPECT_EQ(Text("max_length: 3", "\xC3\xA5\xC3\xA4\xE2\x82\xAC"), "");
  EXPECT_EQ(Text("min_length: 1", ""), "must not be empty");
  EXPECT_EQ(Text("min_length: 2", "\xC3\xA5"), "must be at least 2 characters");
  const std::string pattern = "pattern: '^https?://' pattern_says: 'must be a URL'";
  EXPECT_EQ(Text(pattern, "https://example.test"), "");
  EXPECT_EQ(Text(pattern, "ftp://example.test"), "must be a URL");
  EXPECT_EQ(Text(pattern, "x https://example.test"), "must be a URL");
}

TEST(Bounds, HostileTextCostsNoMoreThanItsLength) {
  const std::string text(200000, 'a');
  EXPECT_EQ(Text("pattern: '^(a+)+$' pattern_says: 'must be'", text + "!"), "must be");
  EXPECT_EQ(Text("max_length: 10", text), "must be at most 10 characters");
}

TEST(Bounds, RefusesLimitsItCannotHonour) {
  for (const char* bad :
       {"", "at_least: 'x'", "at_most: '1e99'", "max_length: 3 at_most: '5'", "pattern: '('",
        "pattern: '('  pattern_says: 'no'", "pattern: 'a'", "max_length: 1 pattern_says: 'a'"}) {
    EXPECT_FALSE(Make(bad).ok()) << bad;
  }
}

std::string Mode(const std::string& bounds, int32_t number) {
  billing::gateway::v1::Bounds parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(bounds, &parsed)) << bounds;
  const auto made = Bounds::Make(parsed, billing::gateway::v1::Safety_descriptor());
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? (*made)->WhyNotEnum(number) : "(no bounds)";
}

TEST(Bounds, OfEnums) {
  const std::string two = "values: 'SAFETY_SAFE' values: 'SAFETY_IDEMPOTENT'";
  EXPECT_EQ(Mode(two, 1), "");
  EXPECT_EQ(Mode(two, 2), "");
  EXPECT_EQ(Mode(two, 3), "must be SAFETY_SAFE or SAFETY_IDEMPOTENT");
  EXPECT_EQ(Mode("values: 'SAFETY_SAFE'", 2), "must be SAFETY_SAFE");
  // Not set, and what others refuse.
  EXPECT_EQ(Mode(two, 0), "");
  EXPECT_EQ(Mode(two, 99), "");
  EXPECT_FALSE(Make("values: 'SAFETY_SAFE'").ok());
  billing::gateway::v1::Bounds unknown;
  unknown.add_values("SAFETY_ODD");
  EXPECT_FALSE(Bounds::Make(unknown, billing::gateway::v1::Safety_descriptor()).ok());
  unknown.set_values(0, "SAFETY_SAFE");
  unknown.set_max_length(3);
  EXPECT_FALSE(Bounds::Make(unknown, billing::gateway::v1::Safety_descriptor()).ok());
}

}  // namespace
}  // namespace billing::gateway::translate
