#ifndef SERVICE_GATEWAY_TRANSLATE_WHOLE_SET_H_
#define SERVICE_GATEWAY_TRANSLATE_WHOLE_SET_H_

#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/translate/method_table.h"

// Updates that must send a set whole: see billing.gateway.v1.WholeSet. All functions are pure.

namespace billing::gateway::translate {

// The request of method.whole_set->read for the resource that an update is about; `wire` is the
// update's request, which RequestBuilder has taken.
std::string ReadRequestOf(const Method& method, std::string_view wire);

// What of a stored set an update leaves out.
struct SetGaps {
  // What is stored cannot be told: the answer has another shape than the protos know, nothing of
  // the set, or is about another resource.
  bool unreadable = false;
  // Proto paths of members of which several are stored: the update could keep only one of each.
  std::vector<std::string> doubled;
  // Proto paths of the missing members in the update's request:
  // "customer.addresses.shipping_address". Each once, in the order they are stored.
  std::vector<std::string> missing;
};

// Compares the update's body, as it is sent, with what its reading method answered, as wire, to
// the request that ReadRequestOf made.
SetGaps FindSetGaps(const Method& method, std::string_view body, std::string_view read_request,
                    std::string_view stored);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_WHOLE_SET_H_
