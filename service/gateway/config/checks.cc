#include "service/gateway/config/checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "service/common/strings.h"
#include "service/gateway/config/address.h"
#include "service/gateway/config/schema.h"
#include "service/gateway/config/secret_file.h"
#include "service/gateway/config/value.h"

namespace billing::gateway::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Text(const absl::Status& status) {
  return std::string(common::ToStd(status.message()));
}

void CheckListen(bool given, std::string_view address, const std::string& path,
                 Problems& problems) {
  if (!given) return;
  if (absl::Status status = CheckListenAddress(address); !status.ok()) {
    problems.Add(path, Text(status));
  }
}

bool IsAccountName(std::string_view name) {
  constexpr size_t kMost = 63;
  return !name.empty() && name.size() <= kMost && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

class AccountChecker {
 public:
  AccountChecker(const ParseOptions& options, bool allow_insecure, Problems& problems)
      : options_(options), allow_insecure_(allow_insecure), problems_(problems) {}

  void Check(const std::string& path, v1::AccountConfig& account) {
    const size_t before = problems_.size();
    if (account.has_name()) CheckName(Join(path, "name"), account.name());
    if (account.has_base_url()) CheckUrl(Join(path, "base_url"), account);
    if (account.has_provider()) CheckProvider(path, account);
    CheckFiles(path, account);
    CheckPaths(Join(path, "paths"), account);
    // A missing key was told before this.
    if (problems_.size() != before || MissesKeys(account)) return;
    if (!options_.check_files || options_.check_account == nullptr) return;
    if (absl::Status status = options_.check_account(account); !status.ok()) {
      problems_.Add(path, Text(status));
    }
  }

 private:
  static bool MissesKeys(const v1::AccountConfig& account) {
    return !account.has_name() || !account.has_provider() || !account.has_base_url();
  }

  void CheckPaths(const std::string& path, const v1::AccountConfig& account) {
    if (options_.check_path == nullptr) return;
    for (int i = 0; i < account.paths_size(); ++i) {
      const v1::PathConfig& entry = account.paths(i);
      if (entry.method().empty() || entry.path().empty()) continue;
      if (absl::Status status = options_.check_path(account, i); !status.ok()) {
        problems_.Add(absl::StrCat(path, "[", i, "]"), Text(status));
      }
    }
  }

  void CheckName(const std::string& path, const std::string& name) {
    if (!IsAccountName(name)) {
      problems_.Add(path,
                    "must be a lower-case letter or digit, then at most 62 of those and hyphens");
    } else if (auto [first, is_new] = names_.emplace(name, path); !is_new) {
      problems_.Add(path, absl::StrCat("is the same as ", first->second));
    }
  }

  void CheckUrl(const std::string& path, v1::AccountConfig& account) {
    absl::StatusOr<BaseUrl> url = ParseBaseUrl(account.base_url());
    if (!url.ok()) {
      problems_.Add(path, Text(url.status()));
    } else if (!url->https && !url->loopback && !allow_insecure_) {
      problems_.Add(
          path, "must be https:// unless its host is loopback or allow_insecure_upstream is set");
    } else {
      account.set_base_url(url->url);
    }
  }

  void CheckProvider(const std::string& path, const v1::AccountConfig& account) {
    const auto rules = options_.providers.find(account.provider());
    if (rules == options_.providers.end()) {
      auto name = [](std::string* out, const auto& entry) { out->append(entry.first); };
      problems_.Add(Join(path, "provider"),
                    absl::StrCat("unknown provider ", Quote(account.provider()),
                                 "; known: ", absl::StrJoin(options_.providers, ", ", name)));
      return;
    }
    CheckSpecific(rules->second, rules->first, path, "", account);
  }

  // `within` is the path of `message` inside the account.
  void CheckSpecific(const ProviderRules& rules, const std::string& provider,
                     const std::string& account, const std::string& within,
                     const Message& message) {
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string here = Join(within, field.name());
      if (field.is_repeated()) continue;
      if (!IsScalar(field)) {
        CheckSpecific(rules, provider, account, here, reflection.GetMessage(message, &field));
        continue;
      }
      if (!SettingOf(field).provider_specific()) continue;
      const std::string path = Join(account, here);
      const bool needed = Has(rules.required, here);
      if (needed && !problems_.IsGiven(path)) {
        problems_.Add(path, absl::StrCat("is missing; provider ", Quote(provider), " needs it"));
      } else if (!needed && !Has(rules.optional, here) && problems_.IsGiven(path)) {
        problems_.Add(path, absl::StrCat("is not used by provider ", Quote(provider)));
      }
    }
  }

  static bool Has(const std::vector<std::string>& paths, const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  }

  // Every secret file in `message`, found by its option.
  void CheckFiles(const std::string& path, Message& message) {
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.is_repeated() || !reflection.HasField(message, &field)) continue;
      const std::string here = Join(path, field.name());
      if (SettingOf(field).secret_file()) {
        CheckFile(here, field, message);
      } else if (!IsScalar(field)) {
        CheckFiles(here, *reflection.MutableMessage(&message, &field));
      }
    }
  }

  void CheckFile(const std::string& path, const FieldDescriptor& field, Message& message) {
    const auto& reflection = *message.GetReflection();
    std::string file = reflection.GetString(message, &field);
    if (file.empty()) {
      problems_.Add(path, "is empty");
      return;
    }
    if (!options_.base_dir.empty() && file.front() != '/') {
      file = absl::StrCat(options_.base_dir, options_.base_dir.back() == '/' ? "" : "/", file);
      reflection.SetString(&message, &field, file);
    }
    if (!options_.check_files) return;
    if (auto secret = ReadSecretFile(file); !secret.ok()) {
      problems_.Add(path, Text(secret.status()));
    }
  }

  const ParseOptions& options_;
  const bool allow_insecure_;
  Problems& problems_;
  // Path of the first account of each name.
  std::map<std::string, std::string> names_;
};

}  // namespace

void CheckMeaning(const ParseOptions& options, v1::Config& config, Problems& problems) {
  CheckListen(config.grpc().has_listen(), config.grpc().listen(), "grpc.listen", problems);
  CheckListen(config.admin().has_listen(), config.admin().listen(), "admin.listen", problems);
  if (config.grpc().has_listen() && config.admin().has_listen() &&
      Overlap(config.grpc().listen(), config.admin().listen())) {
    problems.Add("admin.listen", "is the same address as grpc.listen");
  }
  AccountChecker checker(options, config.allow_insecure_upstream(), problems);
  for (int i = 0; i < config.accounts_size(); ++i) {
    checker.Check(absl::StrCat("accounts[", i, "]"), *config.mutable_accounts(i));
  }
  if (config.accounts().empty() && !problems.IsGiven("accounts")) {
    problems.Add("accounts", "is missing; at least one account is needed");
  } else if (config.accounts().empty()) {
    problems.Add("accounts", "must have at least one account");
  }
}

}  // namespace billing::gateway::config
