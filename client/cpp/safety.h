#ifndef CLIENT_CPP_SAFETY_H_
#define CLIENT_CPP_SAFETY_H_

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace billing::client {

// What may be sent a second time when nobody knows what became of the first: methods of the classes
// safe and idempotent (option billing.gateway.v1.rest), and others that say idempotency_level.
// Deduplicated ones are not among them: their second answer would be an error that hides the
// success of the first.

// Whatever the request says.
bool AlwaysRepeatable(const google::protobuf::MethodDescriptor& method);

// With this request: false as well if a field of unsafe_when is set, stands raw in `unmapped`, or
// is named by an update mask.
bool IsRepeatable(const google::protobuf::MethodDescriptor& method,
                  const google::protobuf::Message& request);

// The same, for the method that takes such requests; false if several do and one may not be
// repeated, or if none does in the file that defines the request.
bool IsRepeatable(const google::protobuf::Message& request);

}  // namespace billing::client

#endif  // CLIENT_CPP_SAFETY_H_
