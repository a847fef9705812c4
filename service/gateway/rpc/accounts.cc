#include "service/gateway/rpc/accounts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/common/strings.h"
#include "service/gateway/translate/url.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;

const providers::Provider* FindProvider(const v1::AccountConfig& config,
                                        const AccountBook::Options& options) {
  for (const auto& provider : *options.providers) {
    if (provider->name() == config.provider()) return provider.get();
  }
  return nullptr;
}

// The method of the account's provider that an entry of its `paths` names; nullptr if there is
// none.
const translate::Method* FindMethod(const v1::AccountConfig& config, const v1::PathConfig& entry,
                                    const AccountBook::Options& options) {
  // As gRPC names it, "/package.Service/Method", or with a dot in place of the second slash.
  std::string name = absl::StrCat("/", absl::StripPrefix(entry.method(), "/"));
  const size_t dot = name.rfind('.');
  if (name.rfind('/') == 0 && dot != std::string::npos) name[dot] = '/';
  const translate::Method* method =
      options.methods == nullptr ? nullptr : options.methods->Find(name);
  return method != nullptr && method->provider == config.provider() ? method : nullptr;
}

absl::StatusOr<translate::Method::Path> ReadPath(const v1::AccountConfig& config,
                                                 const v1::PathConfig& entry,
                                                 const AccountBook::Options& options) {
  const auto refuse = [&entry](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(entry.method(), ": ", why));
  };
  const translate::Method* method = FindMethod(config, entry, options);
  if (method == nullptr) return refuse("is no method of this provider");
  std::vector<std::string> taken;
  for (auto& [name, value] : FindProvider(config, options)->Query(config)) taken.push_back(name);
  absl::StatusOr<translate::Method::Path> path =
      translate::ParseAccountPath(*method, entry.path(), taken);
  if (!path.ok()) return refuse(path.status().message());
  return path;
}

absl::Status ReadPaths(const v1::AccountConfig& config, const AccountBook::Options& options,
                       Account* account) {
  for (int i = 0; i < config.paths_size(); ++i) {
    const v1::PathConfig& entry = config.paths(i);
    if (absl::Status status = AccountBook::CheckPath(config, i, options); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("paths[", i, "]: ", status.message()));
    }
    account->paths.emplace(FindMethod(config, entry, options)->index,
                           *ReadPath(config, entry, options));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Account>> MakeAccount(const v1::AccountConfig& config,
                                                     const AccountBook::Options& options) {
  auto account = std::make_unique<Account>();
  account->name = config.name();
  account->provider = FindProvider(config, options);
  if (account->provider == nullptr) return absl::InvalidArgumentError("unknown provider");

  auto target = upstream::Target::Create({config.base_url(), options.connections_per_account});
  if (!target.ok()) return target.status();
  account->target = *std::move(target);

  absl::StatusOr<std::vector<providers::NameValue>> values = account->provider->Headers(config);
  if (!values.ok()) return values.status();
  upstream::HeaderList headers;
  for (const auto& [name, value] : *values) {
    if (absl::Status status = headers.Add(name, value); !status.ok()) return status;
  }
  if (absl::Status status = headers.Add("User-Agent", "billing-gateway"); !status.ok()) {
    return status;
  }
  account->headers = std::make_shared<upstream::HeaderSet>(std::move(headers));

  for (const auto& [name, value] : account->provider->Query(config)) {
    if (!account->query.empty()) account->query.push_back('&');
    translate::AppendPercentEncoded(name, &account->query);
    account->query.push_back('=');
    translate::AppendPercentEncoded(value, &account->query);
  }
  if (absl::Status status = ReadPaths(config, options, account.get()); !status.ok()) return status;
  return account;
}

translate::CallError Refuse(absl::StatusCode code, const char* reason, std::string message) {
  translate::CallError error;
  error.code = code;
  error.reason = reason;
  error.message = std::move(message);
  return error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccountBook>> AccountBook::Make(const v1::Config& config,
                                                               const Options& options) {
  auto book = std::make_unique<AccountBook>();
  for (const v1::AccountConfig& entry : config.accounts()) {
    absl::StatusOr<std::unique_ptr<Account>> account = MakeAccount(entry, options);
    if (!account.ok()) {
      return absl::Status(account.status().code(),
                          absl::StrCat("account ", entry.name(), ": ", account.status().message()));
    }
    (*account)->index = book->accounts_.size();
    book->accounts_.push_back(*std::move(account));
  }
  return book;
}

absl::Status AccountBook::Check(const v1::AccountConfig& account, const Options& options) {
  return MakeAccount(account, options).status();
}

absl::Status AccountBook::CheckPath(const v1::AccountConfig& account, int index,
                                    const Options& options) {
  const v1::PathConfig& entry = account.paths(index);
  if (FindProvider(account, options) == nullptr) return absl::OkStatus();
  if (auto path = ReadPath(account, entry, options); !path.ok()) return path.status();
  const translate::Method* method = FindMethod(account, entry, options);
  for (int i = 0; i < index; ++i) {
    if (FindMethod(account, account.paths(i), options) != method) continue;
    return absl::InvalidArgumentError(absl::StrCat(entry.method(), ": is given twice"));
  }
  return absl::OkStatus();
}

Account* AccountBook::Pick(const translate::Method& method,
                           const std::vector<std::string_view>& named,
                           translate::CallError* error) const {
  // Taking one of several would charge an account that the caller may not have meant.
  if (named.size() > 1) {
    *error = Refuse(absl::StatusCode::kInvalidArgument, "ACCOUNT_AMBIGUOUS",
                    "billing-account is given more than once");
    return nullptr;
  }
  Account* found = nullptr;
  int candidates = 0;
  for (const auto& account : accounts_) {
    if (named.empty() ? account->provider->name() == method.provider
                      : account->name == named.front()) {
      found = account.get();
      ++candidates;
    }
  }
  if (candidates == 0) {
    *error =
        named.empty()
            ? Refuse(absl::StatusCode::kNotFound, "NO_ACCOUNT",
                     absl::StrCat("no account of provider ", method.provider, " is configured"))
            : Refuse(absl::StatusCode::kNotFound, "UNKNOWN_ACCOUNT",
                     "billing-account names no configured account");
    return nullptr;
  }
  if (candidates > 1) {
    *error = Refuse(absl::StatusCode::kInvalidArgument, "ACCOUNT_REQUIRED",
                    "several accounts are configured: name one in billing-account");
    return nullptr;
  }
  if (found->provider->name() != method.provider) {
    *error = Refuse(absl::StatusCode::kInvalidArgument, "WRONG_PROVIDER",
                    absl::StrCat("this method needs an account of provider ", method.provider));
    return nullptr;
  }
  return found;
}

void AccountBook::SetRejected(Account& account, bool rejected) const {
  if (account.rejected.load(std::memory_order_relaxed) == rejected) return;
  absl::MutexLock lock(&change_mutex_);
  if (account.rejected.exchange(rejected, std::memory_order_relaxed) == rejected) return;
  if (on_change_) on_change_();
}

bool AccountBook::Usable(std::string_view provider) const {
  return std::any_of(accounts_.begin(), accounts_.end(), [&](const auto& account) {
    return account->provider->name() == provider &&
           !account->rejected.load(std::memory_order_relaxed);
  });
}

bool AccountBook::AnyUsable() const {
  return std::any_of(accounts_.begin(), accounts_.end(), [](const auto& account) {
    return !account->rejected.load(std::memory_order_relaxed);
  });
}

}  // namespace billing::gateway::rpc
