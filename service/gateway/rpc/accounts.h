#ifndef SERVICE_GATEWAY_RPC_ACCOUNTS_H_
#define SERVICE_GATEWAY_RPC_ACCOUNTS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "billing/gateway/v1/config.pb.h"
#include "service/gateway/providers/provider.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/headers.h"
#include "service/gateway/upstream/target.h"

namespace billing::gateway::rpc {

// One configured account, ready for calls. Immutable but for `rejected`; thread-safe.
struct Account {
  std::string name;
  size_t index = 0;  // position in AccountBook::accounts()
  const providers::Provider* provider = nullptr;
  std::shared_ptr<upstream::Target> target;
  std::shared_ptr<const upstream::HeaderSet> headers;
  std::string query;  // encoded parameters of every request; may be empty
  // The paths of methods that have another one in this account, by Method::index.
  std::unordered_map<size_t, translate::Method::Path> paths;
  // Upstream refused the credentials the last time it looked at them.
  std::atomic<bool> rejected{false};

  // nullptr where the method's own path holds.
  const translate::Method::Path* PathOf(const translate::Method& method) const {
    if (paths.empty()) return nullptr;
    const auto found = paths.find(method.index);
    return found == paths.end() ? nullptr : &found->second;
  }
};

// The configured accounts. Thread-safe once made.
class AccountBook {
 public:
  struct Options {
    int connections_per_account = 100;
    const std::vector<std::unique_ptr<providers::Provider>>* providers = nullptr;
    // What accounts' own paths are checked against; needed only by accounts that have such.
    const translate::MethodTable* methods = nullptr;
  };

  // Reads each account's credentials and paths. The error names the account, never a secret.
  static absl::StatusOr<std::unique_ptr<AccountBook>> Make(
      const billing::gateway::v1::Config& config, const Options& options);

  // What Make would say of one account.
  static absl::Status Check(const billing::gateway::v1::AccountConfig& account,
                            const Options& options);
  // The same of one entry of its `paths`. Of an unknown provider nothing is said.
  static absl::Status CheckPath(const billing::gateway::v1::AccountConfig& account, int index,
                                const Options& options);

  // The account that a call goes to: the one that the caller names in `billing-account`, or the
  // only one of the method's provider. `named` has every value of that key. nullptr with an error
  // for the caller.
  Account* Pick(const translate::Method& method, const std::vector<std::string_view>& named,
                translate::CallError* error) const;

  // Notes whether upstream took the account's credentials, and tells `on_change` of a change. The
  // listener is called by one thread at a time, so that the last it sees is what holds.
  void SetRejected(Account& account, bool rejected) const ABSL_LOCKS_EXCLUDED(change_mutex_);
  void OnChange(std::function<void()> listener) { on_change_ = std::move(listener); }

  // Whether calls of a provider can work: one of its accounts at least has working credentials.
  bool Usable(std::string_view provider) const;
  // Whether any call can work: the same over all providers.
  bool AnyUsable() const;

  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }

 private:
  std::vector<std::unique_ptr<Account>> accounts_;
  std::function<void()> on_change_;
  mutable absl::Mutex change_mutex_;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_ACCOUNTS_H_
