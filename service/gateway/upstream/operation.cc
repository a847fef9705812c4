#include "service/gateway/upstream/operation.h"

#include <chrono>

#include "service/gateway/upstream/loop_core.h"

namespace billing::gateway::upstream::internal {

SteadyNanos SteadyNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

SteadyNanos ToSteady(absl::Time time, SteadyNanos now) {
  if (time == absl::InfiniteFuture()) return kNever;
  // Saturates for times out of range.
  SteadyNanos left = absl::ToInt64Nanoseconds(time - absl::Now());
  return left > kNever - now ? kNever : now + left;
}

bool Operation::Suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  submitted_at_ = SteadyNow();
  listener_.emplace(cancellation_, [this] { core_.PostCancel(*this); });
  if (core_.Submit(*this)) return true;
  listener_.reset();
  return false;
}

void TimerHeap::Set(Operation& operation, SteadyNanos at) {
  Remove(operation);
  if (at == kNever) return;
  operation.timer_at_ = at;
  heap_.push_back(&operation);
  operation.timer_index_ = heap_.size() - 1;
  SiftUp(operation.timer_index_);
}

void TimerHeap::Remove(Operation& operation) {
  size_t index = operation.timer_index_;
  if (index == Operation::kNoTimer) return;
  operation.timer_index_ = Operation::kNoTimer;
  Operation* last = heap_.back();
  heap_.pop_back();
  if (last == &operation) return;
  Place(index, last);
  SiftUp(index);
  SiftDown(last->timer_index_);
}

Operation* TimerHeap::PopDue(SteadyNanos now) {
  if (heap_.empty() || heap_.front()->timer_at_ > now) return nullptr;
  Operation* due = heap_.front();
  Remove(*due);
  return due;
}

void TimerHeap::Place(size_t index, Operation* operation) {
  heap_[index] = operation;
  operation->timer_index_ = index;
}

void TimerHeap::SiftUp(size_t index) {
  Operation* moved = heap_[index];
  while (index > 0) {
    size_t parent = (index - 1) / 2;
    if (heap_[parent]->timer_at_ <= moved->timer_at_) break;
    Place(index, heap_[parent]);
    index = parent;
  }
  Place(index, moved);
}

void TimerHeap::SiftDown(size_t index) {
  Operation* moved = heap_[index];
  for (size_t child; (child = 2 * index + 1) < heap_.size(); index = child) {
    if (child + 1 < heap_.size() && heap_[child + 1]->timer_at_ < heap_[child]->timer_at_) ++child;
    if (moved->timer_at_ <= heap_[child]->timer_at_) break;
    Place(index, heap_[child]);
  }
  Place(index, moved);
}

}  // namespace billing::gateway::upstream::internal
