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
// object without its key has the empty one.
std::vector<std::string> PageKeys(std::string_view wire, const FieldTable& list,
                                  const FieldTable& key);

// The objects of an export that were sent already.
class SentObjects {
 public:
  // Takes out of a page's message the objects that were sent before, and counts the others as sent;
  // returns how many of those there are. Objects without a key are always new.
  size_t KeepNew(const FieldTable& list, const FieldTable& key, std::string_view wire,
                 std::string* kept);
  size_t size() const { return keys_.size(); }

 private:
  absl::flat_hash_set<std::string> keys_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_PAGE_OBJECTS_H_
