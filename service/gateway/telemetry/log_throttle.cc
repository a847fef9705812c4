#include "service/gateway/telemetry/log_throttle.h"

#include <utility>

#include "service/common/strings.h"

namespace billing::gateway::telemetry {

int64_t LogThrottle::Count(std::string_view kind, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Kind& state = kinds_[common::ToAbsl(kind)];
  ++state.silent;
  if (now < state.next_line) return 0;
  state.next_line = now + interval_;
  return std::exchange(state.silent, 0);
}

}  // namespace billing::gateway::telemetry
