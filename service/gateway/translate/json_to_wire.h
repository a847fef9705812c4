#ifndef SERVICE_GATEWAY_TRANSLATE_JSON_TO_WIRE_H_
#define SERVICE_GATEWAY_TRANSLATE_JSON_TO_WIRE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/padded_json.h"

namespace billing::gateway::translate {

// Translates JSON documents into protobuf wire bytes by table, in one pass over the document and
// with no message in between.
//
// Nothing of a document is lost: what a typed field does not reproduce byte for byte stands, raw,
// in its message's `unmapped`. The wire is canonical: fields by number, map keys sorted.
//
// An instance keeps its buffers from call to call; it is for one thread at a time.
class JsonToWire {
 public:
  // `max_depth` bounds the nesting of what is kept raw; what the tables know is no deeper than
  // they are.
  explicit JsonToWire(int max_depth = 64);
  ~JsonToWire();
  JsonToWire(const JsonToWire&) = delete;
  JsonToWire& operator=(const JsonToWire&) = delete;

  // Translates a document that is one object of `table`, without any envelope. False if it is not
  // such a document; error() then says why.
  bool Translate(const MessageTable& table, PaddedJson json);

  // What an enveloped or bare answer is made of.
  struct Answer {
    enum class Verdict {
      kOk,         // wire() holds the response message
      kNotOk,      // the envelope's status is not "OK": the document is an error body
      kMalformed,  // not a document of the expected shape; error() says why
    };
    Verdict verdict = Verdict::kMalformed;
    bool has_total = false;   // the envelope told how many objects there are over all pages
    int64_t total_count = 0;  // that number
    uint32_t items = 0;       // elements of the list, for a list
    // The list's message without its token; valid while the token is made.
    std::string_view page;
  };
  // How the answer's document becomes the response message.
  //
  // In an envelope, data that is null or {} is an empty message. A bare answer must be what it
  // stands for, because nothing else tells that it is a success: a list is an array, a resource an
  // object with a field or more that the response knows and that has its type.
  struct AnswerShape {
    bool envelope = false;                   // {status, data, meta}, else bare
    const MessageTable* response = nullptr;  // nullptr: google.protobuf.Empty, data is ignored
    const FieldTable* list = nullptr;        // the repeated field that takes the data; nullptr: the
                                             // response is the data
    const FieldTable* next_page_token = nullptr;
    // The field read from the envelope's meta object that tells Answer::total_count; nullptr: none.
    const FieldTable* total = nullptr;
  };
  // Makes the next page's token from what the answer says; empty: there is no next page.
  using TokenMaker = std::string (*)(const void* state, const Answer& answer);

  Answer TranslateAnswer(const AnswerShape& shape, PaddedJson json, TokenMaker make_token = nullptr,
                         const void* token_state = nullptr);

  // The result of the last call, valid until the next one.
  std::string_view wire() const;
  // Why the last call failed.
  std::string_view error() const;
  // Paths of the last document, "items.colour" say, where upstream departed from what the protos
  // know: a new key, a new enum value, a value of another type.
  const std::vector<std::string>& drift() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_JSON_TO_WIRE_H_
