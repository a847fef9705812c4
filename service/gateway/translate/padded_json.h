#ifndef SERVICE_GATEWAY_TRANSLATE_PADDED_JSON_H_
#define SERVICE_GATEWAY_TRANSLATE_PADDED_JSON_H_

#include <cstddef>

namespace billing::gateway::translate {

// Readable bytes that must follow a document handed to JsonToWire; the first of them must be 0.
inline constexpr size_t kJsonPadding = 64;

// A JSON document followed by kJsonPadding readable bytes, the first of them 0. Not owned.
struct PaddedJson {
  const char* data = nullptr;
  size_t size = 0;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_PADDED_JSON_H_
