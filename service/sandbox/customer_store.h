#ifndef SERVICE_SANDBOX_CUSTOMER_STORE_H_
#define SERVICE_SANDBOX_CUSTOMER_STORE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// The customers of one account. Not thread-safe.
class CustomerStore {
 public:
  // The created, found or changed customer as answers show it; valid until the next change.
  Expected<const Json*> Create(const Json& document, absl::Time now);
  Expected<const Json*> Update(int64_t customer_no, const Json& update, absl::Time now);
  const Json* Find(int64_t customer_no) const;

  // In the order of their numbers.
  const std::map<int64_t, Json>& all() const { return customers_; }

 private:
  int64_t NextNumber();

  std::map<int64_t, Json> customers_;
  int64_t last_number_ = 0;
};

// What a billogram keeps of a customer (reference, 4.2).
Json CustomerSnapshot(const Json& customer);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_CUSTOMER_STORE_H_
