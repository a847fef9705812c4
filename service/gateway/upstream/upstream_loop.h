#ifndef SERVICE_GATEWAY_UPSTREAM_UPSTREAM_LOOP_H_
#define SERVICE_GATEWAY_UPSTREAM_UPSTREAM_LOOP_H_

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/common/cancellation.h"
#include "service/gateway/upstream/fetch_operation.h"
#include "service/gateway/upstream/operation.h"
#include "service/gateway/upstream/transfer.h"

namespace billing::gateway::upstream {

// What UpstreamLoop::Fetch returns; made to be awaited at once.
class FetchAwaiter : private internal::FetchOperation {
 public:
  bool await_ready() { return ReadyAtOnce(); }
  bool await_suspend(std::coroutine_handle<> waiter);
  TransferResult await_resume() { return TakeResult(); }

 private:
  friend class UpstreamLoop;
  using FetchOperation::FetchOperation;
};

enum class SleepOutcome { kElapsed, kCancelled, kStopped };

// What UpstreamLoop::SleepUntil returns; made to be awaited at once.
class SleepAwaiter : private internal::Operation {
 public:
  bool await_ready();
  bool await_suspend(std::coroutine_handle<> waiter);
  SleepOutcome await_resume() const { return outcome_; }

 private:
  friend class UpstreamLoop;
  SleepAwaiter(internal::LoopCore& core, common::Cancellation& cancellation, absl::Time until)
      : Operation(core, cancellation), until_(until) {}

  void Begin(internal::SteadyNanos now) override;
  void OnTimer(internal::SteadyNanos now) override;
  void OnCancel() override;
  void OnStop() override;

  const absl::Time until_;
  SleepOutcome outcome_ = SleepOutcome::kElapsed;
};

// Sends HTTP/1.1 requests from one thread: libcurl on epoll, connections kept alive, TLS always
// verified (1.2 at least), redirects, proxies, cookies and .netrc never used, gzip accepted.
//
// The thread is the loop's own, or that of a driver which has other things to wait for as well and
// so spares every request two changes of thread.
//
// Thread-safe. What awaits is resumed on the loop's thread, so it must not block there; a call
// that is refused or cancelled before it reaches the loop goes on at once on the caller's thread.
// The loop must outlive every coroutine that awaits it.
class UpstreamLoop {
 public:
  struct Options {
    // Requests in flight to all targets together, and so connections (limits.md, 3.3: about 100 to
    // a loop). What comes on top waits.
    int max_connections = 100;
    // Resolving, TCP and TLS. The request's deadline applies as well.
    absl::Duration connect_timeout = absl::Seconds(5);
    // PEM file of the authorities to trust instead of the system's.
    std::string ca_file;
    // Without a thread of its own the loop does nothing but in its driver's turns.
    bool own_thread = true;
  };

  // How a loop without a thread of its own is driven: by the thread that made the driver. One
  // driver at a time, gone before the loop.
  class Driver {
   public:
    // Any thread calls `wake` when the loop was handed something while the driver sleeps elsewhere.
    // It must not block, and must last until the loop is stopped or gets another driver.
    Driver(UpstreamLoop& loop, std::function<void()> wake);
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver();

    // Ends the waiting of turns whenever `descriptor` is readable. At most one, open for as long
    // as the loop is used. False where epoll does not take it.
    bool Watch(int descriptor);

    // Does what is to be done, waiting for it if there is nothing yet: `at_most` so long, and not
    // at all after it resumed a coroutine.
    void Turn(absl::Duration at_most);

    // True when the loop has nothing under way. From then until Awake it needs no turn, and says so
    // through `wake` when that changes.
    bool SleepElsewhere();
    void Awake();

   private:
    internal::LoopCore& core_;
  };

  struct Stats {
    int active = 0;   // requests with a connection, or getting one
    int waiting = 0;  // requests waiting for one
    int64_t connections_opened = 0;
  };

  // INVALID_ARGUMENT for options out of range, else what keeps curl or the thread from starting.
  static absl::StatusOr<std::unique_ptr<UpstreamLoop>> Start(Options options);

  UpstreamLoop(const UpstreamLoop&) = delete;
  UpstreamLoop& operator=(const UpstreamLoop&) = delete;
  // Stops.
  ~UpstreamLoop();

  // Ends everything under way with kStopped, resuming whoever awaits it, and joins the loop's own
  // thread if it has one. A driver ends them in its next turn; without one it is done on the
  // caller's thread. Later calls get kStopped at once. Not to be called on the loop's thread.
  void Stop();

  // co_await gives the TransferResult. A connection whose request is given up (deadline,
  // cancellation) is closed at once, so that upstream sees it.
  //
  // Build the request in a variable and move it in: g++ 12 destroys a braced temporary twice when
  // it stands in a co_await expression.
  [[nodiscard]] FetchAwaiter Fetch(TransferRequest request, common::Cancellation& cancellation);

  // Lets the body that `sink` paused go on, soon. Any thread, also inside the sink's own calls; no
  // effect where it is not paused. A sink that pauses is resumed once for each pause.
  void Resume(std::shared_ptr<BodySink> sink);

  // co_await gives the SleepOutcome, kElapsed not before `until`.
  [[nodiscard]] SleepAwaiter SleepUntil(absl::Time until, common::Cancellation& cancellation);

  // Runs `function` on the loop's thread, soon. False, and it is dropped, when the loop stopped.
  bool Post(std::function<void()> function);

  // Ends the waiting of the driver's present turn, if it waits in one. Any thread.
  void Nudge();

  bool OnLoopThread() const;
  Stats stats() const;

 private:
  UpstreamLoop();

  std::unique_ptr<internal::LoopCore> core_;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_UPSTREAM_LOOP_H_
