#ifndef SERVICE_GATEWAY_TRANSLATE_CANONICAL_H_
#define SERVICE_GATEWAY_TRANSLATE_CANONICAL_H_

#include <string>
#include <string_view>

#include "service/gateway/translate/message_table.h"

namespace billing::gateway::translate {

// Appends the canonical form of any legal wire: fields by number, singular ones once, repeated
// ones together, map keys sorted, with the meaning that ParseFromString gives it (the last scalar
// wins, messages merge). Fields the table does not know, by number or wire type, are kept behind
// the known ones. False if the bytes are no message.
bool Canonicalize(const MessageTable& table, std::string_view wire, std::string* out);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_CANONICAL_H_
