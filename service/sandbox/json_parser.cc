#include <cctype>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {
namespace {

constexpr int kMaxDepth = 64;
// Keeps the search for a key that occurs twice cheap.
constexpr size_t kMaxMembers = 1000;

// A recursive descent over the grammar of RFC 8259. Each Parse function returns false with
// `problem` set; `at_` is then where it stands.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Json> Parse() {
    Json value;
    if (!IsUtf8(text_)) {
      problem_ = "not UTF-8";
    } else if (ParseValue(value, 0)) {
      SkipSpace();
      if (at_ == text_.size()) return value;
      problem_ = "more than one value";
    }
    return absl::InvalidArgumentError(absl::StrCat(common::ToAbsl(problem_), " at byte ", at_));
  }

 private:
  bool Fail(const char* problem) {
    problem_ = problem;
    return false;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char expected) {
    if (Peek() != expected || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_]) ++at_;
  }

  bool ParseValue(Json& value, int depth) {
    SkipSpace();
    switch (Peek()) {
      case '{':
        return ParseObject(value, depth);
      case '[':
        return ParseArray(value, depth);
      case '"': {
        std::string text;
        if (!ParseString(text)) return false;
        value = Json::String(text);
        return true;
      }
      case 't':
        return ParseWord("true", Json::Bool(true), value);
      case 'f':
        return ParseWord("false", Json::Bool(false), value);
      case 'n':
        return ParseWord("null", Json(), value);
      default:
        return ParseNumber(value);
    }
  }

  bool ParseWord(std::string_view word, Json meaning, Json& value) {
    if (text_.substr(at_, word.size()) != word) return Fail("not a value");
    at_ += word.size();
    value = std::move(meaning);
    return true;
  }

  bool SkipDigits() {
    const size_t start = at_;
    while (std::isdigit(static_cast<unsigned char>(Peek()))) ++at_;
    return at_ > start;
  }

  bool ParseNumber(Json& value) {
    const size_t start = at_;
    Take('-');
    if (!Take('0') && !SkipDigits()) return Fail("not a value");
    if (Take('.') && !SkipDigits()) return Fail("not a number");
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (!Take('+')) Take('-');
      if (!SkipDigits()) return Fail("not a number");
    }
    value = Json::Number(std::string(text_.substr(start, at_ - start)));
    return true;
  }

  bool ParseObject(Json& value, int depth) {
    if (depth >= kMaxDepth) return Fail("nested too deeply");
    ++at_;
    Json::Object members;
    SkipSpace();
    if (!Take('}')) {
      do {
        SkipSpace();
        std::string key;
        if (Peek() != '"') return Fail("not a key");
        if (!ParseString(key)) return false;
        for (const Json::Member& other : members) {
          if (other.first == key) return Fail("a key occurs twice");
        }
        SkipSpace();
        if (!Take(':')) return Fail("no colon after a key");
        Json member;
        if (!ParseValue(member, depth + 1)) return false;
        members.emplace_back(std::move(key), std::move(member));
        if (members.size() > kMaxMembers) return Fail("too many members");
        SkipSpace();
      } while (Take(','));
      if (!Take('}')) return Fail("an object does not end");
    }
    value = Json::MakeObject(std::move(members));
    return true;
  }

  bool ParseArray(Json& value, int depth) {
    if (depth >= kMaxDepth) return Fail("nested too deeply");
    ++at_;
    Json::Array elements;
    SkipSpace();
    if (!Take(']')) {
      do {
        if (!ParseValue(elements.emplace_back(), depth + 1)) return false;
        SkipSpace();
      } while (Take(','));
      if (!Take(']')) return Fail("an array does not end");
    }
    value = Json::MakeArray(std::move(elements));
    return true;
  }

  bool ParseString(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return Fail("a control character in a string");
      if (c != '\\') {
        out.push_back(c);
      } else if (!ParseEscape(out)) {
        return false;
      }
    }
    return Fail("a string does not end");
  }

  bool ParseEscape(std::string& out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = Peek();
    ++at_;
    if (const size_t index = kEscapes.find(c); index != std::string_view::npos && c != '\0') {
      out.push_back(kMeanings[index]);
      return true;
    }
    uint32_t code = 0;
    if (c != 'u' || !ParseHex(code)) return Fail("not an escape");
    if (code >= 0xD800 && code <= 0xDBFF) {
      uint32_t low = 0;
      if (!Take('\\') || !Take('u') || !ParseHex(low) || low < 0xDC00 || low > 0xDFFF) {
        return Fail("half a surrogate pair");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return Fail("half a surrogate pair");
    }
    AppendUtf8(code, out);
    return true;
  }

  bool ParseHex(uint32_t& code) {
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const unsigned char c = static_cast<unsigned char>(Peek());
      if (!std::isxdigit(c)) return false;
      const uint32_t digit =
          static_cast<uint32_t>(std::isdigit(c) ? c - '0' : std::tolower(c) - 'a' + 10);
      code = code * 16 + digit;
    }
    return true;
  }

  static void AppendUtf8(uint32_t code, std::string& out) {
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0 | (code >> 6)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (code >> 12)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else {
      out.push_back(static_cast<char>(0xF0 | (code >> 18)));
      out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string_view problem_;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) { return Parser(text).Parse(); }

}  // namespace billing::sandbox
