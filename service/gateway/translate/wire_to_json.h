#ifndef SERVICE_GATEWAY_TRANSLATE_WIRE_TO_JSON_H_
#define SERVICE_GATEWAY_TRANSLATE_WIRE_TO_JSON_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/translate/mask.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/violation.h"

namespace billing::gateway::translate {

// Translates protobuf wire bytes into JSON by table. Any legal wire is read; canonical wire
// (fields by number, singular ones once, map keys sorted) is read in one pass.
//
// An instance keeps its buffers from call to call; it is for one thread at a time.
class WireToJson {
 public:
  // `max_depth` bounds the nesting of messages, and of each raw value of `unmapped`, as it does in
  // JsonToWire: what an answer brings can be sent back.
  explicit WireToJson(int max_depth = 64);
  ~WireToJson();
  WireToJson(const WireToJson&) = delete;
  WireToJson& operator=(const WireToJson&) = delete;

  // The document that the message was read from: entries of `unmapped` stand for their keys, also
  // where a typed field has the same one. False on bytes that are no such message, with the reason
  // in violations().
  bool Document(const MessageTable& table, std::string_view wire);

  // What a request sends: typed fields win over `unmapped`, OUTPUT_ONLY fields are left out, and
  // with a mask only what it names is sent, an unset field of it as null. What is sent is held to
  // the bounds of its fields and the rules of its messages. All mistakes are collected, each under
  // `path` and the path within the message; false if there are any.
  bool Request(const MessageTable& table, std::string_view wire, std::string_view path,
               const MaskNode* mask);

  // The document of the last call, valid until the next one.
  std::string_view json() const;
  std::vector<Violation>& violations();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_WIRE_TO_JSON_H_
