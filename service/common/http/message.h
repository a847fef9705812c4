#ifndef SERVICE_COMMON_HTTP_MESSAGE_H_
#define SERVICE_COMMON_HTTP_MESSAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace billing::common {

// One header line; the name is spelled as it was received.
struct HttpHeader {
  std::string name;
  std::string value;
};

// A request as it came in. A plain value: whoever holds it owns all of it.
struct HttpRequest {
  std::string method;
  std::string target;  // as received: path and query, still percent-encoded
  std::string path;    // the target before '?', still percent-encoded
  std::string query;   // the target after '?', empty where there is none
  std::vector<HttpHeader> headers;
  std::string body;
  std::string remote;  // the peer's "address:port"

  // The value of the first header of that name, ignoring case; nothing where there is none.
  std::optional<std::string_view> Header(std::string_view name) const;
};

// How an answer misbehaves on its way out. Nothing is set by default.
struct ResponseFault {
  absl::Duration delay;                  // waits this long before the first byte
  bool reset = false;                    // resets the connection (RST) instead of answering
  std::optional<size_t> truncate_after;  // announces the whole body, sends this much, closes
  absl::Duration drip;                   // sends the body byte by byte with this pause between
};

// An answer. Content-Length, Connection and Date are the server's own; the rest is given here.
struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers;
  std::string body;
  ResponseFault fault;
};

// The standard reason phrase of `status`, or "Unknown".
std::string_view ReasonPhrase(int status);

// Decodes %XX, and '+' as a space where `plus_is_space`. Nothing where an escape is malformed.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);

// The decoded parameters of a query in the order received. Nothing where an escape is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view query);

}  // namespace billing::common

#endif  // SERVICE_COMMON_HTTP_MESSAGE_H_
