#ifndef SERVICE_SANDBOX_WORLD_H_
#define SERVICE_SANDBOX_WORLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/sandbox/account.h"
#include "service/sandbox/billpro/profile.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {

// Everything the sandbox knows: accounts, clock, randomness. Not thread-safe.
class World {
 public:
  World(uint64_t seed, std::vector<std::string> account_names,
        std::function<absl::Time()> real_time);

  // As it was at the start; the credentials stay the same.
  void Reset();

  // Lets everything happen that is due until now.
  void Tick();
  // Turns the clock forward, letting everything happen on its day.
  void TurnTo(absl::Time time);

  absl::Time Now() const { return clock_.Now(); }
  Occasion Present() { return {Now(), *random_}; }
  Random& random() { return *random_; }
  // What faults draw from: they do not change what the world's own draws give.
  Random& fault_random() { return *fault_random_; }
  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
  // Null where there is none.
  Account* FindAccount(std::string_view name) const;
  // One more BillPro profile that the account's token reaches.
  billpro::Profile& AddProfile(Account& account);

 private:
  void RunTimersUntil(absl::Time time);

  const uint64_t seed_;
  const std::vector<std::string> account_names_;
  Clock clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Random> fault_random_;
  billpro::Sequences sequences_;
  std::vector<std::unique_ptr<Account>> accounts_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_WORLD_H_
