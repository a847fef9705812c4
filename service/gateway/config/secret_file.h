#ifndef SERVICE_GATEWAY_CONFIG_SECRET_FILE_H_
#define SERVICE_GATEWAY_CONFIG_SECRET_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace billing::gateway::config {

// Reads the one line of a secret file, without its line end. NOT_FOUND, PERMISSION_DENIED or
// FAILED_PRECONDITION (empty, over 64 KiB, several lines, control characters, not a plain file)
// name the file, never what it holds. Does not block on pipes.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_SECRET_FILE_H_
