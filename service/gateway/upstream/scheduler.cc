#include "service/gateway/upstream/scheduler.h"

#include <algorithm>

#include "service/gateway/upstream/fetch_operation.h"
#include "service/gateway/upstream/loop_core.h"

namespace billing::gateway::upstream::internal {

// One thread writes; others only look.
void Scheduler::CountActive(Target& target, int change) {
  target.active_ += change;
  active_.store(active() + change, std::memory_order_relaxed);
}

void Scheduler::CountWaiting(int change) {
  waiting_.store(waiting() + change, std::memory_order_relaxed);
}

bool Scheduler::Add(FetchOperation& fetch, SteadyNanos now) {
  Target& target = *fetch.request_.target;
  if (target.waiting_.empty() && HasRoom(target)) return Start(fetch, now);
  fetch.waiting_ = true;
  target.waiting_.PushBack(fetch.queue_hook());
  CountWaiting(1);
  if (!target.has_backlog_) {
    target.has_backlog_ = true;
    backlog_.push_back(&target);
  }
  return true;
}

bool Scheduler::Start(FetchOperation& fetch, SteadyNanos now) {
  fetch.started_at_ = now;
  fetch.result_.timings.queued = absl::Nanoseconds(now - fetch.submitted_at());
  fetch.SetHandle(engine_.Start(fetch.request_, &fetch));
  if (fetch.handle_ == nullptr) {
    fetch.SetOutcome(TransferOutcome::kInternal, "curl does not take the request");
    return false;
  }
  CountActive(*fetch.request_.target, 1);
  fetch.core().SetTimer(fetch, std::min(fetch.deadline_, now + connect_timeout_));
  return true;
}

void Scheduler::Remove(FetchOperation& fetch) {
  Target& target = *fetch.request_.target;
  if (fetch.waiting_) {
    fetch.waiting_ = false;
    fetch.queue_hook().Unlink();
    CountWaiting(-1);
    // An emptied queue leaves the backlog here, as the target may not live longer than the fetch.
    if (target.waiting_.empty()) {
      target.has_backlog_ = false;
      backlog_.erase(std::find(backlog_.begin(), backlog_.end(), &target));
    }
  } else if (fetch.handle_ != nullptr) {
    engine_.Abort(fetch.handle_, fetch.result_);
    fetch.SetHandle(nullptr);
    CountActive(target, -1);
  }
}

FetchOperation* Scheduler::StartWaiting() {
  // One start each in turn, until a whole round of the targets found no room.
  for (size_t without_room = 0; without_room < backlog_.size();) {
    turn_ = (turn_ + 1) % backlog_.size();
    Target& target = *backlog_[turn_];
    if (!HasRoom(target)) {
      ++without_room;
      continue;
    }
    without_room = 0;
    auto* fetch = static_cast<FetchOperation*>(target.waiting_.PopFront());
    fetch->waiting_ = false;
    CountWaiting(-1);
    if (target.waiting_.empty()) {
      target.has_backlog_ = false;
      backlog_.erase(backlog_.begin() + static_cast<std::ptrdiff_t>(turn_));
    }
    if (!Start(*fetch, SteadyNow())) return fetch;
  }
  return nullptr;
}

FetchOperation* Scheduler::NextFinished() {
  CurlEngine::Finished finished;
  if (!engine_.NextFinished(finished)) return nullptr;
  auto* fetch = static_cast<FetchOperation*>(finished.user);
  engine_.Collect(finished, fetch->result_);
  fetch->SetHandle(nullptr);
  fetch->result_.timings.total = absl::Nanoseconds(SteadyNow() - fetch->submitted_at());
  CountActive(*fetch->request_.target, -1);
  return fetch;
}

}  // namespace billing::gateway::upstream::internal
