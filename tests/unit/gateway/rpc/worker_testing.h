#ifndef TESTS_UNIT_GATEWAY_RPC_WORKER_TESTING_H_
#define TESTS_UNIT_GATEWAY_RPC_WORKER_TESTING_H_

#include <coroutine>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/wake.h"

namespace billing::gateway::rpc {

// A thread of its own that coroutines hop onto, as they do onto an upstream loop.
class Worker {
 public:
  Worker() : thread_([this] { Run(); }) {}
  ~Worker() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

  auto Hop() {
    struct Awaiter {
      Worker& worker;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> handle) { worker.Add(handle); }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  void Add(std::coroutine_handle<> handle) {
    absl::MutexLock lock(&mutex_);
    ready_.push_back(handle);
  }

  bool Due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !ready_.empty(); }

  void Run() {
    while (true) {
      std::coroutine_handle<> next;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(this, &Worker::Due));
        if (ready_.empty()) return;
        next = ready_.front();
        ready_.pop_front();
      }
      next.resume();
    }
  }

  absl::Mutex mutex_;
  std::deque<std::coroutine_handle<>> ready_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Holds calls until it is opened or they are cancelled.
class Gate {
 public:
  // True when the gate was opened, false when the call was cancelled.
  common::Task<bool> Pass(ServerCall& call) {
    Wake wake(call);
    {
      absl::MutexLock lock(&mutex_);
      if (open_) co_return true;
      waiting_.push_back(&wake);
      ++arrived_;
    }
    const bool passed = co_await wake.Wait();
    absl::MutexLock lock(&mutex_);
    std::erase(waiting_, &wake);
    ++left_;
    co_return passed;
  }

  void Open() {
    absl::MutexLock lock(&mutex_);
    open_ = true;
    for (Wake* wake : waiting_) wake->Notify();
  }

  // Blocks until so many calls arrived, or left, in all.
  void AwaitArrived(int count) { AwaitAtLeast(arrived_, count); }
  void AwaitLeft(int count) { AwaitAtLeast(left_, count); }

 private:
  void AwaitAtLeast(int& counter, int count) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    absl::MutexLock lock(&mutex_);
    auto reached = [&] { return counter >= count; };
    mutex_.Await(absl::Condition(&reached));
  }

  absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Wake*> waiting_ ABSL_GUARDED_BY(mutex_);
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  int left_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace billing::gateway::rpc

#endif  // TESTS_UNIT_GATEWAY_RPC_WORKER_TESTING_H_
