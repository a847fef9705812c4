#ifndef SERVICE_GATEWAY_TRANSLATE_PAGE_OBJECTS_H_
#define SERVICE_GATEWAY_TRANSLATE_PAGE_OBJECTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "service/gateway/translate/message_table.h"

namespace billing::gateway::translate {

// The keys of the objects of one page of a list, in their order: `wire` is the page's message,
// `list` its field of the objects, `key` the field of an object that tells it from all others. An
// object without its key is its own: only an equal object has the same one.
std::vector<std::string> PageKeys(std::string_view wire, const FieldTable& list,
                                  const FieldTable& key);

// The objects of an export that were sent already.
class SentObjects {
 public:
  // Takes out of a page's message the objects that were sent before and counts the others, whose
  // number it returns, as sent. They come as messages of `most` objects or fewer, each with the
  // page's other fields; one message without objects if none is new.
  size_t KeepNew(const FieldTable& list, const FieldTable& key, size_t most, std::string_view wire,
                 std::vector<std::string>* messages);

 private:
  absl::flat_hash_set<std::string> keys_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_PAGE_OBJECTS_H_
