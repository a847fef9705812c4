#ifndef SERVICE_GATEWAY_CONFIG_FILE_H_
#define SERVICE_GATEWAY_CONFIG_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace billing::gateway::config {

// The bytes of a plain file, symbolic links followed. FAILED_PRECONDITION if it has more than
// `max_bytes` or is something else. Never blocks on a pipe. Errors name the file.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_FILE_H_
