#ifndef SERVICE_SANDBOX_RECIPIENT_STORE_H_
#define SERVICE_SANDBOX_RECIPIENT_STORE_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {

// What belongs to customers beside their own document: payment sources (reference, 3.7 and 4.16)
// and e-invoice registrations (3.3 and 4.17). Callers have checked that the customer exists. Not
// thread-safe.
class RecipientStore {
 public:
  // Oldest first, as answers show them.
  const std::vector<Json>& PaymentSources(int64_t customer_no) const;
  // A checked body of POST /sepa_dd_mandate and of .../migrate; the answer's data.
  Json AddMandate(const Json& mandate, Random& random);
  Json MigrateMandate(const Json& migration, Random& random);

  // The answer of GET; null where there is no registration.
  Json Einvoice(int64_t customer_no) const;
  bool HasEinvoice(int64_t customer_no) const { return einvoices_.count(customer_no) > 0; }
  // Registers, or changes the registration; the answer of POST, which names the Swedish field
  // otherwise than GET does.
  Expected<Json> RegisterEinvoice(int64_t customer_no, const Json& body, absl::Time now);

  // The customer has another number from now on.
  void MoveCustomer(int64_t from, int64_t to);

 private:
  struct Registration {
    Json body;
    absl::Time at;
  };
  static Json Render(const Registration& registration, const char* swedish_name);

  std::map<int64_t, std::vector<Json>> sources_;
  std::map<int64_t, Registration> einvoices_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_RECIPIENT_STORE_H_
