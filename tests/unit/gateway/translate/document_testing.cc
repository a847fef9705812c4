#include "tests/unit/gateway/translate/document_testing.h"

#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/unit/gateway/translate/json_tree_testing.h"

namespace billing::gateway::translate {
namespace {

SchemaField FieldOf(const Json& json) {
  static const std::map<std::string, SchemaField::Kind> kKinds = {
      {"string", SchemaField::Kind::kString},   {"integer", SchemaField::Kind::kInteger},
      {"decimal", SchemaField::Kind::kDecimal}, {"boolean", SchemaField::Kind::kBoolean},
      {"date", SchemaField::Kind::kDate},       {"moment", SchemaField::Kind::kMoment},
      {"base64", SchemaField::Kind::kBase64},   {"enum", SchemaField::Kind::kEnum},
      {"object", SchemaField::Kind::kObject},   {"list", SchemaField::Kind::kList},
  };
  SchemaField field;
  field.kind = kKinds.at(json.Find("kind")->text);
  if (const Json* values = json.Find("values")) {
    for (const Json& value : values->elements) field.values.push_back(value.text);
  }
  if (const Json* of = json.Find("of")) field.of = of->text;
  if (const Json* items = json.Find("items")) {
    field.items = std::make_shared<SchemaField>(FieldOf(*items));
  }
  return field;
}

std::string Quoted(std::string_view text) { return std::string("\"").append(text).append("\""); }

}  // namespace

Schemas LoadSchemas(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ParsedJson parsed = ParseJson(text);
  Schemas schemas;
  if (!parsed.ok) return schemas;
  for (const auto& [name, schema] : parsed.value.Find("schemas")->members) {
    for (const auto& [key, field] : schema.members) schemas[name].emplace_back(key, FieldOf(field));
  }
  return schemas;
}

const char* NoiseName(size_t noise) {
  static constexpr const char* kNames[] = {
      "30 to 64 digits",
      "exponent",
      "quoted decimal",
      "quoted integer",
      "idle fraction",
      "number for text",
      "other date spelling",
      "other moment spelling",
      "moment with fraction",
      "null",
      "empty list",
      "empty object",
      "empty text",
      "long text",
      "unicode",
      "string escapes",
      "escaped key",
      "shuffled keys",
      "white space",
      "extra field",
      "unknown enum value",
      "wrong type",
      "impossible value",
      "decimal beyond limits",
      "integer beyond limits",
      "one unfit element",
      "lone surrogate",
      "lone surrogate in key",
  };
  static_assert(std::size(kNames) == kNoiseClasses);
  return kNames[noise];
}

const char* DocumentMaker::Pick(std::initializer_list<const char*> choices) {
  return choices.begin()[Below(random_, choices.size())];
}

MadeDocument DocumentMaker::Make(const std::string& schema) {
  made_ = MadeDocument();
  ChooseNoise();
  density_ = OneIn(random_, 4) ? 7 : OneIn(random_, 2) ? 3 : 1;
  made_.text = Object(schema, /*root=*/true);
  return std::move(made_);
}

// A tenth of the documents has no noise, a good third no departures.
void DocumentMaker::ChooseNoise() {
  active_.reset();
  if (OneIn(random_, 10)) return;
  const bool departures = Below(random_, 8) < 5;
  for (size_t i = 0; i < kNoiseClasses; ++i) {
    if (!departures && i >= static_cast<size_t>(Noise::kFirstDeparture)) break;
    active_[i] = OneIn(random_, 6);
  }
}

// Whether this is the place for a kind of noise; notes that it occurred.
bool DocumentMaker::Odd(Noise noise, size_t one_in) {
  const auto index = static_cast<size_t>(noise);
  if (!active_[index] || !OneIn(random_, one_in)) return false;
  made_.noise.set(index);
  return true;
}

std::string DocumentMaker::Space() {
  if (!Odd(Noise::kWhiteSpace)) return {};
  return Pick({" ", "\n", "\t", "\r\n", "    ", " \n\t\r "});
}

std::string DocumentMaker::Key(std::string_view name) {
  if (name.empty() || !Odd(Noise::kEscapedKey)) return Quoted(name);
  const size_t at = Below(random_, name.size());
  return Quoted(absl::StrCat(std::string(name.substr(0, at)),
                             absl::StrFormat("\\u%04x", static_cast<unsigned char>(name[at])),
                             std::string(name.substr(at + 1))));
}

std::string DocumentMaker::ExtraKey(size_t position) {
  const std::string unique = position == 0 ? "" : absl::StrCat(position);
  return Pick({"\"x_new", "\"", "\"nam", "\"idd", "\"ny\xC3\xA4", "\"\xF0\x9F\x92\xB6", "\"a\\\"b",
               "\"a\\\\b", "\"\\u0000", "\"Name", "\"unmapped", "\"\\ud83d\\ude00"}) +
         unique + "\"";
}

std::string DocumentMaker::Object(const std::string& schema, bool root) {
  std::vector<std::string> members;
  const auto add = [&](const std::string& key, const std::string& value) {
    std::string member = Space();
    absl::StrAppend(&member, key, Space(), ":", Space(), value, Space());
    members.push_back(std::move(member));
  };
  const auto& fields = schemas_.at(schema);
  if (root || !Odd(Noise::kEmptyObject)) {
    for (const auto& [name, field] : fields) {
      if (Below(random_, 8) < density_ || (root && OneIn(random_, fields.size()))) {
        add(Key(name), Value(field));
      }
    }
  }
  for (size_t i = 0; i < 3 && Odd(Noise::kExtraField); ++i) add(ExtraKey(i), AnyValue(3));
  if (!root && Odd(Noise::kLoneSurrogateKey)) add("\"k\\udc00\"", AnyValue(1));
  if (members.size() > 1 && Odd(Noise::kShuffledKeys)) {
    for (size_t i = members.size() - 1; i > 0; --i) {
      std::swap(members[i], members[Below(random_, i + 1)]);
    }
  }
  std::string text = "{";
  for (size_t i = 0; i < members.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : ",", members[i]);
  if (members.empty()) text += Space();
  return text + "}";
}

std::string DocumentMaker::Value(const SchemaField& field) {
  if (Odd(Noise::kNull)) return "null";
  if (Odd(Noise::kWrongType)) return WrongType(field);
  return field.kind == SchemaField::Kind::kList ? List(field) : FitValue(field);
}

std::string DocumentMaker::List(const SchemaField& field) {
  if (Odd(Noise::kEmptyList, 2)) return absl::StrCat("[", Space(), "]");
  std::vector<std::string> elements(1 + Below(random_, 3));
  for (std::string& element : elements) element = FitValue(*field.items);
  if (Odd(Noise::kUnfitElement, 2)) {
    elements[Below(random_, elements.size())] =
        OneIn(random_, 3) ? "null" : WrongType(*field.items);
  }
  std::string text;
  for (const std::string& element : elements) {
    absl::StrAppend(&text, text.empty() ? "[" : ",", Space(), element, Space());
  }
  return text + "]";
}

std::string DocumentMaker::FitValue(const SchemaField& field) {
  switch (field.kind) {
    case SchemaField::Kind::kString:
      return Text();
    case SchemaField::Kind::kInteger:
      return Integer();
    case SchemaField::Kind::kDecimal:
      return Decimal();
    case SchemaField::Kind::kBoolean:
      return Pick({"true", "false"});
    case SchemaField::Kind::kDate:
      return Date();
    case SchemaField::Kind::kMoment:
      return Moment();
    case SchemaField::Kind::kBase64:
      return Base64();
    case SchemaField::Kind::kEnum:
      if (Odd(Noise::kUnknownEnum, 2)) return Pick({"\"Pigeon\"", "\"\"", "\"email\"", "\"SMS \""});
      return Quoted(field.values[Below(random_, field.values.size())]);
    case SchemaField::Kind::kObject:
      return Object(field.of, /*root=*/false);
    case SchemaField::Kind::kList:
      return List(field);
  }
  return "null";
}

// A value that no spelling of the field's kind allows for.
std::string DocumentMaker::WrongType(const SchemaField& field) {
  switch (field.kind) {
    case SchemaField::Kind::kString:
      return Pick({"true", "1.5", "2e3", "{}", "[\"x\"]", "[]", "{\"a\":[1]}"});
    case SchemaField::Kind::kInteger:
      return Pick(
          {"\"abc\"", "\"\"", "true", "1.5", "\"042\"", "\" 4\"", "{}", "[4]", "-0", "1e3"});
    case SchemaField::Kind::kDecimal:
      return Pick(
          {"\"abc\"", "\"\"", "\"NaN\"", "\"+1\"", "\"1,5\"", "\".5\"", "false", "[1]", "{}"});
    case SchemaField::Kind::kBoolean:
      return Pick({"\"true\"", "1", "0", "{}", "[]"});
    case SchemaField::Kind::kDate:
    case SchemaField::Kind::kMoment:
      return Pick({"20260101", "\"soon\"", "\"\"", "true", "{}", "[]"});
    case SchemaField::Kind::kBase64:
      return Pick({"\"!\"", "\"abc\"", "3", "true", "[]"});
    case SchemaField::Kind::kEnum:
      return Pick({"3", "true", "{}", "[\"Email\"]"});
    case SchemaField::Kind::kObject:
      return Pick({"\"x\"", "[]", "5", "false", "[{}]"});
    case SchemaField::Kind::kList:
      return Pick({"{}", "\"x\"", "5", "true"});
  }
  return "null";
}

std::string DocumentMaker::Text() {
  if (Odd(Noise::kEmptyText)) return "\"\"";
  if (Odd(Noise::kNumberForText)) return Digits(1 + Below(random_, 40));
  if (Odd(Noise::kLoneSurrogate)) {
    return Pick({"\"\\ud800\"", "\"a\\uDFFFb\"", "\"\\ud83d\\ud83d\\ude00\"", "\"\\udc00\\ud800\"",
                 "\"\\uD800\\n\""});
  }
  std::string text;
  for (size_t i = 1 + Below(random_, 3); i > 0; --i) {
    text +=
        Pick({"Storgatan 1", "Exempel AB", "x", "abcdefgh", "hour", "2026", "a-b_c.d", "{[,:]}"});
    if (Odd(Noise::kUnicode)) {
      text += Pick({"\xC3\xA5\xC3\xA4\xC3\xB6", "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x98\x80",
                    "\xEF\xBF\xBF", "\x7F", "\xE2\x80\xA8"});
    }
    if (Odd(Noise::kEscapes)) {
      text += Pick({"\\u00e5", "\\ud83d\\ude00", "\\n", "\\\"", "\\\\", "\\/", "\\u0000",
                    "\\b\\f\\r\\t", "\\u005C", "\\uFFFF", "\\\\u0041"});
    }
  }
  if (Odd(Noise::kLongText))
    text.append(OneIn(random_, 50) ? 20000 : 100 + Below(random_, 200), 'z');
  return Quoted(text);
}

std::string DocumentMaker::Integer() {
  if (Odd(Noise::kIntegerBeyondLimits, 2))
    return OneIn(random_, 2) ? "9223372036854775808" : Digits(25);
  std::string text = absl::StrCat(static_cast<int32_t>(random_()) >> Below(random_, 32));
  if (Odd(Noise::kQuotedInteger, 2)) return Quoted(text);
  if (text != "0" && Odd(Noise::kIdleFraction, 2)) return text + Pick({".0", ".00", ".000000"});
  return text;
}

std::string DocumentMaker::Digits(size_t count) {
  std::string digits(1, static_cast<char>('1' + Below(random_, 9)));
  while (digits.size() < count) digits.push_back(static_cast<char>('0' + Below(random_, 10)));
  return digits;
}

std::string DocumentMaker::Decimal() {
  const char* sign = Pick({"", "", "-"});
  if (Odd(Noise::kDecimalBeyondLimits)) {
    if (OneIn(random_, 2)) return absl::StrCat(sign, Digits(65 + Below(random_, 60)));
    return absl::StrCat(sign, Digits(2), Pick({"e65", "E-65", "e+100", "e200", "e-00066"}));
  }
  std::string text;
  if (Odd(Noise::kLongDecimal)) {
    text = Digits(15 + Below(random_, 17));
    absl::StrAppend(&text, OneIn(random_, 2) ? "." : "", Digits(15 + Below(random_, 19)));
  } else {
    text = OneIn(random_, 3)
               ? Pick({"0", "25", "0.0", "1500.00", "0.10", "100"})
               : absl::StrCat(Below(random_, 100000), ".", Digits(1 + Below(random_, 3)));
  }
  if (Odd(Noise::kExponentDecimal)) text += Pick({"e3", "E-7", "e+64", "e-64", "E0", "e007"});
  text = absl::StrCat(sign, text);
  return Odd(Noise::kQuotedDecimal) ? Quoted(text) : text;
}

std::string DocumentMaker::Date() {
  if (Odd(Noise::kImpossibleValue, 2)) {
    return Pick({"\"2026-02-30\"", "\"2025-02-29\"", "\"0000-01-01\"", "\"2026-13-01\"",
                 "\"31/04/2026\"", "\"2026-1-1\"", "\"2026-01-01 \""});
  }
  const size_t year = OneIn(random_, 10) ? 1 + Below(random_, 9999) : 2000 + Below(random_, 50);
  const size_t month = 1 + Below(random_, 12);
  const size_t day = 1 + Below(random_, 28);
  if (Odd(Noise::kOtherDate, 2)) return absl::StrFormat("\"%02d/%02d/%04d\"", day, month, year);
  return absl::StrFormat("\"%04d-%02d-%02d\"", year, month, day);
}

std::string DocumentMaker::Moment() {
  if (Odd(Noise::kImpossibleValue, 2)) {
    return Pick({"\"2026-01-26 24:00:00\"", "\"2026-01-26 07:02:60\"", "\"2026-02-29 07:02:23\"",
                 "\"2026-01-26 07:02\"", "\"2026-01-26\"", "\"2026-01-26 07:02:23.\"",
                 "\"2026-01-26T07:02:23.1234567891Z\"", "\"0001-01-01T00:00:00+01:00\""});
  }
  const std::string date = absl::StrFormat("%04d-%02d-%02d", 1960 + Below(random_, 90),
                                           1 + Below(random_, 12), 1 + Below(random_, 28));
  const std::string time =
      absl::StrFormat("%02d:%02d:%02d", Below(random_, 24), Below(random_, 60), Below(random_, 60));
  if (Odd(Noise::kFractionalMoment)) {
    return Quoted(absl::StrCat(date, "T", time, ".", Digits(1 + Below(random_, 9)),
                               Pick({"Z", "", "+00:00", "-05:30"})));
  }
  if (Odd(Noise::kOtherMoment)) {
    return Quoted(
        absl::StrCat(date, Pick({"T", "T", " "}), time, Pick({"Z", "+01:00", "-0800", "+00:00"})));
  }
  return Quoted(absl::StrCat(date, " ", time));
}

std::string DocumentMaker::Base64() {
  if (Odd(Noise::kImpossibleValue, 2))
    return Pick({"\"QUI\"", "\"QUJ=\"", "\"QQ=A\"", "\"Q Q=\"", "\"QR==\"", "\"_-8=\""});
  std::string bytes(Below(random_, 100), '\0');
  for (char& c : bytes) c = static_cast<char>(random_());
  return Quoted(absl::Base64Escape(bytes));
}

// Any JSON at all, as the value of a key that nobody knows.
std::string DocumentMaker::AnyValue(int depth) {
  if (depth > 0 && OneIn(random_, 2)) {
    const bool object = OneIn(random_, 2);
    std::string text = object ? "{" : "[";
    for (size_t i = Below(random_, 3); i > 0; --i) {
      if (object) text += absl::StrCat("\"k", i, "\"", Space(), ":", Space());
      text += AnyValue(depth - 1);
      if (i > 1) absl::StrAppend(&text, Space(), ",", Space());
    }
    return text + (object ? "}" : "]");
  }
  return Pick({"null", "true", "false", "0", "-0.0",
               "12345678901234567890123456789012345678901234567890", "1e99", "\"\"", "\"text\"",
               "\"\\ud800\"", "\"\\u00e5 \xC3\xA5\"", "{}", "[]", "[ ]"});
}

}  // namespace billing::gateway::translate
