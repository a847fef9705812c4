#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/billingctl/node.h"
#include "service/common/strings.h"
#include "service/common/utf8.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Recursive descent over the text; the first mistake ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Node> Document() {
    Node root;
    SkipSpace();
    if (Value(root, 0)) {
      SkipSpace();
      if (at_ < text_.size()) Fail("more text after the document");
    }
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    return root;
  }

 private:
  bool Fail(std::string_view message) {
    if (error_.empty()) error_ = AtPlace(Here(), message);
    return false;
  }

  // Counts on from where it was asked last: a line may be as long as the document.
  Node Here() {
    column_ += CountCharacters(text_.substr(counted_, at_ - counted_));
    counted_ = at_;
    Node node;
    node.line = line_;
    node.column = column_;
    return node;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        column_ = 1;
        counted_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  bool Value(Node& node, int depth) {
    if (depth > kMaxDepth)
      return Fail(absl::StrCat("nested deeper than ", kMaxDepth, " levels").c_str());
    node = Here();
    switch (Peek()) {
      case '{':
        return Object(node, depth);
      case '[':
        return Array(node, depth);
      case '"':
        node.kind = Node::Kind::kText;
        return String(node.text);
      case 't':
        return Word("true", Node::Kind::kBool, node);
      case 'f':
        return Word("false", Node::Kind::kBool, node);
      case 'n':
        return Word("null", Node::Kind::kNull, node);
      default:
        return Number(node);
    }
  }

  bool Word(std::string_view word, Node::Kind kind, Node& node) {
    if (text_.substr(at_, word.size()) != word) return Fail("a value is expected");
    at_ += word.size();
    node.kind = kind;
    node.text = std::string(word);
    return true;
  }

  bool Digits() {
    const size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > begin;
  }

  bool Number(Node& node) {
    const size_t begin = at_;
    if (Peek() == '-') ++at_;
    if (Peek() == '0') {
      ++at_;
      if (IsDigit(Peek())) return Fail("a number does not begin with 0");
    } else if (!Digits()) {
      return Fail(at_ >= text_.size() ? "the text ends too early" : "a value is expected");
    }
    if (Peek() == '.') {
      ++at_;
      if (!Digits()) return Fail("a digit is expected after the point");
    }
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!Digits()) return Fail("a digit is expected in the exponent");
    }
    node.kind = Node::Kind::kNumber;
    node.text = std::string(text_.substr(begin, at_ - begin));
    return true;
  }

  std::optional<uint32_t> Hex4() {
    if (text_.size() - at_ < 4) return std::nullopt;
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = text_[at_];
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
      code = code * 16 + static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    return code;
  }

  bool UnicodeEscape(std::string& out) {
    const auto high = Hex4();
    if (!high) return Fail("four hexadecimal digits are expected after \\u");
    uint32_t code = *high;
    if (code >= 0xD800 && code < 0xE000) {
      std::optional<uint32_t> low;
      if (code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        low = Hex4();
      }
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return Fail("half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
    }
    AppendUtf8(code, out);
    return true;
  }

  bool Escape(std::string& out) {
    ++at_;
    const char c = Peek();
    static constexpr std::string_view kFrom = "\"\\/bfnrt";
    static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
      ++at_;
      return UnicodeEscape(out);
    }
    const size_t found = kFrom.find(c);
    if (found == std::string_view::npos || at_ >= text_.size()) return Fail("unknown escape");
    out += kTo[found];
    ++at_;
    return true;
  }

  bool String(std::string& out) {
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!Escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return Fail(c == '\n' ? "the text has no closing quote" : "control character in a text");
      }
      const size_t length = common::Utf8CharacterLength(text_.substr(at_));
      if (length == 0) return Fail("not UTF-8");
      out += text_.substr(at_, length);
      at_ += length;
    }
    return Fail("the text has no closing quote");
  }

  bool Array(Node& node, int depth) {
    node.kind = Node::Kind::kList;
    ++at_;
    SkipSpace();
    if (Peek() == ']') return ++at_, true;
    while (true) {
      node.children.emplace_back();
      if (!Value(node.children.back(), depth + 1)) return false;
      SkipSpace();
      if (Peek() == ']') return ++at_, true;
      if (Peek() != ',') return Fail("',' or ']' is expected");
      ++at_;
      SkipSpace();
    }
  }

  bool Key(Node& node, std::unordered_set<std::string>& seen) {
    Node key = Here();
    key.kind = Node::Kind::kText;
    if (Peek() != '"') return Fail("a key in quotes is expected");
    if (!String(key.text)) return false;
    if (!seen.insert(key.text).second) {
      error_ = AtPlace(key, absl::StrCat("'", key.text, "' is there twice"));
      return false;
    }
    node.keys.push_back(std::move(key));
    SkipSpace();
    if (Peek() != ':') return Fail("':' is expected");
    ++at_;
    SkipSpace();
    return true;
  }

  bool Object(Node& node, int depth) {
    node.kind = Node::Kind::kMap;
    std::unordered_set<std::string> seen;
    ++at_;
    SkipSpace();
    if (Peek() == '}') return ++at_, true;
    while (true) {
      if (!Key(node, seen)) return false;
      node.children.emplace_back();
      if (!Value(node.children.back(), depth + 1)) return false;
      SkipSpace();
      if (Peek() == '}') return ++at_, true;
      if (Peek() != ',') return Fail("',' or '}' is expected");
      ++at_;
      SkipSpace();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
  size_t counted_ = 0;
  std::string error_;
};

}  // namespace

std::string AtPlace(const Node& node, std::string_view message) {
  return absl::StrCat(node.line, ":", node.column, ": ", ToAbsl(message));
}

int CountCharacters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // no continuation
  }));
}

absl::StatusOr<Node> ReadJson(std::string_view text) {
  if (text.size() > kMaxInputBytes) return absl::InvalidArgumentError("1:1: larger than 64 MiB");
  return Parser(text).Document();
}

absl::StatusOr<Node> ReadJsonOrYaml(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    return ReadYaml(text);
  }
  auto json = ReadJson(text);
  if (json.ok()) return json;
  // {title: Arbete} is YAML, but what begins with a quoted key was meant as JSON.
  const size_t second = text.find_first_not_of(" \t\r\n", first + 1);
  if (second == std::string_view::npos || text[second] == '"') return json;
  auto yaml = ReadYaml(text);
  return yaml.ok() ? yaml : json;
}

}  // namespace billing::ctl
