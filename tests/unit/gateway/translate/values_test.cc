#include "service/gateway/translate/values.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

std::string Digits(size_t count) { return std::string(count, '7'); }

TEST(IsDecimal, FollowsTheNumberGrammarOfJson) {
  for (std::string_view good :
       {"0", "-0", "1", "12.50", "0.00", "-0.0", "1e3", "1E3", "1e+3", "1e-3", "1.5E+07", "1e0",
        "10", "0.1", "-12345678901234567890.123456789", "1e00000000000000000000000000064"}) {
    EXPECT_TRUE(IsDecimal(good)) << good;
  }
  for (std::string_view bad :
       {"",      "-",     "+1",   ".5",    "1.",       "01",        "-01", "00",  "1.2.3", "1e",
        "1e+",   "1e1.5", "0x10", "NaN",   "Infinity", "-Infinity", "inf", "1,5", "1 ",    " 1",
        "1_000", "--1",   "1-",   "1e+-3", "e3",       "\"1\"",     "1f",  "1\n", "١"}) {
    EXPECT_FALSE(IsDecimal(bad)) << bad;
  }
  EXPECT_FALSE(IsDecimal(std::string_view("1\0", 2)));
}

TEST(IsPlainDecimal, HasNeitherExponentNorNegativeZero) {
  for (const char* plain : {"0", "0.00", "1", "-1", "-0.01", "10.50", "9999999999.99"}) {
    EXPECT_TRUE(IsPlainDecimal(plain)) << plain;
  }
  for (const char* other : {"1e3", "1E+2", "1.5e-3", "0e0", "-0", "-0.00", "-0e5"}) {
    EXPECT_FALSE(IsPlainDecimal(other)) << other;
  }
}

TEST(IsDecimal, BoundsDigitsAndExponent) {
  EXPECT_TRUE(IsDecimal(Digits(64)));
  EXPECT_FALSE(IsDecimal(Digits(65)));
  EXPECT_TRUE(IsDecimal("-" + Digits(32) + "." + Digits(32)));
  EXPECT_FALSE(IsDecimal("-" + Digits(32) + "." + Digits(33)));
  EXPECT_TRUE(IsDecimal("0." + Digits(63)));
  EXPECT_FALSE(IsDecimal("0." + Digits(64)));
  for (const char* good : {"1e64", "1e-64", "1e+64", "-1E-64"})
    EXPECT_TRUE(IsDecimal(good)) << good;
  for (const char* bad : {"1e65", "1e-65", "1e+65", "1e4294967296", "1e-99999999999999999999"}) {
    EXPECT_FALSE(IsDecimal(bad)) << bad;
  }
}

TEST(ParseCanonicalInteger, TakesWhatItWrites) {
  for (int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{2147483647},
                        int64_t{-2147483648}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(ParseCanonicalInteger(std::to_string(value)), value);
  }
  for (std::string_view bad :
       {"", "-", "-0", "00", "01", "-01", "+1", "1.0", "1e3", " 1", "1 ", "9223372036854775808",
        "-9223372036854775809", "18446744073709551617", "99999999999999999999", "0x1", "1-"}) {
    EXPECT_FALSE(ParseCanonicalInteger(bad)) << bad;
  }
}

TEST(ParseDate, ReadsBothSpellings) {
  EXPECT_EQ(ParseDate("2021-04-30"), (Date{2021, 4, 30}));
  EXPECT_EQ(ParseDate("30/04/2021"), (Date{2021, 4, 30}));
  EXPECT_EQ(ParseDate("0001-01-01"), (Date{1, 1, 1}));
  EXPECT_EQ(ParseDate("31/12/9999"), (Date{9999, 12, 31}));
}

TEST(ParseDate, KnowsLeapYears) {
  for (const char* good : {"2024-02-29", "2000-02-29", "0004-02-29", "29/02/2024"}) {
    EXPECT_TRUE(ParseDate(good)) << good;
  }
  for (const char* bad : {"2023-02-29", "1900-02-29", "2100-02-29", "2024-02-30", "29/02/2023"}) {
    EXPECT_FALSE(ParseDate(bad)) << bad;
  }
}

TEST(ParseDate, RefusesWhatIsNoDay) {
  for (std::string_view bad :
       {"",           "2021-4-30",   "2021-04-3",   "21-04-30",    "2021/04/30", "04/30/2021",
        "0000-01-01", "2021-00-10",  "2021-13-10",  "2021-01-00",  "2021-04-31", "2021-01-32",
        "30-04-2021", "2021-04-30 ", " 2021-04-30", "2021-04-30T", "+021-04-30", "2021--4-30",
        "2021-04-3a", "-001-01-01",  "30/4/2021",   "3/04/2021",   "30/04/21",   "00/01/2021",
        "31/06/2021", "10000-01-01", "２０"}) {
    EXPECT_FALSE(ParseDate(bad)) << bad;
  }
}

TEST(AppendDate, WritesBothSpellings) {
  std::string text;
  AppendDate({2021, 4, 30}, v1::DATE_SPELLING_ISO, &text);
  text += ' ';
  AppendDate({2021, 4, 30}, v1::DATE_SPELLING_DAY_FIRST, &text);
  text += ' ';
  AppendDate({7, 1, 2}, v1::DATE_SPELLING_ISO, &text);
  text += ' ';
  AppendDate({7, 1, 2}, v1::DATE_SPELLING_DAY_FIRST, &text);
  EXPECT_EQ(text, "2021-04-30 30/04/2021 0007-01-02 02/01/0007");
}

// Seconds by `date -u -d … +%s`.
struct MomentCase {
  const char* text;
  int64_t seconds;
  int32_t nanos;
};

TEST(ParseMoment, ReadsAllSpellings) {
  for (const MomentCase& c : {
           MomentCase{"2021-04-30 11:07:33", 1619780853, 0},
           MomentCase{"2021-04-30T11:07:33", 1619780853, 0},
           MomentCase{"2021-04-30T11:07:33Z", 1619780853, 0},
           MomentCase{"2021-04-30 11:07:33Z", 1619780853, 0},
           MomentCase{"2021-04-30T11:07:33+00:00", 1619780853, 0},
           MomentCase{"2021-04-30T11:07:33-00:00", 1619780853, 0},
           MomentCase{"2021-04-30T13:07:33+02:00", 1619780853, 0},
           MomentCase{"2021-04-30T13:07:33+0200", 1619780853, 0},
           MomentCase{"2021-04-30T05:37:33-05:30", 1619780853, 0},
           MomentCase{"2021-05-01T01:07:33+14:00", 1619780853, 0},
           MomentCase{"2021-04-30T11:07:33.401381Z", 1619780853, 401381000},
           MomentCase{"2021-04-30 11:07:33.4", 1619780853, 400000000},
           MomentCase{"2021-04-30T11:07:33.123456789+00:00", 1619780853, 123456789},
           MomentCase{"2021-04-30T11:07:33.000000001Z", 1619780853, 1},
           MomentCase{"1970-01-01 00:00:00", 0, 0},
           MomentCase{"1969-12-31T23:59:59.5Z", -1, 500000000},
           MomentCase{"2000-02-29 00:00:00", 951782400, 0},
           MomentCase{"0001-01-01T00:00:00Z", -62135596800, 0},
           MomentCase{"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999},
       }) {
    EXPECT_EQ(ParseMoment(c.text), (Moment{c.seconds, c.nanos})) << c.text;
  }
}

TEST(ParseMoment, RefusesWhatIsNoMoment) {
  for (std::string_view bad : {"",
                               "2021-04-30",
                               "2021-04-30 11:07",
                               "2021-04-30T11:07:3",
                               "2021-04-30t11:07:33Z",
                               "2021-04-30T11:07:33z",
                               "2021-04-30  11:07:33",
                               "2021-02-29 11:07:33",
                               "2021-04-30 24:00:00",
                               "2021-04-30 11:60:00",
                               "2021-04-30 11:07:60",
                               "2021-04-30 11:07:33.",
                               "2021-04-30T11:07:33.Z",
                               "2021-04-30T11:07:33.1234567890Z",
                               "2021-04-30T11:07:33+2",
                               "2021-04-30T11:07:33+02:0",
                               "2021-04-30T11:07:33+24:00",
                               "2021-04-30T11:07:33+02:60",
                               "2021-04-30T11:07:33 +02:00",
                               "2021-04-30T11:07:33Zjunk",
                               "2021-04-30T11-07-33Z",
                               "0001-01-01T00:00:00+01:00",
                               "9999-12-31T23:59:59-01:00",
                               "30/04/2021 11:07:33",
                               "1619780853",
                               "2021-04-30T1a:07:33Z",
                               "2021-04-30T-1:07:33Z"}) {
    EXPECT_FALSE(ParseMoment(bad)) << bad;
  }
}

TEST(AppendMoment, WritesEverySpelling) {
  struct Case {
    Moment moment;
    v1::TimestampSpelling spelling;
    const char* text;  // nullptr: the spelling cannot hold it
  };
  const Moment whole{1619780853, 0};
  const Moment micros{1619780853, 401381000};
  const Moment nanos{1619780853, 401381001};
  for (const Case& c : {
           Case{whole, v1::TIMESTAMP_SPELLING_SPACE, "2021-04-30 11:07:33"},
           Case{whole, v1::TIMESTAMP_SPELLING_T, "2021-04-30T11:07:33"},
           Case{whole, v1::TIMESTAMP_SPELLING_RFC3339_Z, "2021-04-30T11:07:33Z"},
           Case{whole, v1::TIMESTAMP_SPELLING_RFC3339_OFFSET, "2021-04-30T11:07:33+00:00"},
           Case{whole, v1::TIMESTAMP_SPELLING_MICROS_Z, "2021-04-30T11:07:33.000000Z"},
           Case{whole, v1::TIMESTAMP_SPELLING_MILLIS_Z, "2021-04-30T11:07:33.000Z"},
           Case{
               {1619780853, 40000000}, v1::TIMESTAMP_SPELLING_MILLIS_Z, "2021-04-30T11:07:33.040Z"},
           Case{micros, v1::TIMESTAMP_SPELLING_MILLIS_Z, nullptr},
           Case{micros, v1::TIMESTAMP_SPELLING_SPACE, nullptr},
           Case{micros, v1::TIMESTAMP_SPELLING_T, nullptr},
           Case{micros, v1::TIMESTAMP_SPELLING_RFC3339_Z, "2021-04-30T11:07:33.401381Z"},
           Case{micros, v1::TIMESTAMP_SPELLING_RFC3339_OFFSET, "2021-04-30T11:07:33.401381+00:00"},
           Case{micros, v1::TIMESTAMP_SPELLING_MICROS_Z, "2021-04-30T11:07:33.401381Z"},
           Case{{1619780853, 400000000},
                v1::TIMESTAMP_SPELLING_RFC3339_Z,
                "2021-04-30T11:07:33.400Z"},
           Case{nanos, v1::TIMESTAMP_SPELLING_RFC3339_Z, "2021-04-30T11:07:33.401381001Z"},
           Case{nanos, v1::TIMESTAMP_SPELLING_MICROS_Z, nullptr},
           Case{{0, 1}, v1::TIMESTAMP_SPELLING_RFC3339_Z, "1970-01-01T00:00:00.000000001Z"},
           Case{{-1, 0}, v1::TIMESTAMP_SPELLING_SPACE, "1969-12-31 23:59:59"},
           Case{{-62135596800, 0}, v1::TIMESTAMP_SPELLING_SPACE, "0001-01-01 00:00:00"},
           Case{{253402300799, 0}, v1::TIMESTAMP_SPELLING_SPACE, "9999-12-31 23:59:59"},
           Case{{951782399, 0}, v1::TIMESTAMP_SPELLING_SPACE, "2000-02-28 23:59:59"},
           Case{{951868800, 0}, v1::TIMESTAMP_SPELLING_SPACE, "2000-03-01 00:00:00"},
       }) {
    std::string text;
    EXPECT_EQ(AppendMoment(c.moment, c.spelling, &text), c.text != nullptr) << c.moment.nanos;
    EXPECT_EQ(text, c.text == nullptr ? "" : c.text);
  }
}

TEST(Moment, IsValidFromYear1To9999) {
  EXPECT_TRUE(IsValid(Moment{-62135596800, 0}));
  EXPECT_FALSE(IsValid(Moment{-62135596801, 999999999}));
  EXPECT_TRUE(IsValid(Moment{253402300799, 999999999}));
  EXPECT_FALSE(IsValid(Moment{253402300800, 0}));
  EXPECT_FALSE(IsValid(Moment{0, -1}));
  EXPECT_FALSE(IsValid(Moment{0, 1000000000}));
  EXPECT_FALSE(IsValid(Moment{INT64_MIN, 0}));
  EXPECT_FALSE(IsValid(Moment{INT64_MAX, 0}));
}

// The vectors of RFC 4648, section 10, and bytes beyond ASCII.
TEST(Base64, ReadsAndWritesTheVectorsOfTheStandard) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {std::string("\0\xFF\xFE", 3), "AP/+"}};
  for (const auto& [bytes, text] : vectors) {
    std::string out = "x";
    EXPECT_TRUE(AppendBase64Decoded(text, &out)) << text;
    EXPECT_EQ(out, "x" + bytes);
    std::string encoded = "y";
    AppendBase64(bytes, &encoded);
    EXPECT_EQ(encoded, "y" + text);
  }
}

TEST(Base64, RefusesWhatWouldNotComeBackTheSame) {
  for (std::string_view bad : {"Zg",   "Zg=",  "Zg===", "Zm8",  "=",         "==",     "===",
                               "====", "Z===", "Zh==",  "Zm9=", "Zg==Zg==",  "Zm9v\n", "Zm 9v",
                               "Zm9-", "Zm9_", "Zg=a",  "A=B=", "Zm9vYg=\0", "ÅÄÖ"}) {
    std::string out = "kept";
    EXPECT_FALSE(AppendBase64Decoded(bad, &out)) << bad;
    EXPECT_EQ(out, "kept");
  }
}

TEST(ScanNumber, StopsWhereTheNumberEnds) {
  struct Case {
    std::string_view text;
    std::string_view rest;
    bool integer;
  };
  for (const Case& c :
       {Case{"12,", ",", true}, Case{"01", "1", true}, Case{"1.5}", "}", false},
        Case{"1.2.3", ".3", false}, Case{"-7e2]", "]", false}, Case{"1-2", "-2", true}}) {
    const NumberToken token = ScanNumber(c.text.data(), c.text.data() + c.text.size());
    ASSERT_NE(token.end, nullptr) << c.text;
    EXPECT_EQ(std::string_view(token.end, c.rest.size()), c.rest) << c.text;
    EXPECT_EQ(token.integer, c.integer) << c.text;
  }
  for (std::string_view none : {"", "-", "+1", "x", "1.", "1.e3", "1e", "-.5"}) {
    EXPECT_EQ(ScanNumber(none.data(), none.data() + none.size()).end, nullptr) << none;
  }
}

}  // namespace
}  // namespace billing::gateway::translate
