#include "client/billingctl/text_values.h"

#include <cctype>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "service/common/strings.h"
#include "service/common/utf8.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Expected(std::string_view text, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::CHexEscape(ToAbsl(text.substr(0, 80))), "' is not ", ToAbsl(what)));
}

// What the API takes beyond JSON's number grammar.
constexpr size_t kMaxDecimalDigits = 64;
constexpr int kMaxDecimalExponent = 64;

// Reads the digits at the beginning of `text` off it.
absl::string_view TakeDigits(absl::string_view& text) {
  size_t length = 0;
  while (length < text.size() && absl::ascii_isdigit(text[length])) ++length;
  const absl::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// What is wrong with a decimal, as the API takes it: in JSON's number grammar, within limits.
// nullptr if nothing is.
const char* NoDecimal(std::string_view given) {
  static constexpr char kForm[] = "a decimal such as 12.50";
  absl::string_view text = ToAbsl(given);
  absl::ConsumePrefix(&text, "-");
  const absl::string_view whole = TakeDigits(text);
  if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return kForm;
  size_t digits = whole.size();
  bool small = true;
  if (absl::ConsumePrefix(&text, ".")) {
    const absl::string_view fraction = TakeDigits(text);
    if (fraction.empty()) return kForm;
    digits += fraction.size();
  }
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    if (!absl::ConsumePrefix(&text, "+")) absl::ConsumePrefix(&text, "-");
    const absl::string_view exponent = TakeDigits(text);
    if (exponent.empty()) return kForm;
    int number = 0;
    small = absl::SimpleAtoi(exponent, &number) && number <= kMaxDecimalExponent;
  }
  if (!text.empty()) return kForm;
  if (digits > kMaxDecimalDigits) return "a decimal of at most 64 digits";
  return small ? nullptr : "a decimal with an exponent from -64 to 64";
}

absl::Status Parse(std::string_view text, google::type::Decimal& decimal) {
  if (const char* expected = NoDecimal(text)) return Expected(text, expected);
  decimal.set_value(std::string(text));
  return absl::OkStatus();
}

// Four, two and two digits; the library takes fewer and more.
bool ParseDay(std::string_view text, absl::CivilDay& day) {
  if (text.size() != 10) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : !absl::ascii_isdigit(text[i])) return false;
  }
  return absl::ParseCivilTime(ToAbsl(text), &day) && day.year() > 0;
}

absl::Status Parse(std::string_view text, google::type::Date& date) {
  absl::CivilDay day;
  if (!ParseDay(text, day)) return Expected(text, "a date such as 2026-01-31");
  date.set_year(static_cast<int>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, google::protobuf::Timestamp& timestamp) {
  std::string iso(text);
  if (iso.size() > 10 && iso[10] == ' ') iso[10] = 'T';
  absl::Time time;
  absl::CivilDay day;
  if (ParseDay(iso, day)) {
    time = absl::FromCivil(day, absl::UTCTimeZone());
  } else if (!absl::ParseTime(absl::RFC3339_full, iso, &time, nullptr) &&
             !absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", iso, absl::UTCTimeZone(), &time, nullptr)) {
    return Expected(text, "a time such as 2026-01-31T12:00:00Z");
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  // From year 1 to year 9999, as the type has it.
  if (seconds < -62135596800 || seconds > 253402300799) {
    return Expected(text, "a time of the years 1 to 9999");
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return absl::OkStatus();
}

absl::Status Parse(std::string_view text, google::protobuf::Duration& duration) {
  absl::Duration value;
  if (!absl::ParseDuration(ToAbsl(text), &value) || value > absl::Hours(24 * 36500) ||
      value < -absl::Hours(24 * 36500)) {
    return Expected(text, "a duration such as 90s or 1h30m");
  }
  duration.set_seconds(absl::IDivDuration(value, absl::Seconds(1), &value));
  duration.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(value)));
  return absl::OkStatus();
}

// Proto JSON writes paths in camel case; the paths themselves have underscores.
std::string SnakePath(absl::string_view path) {
  std::string snake;
  for (const char c : path) {
    if (absl::ascii_isupper(c)) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

absl::Status Parse(std::string_view text, google::protobuf::FieldMask& mask) {
  for (absl::string_view path : absl::StrSplit(ToAbsl(text), ',', absl::SkipWhitespace())) {
    mask.add_paths(SnakePath(absl::StripAsciiWhitespace(path)));
  }
  return absl::OkStatus();
}

std::optional<std::string> Format(const google::type::Decimal& decimal) {
  if (NoDecimal(decimal.value()) != nullptr) return std::nullopt;
  return decimal.value();
}

std::optional<std::string> Format(const google::type::Date& date) {
  absl::CivilDay day(date.year(), date.month(), date.day());
  if (date.year() < 1 || date.year() > 9999 || day.month() != date.month() ||
      day.day() != date.day()) {
    return std::nullopt;
  }
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

std::optional<std::string> Format(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) return std::nullopt;
  if (timestamp.seconds() < -62135596800 || timestamp.seconds() > 253402300799) return std::nullopt;
  return absl::FormatTime(
      "%E4Y-%m-%dT%H:%M:%E*SZ",
      absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos()),
      absl::UTCTimeZone());
}

std::optional<std::string> Format(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Seconds(duration.seconds()) +
                              absl::Nanoseconds(duration.nanos()));
}

std::optional<std::string> Format(const google::protobuf::FieldMask& mask) {
  for (const std::string& path : mask.paths()) {
    if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") != std::string::npos) {
      return std::nullopt;
    }
  }
  return absl::StrJoin(mask.paths(), ",");
}

// Calls `visit` with the message as what it is; false for a type that is not textual.
template <typename Visitor, typename AnyMessage>
bool Visit(AnyMessage& message, const Visitor& visit) {
  const auto as = [&](auto* typed) {
    if (typed != nullptr) visit(*typed);
    return typed != nullptr;
  };
  using google::protobuf::DynamicCastToGenerated;
  return as(DynamicCastToGenerated<google::type::Decimal>(&message)) ||
         as(DynamicCastToGenerated<google::type::Date>(&message)) ||
         as(DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) ||
         as(DynamicCastToGenerated<google::protobuf::Duration>(&message)) ||
         as(DynamicCastToGenerated<google::protobuf::FieldMask>(&message));
}

// "DELIVERY_METHOD_" of the enum DeliveryMethod.
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return prefix + "_";
}

const std::string& Spelling(const EnumValueDescriptor& value) {
  return value.options().GetExtension(billing::gateway::v1::spelling);
}

template <typename Number>
absl::Status SetNumber(std::string_view text, bool parsed, Number number,
                       const FieldDescriptor& field, Message& message,
                       void (google::protobuf::Reflection::*set)(Message*, const FieldDescriptor*,
                                                                 Number) const,
                       void (google::protobuf::Reflection::*add)(Message*, const FieldDescriptor*,
                                                                 Number) const) {
  if (!parsed) {
    return Expected(text, field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? "true or false"
                          : field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
                                  field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT
                              ? "a number"
                              : "a whole number in range");
  }
  (message.GetReflection()->*(field.is_repeated() ? add : set))(&message, &field, number);
  return absl::OkStatus();
}

absl::Status SetText(std::string_view text, const FieldDescriptor& field, Message& message) {
  std::string value(text);
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    if (!absl::Base64Unescape(ToAbsl(text), &value)) return Expected(text, "base64");
  } else if (common::ValidUtf8Prefix(text) != text.size()) {
    return Expected(text, "UTF-8");
  }
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddString(&message, &field, std::move(value));
  } else {
    reflection.SetString(&message, &field, std::move(value));
  }
  return absl::OkStatus();
}

absl::Status SetEnum(std::string_view text, const FieldDescriptor& field, Message& message) {
  const EnumValueDescriptor* value = FindEnumValue(*field.enum_type(), text);
  if (value == nullptr) {
    return Expected(text, absl::StrCat("one of ", EnumChoices(*field.enum_type())).c_str());
  }
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    reflection.AddEnum(&message, &field, value);
  } else {
    reflection.SetEnum(&message, &field, value);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsTextual(const Descriptor& type) {
  return &type == google::type::Decimal::descriptor() ||
         &type == google::type::Date::descriptor() ||
         &type == google::protobuf::Timestamp::descriptor() ||
         &type == google::protobuf::Duration::descriptor() ||
         &type == google::protobuf::FieldMask::descriptor();
}

absl::Status ParseTextual(std::string_view text, Message& message) {
  absl::Status status = absl::InvalidArgumentError("not written as text");
  Visit(message, [&](auto& typed) {
    typed.Clear();
    status = Parse(text, typed);
  });
  return status;
}

std::optional<std::string> FormatTextual(const Message& message) {
  std::optional<std::string> text;
  Visit(message, [&](const auto& typed) { text = Format(typed); });
  return text;
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, std::string_view text) {
  std::string name = absl::StrReplaceAll(absl::AsciiStrToUpper(ToAbsl(text)), {{"-", "_"}});
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (!Spelling(value).empty() && absl::EqualsIgnoreCase(Spelling(value), ToAbsl(text))) {
      return &value;
    }
  }
  if (const auto* value = type.FindValueByName(name)) return value;
  if (const auto* value = type.FindValueByName(EnumPrefix(type) + name)) return value;
  int number = 0;
  return absl::SimpleAtoi(name, &number) ? type.FindValueByNumber(number) : nullptr;
}

std::string ShortEnumName(const EnumValueDescriptor& value) {
  if (!Spelling(value).empty()) return Spelling(value);
  return absl::AsciiStrToLower(absl::StripPrefix(value.name(), EnumPrefix(*value.type())));
}

std::string EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(ShortEnumName(*type.value(i)));
  }
  return absl::StrJoin(names, ", ");
}

absl::Status SetScalar(std::string_view text, const FieldDescriptor& field, Message& message) {
  using google::protobuf::Reflection;
  const absl::string_view given = ToAbsl(text);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: {
      return SetNumber<bool>(text, text == "true" || text == "false", text == "true", field,
                             message, &Reflection::SetBool, &Reflection::AddBool);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t number = 0;
      const bool ok = absl::SimpleAtoi(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetInt32,
                       &Reflection::AddInt32);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t number = 0;
      const bool ok = absl::SimpleAtoi(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetInt64,
                       &Reflection::AddInt64);
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t number = 0;
      const bool ok = absl::SimpleAtoi(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetUInt32,
                       &Reflection::AddUInt32);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t number = 0;
      const bool ok = absl::SimpleAtoi(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetUInt64,
                       &Reflection::AddUInt64);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = 0;
      const bool ok = absl::SimpleAtod(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetDouble,
                       &Reflection::AddDouble);
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      float number = 0;
      const bool ok = absl::SimpleAtof(given, &number);
      return SetNumber(text, ok, number, field, message, &Reflection::SetFloat,
                       &Reflection::AddFloat);
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return SetText(text, field, message);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(text, field, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return absl::InvalidArgumentError("not written as text");
}

std::string ValueKind(const FieldDescriptor& field) {
  if (const Descriptor* type = field.message_type()) {
    return IsTextual(*type) ? absl::AsciiStrToLower(type->name()) : "json|yaml";
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "bool";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "enum";
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "@file|base64" : "text";
    default:
      return "number";
  }
}

}  // namespace billing::ctl
