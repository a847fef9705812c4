#include "service/gateway/rpc/wake.h"

#include <grpc/support/time.h>

#include <utility>

#include "service/gateway/rpc/server.h"

namespace billing::gateway::rpc {

void Wake::Notify() {
  {
    absl::MutexLock lock(&mutex_);
    news_ = true;
    if (!std::exchange(sleeping_, false)) return;
  }
  Resume();
}

// Whoever took sleeping_ away is the one to resume. The sleeper, and this object with it, lasts
// until the alarm has gone off; from then on neither it nor its call may be touched.
void Wake::Resume() {
  Server& server = call_.server_;
  alarm_.emplace().Set(call_.queue_, gpr_now(GPR_CLOCK_REALTIME), &tag_);
  server.Nudge();
}

void Wake::OnAlarm(void* self, bool /*ok*/) { static_cast<Wake*>(self)->sleeper_.resume(); }

bool Wake::Sleep(Awaiter& awaiter, std::coroutine_handle<> sleeper) {
  sleeper_ = sleeper;
  // Before the sleep is announced: from then on another thread may resume and end the coroutine.
  awaiter.listener_.emplace(call_.cancellation(), [this] {
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
      if (!std::exchange(sleeping_, false)) return;
    }
    Resume();
  });
  absl::MutexLock lock(&mutex_);
  if (news_ || cancelled_) return false;
  sleeping_ = true;
  return true;
}

bool Wake::TakeNews(Awaiter& awaiter) {
  awaiter.listener_.reset();
  absl::MutexLock lock(&mutex_);
  return std::exchange(news_, false) && !cancelled_;
}

}  // namespace billing::gateway::rpc
