#ifndef SERVICE_SANDBOX_ACCOUNT_H_
#define SERVICE_SANDBOX_ACCOUNT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/billing_tab_store.h"
#include "service/sandbox/billogram_store.h"
#include "service/sandbox/billpro/profile.h"
#include "service/sandbox/catalogue.h"
#include "service/sandbox/customer_store.h"
#include "service/sandbox/features.h"
#include "service/sandbox/listing.h"
#include "service/sandbox/recipient_store.h"
#include "service/sandbox/report_store.h"
#include "service/sandbox/settings.h"

namespace billing::sandbox {

// The billograms that a list selected, until one of them changes.
struct BillogramSelection {
  ListQuery query;
  int64_t version = -1;  // of the store
  std::vector<size_t> indices;
  Decimal remaining_sum;

  bool IsOf(const ListQuery& other, int64_t now) const {
    return version == now && query.HasSameObjects(other);
  }
};

// One company: its API user at each provider and everything that is its own there.
struct Account {
  // The credentials follow from the name and the seed alone. `now` is when the account begins.
  Account(std::string_view account_name, uint64_t seed, absl::Time now);
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  const std::string name;
  std::string user;              // "1234-AbCdEfGh"
  std::string key;               // 32 hexadecimal digits
  std::string token;             // BillPro's
  std::string notification_key;  // of BillPro's payment gateway, 64 hexadecimal digits
  Features features;
  Settings settings;
  CustomerStore customers;
  RecipientStore recipients;
  ItemStore items;
  OfferStore offers;
  BillogramStore billograms;
  BillingTabStore tabs;
  ReportStore reports;
  Json logotype;                 // as answers show it; null where there is none
  Json coverphoto;               // the same
  BillogramSelection selection;  // of the last list
  // BillPro's, at least one; the token reaches them all.
  std::vector<std::unique_ptr<billpro::Profile>> profiles;

  // When time next changes something; InfiniteFuture where it never does.
  absl::Time NextTimer() const;
  // Lets everything happen that is due until `occasion.at`.
  void RunTimers(const Occasion& occasion);
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_ACCOUNT_H_
