#ifndef SERVICE_GATEWAY_TRANSLATE_MESSAGE_RULES_H_
#define SERVICE_GATEWAY_TRANSLATE_MESSAGE_RULES_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "service/gateway/translate/message_table.h"

namespace billing::gateway::translate {

// What the rules of a message (billing.gateway.v1.MessageRule) ask of the request at hand.
struct RuleFacts {
  // Whether the message stands for the whole of what upstream gets, so that what is missing is.
  bool whole = false;
  // Whether upstream gets a value of the field from this message.
  absl::FunctionRef<bool(const FieldTable&)> sent;
  // Whether the typed value of a field that others depend on, or its absence, is what upstream
  // gets.
  absl::FunctionRef<bool(const FieldTable&)> typed;
};

// Checks which fields of a message go together; calls `violate` for each field that does not.
// `wire` is the message, in good form.
void CheckRules(const MessageTable& table, std::string_view wire, const RuleFacts& facts,
                absl::FunctionRef<void(const FieldTable&, const std::string& why)> violate);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_MESSAGE_RULES_H_
