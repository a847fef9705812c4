#ifndef SERVICE_GATEWAY_CONFIG_ADDRESS_H_
#define SERVICE_GATEWAY_CONFIG_ADDRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace billing::gateway::config {

// Messages of errors are for the person who wrote the file, without path.

// Checks a listen address: "127.0.0.1:50051", "[::1]:0", "localhost:9090". Port 0 takes a free one.
absl::Status CheckListenAddress(std::string_view text);

// Whether a server cannot listen on both, which must be listen addresses: the same port, and the
// same host or all hosts. localhost is both of its addresses.
bool Overlap(std::string_view one, std::string_view other);

struct BaseUrl {
  // As given, less trailing slashes and with its scheme in lower case.
  std::string url;
  bool https = false;
  // Nothing sent there leaves this machine: 127.0.0.0/8, ::1 or localhost.
  bool loopback = false;
};

// An absolute http or https URL without user, query and fragment.
absl::StatusOr<BaseUrl> ParseBaseUrl(std::string_view text);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_ADDRESS_H_
