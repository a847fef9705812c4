#ifndef SERVICE_GATEWAY_TRANSLATE_VIOLATION_H_
#define SERVICE_GATEWAY_TRANSLATE_VIOLATION_H_

#include <cstddef>
#include <string>

namespace billing::gateway::translate {

// Most mistakes of one request that are told; more are left out.
inline constexpr size_t kMaxViolations = 100;

// One mistake in a request. The same as google.rpc.BadRequest.FieldViolation.
struct Violation {
  std::string field;  // proto path: "invoice.items[0].price"
  std::string description;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_VIOLATION_H_
