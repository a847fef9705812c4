#ifndef SERVICE_GATEWAY_TRANSLATE_SCALAR_TEXT_H_
#define SERVICE_GATEWAY_TRANSLATE_SCALAR_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "service/gateway/translate/message_table.h"

namespace billing::gateway::translate {

// The text that a single value has in a path, a query or a header; false, with the reason, if the
// value is not a valid one. `field` is not repeated and not a message, other than decimal, date
// and timestamp.
bool ScalarText(const FieldTable& field, uint64_t varint, std::string_view bytes, std::string* text,
                std::string* why);

// Why a text, integer or decimal is outside of `bounds`; empty if it is not, or if it is no valid
// value, which is for others to find.
std::string WhyOutOfBounds(const Bounds& bounds, const FieldTable& field, uint64_t varint,
                           std::string_view bytes);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_SCALAR_TEXT_H_
