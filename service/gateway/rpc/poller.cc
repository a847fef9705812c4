#include "service/gateway/rpc/poller.h"

#include <grpc/support/time.h>

#include <utility>

#include "absl/time/time.h"

namespace billing::gateway::rpc {
namespace {

using Status = grpc::CompletionQueue::NextStatus;

// A few events are put into the queue by gRPC's own threads, a passed deadline for one, and wake
// only who waits in the queue.
constexpr absl::Duration kLookAtQueue = absl::Milliseconds(5);
// The same for all events, where gRPC's poll set cannot be watched.
constexpr absl::Duration kLookAtUnwatchedQueue = absl::Milliseconds(1);

void Complete(void* tag, bool ok) {
  auto* event = static_cast<internal::Tag*>(tag);
  event->complete(event->self, ok);
}

}  // namespace

Poller::Poller(grpc::ServerCompletionQueue& queue, upstream::UpstreamLoop* loop, int grpc_poll_set)
    : queue_(queue), loop_(loop), grpc_poll_set_(grpc_poll_set), alarm_tag_{&OnAlarm, this} {}

void Poller::Run() {
  if (loop_ != nullptr) return RunWithLoop();
  while (Wait()) {
  }
}

void Poller::RunWithLoop() {
  upstream::UpstreamLoop::Driver driver(*loop_, [this] { Wake(); });
  const bool watched = grpc_poll_set_ >= 0 && driver.Watch(grpc_poll_set_);
  const absl::Duration at_most = watched ? kLookAtQueue : kLookAtUnwatchedQueue;
  for (;;) {
    if (driver.SleepElsewhere()) {
      const bool alive = Wait();
      driver.Awake();
      if (!alive) return;
      continue;
    }
    if (!Drain()) return;
    driver.Turn(at_most);
  }
}

bool Poller::Wait() {
  void* tag = nullptr;
  bool ok = false;
  if (!queue_.Next(&tag, &ok)) return false;
  Complete(tag, ok);
  return true;
}

bool Poller::Drain() {
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    switch (queue_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC))) {
      case Status::GOT_EVENT:
        Complete(tag, ok);
        break;
      case Status::TIMEOUT:
        return true;
      case Status::SHUTDOWN:
        return false;
    }
  }
}

void Poller::Nudge() {
  if (loop_ != nullptr) loop_->Nudge();
}

void Poller::Wake() {
  absl::MutexLock lock(&mutex_);
  if (shut_down_ || std::exchange(alarm_set_, true)) return;
  alarm_.emplace().Set(&queue_, gpr_now(GPR_CLOCK_REALTIME), &alarm_tag_);
}

void Poller::OnAlarm(void* self, bool /*ok*/) {
  auto* poller = static_cast<Poller*>(self);
  absl::MutexLock lock(&poller->mutex_);
  poller->alarm_set_ = false;
}

void Poller::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    shut_down_ = true;
    queue_.Shutdown();
  }
  Nudge();
}

}  // namespace billing::gateway::rpc
