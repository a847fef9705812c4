#include "tests/unit/gateway/translate/json_tree_testing.h"

#include <algorithm>
#include <cstdint>

// RapidJSON's stack adds to a null pointer when it is empty, which the sanitizer would report.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace billing::gateway::translate {
namespace {

constexpr int kMaxTreeDepth = 512;
constexpr std::string_view kLoneMark = "\xEE\x80\x80";  // U+E000

class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  explicit TreeBuilder(ParsedJson& result) : result_(result) {}

  bool Null() { return Put(Json::Kind::kNull) != nullptr; }
  bool Bool(bool value) {
    Put(Json::Kind::kBool)->boolean = value;
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    Put(Json::Kind::kNumber)->text.assign(text, length);
    return true;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    Put(Json::Kind::kString)->text.assign(text, length);
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    key_.assign(text, length);
    result_.lone_key |= HasLoneSurrogate(key_);
    return true;
  }
  bool StartObject() { return Open(Json::Kind::kObject); }
  bool StartArray() { return Open(Json::Kind::kArray); }
  bool EndObject(rapidjson::SizeType) {
    std::vector<std::string_view> keys;
    for (const auto& member : open_.back()->members) keys.push_back(member.key);
    std::sort(keys.begin(), keys.end());
    result_.duplicate_keys |= std::adjacent_find(keys.begin(), keys.end()) != keys.end();
    open_.pop_back();
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    open_.pop_back();
    return true;
  }
  // Never called: numbers come as text.
  bool Default() { return false; }

 private:
  Json* Put(Json::Kind kind) {
    Json* value = &result_.value;
    if (!open_.empty() && open_.back()->kind == Json::Kind::kArray) {
      value = &open_.back()->elements.emplace_back();
    } else if (!open_.empty()) {
      value = &open_.back()->members.emplace_back(JsonMember{key_, Json()}).value;
    }
    value->kind = kind;
    return value;
  }

  bool Open(Json::Kind kind) {
    open_.push_back(Put(kind));
    result_.depth = std::max(result_.depth, static_cast<int>(open_.size()));
    return open_.size() <= kMaxTreeDepth;
  }

  ParsedJson& result_;
  std::vector<Json*> open_;
  std::string key_;
};

// The code of the \u escape at `pos`; -1 if there is none.
int32_t EscapeAt(std::string_view text, size_t pos) {
  if (pos + 6 > text.size() || text[pos] != '\\' || text[pos + 1] != 'u') return -1;
  int32_t code = 0;
  for (char c : text.substr(pos + 2, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return -1;
    code = code * 16 + (digit ? c - '0' : lower - 'a' + 10);
  }
  return code;
}

// RapidJSON refuses or mangles lone surrogates: their escapes are replaced by those of two
// characters, the mark and one that stands for the surrogate.
std::string MarkLoneSurrogates(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string marked;
  marked.reserve(text.size() + 16);
  for (size_t i = 0; i < text.size();) {
    const int32_t code = EscapeAt(text, i);
    if (code < 0xD800 || code > 0xDFFF) {
      const size_t length = text[i] == '\\' ? 2 : 1;
      marked.append(text.substr(i, length));
      i += length;
      continue;
    }
    const int32_t next = EscapeAt(text, i + 6);
    if (code <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
      marked.append(text.substr(i, 12));
      i += 12;
      continue;
    }
    marked.append("\\uE000\\uE");
    for (int shift = 8; shift >= 0; shift -= 4) {
      marked.push_back(kHex[(code - 0xD800) >> shift & 15]);
    }
    i += 6;
  }
  return marked;
}

void AppendText(std::string_view text, std::string* out) {
  out->push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

void AppendCanonical(const Json& value, std::string* out);

void AppendMembers(const Json& object, std::string* out) {
  std::vector<const JsonMember*> sorted;
  for (const auto& member : object.members) sorted.push_back(&member);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto* a, const auto* b) { return a->key < b->key; });
  for (const auto* member : sorted) {
    AppendText(member->key, out);
    out->push_back(':');
    AppendCanonical(member->value, out);
    out->push_back(',');
  }
}

void AppendCanonical(const Json& value, std::string* out) {
  switch (value.kind) {
    case Json::Kind::kNull:
      out->append("null");
      return;
    case Json::Kind::kBool:
      out->append(value.boolean ? "true" : "false");
      return;
    case Json::Kind::kNumber:
      out->append(value.text);
      return;
    case Json::Kind::kString:
      AppendText(value.text, out);
      return;
    case Json::Kind::kArray:
      out->push_back('[');
      for (const Json& element : value.elements) {
        AppendCanonical(element, out);
        out->push_back(',');
      }
      out->push_back(']');
      return;
    case Json::Kind::kObject:
      out->push_back('{');
      AppendMembers(value, out);
      out->push_back('}');
      return;
  }
}

}  // namespace

const Json* Json::Find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

ParsedJson ParseJson(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag;
  ParsedJson result;
  const std::string marked = MarkLoneSurrogates(text);
  rapidjson::MemoryStream stream(marked.data(), marked.size());
  TreeBuilder builder(result);
  rapidjson::Reader reader;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder);
  // A NUL looks like the end of the stream to RapidJSON.
  result.ok = !parsed.IsError() && stream.Tell() == marked.size();
  result.beyond_reader = parsed.Code() == rapidjson::kParseErrorNumberTooBig ||
                         parsed.Code() == rapidjson::kParseErrorTermination;
  return result;
}

bool HasLoneSurrogate(std::string_view text) {
  return text.find(kLoneMark) != std::string_view::npos;
}

std::string Canonical(const Json& value) {
  std::string text;
  AppendCanonical(value, &text);
  return text;
}

}  // namespace billing::gateway::translate
