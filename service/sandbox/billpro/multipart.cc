#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/form.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;
using common::ToStd;

constexpr size_t kMaxBoundary = 70;  // RFC 2046, 5.1.1

absl::Status Invalid(std::string_view problem) {
  return absl::InvalidArgumentError(ToAbsl(problem));
}

std::string_view Strip(std::string_view text) {
  return ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

// Takes a parameter's value off `text`: a token, or a quoted string with escapes.
std::optional<std::string> TakeValue(std::string_view& text) {
  std::string value;
  if (text.empty() || text[0] != '"') {
    const size_t end = std::min(text.find(';'), text.size());
    value = Strip(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    // Browsers escape the quote alone; a backslash before anything else is itself.
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

// The parameter of a header's value, "form-data; name=x" say. Nothing where it is missing or the
// header malformed.
std::optional<std::string> Parameter(std::string_view header, std::string_view wanted) {
  size_t semicolon = header.find(';');
  while (semicolon != std::string_view::npos) {
    header.remove_prefix(semicolon + 1);
    const size_t equals = header.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = Strip(header.substr(0, equals));
    header = Strip(header.substr(equals + 1));
    auto value = TakeValue(header);
    if (!value) return std::nullopt;
    if (absl::EqualsIgnoreCase(ToAbsl(name), ToAbsl(wanted))) return value;
    header = Strip(header);
    semicolon = header.find(';');
    if (semicolon != 0) return std::nullopt;
  }
  return std::nullopt;
}

// The Content-Disposition of a part's headers; empty where there is none.
std::string_view Disposition(std::string_view headers) {
  while (!headers.empty()) {
    const size_t end = std::min(headers.find("\r\n"), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(headers.size(), end + 2));
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos &&
        absl::EqualsIgnoreCase(ToAbsl(Strip(line.substr(0, colon))), "Content-Disposition")) {
      return Strip(line.substr(colon + 1));
    }
  }
  return {};
}

absl::Status ReadPart(std::string_view part, FormFields& fields) {
  // A part that begins with the empty line has no headers.
  const size_t end = part.find("\r\n\r\n");
  if (absl::StartsWith(ToAbsl(part), "\r\n") || end > kMaxPartHeaders) {
    return Invalid("a part's headers");
  }
  const std::string_view disposition = Disposition(part.substr(0, end));
  if (!absl::StartsWithIgnoreCase(ToAbsl(disposition), "form-data")) {
    return Invalid("a part that is no form data");
  }
  const auto name = Parameter(disposition, "name");
  if (!name || Parameter(disposition, "filename")) {
    return Invalid("a part without a name, or a file");
  }
  const std::string_view value = part.substr(end + 4);
  if (!IsUtf8(*name) || !IsUtf8(value)) return Invalid("not UTF-8");
  fields.emplace_back(*name, value);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FormFields> ParseMultipart(std::string_view content_type, std::string_view body) {
  const auto boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) {
    return Invalid("no boundary");
  }
  const std::string delimiter = absl::StrCat("\r\n--", *boundary);
  // The first delimiter may stand at the very start, without a line end before it.
  const std::string whole = absl::StrCat("\r\n", ToAbsl(body));
  std::string_view rest = whole;
  size_t at = rest.find(delimiter);
  FormFields fields;
  while (at != std::string_view::npos) {
    rest.remove_prefix(at + delimiter.size());
    if (absl::StartsWith(ToAbsl(rest), "--")) return fields;
    const size_t line_end = rest.find("\r\n");
    // White space may stand between the boundary and the end of its line.
    if (line_end == std::string_view::npos || !Strip(rest.substr(0, line_end)).empty()) {
      return Invalid("a boundary line");
    }
    rest.remove_prefix(line_end + 2);
    at = rest.find(delimiter);
    if (at == std::string_view::npos) break;
    if (fields.size() >= kMaxFormFields) return Invalid("too many fields");
    if (auto read = ReadPart(rest.substr(0, at), fields); !read.ok()) return read;
  }
  return Invalid("the last boundary is missing");
}

}  // namespace billing::sandbox::billpro
