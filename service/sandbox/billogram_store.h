#ifndef SERVICE_SANDBOX_BILLOGRAM_STORE_H_
#define SERVICE_SANDBOX_BILLOGRAM_STORE_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram.h"
#include "service/sandbox/catalogue.h"
#include "service/sandbox/customer_store.h"
#include "service/sandbox/features.h"
#include "service/sandbox/json.h"
#include "service/sandbox/recipient_store.h"
#include "service/sandbox/settings.h"

namespace billing::sandbox {

// Refuses an item row whose period ends before it starts.
MaybeError CheckPeriod(const Json& item, const FieldPath& path);

// The billograms of one account. Not thread-safe.
class BillogramStore {
 public:
  // What billograms are made of and depend on; all of it outlives the store.
  struct Surroundings {
    const CustomerStore& customers;
    const RecipientStore& recipients;
    const ItemStore& items;
    const Settings& settings;
    const Features& features;
  };
  explicit BillogramStore(const Surroundings& surroundings) : around_(surroundings) {}

  // Creates, and sends where the document has on_success; nothing is kept of a refused one.
  Expected<Billogram*> Create(const Json& request, const Occasion& occasion);
  Expected<Billogram*> Update(std::string_view id, const Json& request, const Occasion& occasion);
  MaybeError Delete(std::string_view id);

  // Null where there is none.
  Billogram* Find(std::string_view id) const;
  // Oldest first.
  const std::vector<std::unique_ptr<Billogram>>& all() const { return billograms_; }
  // What is left to pay of them all.
  const Decimal& remaining_sum() const { return remaining_sum_; }
  // Changes whenever any of them does.
  int64_t version() const { return version_; }

  // Adds copies of one that exists, as if each had been created and sent as it was: they share its
  // document; ids and numbers are their own.
  void AddCopies(const Billogram& original, int64_t count, const Occasion& occasion);

  // The next invoice number of the account.
  int64_t NextInvoiceNumber() { return ++last_invoice_no_; }

  // To be called after every change of a billogram.
  void Reschedule(Billogram& billogram);
  // To be called after a change of the settings or features that deadlines depend on.
  void RescheduleAll();
  // When time next changes something; InfiniteFuture where it never does.
  absl::Time NextTimer() const;
  // Lets due dates pass and partners answer up to `occasion.at`.
  void RunTimers(const Occasion& occasion);

  const RecipientStore& recipients() const { return around_.recipients; }
  const ItemStore& items() const { return around_.items; }
  const Settings& settings() const { return around_.settings; }
  const Features& features() const { return around_.features; }

 private:
  MaybeError SetCustomer(const Json& given, Json& document) const;
  MaybeError CheckUnique(const Billogram& billogram, const Json& given) const;
  void DrawId(Billogram& billogram, Random& random) const;
  void Index(std::unique_ptr<Billogram> billogram);
  // The place of that sequence number in billograms_.
  std::vector<std::unique_ptr<Billogram>>::iterator PlaceOf(int64_t sequence);

  const Surroundings around_;
  std::vector<std::unique_ptr<Billogram>> billograms_;  // by sequence
  absl::flat_hash_map<std::string, Billogram*> by_id_;
  absl::flat_hash_map<std::string, Billogram*> by_unique_value_;
  std::set<std::pair<absl::Time, int64_t>> timers_;
  int64_t last_sequence_ = 0;
  int64_t last_invoice_no_ = 0;
  int64_t version_ = 0;
  Decimal remaining_sum_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_STORE_H_
