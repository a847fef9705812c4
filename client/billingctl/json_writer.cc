#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "client/billingctl/printer.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "service/common/utf8.h"

namespace billing::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Characters that are not seen but change what is: soft hyphens, marks of direction, separators
// of lines, tags. The protobuf library escapes the same ones.
bool IsInvisible(uint32_t c) {
  constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0x7F, 0x9F},       {0xAD, 0xAD},       {0x600, 0x603},     {0x6DD, 0x6DD},
      {0x70F, 0x70F},     {0x17B4, 0x17B5},   {0x200B, 0x200F},   {0x2028, 0x202E},
      {0x2060, 0x2064},   {0x206A, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},
      {0x1D173, 0x1D17A}, {0xE0001, 0xE0001}, {0xE0020, 0xE007F},
  };
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [c](const auto& range) { return c >= range.first && c <= range.second; });
}

// The code point of a well-formed character.
uint32_t CodePoint(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  uint32_t point = lead & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) point = point << 6 | (static_cast<uint32_t>(c) & 0x3F);
  return point;
}

void AppendEscape(uint32_t point, std::string& out) {
  switch (point) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += static_cast<char>(point);
      return;
    default:
      break;
  }
  if (point < 0x10000) {
    absl::StrAppendFormat(&out, "\\u%04x", point);
    return;
  }
  point -= 0x10000;
  absl::StrAppendFormat(&out, "\\u%04x\\u%04x", 0xD800 + (point >> 10), 0xDC00 + (point & 0x3FF));
}

// Which bytes stand for themselves.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\' && c != '<' && c != '>';
  return plain;
}();

void AppendText(std::string_view text, std::string& out) {
  out += '"';
  size_t written = 0;
  for (size_t at = 0; at < text.size();) {
    if (kPlain[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const size_t length = common::Utf8CharacterLength(text.substr(at));
    const uint32_t point = length == 0 ? 0xFFFD : CodePoint(text.substr(at, length));
    const size_t next = at + std::max<size_t>(length, 1);
    if (length < 2 || IsInvisible(point)) {
      out += text.substr(written, at - written);
      AppendEscape(point, out);
      written = next;
    }
    at = next;
  }
  out += text.substr(written);
  out += '"';
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  if (std::isnan(number)) {
    out += "\"NaN\"";
  } else if (std::isinf(number)) {
    out += number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    // The shortest digits that give the number back.
    for (int digits = std::numeric_limits<Number>::digits10;; ++digits) {
      const std::string text = absl::StrFormat("%.*g", digits, number);
      if (digits < std::numeric_limits<Number>::max_digits10 &&
          static_cast<Number>(std::strtod(text.c_str(), nullptr)) != number) {
        continue;
      }
      out += text;
      return;
    }
  }
}

// The library's converter takes hundreds of microseconds for a billogram and gives the keys of
// maps in the order of their hashes; this one walks the message.
class Writer {
 public:
  Writer(bool compact, std::string& out) : compact_(compact), out_(out) {}

  // False for a value that proto JSON has no form for.
  bool Whole(const Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        return Fields(message);
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return Time(message);
      default:
        return Rare(message);
    }
  }

 private:
  bool Fields(const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    Open('{');
    for (size_t i = 0; i < fields.size(); ++i) {
      const FieldDescriptor& field = *fields[i];
      Next(i == 0);
      out_ += '"';
      out_ += field.name();
      out_ += compact_ ? "\":" : "\": ";
      const bool good = field.is_map()        ? Map(message, reflection, field)
                        : field.is_repeated() ? List(message, reflection, field)
                                              : Value(message, reflection, field, -1);
      if (!good) return false;
    }
    Close('}', fields.empty());
    return true;
  }

  bool List(const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    const int size = reflection.FieldSize(message, &field);
    Open('[');
    for (int i = 0; i < size; ++i) {
      Next(i == 0);
      if (!Value(message, reflection, field, i)) return false;
    }
    Close(']', size == 0);
    return true;
  }

  // In the order of the keys, which the message does not keep. Most of a billogram is entries of
  // maps with texts: what is the same for all of them is looked up once.
  bool Map(const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    const FieldDescriptor& key = *field.message_type()->map_key();
    const FieldDescriptor& value = *field.message_type()->map_value();
    const int size = reflection.FieldSize(message, &field);
    if (size == 0) {
      out_ += "{}";
      return true;
    }
    const Reflection& inside = *reflection.GetRepeatedMessage(message, &field, 0).GetReflection();
    const bool text_keys = key.type() == FieldDescriptor::TYPE_STRING;
    const bool text_values = value.type() == FieldDescriptor::TYPE_STRING;
    absl::InlinedVector<std::pair<std::string_view, const Message*>, 32> entries;
    std::list<std::string> made;  // keys that are no texts, as texts
    std::string scratch;          // not used by compiled messages
    for (int i = 0; i < size; ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      const auto& name = text_keys ? inside.GetStringReference(entry, &key, &scratch)
                                   : made.emplace_back(KeyText(entry, inside, key));
      entries.emplace_back(name, &entry);
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    Open('{');
    for (size_t i = 0; i < entries.size(); ++i) {
      Next(i == 0);
      AppendText(entries[i].first, out_);
      out_ += compact_ ? ":" : ": ";
      if (text_values) {
        AppendText(inside.GetStringReference(*entries[i].second, &value, &scratch), out_);
      } else if (!Value(*entries[i].second, inside, value, -1)) {
        return false;
      }
    }
    Close('}', false);
    return true;
  }

  // A map's key that is a number or a bool.
  static std::string KeyText(const Message& entry, const Reflection& reflection,
                             const FieldDescriptor& field) {
    std::string text;
    Writer(true, text).Number(entry, reflection, field, -1);
    return std::string(absl::StripSuffix(absl::StripPrefix(text, "\""), "\""));
  }

  // A field's value; `index` of a list's element, else -1.
  bool Value(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
             int index) {
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Whole(one ? reflection.GetMessage(message, &field)
                         : reflection.GetRepeatedMessage(message, &field, index));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text =
            one ? reflection.GetStringReference(message, &field, &scratch)
                : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          absl::StrAppend(&out_, "\"", absl::Base64Escape(text), "\"");
        } else {
          AppendText(text, out_);
        }
        return true;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = one ? reflection.GetEnumValue(message, &field)
                              : reflection.GetRepeatedEnumValue(message, &field, index);
        if (const auto* known = field.enum_type()->FindValueByNumber(value)) {
          absl::StrAppend(&out_, "\"", known->name(), "\"");
        } else {
          absl::StrAppend(&out_, value);
        }
        return true;
      }
      default:
        Number(message, reflection, field, index);
        return true;
    }
  }

  // Whole numbers of 64 bits are texts in proto JSON.
  void Number(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
              int index) {
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += (one ? reflection.GetBool(message, &field)
                     : reflection.GetRepeatedBool(message, &field, index))
                    ? "true"
                    : "false";
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        absl::StrAppend(&out_, one ? reflection.GetInt32(message, &field)
                                   : reflection.GetRepeatedInt32(message, &field, index));
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        absl::StrAppend(&out_, one ? reflection.GetUInt32(message, &field)
                                   : reflection.GetRepeatedUInt32(message, &field, index));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        absl::StrAppend(&out_, "\"",
                        one ? reflection.GetInt64(message, &field)
                            : reflection.GetRepeatedInt64(message, &field, index),
                        "\"");
        return;
      case FieldDescriptor::CPPTYPE_UINT64:
        absl::StrAppend(&out_, "\"",
                        one ? reflection.GetUInt64(message, &field)
                            : reflection.GetRepeatedUInt64(message, &field, index),
                        "\"");
        return;
      case FieldDescriptor::CPPTYPE_FLOAT:
        return AppendNumber(one ? reflection.GetFloat(message, &field)
                                : reflection.GetRepeatedFloat(message, &field, index),
                            out_);
      default:
        return AppendNumber(one ? reflection.GetDouble(message, &field)
                                : reflection.GetRepeatedDouble(message, &field, index),
                            out_);
    }
  }

  bool Time(const Message& message) {
    using google::protobuf::Timestamp;
    using google::protobuf::util::TimeUtil;
    const auto* time = google::protobuf::DynamicCastToGenerated<Timestamp>(&message);
    if (time == nullptr) return Rare(message);
    if (time->seconds() < TimeUtil::kTimestampMinSeconds ||
        time->seconds() > TimeUtil::kTimestampMaxSeconds || time->nanos() < 0 ||
        time->nanos() > 999'999'999) {
      return false;
    }
    absl::StrAppend(&out_, "\"", TimeUtil::ToString(*time), "\"");
    return true;
  }

  // Types with a form of their own that answers do not have.
  bool Rare(const Message& message) {
    std::string json;
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return false;
    out_ += json;
    return true;
  }

  void Open(char bracket) {
    out_ += bracket;
    ++depth_;
  }

  void Next(bool first) {
    if (!first) out_ += ',';
    if (!compact_) Break();
  }

  void Close(char bracket, bool empty) {
    --depth_;
    if (!compact_ && !empty) Break();
    out_ += bracket;
  }

  void Break() {
    out_ += '\n';
    out_.append(depth_, ' ');
  }

  const bool compact_;
  std::string& out_;
  size_t depth_ = 0;
};

}  // namespace

void AppendJson(const Message& message, bool compact, std::string& out) {
  const size_t begin = out.size();
  if (!Writer(compact, out).Whole(message)) {
    out.resize(begin);
    absl::StrAppend(&out, "{\"unprintable\": \"", message.GetTypeName(), "\"}");
  }
  if (!compact) out += '\n';
}

std::string ToJson(const Message& message, bool compact) {
  std::string json;
  AppendJson(message, compact, json);
  return json;
}

}  // namespace billing::ctl
