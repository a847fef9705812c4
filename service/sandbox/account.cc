#include "service/sandbox/account.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {
namespace {

// FNV-1a: the same on every machine, unlike std::hash.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace

Account::Account(std::string_view account_name, uint64_t seed, absl::Time now)
    : name(account_name),
      settings(features),
      billograms({customers, recipients, items, settings, features}),
      tabs(billograms),
      reports(now) {
  Random random(seed ^ HashOf(name));
  user = absl::StrCat(random.Text("123456789", 1), random.Text(kDigits, 3), "-",
                      random.Text(kLettersAndDigits, 8));
  key = random.Text(kHexDigits, 32);
  token = random.Text(kLettersAndDigits, 64);
  notification_key = random.Text(kHexDigits, 64);
}

absl::Time Account::NextTimer() const {
  absl::Time next =
      std::min({billograms.NextTimer(), tabs.NextTimer(), reports.NextTimer(billograms, features)});
  for (const auto& profile : profiles) next = std::min(next, profile->orders.NextTimer());
  return next;
}

void Account::RunTimers(const Occasion& occasion) {
  while (true) {
    const absl::Time next = NextTimer();
    if (next > occasion.at) return;
    const Occasion now{next, occasion.random};
    if (billograms.NextTimer() == next) {
      billograms.RunTimers(now);
    } else if (tabs.NextTimer() == next) {
      tabs.RunTimers(now);
    } else if (reports.NextTimer(billograms, features) == next) {
      reports.RunTimer(billograms, settings);
    } else {
      for (const auto& profile : profiles) profile->orders.RunTimer(now);
    }
  }
}

}  // namespace billing::sandbox
