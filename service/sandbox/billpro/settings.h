#ifndef SERVICE_SANDBOX_BILLPRO_SETTINGS_H_
#define SERVICE_SANDBOX_BILLPRO_SETTINGS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "service/sandbox/api_error.h"
#include "service/sandbox/decimal.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// How a merchant profile is set up, and what the reference leaves open (its sections are named).
struct Settings {
  std::set<std::string> currencies;                       // acceptance list; empty: every one
  std::vector<int64_t> retry_days = {1, 3, 7};            // after the soft decline (5.2)
  Decimal registration_amount = *Decimal::Parse("0.50");  // 7
  bool stripe = false;        // processor: no custom checkout, no webhook (1.4)
  bool unique_email = true;   // 3.1
  bool reject_locked = true;  // overrides of locked prices and schedules; else ignored (3.3)
  bool events_at_activation = false;  // of instalments, else at creation (5.2)
  bool auto_suspend = true;           // subscriptions whose retries are used up (5.1)
  bool underscore_statuses = false;   // 5.2

  bool AcceptsCurrency(const std::string& currency) const {
    return currencies.empty() || currencies.count(currency) > 0;
  }
  Json ToJson() const;
};

// Changes what `fields` names, but for the keys in `ignored`; all of it or nothing.
MaybeError UpdateSettings(const Json& fields, const std::set<std::string_view>& ignored,
                          Settings& settings);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_SETTINGS_H_
