#include "service/gateway/translate/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "service/gateway/translate/values.h"

namespace billing::gateway::translate {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four hex digits of a \u escape; -1 if there are not four.
int32_t HexQuad(std::string_view text, size_t pos) {
  if (pos + 4 > text.size()) return -1;
  int32_t value = 0;
  for (size_t i = pos; i < pos + 4; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

void AppendUtf8(uint32_t code, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool IsHigh(int32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
bool IsLow(int32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

class Skipper {
 public:
  Skipper(const char* begin, const char* end) : p_(begin), end_(end) {}

  const char* Value(int depth) {
    if (p_ == end_) return nullptr;
    switch (*p_) {
      case '{':
        return depth > 0 ? Object(depth - 1) : Fail(kJsonTooDeep);
      case '[':
        return depth > 0 ? Array(depth - 1) : Fail(kJsonTooDeep);
      case '"':
        return String(nullptr);
      case 't':
        return Literal("true");
      case 'f':
        return Literal("false");
      case 'n':
        return Literal("null");
      default: {
        const NumberToken number = ScanNumber(p_, end_);
        if (number.end == nullptr) return nullptr;
        return p_ = number.end;
      }
    }
  }

  // Why there was no value.
  const char* why() const { return why_; }

  void Space() {
    while (p_ != end_ && IsJsonSpace(*p_)) ++p_;
  }

 private:
  bool Take(char c) {
    Space();
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }

  const char* Literal(std::string_view word) {
    if (static_cast<size_t>(end_ - p_) < word.size() ||
        std::memcmp(p_, word.data(), word.size()) != 0) {
      return nullptr;
    }
    return p_ += word.size();
  }

  // At the opening quote. `inside`, if given, takes what stands between the quotes.
  const char* String(std::string_view* inside) {
    const char* begin = ++p_;
    bool escaped = false;
    for (; p_ != end_ && *p_ != '"'; ++p_) {
      if (static_cast<uint8_t>(*p_) < 0x20) return nullptr;
      if (*p_ == '\\') {
        escaped = true;
        if (++p_ == end_) return nullptr;
      }
    }
    if (p_ == end_) return nullptr;
    const std::string_view text(begin, static_cast<size_t>(p_ - begin));
    ++p_;
    if (escaped) {
      scratch_.clear();
      if (UnescapeJson(text, &scratch_) == Unescaped::kMalformed) return nullptr;
    }
    if (inside != nullptr) *inside = text;
    return p_;
  }

  const char* Array(int depth) {
    ++p_;
    if (Take(']')) return p_;
    do {
      Space();
      if (Value(depth) == nullptr) return nullptr;
    } while (Take(','));
    return Take(']') ? p_ : nullptr;
  }

  const char* Object(int depth) {
    ++p_;
    if (Take('}')) return p_;
    std::vector<std::string_view> keys;
    std::deque<std::string> unescaped;
    do {
      Space();
      std::string_view key;
      if (p_ == end_ || *p_ != '"' || String(&key) == nullptr || !Take(':')) return nullptr;
      if (key.find('\\') != std::string_view::npos) {
        UnescapeJson(key, &unescaped.emplace_back());
        key = unescaped.back();
      }
      keys.push_back(key);
      Space();
      if (Value(depth) == nullptr) return nullptr;
    } while (Take(','));
    if (!Take('}')) return nullptr;
    std::sort(keys.begin(), keys.end());
    const bool unique = std::adjacent_find(keys.begin(), keys.end()) == keys.end();
    return unique ? p_ : Fail(kJsonKeyTwice);
  }

  const char* Fail(const char* why) {
    why_ = why;
    return nullptr;
  }

  const char* p_;
  const char* end_;
  const char* why_ = kMalformedJson;
  std::string scratch_;
};

// The end of the string that begins at `p`.
const char* EndOfString(const char* p, const char* end) {
  for (++p; p < end && *p != '"'; ++p) {
    if (*p == '\\') ++p;
  }
  return p < end ? p + 1 : end;
}

// The end of the value that begins at `p`, in a document that is known to be valid.
const char* EndOfValue(const char* p, const char* end) {
  size_t depth = 0;
  while (p < end) {
    const char c = *p;
    if (c == '"') {
      p = EndOfString(p, end);
      if (depth == 0) return p;
      continue;
    }
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && (closes || c == ',' || IsJsonSpace(c))) return p;
    if (c == '{' || c == '[') ++depth;
    ++p;
    if (closes && --depth == 0) return p;
  }
  return end;
}

}  // namespace

std::string_view FindJsonMember(std::string_view object, std::string_view key) {
  const char* p = object.data();
  const char* const end = p + object.size();
  const auto skip = [&](char also) {
    while (p < end && (IsJsonSpace(*p) || *p == also)) ++p;
  };
  skip(' ');
  if (p == end || *p != '{') return {};
  ++p;
  std::string unescaped;
  for (skip(','); p < end && *p == '"'; skip(',')) {
    const char* const begin = p + 1;
    p = EndOfString(p, end);
    if (p == begin) return {};
    std::string_view name(begin, static_cast<size_t>(p - begin - 1));
    if (name.find('\\') != std::string_view::npos) {
      unescaped.clear();
      UnescapeJson(name, &unescaped);
      name = unescaped;
    }
    skip(':');
    const char* const value = p;
    p = EndOfValue(p, end);
    if (name == key) return {value, static_cast<size_t>(p - value)};
  }
  return {};
}

const char* SkipJsonValue(const char* begin, const char* end, int max_depth, const char** why) {
  Skipper skipper(begin, end);
  const char* const value_end = skipper.Value(max_depth);
  if (value_end == nullptr && why != nullptr) *why = skipper.why();
  return value_end;
}

bool IsJsonValue(std::string_view text, int max_depth, const char** why) {
  if (why != nullptr) *why = kMalformedJson;
  if (!simdjson::validate_utf8(text.data(), text.size())) return false;
  const char* end = text.data() + text.size();
  const char* begin = text.data();
  while (begin != end && IsJsonSpace(*begin)) ++begin;
  const char* p = SkipJsonValue(begin, end, max_depth, why);
  if (p == nullptr) return false;
  while (p != end && IsJsonSpace(*p)) ++p;
  return p == end;
}

Unescaped UnescapeJson(std::string_view inside, std::string* out) {
  Unescaped result = Unescaped::kText;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      out->push_back(inside[i]);
      continue;
    }
    if (++i == inside.size()) return Unescaped::kMalformed;
    static constexpr std::string_view kFrom = "\"\\/bfnrt";
    static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const size_t simple = kFrom.find(inside[i]); simple != std::string_view::npos) {
      out->push_back(kTo[simple]);
      continue;
    }
    int32_t code = inside[i] == 'u' ? HexQuad(inside, i + 1) : -1;
    if (code < 0) return Unescaped::kMalformed;
    i += 4;
    if (IsHigh(code) && i + 2 < inside.size() && inside[i + 1] == '\\' && inside[i + 2] == 'u') {
      const int32_t low = HexQuad(inside, i + 3);
      if (low < 0) return Unescaped::kMalformed;
      if (IsLow(low)) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 6;
      }
    }
    if (IsHigh(code) || IsLow(code)) result = Unescaped::kLoneSurrogate;
    AppendUtf8(static_cast<uint32_t>(code), out);
  }
  return result;
}

void AppendJsonString(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (static_cast<uint8_t>(c) >= 0x20) {
      out->push_back(c);
    } else {
      out->append("\\u00");
      out->push_back(kHex[static_cast<uint8_t>(c) >> 4]);
      out->push_back(kHex[static_cast<uint8_t>(c) & 15]);
    }
  }
  out->push_back('"');
}

}  // namespace billing::gateway::translate
