#ifndef SERVICE_GATEWAY_UPSTREAM_OPERATION_H_
#define SERVICE_GATEWAY_UPSTREAM_OPERATION_H_

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "service/common/cancellation.h"
#include "service/gateway/upstream/intrusive_list.h"

namespace billing::gateway::upstream::internal {

class LoopCore;

// Nanoseconds of the monotonic clock.
using SteadyNanos = int64_t;
inline constexpr SteadyNanos kNever = INT64_MAX;

SteadyNanos SteadyNow();
// The monotonic instant that is as far from `now` as `time` is from the wall clock's present.
SteadyNanos ToSteady(absl::Time time, SteadyNanos now);

// What a coroutine awaits on a loop. Lives in the coroutine's frame from the co_await until the
// coroutine is resumed: the loop frees nothing and allocates nothing for it. Once Suspend handed
// it over, all of it belongs to the loop's thread, but for the two hooks, which the mutex of the
// inbox guards while they are in there.
class Operation {
 public:
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

 protected:
  Operation(LoopCore& core, common::Cancellation& cancellation)
      : core_(core), cancellation_(cancellation) {}
  virtual ~Operation() = default;

  // Hands the operation over; then it may be finished and dead before this returns. False where
  // the loop takes no more: nothing happened and nobody will resume `waiter`.
  bool Suspend(std::coroutine_handle<> waiter);

  LoopCore& core() const { return core_; }
  common::Cancellation& cancellation() const { return cancellation_; }
  SteadyNanos submitted_at() const { return submitted_at_; }
  ListHook<Operation>& queue_hook() { return queue_hook_; }

 private:
  friend class LoopCore;
  friend class TimerHeap;

  static constexpr size_t kNoTimer = SIZE_MAX;

  // On the loop's thread, and each may end in the operation's death. The last two come at any
  // time between the first and LoopCore::Finish.
  virtual void Begin(SteadyNanos now) = 0;
  virtual void OnTimer(SteadyNanos now) = 0;
  virtual void OnCancel() = 0;
  virtual void OnStop() = 0;

  LoopCore& core_;
  common::Cancellation& cancellation_;
  std::coroutine_handle<> waiter_;
  std::optional<common::Cancellation::Listener> listener_;
  SteadyNanos submitted_at_ = 0;
  SteadyNanos timer_at_ = kNever;
  size_t timer_index_ = kNoTimer;
  std::atomic<bool> cancel_posted_{false};
  bool begun_ = false;
  bool cancelled_before_begin_ = false;
  ListHook<Operation> queue_hook_{this};   // the inbox, then the queue of a target
  ListHook<Operation> cancel_hook_{this};  // the inbox's cancellations
  ListHook<Operation> alive_hook_{this};   // begun and not finished
};

// A binary heap of operations by the time they want to be called.
class TimerHeap {
 public:
  bool empty() const { return heap_.empty(); }
  SteadyNanos next() const { return heap_.empty() ? kNever : heap_.front()->timer_at_; }

  void Set(Operation& operation, SteadyNanos at);
  void Remove(Operation& operation);
  // Takes out the first that is due, or returns null.
  Operation* PopDue(SteadyNanos now);

 private:
  void Place(size_t index, Operation* operation);
  void SiftUp(size_t index);
  void SiftDown(size_t index);

  std::vector<Operation*> heap_;
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_OPERATION_H_
