#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "service/gateway/config/config.h"
#include "service/gateway/gateway.h"
#include "service/gateway/providers/provider.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/translate/method_table.h"

namespace {

namespace v1 = billing::gateway::v1;
using billing::gateway::Gateway;
using billing::gateway::config::LoadResult;
using billing::gateway::providers::Provider;
using billing::gateway::rpc::AccountBook;
using billing::gateway::telemetry::Logger;
using billing::gateway::telemetry::LogLevel;
using billing::gateway::translate::MethodTable;

constexpr int kOk = 0;
constexpr int kFailure = 1;
constexpr int kBadConfiguration = 2;

constexpr std::string_view kUsage = R"(billing-gateway: gRPC in front of billing providers

  billing-gateway --config FILE      serves until SIGTERM or SIGINT, then drains

  --check                    checks the configuration and exits
  --print-effective-config   prints the configuration with all defaults and exits
  --help, --version

Exit codes: 0 clean, 1 failed while running, 2 bad configuration or flags.
)";

struct Flags {
  std::string config;
  bool check = false;
  bool print = false;
  bool help = false;
  bool version = false;
};

// Nothing, with every mistake told on standard error, if the command line is not a good one.
std::optional<Flags> ParseFlags(int argc, char** argv) {
  Flags flags;
  bool ok = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--check") {
      flags.check = true;
    } else if (flag == "--print-effective-config") {
      flags.print = true;
    } else if (flag == "--help") {
      flags.help = true;
    } else if (flag == "--version") {
      flags.version = true;
    } else if (flag == "--config" && i + 1 < argc) {
      flags.config = argv[++i];
    } else if (flag.substr(0, 9) == "--config=") {
      flags.config = std::string(flag.substr(9));
    } else {
      std::cerr << "billing-gateway: "
                << (flag == "--config" ? "--config needs a file" : "unknown flag ")
                << (flag == "--config" ? "" : flag) << "\n";
      ok = false;
    }
  }
  if (ok && flags.config.empty() && !flags.help && !flags.version) {
    std::cerr << "billing-gateway: --config FILE is needed; see --help\n";
    ok = false;
  }
  if (!ok) return std::nullopt;
  return flags;
}

billing::gateway::config::ParseOptions Rules() {
  billing::gateway::config::ParseOptions options;
  const auto providers = std::make_shared<const std::vector<std::unique_ptr<Provider>>>(
      billing::gateway::providers::AllProviders());
  // Annotations that cannot be honoured are told by the start.
  const auto methods = std::make_shared<const absl::StatusOr<std::unique_ptr<MethodTable>>>(
      MethodTable::MakeLinked());
  for (const auto& provider : *providers) {
    options.providers[std::string(provider->name())].required = provider->required_keys();
  }
  // What the start would refuse is a bad configuration, with --check and without.
  AccountBook::Options book;
  book.providers = providers.get();
  if (methods->ok()) book.methods = (*methods)->get();
  options.check_account = [providers, methods, book](const v1::AccountConfig& account) {
    return methods->ok() ? AccountBook::Check(account, book) : methods->status();
  };
  options.check_path = [providers, methods, book](const v1::AccountConfig& account, int index) {
    return methods->ok() ? AccountBook::CheckPath(account, index, book) : absl::OkStatus();
  };
  return options;
}

LogLevel LevelOf(const v1::Config& config) {
  switch (config.telemetry().log_level()) {
    case v1::LOG_LEVEL_DEBUG:
      return LogLevel::kDebug;
    case v1::LOG_LEVEL_WARN:
      return LogLevel::kWarn;
    case v1::LOG_LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

// The libraries would write lines of their own, which are no JSON, whenever a peer sends nonsense.
void SilenceLibraries() {
  gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
}

// gRPC stops listening for good once it finds no descriptor for a connection, so all that the
// system grants are taken.
void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Serves until one of `signals` comes.
int Serve(const v1::Config& config, const sigset_t& signals) {
  Logger::Options options;
  options.level = LevelOf(config);
  Logger log(options);
  auto gateway = Gateway::Start(config, BG_VERSION, log);
  if (!gateway.ok()) {
    log.Error("cannot start", {{"error", std::string{gateway.status().message()}}});
    return kFailure;
  }
  log.Log(options.level, "ready",
          {{"grpc", (*gateway)->grpc_address()},
           {"admin", (*gateway)->admin_address()},
           {"version", BG_VERSION}});
  int signal = 0;
  sigwait(&signals, &signal);
  log.Info("draining", {{"signal", signal}});
  (*gateway)->Drain();
  log.Info("stopped");
  return kOk;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Flags> flags = ParseFlags(argc, argv);
  if (!flags) return kBadConfiguration;
  if (flags->help) {
    std::cout << kUsage;
    return kOk;
  }
  if (flags->version) {
    std::cout << "billing-gateway " << BG_VERSION << "\n";
    return kOk;
  }
  const LoadResult loaded = billing::gateway::config::LoadConfigFile(flags->config, Rules());
  for (const auto& problem : loaded.problems) {
    std::cerr << billing::gateway::config::FormatProblem(flags->config, problem) << "\n";
  }
  if (!loaded.ok()) return kBadConfiguration;
  if (flags->print) std::cout << billing::gateway::config::ToYaml(loaded.config);
  if (flags->print || flags->check) return kOk;

  SilenceLibraries();
  RaiseDescriptorLimit();
  // Debian builds Abseil with its search for lock cycles switched on, for gRPC's locks as well.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Blocked before the first thread starts, so that only sigwait gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return Serve(loaded.config, signals);
}
