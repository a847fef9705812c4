#ifndef SERVICE_SANDBOX_KEYED_DOCUMENTS_H_
#define SERVICE_SANDBOX_KEYED_DOCUMENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// Documents under unique keys, in the order of their creation. Not thread-safe.
class KeyedDocuments {
 public:
  // Null where there is none; valid until that document is changed or removed.
  const Json* Find(std::string_view key) const;
  // Adds a document, or replaces the one of that key in its place.
  const Json* Put(std::string_view key, Json document);
  // Moves a document to a key that is free.
  void Rename(std::string_view from, std::string_view to);
  void Remove(std::string_view key);

  std::vector<const Json*> All() const;

 private:
  absl::flat_hash_map<std::string, int64_t> places_;
  std::map<int64_t, Json> documents_;
  int64_t last_place_ = 0;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_KEYED_DOCUMENTS_H_
