#ifndef SERVICE_SANDBOX_BILLING_TAB_STORE_H_
#define SERVICE_SANDBOX_BILLING_TAB_STORE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram_store.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// The billing tabs of one account's customers (reference, 3.6): items gather on a customer's tab,
// and on its billing date one billogram is made of them all. Not thread-safe.
class BillingTabStore {
 public:
  explicit BillingTabStore(BillogramStore& billograms) : billograms_(billograms) {}

  // The customer's tab, one of its tabs by id, or one item of them, as answers show them.
  Expected<Json> Current(int64_t customer_no) const;
  Expected<Json> Get(int64_t customer_no, std::string_view tab_id) const;
  Expected<Json> GetItem(int64_t customer_no, std::string_view item_id) const;

  // Adds an item and answers it with its tab's id. A deduplication id that was seen before is
  // refused, or answered as the first time, as the account's features say.
  Expected<Json> AddItem(int64_t customer_no, std::string_view deduplication_id, const Json& body,
                         const Occasion& occasion);
  // Only what is not billed yet can be removed.
  MaybeError Delete(int64_t customer_no, std::string_view tab_id);
  MaybeError DeleteItem(int64_t customer_no, std::string_view item_id);

  // Unset settings are null: the creditor's defaults hold.
  Json GetSettings(int64_t customer_no) const;
  Expected<Json> SetSettings(int64_t customer_no, const Json& body, absl::Time now);
  void DeleteSettings(int64_t customer_no, absl::Time now);

  // The customer has another number from now on.
  void MoveCustomer(int64_t from, int64_t to);

  // The billograms that could not be made, as the BillingTab callback would tell.
  const std::vector<Json>& failures() const { return failures_; }

  // The start of the next billing date; InfiniteFuture where no tab waits.
  absl::Time NextTimer() const;
  // Empties the tabs whose billing date has come.
  void RunTimers(const Occasion& occasion);

 private:
  struct Tab {
    std::string id;
    int64_t customer_no = 0;
    absl::CivilDay billing_date;
    bool billed = false;
    std::vector<Json> items;
  };

  Tab& OpenTab(int64_t customer_no, const Occasion& occasion);
  absl::CivilDay NextDate(int64_t customer_no, absl::CivilDay today) const;
  void Move(Tab& tab, absl::CivilDay billing_date);
  void Close(Tab& tab);
  void Bill(Tab& tab, const Occasion& occasion);
  const Tab* Find(int64_t customer_no, std::string_view tab_id) const;
  const Tab* TabOfItem(int64_t customer_no, std::string_view item_id) const;
  static Json Render(const Tab& tab);

  BillogramStore& billograms_;
  absl::flat_hash_map<std::string, Tab> tabs_;              // by id
  std::map<int64_t, std::string> current_;                  // customer to tab
  std::set<std::pair<absl::CivilDay, std::string>> dates_;  // of current tabs
  absl::flat_hash_map<std::string, std::string> tab_of_item_;
  std::map<int64_t, Json> settings_;
  absl::flat_hash_map<std::string, Json> answers_;  // by deduplication id
  std::vector<Json> failures_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLING_TAB_STORE_H_
