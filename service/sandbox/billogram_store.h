#ifndef SERVICE_SANDBOX_BILLOGRAM_STORE_H_
#define SERVICE_SANDBOX_BILLOGRAM_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram.h"
#include "service/sandbox/customer_store.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// What an account has been switched on for; changed by POST /sandbox/features.
struct Features {
  bool collection = true;           // has a collection partner: command collect
  bool factoring = true;            // command sell
  bool stand_alone_credits = true;  // billograms with a negative total
  bool compact_lists = false;       // lists answer compact objects, as recorded in 2017
};

// The billograms of one account. Not thread-safe.
class BillogramStore {
 public:
  // Both outlive the store.
  BillogramStore(const CustomerStore& customers, const Features& features)
      : customers_(customers), features_(features) {}

  // Creates, and sends where the document has on_success; nothing is kept of a refused one.
  Expected<Billogram*> Create(const Json& document, const Occasion& occasion);
  Expected<Billogram*> Update(std::string_view id, const Json& update, const Occasion& occasion);
  MaybeError Delete(std::string_view id);

  // Null where there is none.
  Billogram* Find(std::string_view id) const;
  // Oldest first.
  const std::map<int64_t, std::unique_ptr<Billogram>>& all() const { return billograms_; }

  // The next invoice number of the account.
  int64_t NextInvoiceNumber() { return ++last_invoice_no_; }

  // To be called after every change of a billogram's state or dates.
  void Reschedule(Billogram& billogram);
  // When time next changes something; InfiniteFuture where it never does.
  absl::Time NextTimer() const;
  // Lets due dates pass and partners answer up to `occasion.at`.
  void RunTimers(const Occasion& occasion);

  const CustomerStore& customers() const { return customers_; }
  const Features& features() const { return features_; }

 private:
  MaybeError SetCustomer(const Json& given, Json& document) const;
  MaybeError CheckUnique(const Billogram& billogram, const Json& given) const;
  void Fire(Billogram& billogram, const Occasion& occasion);

  const CustomerStore& customers_;
  const Features& features_;
  std::map<int64_t, std::unique_ptr<Billogram>> billograms_;
  absl::flat_hash_map<std::string, Billogram*> by_id_;
  absl::flat_hash_map<std::string, Billogram*> by_unique_value_;
  std::set<std::pair<absl::Time, int64_t>> timers_;
  int64_t last_sequence_ = 0;
  int64_t last_invoice_no_ = 0;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_STORE_H_
