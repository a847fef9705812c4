#ifndef SERVICE_GATEWAY_TELEMETRY_FD_WRITER_H_
#define SERVICE_GATEWAY_TELEMETRY_FD_WRITER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace billing::gateway::telemetry {

// Writes whole lines to a file, pipe or terminal whose reader may be slow, stuck or gone, without
// ever being caught in a write. Write is for one thread, GiveUpAfter for any.
class FdWriter {
 public:
  // `fd` stays open and is not closed.
  explicit FdWriter(int fd);
  FdWriter(const FdWriter&) = delete;
  FdWriter& operator=(const FdWriter&) = delete;

  // Writes `text` and returns how much of it went out: less if there is an error or the wait was
  // given up. What is left of a line is then lost, and the next Write begins a new one. SIGPIPE
  // must be blocked or ignored.
  size_t Write(std::string_view text);

  // From `patience` on from now, Write no longer waits.
  void GiveUpAfter(absl::Duration patience);

 private:
  // Whether the file takes bytes; false if it never will or the wait was given up.
  bool WaitUntilWritable() const;
  size_t WriteAll(std::string_view text);

  const int fd_;
  // How much can be written without blocking once the file is ready.
  const size_t chunk_;
  bool inside_line_ = false;
  // On the monotonic clock, in nanoseconds.
  std::atomic<int64_t> give_up_at_;
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_FD_WRITER_H_
