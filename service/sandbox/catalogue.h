#ifndef SERVICE_SANDBOX_CATALOGUE_H_
#define SERVICE_SANDBOX_CATALOGUE_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"
#include "service/sandbox/keyed_documents.h"

namespace billing::sandbox {

// The stored items of one account (reference, 3.4 and 4.13). Documents are as answers show them.
// Not thread-safe.
class ItemStore {
 public:
  Expected<const Json*> Create(const Json& document, absl::Time now);
  Expected<const Json*> Update(std::string_view item_no, const Json& update, absl::Time now);
  MaybeError Delete(std::string_view item_no);
  const Json* Find(std::string_view item_no) const { return items_.Find(item_no); }
  std::vector<const Json*> All() const { return items_.All(); }

  // The rows of a request, each completed from the stored item it names; a row that names none
  // that exists stays as it is.
  Json Complete(const Json& rows) const;

 private:
  KeyedDocuments items_;
  int64_t last_number_ = 0;
};

// The offers of one account (reference, 3.5 and 4.14). Not thread-safe.
class OfferStore {
 public:
  Expected<const Json*> Create(const Json& document, absl::Time now);
  Expected<const Json*> Update(std::string_view offer_id, const Json& update, absl::Time now);
  const Json* Find(std::string_view offer_id) const;
  // Of that type, oldest first.
  std::vector<const Json*> OfType(std::string_view type) const;

  // Somebody took the offer: a sale can no longer be changed.
  void MarkAccepted(std::string_view offer_id);

 private:
  KeyedDocuments offers_;  // by the id in lower case: ids are unique ignoring case
  std::set<std::string> accepted_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_CATALOGUE_H_
