#include <malloc.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/common/http/server.h"
#include "service/common/strings.h"
#include "service/sandbox/json.h"
#include "service/sandbox/sandbox.h"

namespace billing::sandbox {
namespace {

constexpr char kHelp[] =
    "billing-sandbox: a stateful stand-in for the Billogram API v2 and the BillPro API v1, for "
    "tests and trials.\n"
    "\n"
    "  --listen HOST:PORT    where to serve (default 127.0.0.1:8081; port 0: any free one)\n"
    "  --account NAME        an account; may be repeated (default: acme alone)\n"
    "  --seed N              what credentials and ids are drawn from (default 1)\n"
    "  --state DIR           keep everything in this directory, and begin with what it holds\n"
    "  --gzip                compress answers where the client accepts it\n"
    "  --print-credentials   print each account's credentials as a line of JSON, and exit\n"
    "  --help, --version\n"
    "\n"
    "Serves /api/v2 (Billogram), /api/v1 (BillPro) and /sandbox (clock, payments, recalls, "
    "orders, products, seed, faults, requests, features, reset and more).\n";

constexpr int kBadFlags = 2;

struct Flags {
  std::string listen = "127.0.0.1:8081";
  std::vector<std::string> accounts;
  uint64_t seed = 1;
  std::string state;
  bool gzip = false;
  bool print_credentials = false;
  bool help = false;
  bool version = false;
};

// Reads the flags into `flags`; what is wrong with them, or nothing.
std::optional<std::string> ReadFlags(const std::vector<std::string>& arguments, Flags& flags) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    bool* const toggle = name == "--gzip"                ? &flags.gzip
                         : name == "--print-credentials" ? &flags.print_credentials
                         : name == "--help"              ? &flags.help
                         : name == "--version"           ? &flags.version
                                                         : nullptr;
    if (toggle != nullptr) {
      if (equals != std::string::npos) return absl::StrCat(name, " takes no value");
      *toggle = true;
      continue;
    }
    if (name != "--listen" && name != "--account" && name != "--seed" && name != "--state") {
      return absl::StrCat("unknown flag: ", name);
    }
    if (equals == std::string::npos && i + 1 == arguments.size()) {
      return absl::StrCat(name, " needs a value");
    }
    const std::string value =
        equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1);
    if (value.empty()) return absl::StrCat(name, " needs a value");
    if (name == "--listen") flags.listen = value;
    if (name == "--state") flags.state = value;
    if (name == "--account") flags.accounts.push_back(value);
    if (name == "--seed" && !absl::SimpleAtoi(value, &flags.seed)) {
      return absl::StrCat("--seed is not a number: ", value);
    }
  }
  if (flags.accounts.empty()) flags.accounts = {"acme"};
  for (size_t i = 0; i < flags.accounts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (flags.accounts[i] == flags.accounts[j]) {
        return absl::StrCat("--account is given twice: ", flags.accounts[i]);
      }
    }
  }
  return std::nullopt;
}

void PrintLine(const Json& line) {
  std::printf("%s\n", line.ToString().c_str());
  std::fflush(stdout);
}

void PrintCredentials(const Sandbox& sandbox) {
  for (const auto& account : sandbox.world().accounts()) {
    PrintLine(Json::MakeObject({{"account", Json::String(account->name)},
                                {"user", Json::String(account->user)},
                                {"key", Json::String(account->key)},
                                {"token", Json::String(account->token)},
                                {"profile_id", Json::Integer(account->profiles[0]->id)},
                                {"decryption_key", Json::String(account->notification_key)}}));
  }
}

// Bodies of megabytes come from the system and go back to it when they are freed. By default the
// allocator raises the limit for this with every large block, up to 32 MiB, and then keeps what
// small blocks between large ones hold in place: PDFs of 30 MB would stay resident for good.
// NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet.
void GiveLargeBlocksBack() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

int Serve(const Flags& flags, Sandbox& sandbox) {
  // Blocked before the server's threads start, so that only the wait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto server = common::HttpServer::Start(
      {.listen = flags.listen, .max_body_bytes = 8 << 20, .gzip = flags.gzip},
      [&sandbox](const common::HttpRequest& request, common::HttpResponder responder) {
        sandbox.Serve(request, std::move(responder));
      });
  if (!server.ok()) {
    const std::string message(server.status().message());
    std::fprintf(stderr, "billing-sandbox: %s\n", message.c_str());
    return server.status().code() == absl::StatusCode::kInvalidArgument ? kBadFlags : 1;
  }
  Json accounts = Json::MakeArray();
  for (const std::string& name : flags.accounts) accounts.Append(Json::String(name));
  PrintLine(Json::MakeObject({{"msg", Json::String("ready")},
                              {"address", Json::String((*server)->address())},
                              {"accounts", std::move(accounts)},
                              {"version", Json::String(BG_VERSION)}}));
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->Stop(absl::Seconds(1));
  return 0;
}

int Run(const std::vector<std::string>& arguments) {
  Flags flags;
  if (const auto problem = ReadFlags(arguments, flags)) {
    std::fprintf(stderr, "billing-sandbox: %s\n", problem->c_str());
    return kBadFlags;
  }
  if (flags.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (flags.version) {
    std::puts("billing-sandbox " BG_VERSION);
    return 0;
  }
  GiveLargeBlocksBack();
  Sandbox sandbox({.seed = flags.seed, .accounts = flags.accounts});
  if (flags.print_credentials) {
    PrintCredentials(sandbox);
    return 0;
  }
  if (!flags.state.empty()) {
    if (const absl::Status kept = sandbox.KeepIn(flags.state); !kept.ok()) {
      const std::string message(kept.message());
      std::fprintf(stderr, "billing-sandbox: %s\n", message.c_str());
      return 1;
    }
  }
  return Serve(flags, sandbox);
}

}  // namespace
}  // namespace billing::sandbox

int main(int argc, char** argv) {
  return billing::sandbox::Run(std::vector<std::string>(argv + 1, argv + argc));
}
