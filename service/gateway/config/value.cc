#include "service/gateway/config/value.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/duration.pb.h"
#include "service/common/strings.h"
#include "service/common/utf8.h"

namespace billing::gateway::config {
namespace {

using common::ToAbsl;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsDuration(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Duration::descriptor();
}

absl::Status Invalid(const std::string& message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}

// Decimal digits after an optional minus, nothing else; absl alone would also take blanks and a
// plus.
bool LooksWhole(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <typename Number>
absl::StatusOr<Value> ParseWhole(std::string_view text, Number lowest, Number highest) {
  if (!LooksWhole(text)) return Invalid(absl::StrCat("must be a whole number, not ", Quote(text)));
  Number number = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &number) || number < lowest || number > highest) {
    return Invalid(absl::StrCat("must be from ", lowest, " to ", highest));
  }
  return Value(number);
}

absl::StatusOr<Value> ParseDuration(std::string_view text) {
  absl::Duration duration;
  const bool has_unit = text == "0" || (!text.empty() && absl::ascii_isalpha(text.back()));
  if (!has_unit || !absl::ParseDuration(ToAbsl(text), &duration) ||
      duration == absl::InfiniteDuration() || duration == -absl::InfiniteDuration()) {
    return Invalid(absl::StrCat("must be a duration such as \"30s\", \"1m30s\" or \"500ms\", not ",
                                Quote(text)));
  }
  // What google.protobuf.Duration can hold.
  constexpr absl::Duration kLongest = absl::Seconds(315'576'000'000);
  if (duration > kLongest || duration < -kLongest) return Invalid("is out of range");
  return Value(absl::Trunc(duration, absl::Nanoseconds(1)));
}

absl::StatusOr<Value> ParseEnum(const EnumDescriptor& type, std::string_view text) {
  std::vector<std::string> known;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    if (EnumSpelling(value) == text) return Value(&value);
    known.push_back(EnumSpelling(value));
  }
  return Invalid(
      absl::StrCat("must be one of ", absl::StrJoin(known, ", "), ", not ", Quote(text)));
}

absl::StatusOr<Value> ParseText(std::string_view text) {
  for (const unsigned char c : text) {
    if (c < 0x20 || c == 0x7F) return Invalid("holds a control character");
  }
  // Escapes in quotes can spell what the text check of the file cannot see.
  if (common::ValidUtf8Prefix(text) != text.size()) return Invalid("is not UTF-8");
  return Value(std::string(text));
}

absl::StatusOr<Value> ParseAnyValue(const FieldDescriptor& field, std::string_view text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return ParseText(text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text == "true" || text == "false") return Value(text == "true");
      return Invalid(absl::StrCat("must be true or false, not ", Quote(text)));
    case FieldDescriptor::CPPTYPE_INT32:
      return ParseWhole<int64_t>(text, std::numeric_limits<int32_t>::min(),
                                 std::numeric_limits<int32_t>::max());
    case FieldDescriptor::CPPTYPE_INT64:
      return ParseWhole<int64_t>(text, std::numeric_limits<int64_t>::min(),
                                 std::numeric_limits<int64_t>::max());
    case FieldDescriptor::CPPTYPE_UINT32:
      return ParseWhole<uint64_t>(text, 0, std::numeric_limits<uint32_t>::max());
    case FieldDescriptor::CPPTYPE_UINT64:
      return ParseWhole<uint64_t>(text, 0, std::numeric_limits<uint64_t>::max());
    case FieldDescriptor::CPPTYPE_ENUM:
      return ParseEnum(*field.enum_type(), text);
    default:
      if (IsDuration(field)) return ParseDuration(text);
      return Invalid("cannot be set in a file");
  }
}

// Compares values of one ordered type; any other pair is equal.
bool Less(const Value& a, const Value& b) {
  auto less = [&]<typename T>(const T* left) {
    const T* right = std::get_if<T>(&b);
    return left != nullptr && right != nullptr && *left < *right;
  };
  return less(std::get_if<int64_t>(&a)) || less(std::get_if<uint64_t>(&a)) ||
         less(std::get_if<absl::Duration>(&a));
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

}  // namespace

bool IsScalar(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return false;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsDuration(field);
    default:
      return field.type() != FieldDescriptor::TYPE_BYTES;
  }
}

const v1::Setting& SettingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::setting);
}

absl::StatusOr<Value> ParseValue(const FieldDescriptor& field, std::string_view text) {
  absl::StatusOr<Value> value = ParseAnyValue(field, text);
  if (!value.ok()) return value;
  const v1::Setting& setting = SettingOf(field);
  if (setting.has_min()) {
    absl::StatusOr<Value> min = ParseAnyValue(field, setting.min());
    if (min.ok() && Less(*value, *min)) {
      return Invalid(absl::StrCat("must be at least ", setting.min()));
    }
  }
  if (setting.has_max()) {
    absl::StatusOr<Value> max = ParseAnyValue(field, setting.max());
    if (max.ok() && Less(*max, *value)) {
      return Invalid(absl::StrCat("must be at most ", setting.max()));
    }
  }
  return value;
}

std::string SpellValue(const Value& value) {
  struct Speller {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(int64_t number) const { return absl::StrCat(number); }
    std::string operator()(uint64_t number) const { return absl::StrCat(number); }
    std::string operator()(absl::Duration duration) const {
      return duration == absl::ZeroDuration() ? "0s" : absl::FormatDuration(duration);
    }
    std::string operator()(const EnumValueDescriptor* symbol) const {
      return EnumSpelling(*symbol);
    }
  };
  return std::visit(Speller{}, value);
}

void Store(const FieldDescriptor& field, Value value, Message& message) {
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* f = &field;
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = std::get<std::string>(std::move(value));
      many ? reflection.AddString(&message, f, std::move(text))
           : reflection.SetString(&message, f, std::move(text));
      return;
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool flag = std::get<bool>(value);
      many ? reflection.AddBool(&message, f, flag) : reflection.SetBool(&message, f, flag);
      return;
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto number = static_cast<int32_t>(std::get<int64_t>(value));
      many ? reflection.AddInt32(&message, f, number) : reflection.SetInt32(&message, f, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t number = std::get<int64_t>(value);
      many ? reflection.AddInt64(&message, f, number) : reflection.SetInt64(&message, f, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto number = static_cast<uint32_t>(std::get<uint64_t>(value));
      many ? reflection.AddUInt32(&message, f, number) : reflection.SetUInt32(&message, f, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const uint64_t number = std::get<uint64_t>(value);
      many ? reflection.AddUInt64(&message, f, number) : reflection.SetUInt64(&message, f, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* symbol = std::get<const EnumValueDescriptor*>(value);
      many ? reflection.AddEnum(&message, f, symbol) : reflection.SetEnum(&message, f, symbol);
      return;
    }
    default: {
      Message* target =
          many ? reflection.AddMessage(&message, f) : reflection.MutableMessage(&message, f);
      target->CopyFrom(ToProto(std::get<absl::Duration>(value)));
    }
  }
}

Value Fetch(const FieldDescriptor& field, const Message& message, int index) {
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* f = &field;
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection.GetRepeatedString(message, f, index)
                  : reflection.GetString(message, f);
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? reflection.GetRepeatedBool(message, f, index) : reflection.GetBool(message, f);
    case FieldDescriptor::CPPTYPE_INT32:
      return int64_t{many ? reflection.GetRepeatedInt32(message, f, index)
                          : reflection.GetInt32(message, f)};
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? reflection.GetRepeatedInt64(message, f, index)
                  : reflection.GetInt64(message, f);
    case FieldDescriptor::CPPTYPE_UINT32:
      return uint64_t{many ? reflection.GetRepeatedUInt32(message, f, index)
                           : reflection.GetUInt32(message, f)};
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? reflection.GetRepeatedUInt64(message, f, index)
                  : reflection.GetUInt64(message, f);
    case FieldDescriptor::CPPTYPE_ENUM:
      return many ? reflection.GetRepeatedEnum(message, f, index) : reflection.GetEnum(message, f);
    default: {
      google::protobuf::Duration proto;
      proto.CopyFrom(many ? reflection.GetRepeatedMessage(message, f, index)
                          : reflection.GetMessage(message, f));
      return absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
    }
  }
}

std::string EnumSpelling(const EnumValueDescriptor& value) {
  // The prefix is the type's name in the words of the house style: LogLevel is LOG_LEVEL_.
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  std::string_view name = value.name();
  if (name.substr(0, prefix.size()) == prefix && name.size() > prefix.size() + 1) {
    name.remove_prefix(prefix.size() + 1);
  }
  return absl::AsciiStrToLower(ToAbsl(name));
}

std::string Quote(std::string_view text) {
  constexpr size_t kMost = 80;
  if (text.size() <= kMost) {
    return absl::StrCat("'", absl::Utf8SafeCHexEscape(ToAbsl(text)), "'");
  }
  const size_t end = common::ValidUtf8Prefix(text.substr(0, kMost));
  return absl::StrCat("'", absl::Utf8SafeCHexEscape(ToAbsl(text.substr(0, end))), "…'");
}

}  // namespace billing::gateway::config
