#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "client/billingctl/run.h"

namespace {

size_t TerminalWidth() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
  // What the libraries write about connections is said by the error of the call.
  gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
  // Debian builds Abseil with its search for lock cycles switched on, for gRPC's locks as well.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::ios::sync_with_stdio(false);
  const billing::ctl::Surroundings surroundings{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .width = TerminalWidth(),
      .environment = billing::ctl::ReadEnvironment(),
      .version = BG_VERSION,
  };
  return billing::ctl::Run(std::vector<std::string>(argv + 1, argv + argc), surroundings);
}
