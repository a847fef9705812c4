#include "tests/unit/gateway/translate/message_testing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "tests/unit/gateway/translate/spelling_testing.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;
namespace v1 = billing::gateway::v1;
using Kind = Json::Kind;
using Field = pb::FieldDescriptor;

// How a typed field can hold a JSON value.
enum class Hold { kExact, kOtherSpelling, kNot };

const v1::FieldRule& RuleOf(const Field* field) { return field->options().GetExtension(v1::field); }

std::string KeyOf(const Field* field) {
  const std::string& name = RuleOf(field).name();
  return name.empty() ? field->name() : name;
}

bool Behaves(const Field* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool IsA(const Field* field, const pb::Descriptor* descriptor) {
  return field->cpp_type() == Field::CPPTYPE_MESSAGE && field->message_type() == descriptor;
}

Json StringJson(std::string text) {
  Json json;
  json.kind = Kind::kString;
  json.text = std::move(text);
  return json;
}

Json NumberJson(std::string text) {
  Json json = StringJson(std::move(text));
  json.kind = Kind::kNumber;
  return json;
}

// One value of a field, singular or at a place of a repeated one.
class Slot {
 public:
  Slot(const pb::Message& message, const Field* field, int index)
      : message_(message), field_(field), index_(index) {}

  const pb::Message& Message() const {
    const auto* r = message_.GetReflection();
    return index_ < 0 ? r->GetMessage(message_, field_)
                      : r->GetRepeatedMessage(message_, field_, index_);
  }
  template <typename T>
  const T& As() const {
    return static_cast<const T&>(Message());
  }
  std::string String() const {
    const auto* r = message_.GetReflection();
    return index_ < 0 ? r->GetString(message_, field_)
                      : r->GetRepeatedString(message_, field_, index_);
  }
  bool Bool() const { return message_.GetReflection()->GetBool(message_, field_); }
  int64_t Integer() const {
    const auto* r = message_.GetReflection();
    return field_->cpp_type() == Field::CPPTYPE_INT32 ? r->GetInt32(message_, field_)
                                                      : r->GetInt64(message_, field_);
  }
  const pb::EnumValueDescriptor* Enum() const {
    return message_.GetReflection()->GetEnum(message_, field_);
  }

 private:
  const pb::Message& message_;
  const Field* field_;
  int index_;
};

std::optional<int64_t> ReadInteger(const Field* field, const std::string& text) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || absl::StrCat(value) != text) return std::nullopt;
  const bool wide = field->cpp_type() == Field::CPPTYPE_INT64;
  if (!wide && static_cast<int32_t>(value) != value) return std::nullopt;
  return value;
}

class Comparer {
 public:
  Comparison Run(const pb::Message& message, const Json& document) {
    Object(message, document, "");
    return std::move(result_);
  }

 private:
  void Disagree(const std::string& path, const std::string& why) {
    if (result_.disagreement.empty()) result_.disagreement = absl::StrCat(path, ": ", why);
  }

  void Object(const pb::Message& message, const Json& object, const std::string& path) {
    const auto* descriptor = message.GetDescriptor();
    std::map<std::string, const Json*> raw;  // what must stand in `unmapped`
    for (const auto& member : object.members) raw.emplace(member.key, &member.value);
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const Field* field = descriptor->field(i);
      if (field->name() == "unmapped") continue;
      const std::string key = KeyOf(field);
      const Json* value = object.Find(key);
      Hold hold = Hold::kNot;
      if (value != nullptr) hold = Member(message, field, *value, absl::StrCat(path, ".", key));
      const auto* reflection = message.GetReflection();
      const bool set = field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                            : reflection->HasField(message, field);
      if (set != (hold != Hold::kNot)) Disagree(path + "." + key, set ? "is set" : "is not set");
      if (hold == Hold::kExact) raw.erase(key);
    }
    for (const auto& [key, value] : raw) {
      bool known = false;
      for (int i = 0; i < descriptor->field_count(); ++i)
        known |= KeyOf(descriptor->field(i)) == key && descriptor->field(i)->name() != "unmapped";
      if (!known) ++result_.departures;
    }
    Unmapped(message, raw, path);
  }

  void Unmapped(const pb::Message& message, const std::map<std::string, const Json*>& expected,
                const std::string& path) {
    const Field* field = message.GetDescriptor()->FindFieldByName("unmapped");
    const auto* reflection = message.GetReflection();
    const int size = reflection->FieldSize(message, field);
    if (size != static_cast<int>(expected.size())) {
      return Disagree(path, absl::StrCat("unmapped has ", size, " entries, not ", expected.size()));
    }
    for (int i = 0; i < size; ++i) {
      const pb::Message& entry = reflection->GetRepeatedMessage(message, field, i);
      const std::string key = Slot(entry, entry.GetDescriptor()->FindFieldByNumber(1), -1).String();
      const std::string text =
          Slot(entry, entry.GetDescriptor()->FindFieldByNumber(2), -1).String();
      const auto it = expected.find(key);
      if (it == expected.end()) return Disagree(path, "unmapped has \"" + key + "\"");
      const ParsedJson parsed = ParseJson(text);
      if (!parsed.ok || Canonical(parsed.value) != Canonical(*it->second)) {
        return Disagree(path, "unmapped[\"" + key + "\"] is " + text);
      }
    }
  }

  Hold Member(const pb::Message& message, const Field* field, const Json& value,
              const std::string& path) {
    if (value.kind == Kind::kNull) return Hold::kNot;
    if (!field->is_repeated()) return Counted(Holds(field, value), message, field, -1, value, path);
    if (value.kind != Kind::kArray) return Depart();
    if (value.elements.empty()) return Hold::kNot;
    Hold all = Hold::kExact;
    for (const Json& element : value.elements) all = std::max(all, Holds(field, element));
    if (all == Hold::kNot) return Depart();
    const int size = message.GetReflection()->FieldSize(message, field);
    if (size != static_cast<int>(value.elements.size())) {
      Disagree(path, absl::StrCat("has ", size, " elements"));
      return all;
    }
    for (int i = 0; i < size; ++i) {
      Counted(Hold::kExact, message, field, i, value.elements[static_cast<size_t>(i)],
              absl::StrCat(path, "[", i, "]"));
    }
    return all;
  }

  Hold Depart() {
    ++result_.departures;
    return Hold::kNot;
  }

  Hold Counted(Hold hold, const pb::Message& message, const Field* field, int index,
               const Json& value, const std::string& path) {
    if (hold == Hold::kNot) return Depart();
    const bool set = index >= 0 || message.GetReflection()->HasField(message, field);
    if (set) SameValue(Slot(message, field, index), field, value, path);
    return hold;
  }

  // Whether the field's type can hold `value` at all, by the type alone.
  static Hold Holds(const Field* field, const Json& value) {
    const bool text = value.kind == Kind::kString;
    const bool number = value.kind == Kind::kNumber;
    const bool as_string = RuleOf(field).json_type() == v1::JSON_TYPE_STRING;
    const Hold spelled = text == as_string ? Hold::kExact : Hold::kOtherSpelling;
    if (IsA(field, google::type::Decimal::descriptor())) {
      return (text || number) && WithinDecimal(value.text) ? spelled : Hold::kNot;
    }
    if (IsA(field, google::type::Date::descriptor())) {
      bool iso = false;
      if (!text || !ReadDay(value.text, &iso)) return Hold::kNot;
      return iso != (RuleOf(field).date() == v1::DATE_SPELLING_DAY_FIRST) ? Hold::kExact
                                                                          : Hold::kOtherSpelling;
    }
    if (IsA(field, pb::Timestamp::descriptor())) {
      const std::optional<absl::Time> time = text ? ReadMoment(value.text) : std::nullopt;
      if (!time) return Hold::kNot;
      const bool same =
          absl::FormatTime("%Y-%m-%d %H:%M:%S", *time, absl::UTCTimeZone()) == value.text;
      return same ? Hold::kExact : Hold::kOtherSpelling;
    }
    switch (field->cpp_type()) {
      case Field::CPPTYPE_MESSAGE: {
        if (value.kind != Kind::kObject) return Hold::kNot;
        for (const auto& member : value.members) {
          if (HasLoneSurrogate(member.key)) return Hold::kNot;
        }
        return Hold::kExact;
      }
      case Field::CPPTYPE_BOOL:
        return value.kind == Kind::kBool ? Hold::kExact : Hold::kNot;
      case Field::CPPTYPE_ENUM:
        return text && FindSpelling(field, value.text) != nullptr ? Hold::kExact : Hold::kNot;
      case Field::CPPTYPE_STRING: {
        if (field->type() == Field::TYPE_BYTES) {
          std::string bytes;
          const bool canonical = text && absl::Base64Unescape(value.text, &bytes) &&
                                 absl::Base64Escape(bytes) == value.text;
          return canonical ? Hold::kExact : Hold::kNot;
        }
        if (text) return HasLoneSurrogate(value.text) ? Hold::kNot : Hold::kExact;
        const bool integer = number && value.text.find_first_of(".eE") == std::string::npos;
        return integer && WithinDecimal(value.text) ? Hold::kOtherSpelling : Hold::kNot;
      }
      default: {
        if (!text && !number) return Hold::kNot;
        if (ReadInteger(field, value.text)) return spelled;
        const bool idle = number && ReadInteger(field, WithoutFraction(value.text));
        return idle ? Hold::kOtherSpelling : Hold::kNot;
      }
    }
  }

  static const pb::EnumValueDescriptor* FindSpelling(const Field* field, const std::string& text) {
    for (int i = 0; i < field->enum_type()->value_count(); ++i) {
      const auto* value = field->enum_type()->value(i);
      if (value->number() != 0 && value->options().GetExtension(v1::spelling) == text) return value;
    }
    return nullptr;
  }

  void SameValue(const Slot& slot, const Field* field, const Json& value, const std::string& path) {
    if (IsA(field, google::type::Decimal::descriptor())) {
      return Same(slot.As<google::type::Decimal>().value(), value.text, path);
    }
    if (IsA(field, google::type::Date::descriptor())) {
      bool iso = false;
      const absl::CivilDay day = *ReadDay(value.text, &iso);
      const auto& date = slot.As<google::type::Date>();
      return Same(absl::StrCat(date.year(), "-", date.month(), "-", date.day()),
                  absl::StrCat(day.year(), "-", day.month(), "-", day.day()), path);
    }
    if (IsA(field, pb::Timestamp::descriptor())) {
      const absl::Time time = *ReadMoment(value.text);
      const auto& moment = slot.As<pb::Timestamp>();
      const absl::Time held =
          absl::FromUnixSeconds(moment.seconds()) + absl::Nanoseconds(moment.nanos());
      return Same(absl::FormatTime(held), absl::FormatTime(time), path);
    }
    switch (field->cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return Object(slot.Message(), value, path);
      case Field::CPPTYPE_BOOL:
        return Same(slot.Bool() ? "true" : "false", value.boolean ? "true" : "false", path);
      case Field::CPPTYPE_ENUM:
        return Same(slot.Enum()->name(), FindSpelling(field, value.text)->name(), path);
      case Field::CPPTYPE_STRING:
        if (field->type() == Field::TYPE_STRING) return Same(slot.String(), value.text, path);
        return Same(absl::Base64Escape(slot.String()), value.text, path);
      default:
        return Same(absl::StrCat(slot.Integer()), value.text.substr(0, value.text.find('.')), path);
    }
  }

  void Same(const std::string& held, const std::string& said, const std::string& path) {
    if (held != said) Disagree(path, absl::StrCat("holds \"", held, "\" for \"", said, "\""));
  }

  Comparison result_;
};

class Requester {
 public:
  ExpectedRequest Run(const pb::Message& message, bool require) {
    result_.document = Object(message, require, "");
    return std::move(result_);
  }

 private:
  Json Object(const pb::Message& message, bool require, const std::string& path) {
    Json object;
    object.kind = Kind::kObject;
    const auto* reflection = message.GetReflection();
    const auto* descriptor = message.GetDescriptor();
    std::set<std::string> shut;  // keys that `unmapped` cannot set
    std::map<std::string, Json> raw = Raw(message);
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const Field* field = descriptor->field(i);
      if (field->name() == "unmapped") continue;
      const std::string key = KeyOf(field);
      const bool read_only = Behaves(field, google::api::OUTPUT_ONLY);
      const bool set = field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                            : reflection->HasField(message, field);
      if (read_only || set) shut.insert(key);
      if (read_only) continue;
      const bool needed = require && Behaves(field, google::api::REQUIRED);
      const bool blank = set && !field->is_repeated() && field->type() == Field::TYPE_STRING &&
                         reflection->GetString(message, field).empty();
      if (needed && blank) {
        result_.mistakes.push_back(path + field->name());
      } else if (set) {
        object.members.push_back({key, Member(message, field, require, path + field->name())});
      } else if (needed && raw.count(key) == 0) {
        result_.mistakes.push_back(path + field->name());
      }
    }
    for (auto& [key, value] : raw) {
      if (shut.count(key) == 0) object.members.push_back({key, std::move(value)});
    }
    return object;
  }

  static std::map<std::string, Json> Raw(const pb::Message& message) {
    std::map<std::string, Json> raw;
    const Field* field = message.GetDescriptor()->FindFieldByName("unmapped");
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      const pb::Message& entry = reflection->GetRepeatedMessage(message, field, i);
      const auto* d = entry.GetDescriptor();
      raw.emplace(Slot(entry, d->FindFieldByNumber(1), -1).String(),
                  ParseJson(Slot(entry, d->FindFieldByNumber(2), -1).String()).value);
    }
    return raw;
  }

  Json Member(const pb::Message& message, const Field* field, bool require,
              const std::string& path) {
    if (!field->is_repeated()) return Single(Slot(message, field, -1), field, require, path + ".");
    Json array;
    array.kind = Kind::kArray;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      array.elements.push_back(
          Single(Slot(message, field, i), field, true, absl::StrCat(path, "[", i, "].")));
    }
    return array;
  }

  Json Single(const Slot& slot, const Field* field, bool require, const std::string& path) {
    if (IsA(field, google::type::Decimal::descriptor())) {
      return NumberJson(slot.As<google::type::Decimal>().value());
    }
    if (IsA(field, google::type::Date::descriptor())) {
      const auto& date = slot.As<google::type::Date>();
      return StringJson(absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day()));
    }
    if (IsA(field, pb::Timestamp::descriptor())) {
      const auto& moment = slot.As<pb::Timestamp>();
      if (moment.nanos() != 0) result_.mistakes.push_back(path.substr(0, path.size() - 1));
      const absl::Time time = absl::FromUnixSeconds(moment.seconds());
      return StringJson(absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone()));
    }
    switch (field->cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return Object(slot.Message(), require, path);
      case Field::CPPTYPE_BOOL: {
        Json json;
        json.kind = Kind::kBool;
        json.boolean = slot.Bool();
        return json;
      }
      case Field::CPPTYPE_ENUM:
        return StringJson(slot.Enum()->options().GetExtension(v1::spelling));
      case Field::CPPTYPE_STRING:
        return StringJson(field->type() == Field::TYPE_STRING ? slot.String()
                                                              : absl::Base64Escape(slot.String()));
      default:
        return NumberJson(absl::StrCat(slot.Integer()));
    }
  }

  ExpectedRequest result_;
};

}  // namespace

std::string Canonically(const pb::Message& message) {
  std::string bytes;
  pb::io::StringOutputStream stream(&bytes);
  {
    pb::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&output);
  }
  return bytes;
}

Comparison Compare(const pb::Message& message, const Json& document) {
  return Comparer().Run(message, document);
}

ExpectedRequest RequestOf(const pb::Message& message, bool require) {
  return Requester().Run(message, require);
}

}  // namespace billing::gateway::translate
