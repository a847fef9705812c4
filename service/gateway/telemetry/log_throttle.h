#ifndef SERVICE_GATEWAY_TELEMETRY_LOG_THROTTLE_H_
#define SERVICE_GATEWAY_TELEMETRY_LOG_THROTTLE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace billing::gateway::telemetry {

// Keeps what callers can cause at will from filling the log: one line for each kind of event in an
// interval, the first at once. Thread-safe.
class LogThrottle {
 public:
  explicit LogThrottle(absl::Duration interval = absl::Seconds(10)) : interval_(interval) {}
  LogThrottle(const LogThrottle&) = delete;
  LogThrottle& operator=(const LogThrottle&) = delete;

  // Counts an event. 0 where it gets no line, else how many events the line stands for: this one,
  // and those since the last line. `kind` is one of a few words of our own, each kept for good.
  int64_t Count(std::string_view kind, absl::Time now);

 private:
  struct Kind {
    absl::Time next_line = absl::InfinitePast();
    int64_t silent = 0;
  };

  const absl::Duration interval_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Kind> kinds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_LOG_THROTTLE_H_
