#include "service/gateway/providers/error_body.h"

#include <string>

#include "service/gateway/translate/json_text.h"

namespace billing::gateway::providers {

nlohmann::json ParseErrorBody(std::string_view body) {
  // The tree is built and freed by recursion: depth is checked first.
  constexpr int kMaxDepth = 32;
  const std::string text(body);
  if (!translate::IsJsonValue(text, kMaxDepth)) {
    return nlohmann::json(nlohmann::json::value_t::discarded);
  }
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace billing::gateway::providers
