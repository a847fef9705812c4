#ifndef SERVICE_COMMON_CANCELLATION_H_
#define SERVICE_COMMON_CANCELLATION_H_

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace billing::common {

// A one-shot, thread-safe signal that the work of one call is no longer wanted.
//
// At most one operation listens at a time: a call awaits one thing after another.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Signals; runs the listener, if there is one, on this thread before it returns.
  void Cancel() {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(cancelled_, true) || !listener_) return;
    listener_();
  }

  bool cancelled() const {
    absl::MutexLock lock(&mutex_);
    return cancelled_;
  }

  // Listens while it lives. The listener must not block and must not resume the coroutine that
  // owns the listener in place: it hands the abort to another thread or loop. It runs at most
  // once, at once if the signal was already given, and never after the destructor returned.
  class Listener {
   public:
    Listener(Cancellation& source, std::function<void()> on_cancel) : source_(source) {
      absl::MutexLock lock(&source_.mutex_);
      if (source_.cancelled_) {
        on_cancel();
      } else {
        source_.listener_ = std::move(on_cancel);
      }
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() {
      absl::MutexLock lock(&source_.mutex_);
      source_.listener_ = nullptr;
    }

   private:
    Cancellation& source_;
  };

 private:
  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> listener_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::common

#endif  // SERVICE_COMMON_CANCELLATION_H_
