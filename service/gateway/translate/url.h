#ifndef SERVICE_GATEWAY_TRANSLATE_URL_H_
#define SERVICE_GATEWAY_TRANSLATE_URL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace billing::gateway::translate {

// Appends `text` percent-encoded: everything but RFC 3986's unreserved characters, so that a value
// cannot leave the path segment or query parameter it stands in.
void AppendPercentEncoded(std::string_view text, std::string* out);

// Why `text` cannot be an id in a path; nullptr if it can.
const char* WhyNotPathSegment(std::string_view text,
                              const std::vector<std::string>& forbidden_suffix);

// A path of google.api.http with plain variables: "/orders/{id}/cancel_order".
struct PathTemplate {
  struct Part {
    std::string literal;   // written as it is
    std::string variable;  // if not empty, the request field that follows the literal
  };
  std::vector<Part> parts;

  // InvalidArgument for anything but literals and whole-segment variables of one name.
  static absl::StatusOr<PathTemplate> Parse(std::string_view path);
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_URL_H_
