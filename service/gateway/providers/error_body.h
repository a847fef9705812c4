#ifndef SERVICE_GATEWAY_PROVIDERS_ERROR_BODY_H_
#define SERVICE_GATEWAY_PROVIDERS_ERROR_BODY_H_

#include <nlohmann/json.hpp>
#include <string_view>

namespace billing::gateway::providers {

// The document tree of an error's body, which is small and rare; discarded (is_discarded()) for
// what is no JSON, not UTF-8, nested deeper than 32 levels or has a key twice.
nlohmann::json ParseErrorBody(std::string_view body);

}  // namespace billing::gateway::providers

#endif  // SERVICE_GATEWAY_PROVIDERS_ERROR_BODY_H_
