#include "service/gateway/telemetry/fd_writer.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <limits>

namespace billing::gateway::telemetry {
namespace {

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)); a plain file takes any
// number.
size_t ChunkOf(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? 1 << 20 : PIPE_BUF;
}

}  // namespace

FdWriter::FdWriter(int fd)
    : fd_(fd), chunk_(ChunkOf(fd)), give_up_at_(std::numeric_limits<int64_t>::max()) {}

void FdWriter::GiveUpAfter(absl::Duration patience) {
  give_up_at_.store(NowNanos() + absl::ToInt64Nanoseconds(patience), std::memory_order_relaxed);
}

bool FdWriter::WaitUntilWritable() const {
  // Short enough to notice soon that the wait was given up.
  constexpr int kStepMs = 100;
  // Which poll would wait for in vain.
  if (fd_ < 0) return false;
  while (true) {
    pollfd ready{fd_, POLLOUT, 0};
    const int count = poll(&ready, 1, kStepMs);
    if (count > 0) return (ready.revents & (POLLERR | POLLNVAL)) == 0;
    if (count < 0 && errno != EINTR) return false;
    if (NowNanos() >= give_up_at_.load(std::memory_order_relaxed)) return false;
  }
}

size_t FdWriter::WriteAll(std::string_view text) {
  size_t done = 0;
  while (done < text.size()) {
    if (!WaitUntilWritable()) break;
    const ssize_t wrote = write(fd_, text.data() + done, std::min(chunk_, text.size() - done));
    if (wrote >= 0) {
      done += static_cast<size_t>(wrote);
    } else if (errno != EINTR && errno != EAGAIN) {
      break;
    }
  }
  return done;
}

size_t FdWriter::Write(std::string_view text) {
  if (inside_line_) {
    if (WriteAll("\n") == 0) return 0;
    inside_line_ = false;
  }
  const size_t done = WriteAll(text);
  if (done > 0) inside_line_ = text[done - 1] != '\n';
  return done;
}

}  // namespace billing::gateway::telemetry
