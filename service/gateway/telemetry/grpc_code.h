#ifndef SERVICE_GATEWAY_TELEMETRY_GRPC_CODE_H_
#define SERVICE_GATEWAY_TELEMETRY_GRPC_CODE_H_

#include <array>
#include <cstddef>
#include <string_view>

namespace billing::gateway::telemetry {

// The status codes as labels and logs have them, by number; see
// grpc.github.io/grpc/core/md_doc_statuscodes.html.
inline constexpr std::array<std::string_view, 17> kGrpcCodeNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

// "OK", "NOT_FOUND"; "UNKNOWN" for what is no code.
inline std::string_view GrpcCodeName(int code) {
  const bool known = code >= 0 && static_cast<size_t>(code) < kGrpcCodeNames.size();
  return known ? kGrpcCodeNames[static_cast<size_t>(code)] : "UNKNOWN";
}

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_GRPC_CODE_H_
