#ifndef SERVICE_COMMON_COMPLETION_H_
#define SERVICE_COMMON_COMPLETION_H_

#include <coroutine>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace billing::common {

// That something which runs beside a coroutine is done. One coroutine waits for it, at most.
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // Once, from any thread; resumes whoever waits on this one, who may then destroy the completion.
  void Set() {
    std::coroutine_handle<> waiter;
    {
      absl::MutexLock lock(&mutex_);
      done_ = true;
      waiter = waiter_;
    }
    if (waiter) waiter.resume();
  }

  class Awaiter {
   public:
    explicit Awaiter(Completion& completion) : completion_(completion) {}
    bool await_ready() const {
      absl::MutexLock lock(&completion_.mutex_);
      return completion_.done_;
    }
    bool await_suspend(std::coroutine_handle<> waiter) {
      absl::MutexLock lock(&completion_.mutex_);
      if (completion_.done_) return false;
      completion_.waiter_ = waiter;
      return true;
    }
    void await_resume() const {}

   private:
    Completion& completion_;
  };
  [[nodiscard]] Awaiter Wait() { return Awaiter(*this); }

 private:
  absl::Mutex mutex_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::coroutine_handle<> waiter_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::common

#endif  // SERVICE_COMMON_COMPLETION_H_
