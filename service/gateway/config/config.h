#ifndef SERVICE_GATEWAY_CONFIG_CONFIG_H_
#define SERVICE_GATEWAY_CONFIG_CONFIG_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "billing/gateway/v1/config.pb.h"
#include "service/gateway/config/problem.h"

// The gateway's configuration: YAML in, a checked billing.gateway.v1.Config out.
//
// The schema, its defaults and its ranges are config.proto; a new key needs no code here unless it
// has a rule of its own. Functions are thread-safe and throw nothing.
namespace billing::gateway::config {

// Which provider-specific keys of an account a provider has, as paths within the account:
// "credentials.user_file", "profile_id".
struct ProviderRules {
  std::vector<std::string> required;
  std::vector<std::string> optional;
};

struct ParseOptions {
  // The providers that accounts may name.
  std::map<std::string, ProviderRules> providers;
  // Folder that relative paths in the file start from; empty leaves them as they are.
  std::string base_dir;
  // Whether secret files must be there and hold something, and accounts pass `check_account`.
  bool check_files = false;
  // What starting with an account would refuse, whose message is for the person who wrote the file
  // and holds no secret. Asked of accounts without a problem so far. May be null.
  std::function<absl::Status(const v1::AccountConfig&)> check_account;
  // The same of one entry of an account's `paths`, by its index. Asked of every one whose keys are
  // there. May be null.
  std::function<absl::Status(const v1::AccountConfig&, int index)> check_path;
};

struct LoadResult {
  // With every default filled in. Usable only if there is no problem.
  v1::Config config;
  // Every mistake found, by line and then by path.
  std::vector<Problem> problems;

  bool ok() const { return problems.empty(); }
};

LoadResult ParseConfig(std::string_view yaml, const ParseOptions& options);

// Reads `path`; relative paths in it start from its folder and secret files are checked, whatever
// `options` says of both.
LoadResult LoadConfigFile(const std::string& path, ParseOptions options);

// One line for a person: "gateway.yaml:12: accounts[0].name: must be unique". Without line feed.
std::string FormatProblem(std::string_view file, const Problem& problem);

// The file that gives `config` again when parsed. Holds no secret: secrets are in files of their
// own.
std::string ToYaml(const v1::Config& config);

absl::Duration ToDuration(const google::protobuf::Duration& duration);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_CONFIG_H_
