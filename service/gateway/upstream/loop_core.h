#ifndef SERVICE_GATEWAY_UPSTREAM_LOOP_CORE_H_
#define SERVICE_GATEWAY_UPSTREAM_LOOP_CORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/gateway/upstream/curl_engine.h"
#include "service/gateway/upstream/intrusive_list.h"
#include "service/gateway/upstream/operation.h"
#include "service/gateway/upstream/scheduler.h"

namespace billing::gateway::upstream::internal {

// An owned descriptor.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd();
  int get() const { return fd_; }

 private:
  const int fd_;
};

// What an UpstreamLoop does: epoll, the inbox through which other threads reach it, the timers, and
// the coroutines it resumes. "The loop's thread" is its own, or the one that drives it.
class LoopCore {
 public:
  struct Options {
    int max_connections = 0;
    absl::Duration connect_timeout;
    std::string ca_file;
    bool own_thread = true;
  };

  LoopCore();
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;
  // Stop must have been called if Start succeeded.
  ~LoopCore();

  absl::Status Start(const Options& options);
  void Stop();

  // From any thread.
  bool Submit(Operation& operation);
  void PostCancel(Operation& operation);
  bool Post(std::function<void()> function);
  void Nudge();
  int active() const { return scheduler_->active(); }
  int waiting() const { return scheduler_->waiting(); }
  int64_t connections_opened() const { return engine_->connections_opened(); }
  bool OnLoopThread() const { return thread_id_.load() == std::this_thread::get_id(); }

  // On the thread that drives the loop.
  void Attach(std::function<void()> wake_driver);
  void Detach() { thread_id_.store(std::thread::id()); }
  bool Watch(int descriptor);
  void Turn(absl::Duration at_most);
  bool SleepElsewhere();
  void Awake();

  // On the loop's thread.
  Scheduler& scheduler() { return *scheduler_; }
  void SetTimer(Operation& operation, SteadyNanos at) { timers_.Set(operation, at); }
  // Resumes the coroutine; the operation is dead afterwards.
  void Finish(Operation& operation);

 private:
  // Where the loop's thread waits, as those must know who have news for it.
  enum class Sleep {
    kAwake,      // nowhere, or it has been woken already
    kHere,       // in epoll_wait
    kElsewhere,  // with its driver
  };

  void Run();
  // One turn's work that needs no system call of its own.
  void Work();
  bool HasWork() const;
  // Sleeps until something happens and hands what happened on.
  void Poll(int at_most_ms);
  int PollTimeoutMs() const;
  bool InboxEmpty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DrainInbox();
  void Begin(Operation& operation);
  // Ends everything that is alive. True when nothing can come any more: the inbox is then closed.
  bool FinishStopping();
  void Wake(Sleep where);
  void WriteWake();

  const UniqueFd epoll_;
  const UniqueFd wake_;
  std::function<void()> wake_driver_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_;

  // The loop's thread alone.
  std::unique_ptr<CurlEngine> engine_;
  std::unique_ptr<Scheduler> scheduler_;
  TimerHeap timers_;
  IntrusiveList<Operation> local_;  // submitted on the loop's thread itself
  IntrusiveList<Operation> alive_;
  bool stop_seen_ = false;
  bool resumed_ = false;  // a coroutine, in this turn
  int watched_ = -1;      // the driver's descriptor

  absl::Mutex mutex_;
  IntrusiveList<Operation> submitted_ ABSL_GUARDED_BY(mutex_);
  IntrusiveList<Operation> cancelled_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
  Sleep sleep_ ABSL_GUARDED_BY(mutex_) = Sleep::kAwake;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_LOOP_CORE_H_
