#ifndef SERVICE_GATEWAY_UPSTREAM_HEADERS_H_
#define SERVICE_GATEWAY_UPSTREAM_HEADERS_H_

#include <curl/curl.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace billing::gateway::upstream {

// Header lines to send, checked as they are added: what is in a list can be sent.
class HeaderList {
 public:
  // INVALID_ARGUMENT for a name that is no token of RFC 9110, for a value with a control
  // character (CR and LF above all) and for names that frame the message or pick the host, which
  // are the transfer's own. The message never contains the value.
  absl::Status Add(std::string_view name, std::string_view value);

  size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const& { return lines_; }
  std::vector<std::string> lines() && { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;  // as curl takes them: "Name: value", or "Name;" when empty
};

// The headers that every request of an account carries (Authorization, Accept, User-Agent,
// Content-Type), prepared once. Immutable and therefore safe to share between threads; when
// credentials change, a new set takes its place. Content-Type is sent with a body only.
class HeaderSet {
 public:
  explicit HeaderSet(HeaderList headers);
  HeaderSet(const HeaderSet&) = delete;
  HeaderSet& operator=(const HeaderSet&) = delete;
  // The lines hold credentials: they are wiped.
  ~HeaderSet();

  // The head of a chain that lives as long as the set and that nobody may change.
  const curl_slist* Chain(bool with_body) const;

 private:
  std::vector<std::string> lines_;  // those that curl need not see as one
  std::vector<curl_slist> with_body_;
  std::vector<curl_slist> without_body_;
};

// One request's own headers in front of its account's, as a chain for curl. Keeps pointers to both.
//
// For each header that curl could add by itself it compares every node of the chain, so only Accept
// and Content-Type, which it does add, have a node of their own; all others share one, line after
// line ("libcurl passes on the verbatim strings you give it", CURLOPT_HTTPHEADER).
class HeaderChain {
 public:
  const curl_slist* Build(const HeaderList& own, const HeaderSet* account, bool with_body);

 private:
  std::string shared_;
  std::vector<curl_slist> nodes_;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_HEADERS_H_
