#include "service/gateway/translate/url.h"

#include <simdjson.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::gateway::translate {
namespace {

bool IsName(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

}  // namespace

void AppendPercentEncoded(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out->push_back(c);
    } else {
      out->push_back('%');
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
}

const char* WhyNotPathSegment(std::string_view text,
                              const std::vector<std::string>& forbidden_suffix) {
  if (text.empty()) return "must not be empty";
  if (text == "." || text == "..") return "must not be a relative path segment";
  if (text.size() > 1024) return "is longer than 1024 bytes";
  for (char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return "must not contain control characters";
    }
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) return "is not UTF-8";
  for (const std::string& suffix : forbidden_suffix) {
    if (text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix) {
      return "has an ending that upstream reserves";
    }
  }
  return nullptr;
}

absl::StatusOr<PathTemplate> PathTemplate::Parse(std::string_view path) {
  const auto refuse = [&](const char* why) {
    return absl::InvalidArgumentError(absl::StrCat("path \"", common::ToAbsl(path), "\": ", why));
  };
  if (path.empty() || path[0] != '/') return refuse("must begin with a slash");
  PathTemplate result;
  Part part;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '}' || path[i] == '*' || path[i] == '?' || path[i] == '#') {
      return refuse("only literals and {field} are supported");
    }
    if (path[i] != '{') {
      part.literal.push_back(path[i]);
      continue;
    }
    const size_t close = path.find('}', i);
    if (close == std::string_view::npos) return refuse("unclosed brace");
    part.variable = std::string(path.substr(i + 1, close - i - 1));
    const bool whole = path[i - 1] == '/' && (close + 1 == path.size() || path[close + 1] == '/');
    if (!IsName(part.variable) || !whole) return refuse("a variable must be one whole segment");
    result.parts.push_back(std::move(part));
    part = Part();
    i = close;
  }
  if (!part.literal.empty()) result.parts.push_back(std::move(part));
  return result;
}

}  // namespace billing::gateway::translate
