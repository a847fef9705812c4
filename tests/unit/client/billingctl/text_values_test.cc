#include "client/billingctl/text_values.h"

#include <gtest/gtest.h>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/common.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"

namespace billing::ctl {
namespace {

namespace v2 = billogram::v2;

TEST(TextualTest, Decimals) {
  google::type::Decimal decimal;
  for (const char* good :
       {"0", "12.50", "-0.5", "1e3", "1.5E-7", "123456789012345678901234567890"}) {
    EXPECT_TRUE(ParseTextual(good, decimal).ok()) << good;
    EXPECT_EQ(decimal.value(), good);
    EXPECT_EQ(FormatTextual(decimal), good);
  }
  for (const char* bad :
       {"", "12,50", ".5", "5.", "+1", "01", "1e", "NaN", "0x10", "1 000", "--1"}) {
    EXPECT_FALSE(ParseTextual(bad, decimal).ok()) << bad;
  }
}

TEST(TextualTest, DecimalsHaveTheLimitsOfTheApi) {
  google::type::Decimal decimal;
  const std::string digits(64, '7');
  for (const std::string& good : {digits, "-" + digits, "0." + digits.substr(1),
                                  std::string("1e64"), std::string("1E-64"), digits + "e+064"}) {
    EXPECT_TRUE(ParseTextual(good, decimal).ok()) << good;
  }
  const std::pair<std::string, std::string> rows[] = {
      {digits + "7", "is not a decimal of at most 64 digits"},
      {"0." + digits, "is not a decimal of at most 64 digits"},
      {"1e65", "'1e65' is not a decimal with an exponent from -64 to 64"},
      {"1e-65", "'1e-65' is not a decimal with an exponent from -64 to 64"},
      {"1e99999999999", "is not a decimal with an exponent from -64 to 64"},
      {"1e99x", "'1e99x' is not a decimal such as 12.50"},
  };
  for (const auto& [bad, error] : rows) {
    const std::string message(ParseTextual(bad, decimal).message());
    EXPECT_NE(message.find(error), std::string::npos) << bad << ": " << message;
  }
}

TEST(TextualTest, Dates) {
  google::type::Date date;
  ASSERT_TRUE(ParseTextual("2024-02-29", date).ok());
  EXPECT_EQ(date.year(), 2024);
  EXPECT_EQ(date.month(), 2);
  EXPECT_EQ(date.day(), 29);
  EXPECT_EQ(FormatTextual(date), "2024-02-29");
  for (const char* bad :
       {"2023-02-29", "2024-13-01", "29/02/2024", "2024-2-9", "0000-01-01", "10130-1-31", "x"}) {
    EXPECT_FALSE(ParseTextual(bad, date).ok()) << bad;
  }
  google::type::Date month;
  month.set_year(2024);
  month.set_month(2);
  EXPECT_EQ(FormatTextual(month), std::nullopt);
}

TEST(TextualTest, Timestamps) {
  google::protobuf::Timestamp time;
  for (const char* same :
       {"2021-04-30T11:07:33Z", "2021-04-30 11:07:33", "2021-04-30T13:07:33+02:00"}) {
    ASSERT_TRUE(ParseTextual(same, time).ok()) << same;
    EXPECT_EQ(time.seconds(), 1619780853) << same;
    EXPECT_EQ(FormatTextual(time), "2021-04-30T11:07:33Z");
  }
  ASSERT_TRUE(ParseTextual("2021-04-30", time).ok());
  EXPECT_EQ(FormatTextual(time), "2021-04-30T00:00:00Z");
  ASSERT_TRUE(ParseTextual("2021-04-30T11:07:33.401381Z", time).ok());
  EXPECT_EQ(time.nanos(), 401381000);
  for (const char* bad :
       {"yesterday", "2021-04-31", "2021-04-30T25:00:00Z", "", "infinite-future"}) {
    EXPECT_FALSE(ParseTextual(bad, time).ok()) << bad;
  }
}

TEST(TextualTest, DurationsAndMasks) {
  google::protobuf::Duration duration;
  ASSERT_TRUE(ParseTextual("1h30m", duration).ok());
  EXPECT_EQ(duration.seconds(), 5400);
  EXPECT_FALSE(ParseTextual("inf", duration).ok());
  google::protobuf::FieldMask mask;
  ASSERT_TRUE(ParseTextual("due_date, info.yourReference", mask).ok());
  EXPECT_EQ(FormatTextual(mask), "due_date,info.your_reference");
}

TEST(EnumTest, EveryWayToSayIt) {
  const auto& type = *v2::DeliveryMethod_descriptor();
  for (const char* text :
       {"DELIVERY_METHOD_EMAIL_LETTER", "email-letter", "Email+Letter", "EMAIL_LETTER", "1"}) {
    const auto* value = FindEnumValue(type, text);
    ASSERT_NE(value, nullptr) << text;
    EXPECT_EQ(value->number(), v2::DELIVERY_METHOD_EMAIL_LETTER) << text;
  }
  for (const char* text : {"", "pigeon", "99", "-1"})
    EXPECT_EQ(FindEnumValue(type, text), nullptr) << text;
  EXPECT_EQ(ShortEnumName(*type.FindValueByNumber(v2::DELIVERY_METHOD_EMAIL_LETTER)),
            "Email+Letter");
}

TEST(SetScalarTest, SaysWhatIsExpected) {
  v2::Billogram billogram;
  const auto set = [&](const char* name, std::string_view text) {
    return std::string(
        SetScalar(text, *v2::Billogram::descriptor()->FindFieldByName(name), billogram).message());
  };
  EXPECT_EQ(set("due_days", "30"), "");
  EXPECT_EQ(billogram.due_days(), 30);
  EXPECT_EQ(set("due_days", "3000000000"), "'3000000000' is not a whole number in range");
  EXPECT_EQ(set("due_days", "1.5"), "'1.5' is not a whole number in range");
  EXPECT_EQ(set("automatic_reminders", "yes"), "'yes' is not true or false");
  EXPECT_EQ(set("currency", "\xFF"), "'\\xff' is not UTF-8");
  EXPECT_EQ(set("attachment_content", "!"), "'!' is not base64");
  EXPECT_EQ(set("attachment_content", "JVBERg=="), "");
  EXPECT_EQ(billogram.attachment_content(), "%PDF");
}

}  // namespace
}  // namespace billing::ctl
