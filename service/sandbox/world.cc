#include "service/sandbox/world.h"

namespace billing::sandbox {

World::World(uint64_t seed, std::vector<std::string> account_names,
             std::function<absl::Time()> real_time)
    : seed_(seed), account_names_(std::move(account_names)), clock_(std::move(real_time)) {
  Reset();
}

void World::Reset() {
  clock_.Reset();
  random_ = std::make_unique<Random>(seed_);
  fault_random_ = std::make_unique<Random>(seed_ + 1);
  accounts_.clear();
  sequences_ = {};
  for (const std::string& name : account_names_) {
    accounts_.push_back(std::make_unique<Account>(name, seed_, Now()));
    AddProfile(*accounts_.back());
  }
}

void World::Tick() { RunTimersUntil(Now()); }

void World::TurnTo(absl::Time time) {
  RunTimersUntil(time);
  clock_.TurnTo(time);
}

// One timer after the other across all accounts, in the order of time.
void World::RunTimersUntil(absl::Time time) {
  while (true) {
    Account* first = nullptr;
    for (const auto& account : accounts_) {
      if (first == nullptr || account->NextTimer() < first->NextTimer()) {
        first = account.get();
      }
    }
    if (first == nullptr || first->NextTimer() > time) return;
    first->RunTimers({first->NextTimer(), *random_});
  }
}

billpro::Profile& World::AddProfile(Account& account) {
  return *account.profiles.emplace_back(std::make_unique<billpro::Profile>(sequences_));
}

Account* World::FindAccount(std::string_view name) const {
  for (const auto& account : accounts_) {
    if (account->name == name) return account.get();
  }
  return nullptr;
}

}  // namespace billing::sandbox
