#include "tests/bench/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "tests/bench/measure.h"

namespace billing::bench {
namespace {

constexpr int kLineTimeoutMs = 20'000;
constexpr int kStopTries = 500;
constexpr useconds_t kStopPause = 10'000;

[[noreturn]] void Exec(const std::vector<char*>& argv, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || dup2(output, STDOUT_FILENO) < 0) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& argv) : name_(argv.at(0)) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) Die("no pipe");
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Exec(pointers, pipe_ends[1], parent);
  close(pipe_ends[1]);
  output_ = pipe_ends[0];
  if (pid_ < 0) Die("cannot start " + name_);
}

Child::~Child() {
  kill(pid_, SIGTERM);
  int tries = 0;
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (++tries == kStopTries) kill(pid_, SIGKILL);
    usleep(kStopPause);
  }
  if (drainer_.joinable()) drainer_.join();
  close(output_);
}

std::string Child::ReadLine() {
  for (;;) {
    if (const size_t end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
    std::array<char, 4096> bytes;
    ssize_t count = -1;
    if (poll(&ready, 1, kLineTimeoutMs) == 1) count = read(output_, bytes.data(), bytes.size());
    if (count <= 0) Die(name_ + " does not start");
    read_.append(bytes.data(), static_cast<size_t>(count));
  }
}

void Child::Drain() {
  drainer_ = std::thread([fd = output_] {
    std::vector<char> bytes(size_t{64} << 10);
    ssize_t count = 0;
    do {
      count = read(fd, bytes.data(), bytes.size());
    } while (count > 0 || (count < 0 && errno == EINTR));
  });
}

int64_t Child::CpuNanos() const {
  const int64_t nanos = ProcessCpuNanos(pid_);
  if (nanos < 0) Die(name_ + " is gone");
  return nanos;
}

double Child::ResidentMib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  Die(name_ + " has no memory");
}

}  // namespace billing::bench
