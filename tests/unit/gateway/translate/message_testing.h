#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_MESSAGE_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_MESSAGE_TESTING_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "tests/unit/gateway/translate/json_tree_testing.h"

// Generated messages beside JSON documents, by reflection and the field options alone: a second
// reading of design/api.md, "Values", that shares nothing with the translation engine.

namespace billing::gateway::translate {

// The canonical wire of `message`, as the protobuf library writes it: fields by number, map keys
// sorted.
std::string Canonically(const google::protobuf::Message& message);

struct Comparison {
  std::string disagreement;  // the first one, with its path; empty: none
  int departures = 0;        // of the document from what the message knows
};

// Whether `message` says what `document`, an object, says: every field, and what stands raw.
Comparison Compare(const google::protobuf::Message& message, const Json& document);

struct ExpectedRequest {
  Json document;  // what is sent
  // Paths of REQUIRED fields that are not there and of moments that upstream cannot take.
  std::vector<std::string> mistakes;
};

// What a request sends of `message`: set fields, before what is raw, and nothing that is
// OUTPUT_ONLY. `require` says whether the fields of the message itself must be there; those of
// repeated messages must in any case.
ExpectedRequest RequestOf(const google::protobuf::Message& message, bool require);

}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_MESSAGE_TESTING_H_
