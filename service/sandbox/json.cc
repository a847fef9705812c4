#include "service/sandbox/json.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace billing::sandbox {
namespace {

// The length of the well-formed UTF-8 sequence at the start of `text` and its code point; 0 where
// there is none.
size_t DecodeUtf8(std::string_view text, uint32_t& code) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  size_t length = 0;
  uint32_t least = 0;
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  if ((lead & 0xE0) == 0xC0) {
    length = 2, least = 0x80, code = lead & 0x1F;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, least = 0x800, code = lead & 0x0F;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, least = 0x10000, code = lead & 0x07;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte(i) & 0x3F);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least || code > 0x10FFFF || surrogate ? 0 : length;
}

// Whether a character stands in a JSON string as it is.
bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void AppendEscaped(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && IsPlain(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    uint32_t code = 0xFFFD;
    const size_t length = std::max<size_t>(DecodeUtf8(text, code), 1);
    text.remove_prefix(length);
    if (code == '"' || code == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(code));
    } else if (code == '\n') {
      out += "\\n";
    } else if (code >= 0x20 && code < 0x7F) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x10000) {
      absl::StrAppendFormat(&out, "\\u%04x", code);
    } else {
      code -= 0x10000;
      absl::StrAppendFormat(&out, "\\u%04x\\u%04x", 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
    }
  }
  out.push_back('"');
}

}  // namespace

Json Json::Bool(bool value) {
  Json json;
  json.type_ = Type::kBool;
  json.boolean_ = value;
  return json;
}

Json Json::Number(std::string text) {
  Json json;
  json.type_ = Type::kNumber;
  json.text_ = std::move(text);
  return json;
}

Json Json::Integer(int64_t value) { return Number(std::to_string(value)); }

Json Json::String(std::string_view value) {
  Json json;
  json.type_ = Type::kString;
  json.text_ = value;
  return json;
}

Json Json::StringOrNull(std::string_view value) { return value.empty() ? Json() : String(value); }

Json Json::MakeArray(Array elements) {
  Json json;
  json.type_ = Type::kArray;
  json.elements_ = std::move(elements);
  return json;
}

Json Json::MakeObject(Object members) {
  Json json;
  json.type_ = Type::kObject;
  json.members_ = std::move(members);
  return json;
}

std::optional<Decimal> Json::AsDecimal() const {
  return is_number() ? Decimal::Parse(text_) : std::nullopt;
}

std::optional<int64_t> Json::AsInteger() const {
  int64_t value = 0;
  if (!is_number() || text_.size() > 18 || text_.find_first_of(".eE") != std::string::npos ||
      !absl::SimpleAtoi(text_, &value)) {
    return std::nullopt;
  }
  return value;
}

const Json* Json::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

std::string_view Json::Text(std::string_view key) const {
  const Json* member = Find(key);
  if (member == nullptr || !member->is_string()) return {};
  return member->text_;
}

void Json::Set(std::string_view key, Json value) {
  for (Member& member : members_) {
    if (member.first == key) {
      member.second = std::move(value);
      return;
    }
  }
  members_.emplace_back(key, std::move(value));
}

void Json::AppendTo(std::string& out) const {
  switch (type_) {
    case Type::kNull:
      out += "null";
      return;
    case Type::kBool:
      out += boolean_ ? "true" : "false";
      return;
    case Type::kNumber:
      out += text_;
      return;
    case Type::kString:
      return AppendEscaped(text_, out);
    case Type::kArray:
      out.push_back('[');
      for (size_t i = 0; i < elements_.size(); ++i) {
        if (i > 0) out += ", ";
        elements_[i].AppendTo(out);
      }
      out.push_back(']');
      return;
    case Type::kObject:
      out.push_back('{');
      for (size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out += ", ";
        AppendEscaped(members_[i].first, out);
        out += ": ";
        members_[i].second.AppendTo(out);
      }
      out.push_back('}');
      return;
  }
}

std::string Json::ToString() const {
  std::string out;
  AppendTo(out);
  return out;
}

bool operator==(const Json& a, const Json& b) {
  if (a.type_ != b.type_) return false;
  if (a.is_number()) {
    const auto left = a.AsDecimal();
    const auto right = b.AsDecimal();
    return left && right ? *left == *right : a.text_ == b.text_;
  }
  if (a.members_.size() != b.members_.size()) return false;
  for (const Json::Member& member : a.members_) {
    const Json* other = b.Find(member.first);
    if (other == nullptr || !(*other == member.second)) return false;
  }
  return a.boolean_ == b.boolean_ && a.text_ == b.text_ && a.elements_ == b.elements_;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    uint32_t code = 0;
    const size_t length = DecodeUtf8(text, code);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace billing::sandbox
