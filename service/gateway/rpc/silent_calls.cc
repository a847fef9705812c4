#include "service/gateway/rpc/silent_calls.h"

#include "service/gateway/rpc/local_error.h"

namespace billing::gateway::rpc {

SilentCalls::Entry::Entry(SilentCalls& calls, ServerCall& call, absl::Time until)
    : calls_(calls), call_(call), until_(until) {
  absl::MutexLock lock(&calls_.mutex_);
  at_ = calls_.entries_.insert(calls_.entries_.end(), this);
}

bool SilentCalls::Entry::Leave() {
  absl::MutexLock lock(&calls_.mutex_);
  if (!ended_) calls_.entries_.erase(at_);
  return !ended_;
}

void SilentCalls::EndOverdue(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  while (!entries_.empty() && entries_.front()->until_ <= now) {
    Entry* entry = entries_.front();
    entries_.pop_front();
    entry->ended_ = true;
    // Under the lock, without which the call could be gone.
    entry->call_.Finish(MessageMissing());
  }
}

}  // namespace billing::gateway::rpc
