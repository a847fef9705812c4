#include "service/gateway/config/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "service/common/strings.h"

namespace billing::gateway::config {
namespace {

using common::ToAbsl;

struct HostPort {
  // Without brackets.
  std::string host;
  bool bracketed = false;
  // Empty where there is none.
  std::string_view port;
  bool has_port = false;
};

absl::StatusOr<HostPort> SplitHostPort(std::string_view text) {
  HostPort result;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return absl::InvalidArgumentError("has no closing ]");
    result.host = std::string(text.substr(1, end - 1));
    result.bracketed = true;
    rest = text.substr(end + 1);
  } else {
    const size_t end = text.find(':');
    result.host = std::string(text.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
  }
  if (rest.empty()) return result;
  if (rest.front() != ':') return absl::InvalidArgumentError("has text after the host");
  result.has_port = true;
  result.port = rest.substr(1);
  return result;
}

bool ParsePort(std::string_view text, int* port) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         absl::SimpleAtoi(ToAbsl(text), port) && *port <= 65535;
}

bool IsIpv4(const std::string& host, in_addr* address) {
  return inet_pton(AF_INET, host.c_str(), address) == 1;
}

bool IsIpv6(const std::string& host, in6_addr* address) {
  return inet_pton(AF_INET6, host.c_str(), address) == 1;
}

// The host of a listen address in one spelling each; "*" for all hosts.
std::string ListenHost(const HostPort& at) {
  if (!at.bracketed) {
    in_addr v4{};
    if (!IsIpv4(at.host, &v4)) return "localhost";
    return v4.s_addr == INADDR_ANY ? "*" : at.host;
  }
  in6_addr v6{};
  char text[INET6_ADDRSTRLEN] = {};
  if (!IsIpv6(at.host, &v6) || IN6_IS_ADDR_UNSPECIFIED(&v6)) return "*";
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    inet_ntop(AF_INET, v6.s6_addr + 12, text, sizeof text);
    return std::string_view(text) == "0.0.0.0" ? "*" : text;
  }
  inet_ntop(AF_INET6, &v6, text, sizeof text);
  return text;
}

bool IsLoopback(const HostPort& at) {
  in_addr v4{};
  in6_addr v6{};
  if (at.bracketed) return IsIpv6(at.host, &v6) && IN6_IS_ADDR_LOOPBACK(&v6);
  if (IsIpv4(at.host, &v4)) return (ntohl(v4.s_addr) >> 24) == 127;
  return absl::EqualsIgnoreCase(at.host, "localhost");
}

// Letters, digits, hyphens and underscores in labels of 1 to 63, as names in use have them.
bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if ((!absl::ascii_isalnum(c) && c != '-' && c != '_') || ++label > 63) {
      return false;
    }
  }
  return label > 0;
}

bool IsHost(const HostPort& at) {
  in6_addr v6{};
  return at.bracketed ? IsIpv6(at.host, &v6) : IsHostName(at.host);
}

// What RFC 3986 allows in a path, with percent-encoding left to the reader.
bool IsPath(std::string_view path) {
  for (const char c : path) {
    if (!absl::ascii_isalnum(c) &&
        std::string_view("-._~!$&'()*+,;=:@/%").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::Status CheckListenAddress(std::string_view text) {
  absl::StatusOr<HostPort> at = SplitHostPort(text);
  int port = 0;
  if (!at.ok() || !ParsePort(at->port, &port)) {
    return absl::InvalidArgumentError(
        "must be \"host:port\" with a port from 0 to 65535, IPv6 addresses in brackets");
  }
  in_addr v4{};
  in6_addr v6{};
  const bool known =
      at->bracketed ? IsIpv6(at->host, &v6) : IsIpv4(at->host, &v4) || at->host == "localhost";
  if (!known) {
    return absl::InvalidArgumentError(
        "must have an IP address (IPv6 in brackets) or \"localhost\" for its host");
  }
  return absl::OkStatus();
}

bool Overlap(std::string_view one, std::string_view other) {
  const absl::StatusOr<HostPort> a = SplitHostPort(one);
  const absl::StatusOr<HostPort> b = SplitHostPort(other);
  int a_port = 0;
  int b_port = 0;
  if (!a.ok() || !b.ok() || !ParsePort(a->port, &a_port) || !ParsePort(b->port, &b_port)) {
    return false;
  }
  if (a_port != b_port || a_port == 0) return false;
  const std::string hosts[] = {ListenHost(*a), ListenHost(*b)};
  if (hosts[0] == hosts[1] || hosts[0] == "*" || hosts[1] == "*") return true;
  const auto is_local = [](const std::string& host) {
    return host == "127.0.0.1" || host == "::1";
  };
  return (hosts[0] == "localhost" && is_local(hosts[1])) ||
         (hosts[1] == "localhost" && is_local(hosts[0]));
}

absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view text) {
  BaseUrl result;
  std::string_view rest = text;
  if (absl::StartsWithIgnoreCase(ToAbsl(rest), "https://")) {
    result.https = true;
    rest.remove_prefix(8);
  } else if (absl::StartsWithIgnoreCase(ToAbsl(rest), "http://")) {
    rest.remove_prefix(7);
  } else {
    return absl::InvalidArgumentError("must begin with https:// or http://");
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view path = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) {
    return absl::InvalidArgumentError("must not hold a user or password");
  }
  absl::StatusOr<HostPort> at = SplitHostPort(authority);
  if (!at.ok() || !IsHost(*at)) return absl::InvalidArgumentError("has no valid host");
  int port = 0;
  if (at->has_port && (!ParsePort(at->port, &port) || port == 0)) {
    return absl::InvalidArgumentError("must have a port from 1 to 65535");
  }
  if (path.find_first_of("?#") != std::string_view::npos) {
    return absl::InvalidArgumentError("must not have a query or fragment");
  }
  if (!IsPath(path)) return absl::InvalidArgumentError("has a character that no path can have");
  result.loopback = IsLoopback(*at);
  result.url = std::string(text.substr(0, text.find_last_not_of('/') + 1));
  for (size_t i = 0; result.url[i] != ':'; ++i) result.url[i] = absl::ascii_tolower(result.url[i]);
  return result;
}

}  // namespace billing::gateway::config
