#include "service/gateway/upstream/loop_core.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "service/gateway/upstream/fetch_operation.h"

namespace billing::gateway::upstream::internal {
namespace {

constexpr size_t kEventsPerPoll = 128;
// How often a turn looks for more work before it looks at the sockets again.
constexpr int kRoundsPerTurn = 4;

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) close(fd_);
}

LoopCore::LoopCore()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

LoopCore::~LoopCore() = default;

absl::Status LoopCore::Start(const Options& options) {
  epoll_event event = {};
  // Edge-triggered, so that it never has to be read.
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = wake_.get();
  if (epoll_.get() < 0 || wake_.get() < 0 ||
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return absl::ErrnoToStatus(errno, "the upstream loop gets no descriptors");
  }
  absl::StatusOr<std::unique_ptr<CurlEngine>> engine =
      CurlEngine::Create(epoll_.get(), options.ca_file, options.max_connections);
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  scheduler_ = std::make_unique<Scheduler>(*engine_, options.max_connections,
                                           absl::ToInt64Nanoseconds(options.connect_timeout));
  {
    absl::MutexLock lock(&mutex_);
    closed_ = false;
  }
  if (options.own_thread) thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void LoopCore::Stop() {
  if (scheduler_ == nullptr) return;
  Sleep sleep = Sleep::kAwake;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    sleep = std::exchange(sleep_, Sleep::kAwake);
    if (closed_) sleep = Sleep::kAwake;
  }
  Wake(sleep);
  if (thread_.joinable()) return thread_.join();
  if (thread_id_.load() != std::thread::id()) return;
  // It has no driver any more: what is left ends here.
  thread_id_.store(std::this_thread::get_id());
  do {
    DrainInbox();
    Work();
  } while (!FinishStopping());
  Detach();
}

void LoopCore::Wake(Sleep where) {
  if (where == Sleep::kHere) WriteWake();
  if (where == Sleep::kElsewhere) wake_driver_();
}

void LoopCore::WriteWake() {
  uint64_t one = 1;
  // Cannot fail: the counter does not overflow in the life of a process.
  [[maybe_unused]] ssize_t written = write(wake_.get(), &one, sizeof(one));
}

bool LoopCore::Submit(Operation& operation) {
  if (OnLoopThread()) {
    if (stop_seen_) return false;
    local_.PushBack(operation.queue_hook_);
    return true;
  }
  Sleep sleep = Sleep::kAwake;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    submitted_.PushBack(operation.queue_hook_);
    sleep = std::exchange(sleep_, Sleep::kAwake);
  }
  Wake(sleep);
  return true;
}

void LoopCore::PostCancel(Operation& operation) {
  Sleep sleep = Sleep::kAwake;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    operation.cancel_posted_.store(true, std::memory_order_relaxed);
    cancelled_.PushBack(operation.cancel_hook_);
    sleep = std::exchange(sleep_, Sleep::kAwake);
  }
  Wake(sleep);
}

bool LoopCore::Post(std::function<void()> function) {
  Sleep sleep = Sleep::kAwake;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    posted_.push_back(std::move(function));
    sleep = std::exchange(sleep_, Sleep::kAwake);
  }
  Wake(sleep);
  return true;
}

void LoopCore::Nudge() {
  {
    absl::MutexLock lock(&mutex_);
    if (sleep_ != Sleep::kHere) return;
    sleep_ = Sleep::kAwake;
  }
  WriteWake();
}

void LoopCore::Finish(Operation& operation) {
  timers_.Remove(operation);
  // After this no cancellation can be posted any more; one that was may still be in the inbox.
  operation.listener_.reset();
  if (operation.cancel_posted_.load(std::memory_order_relaxed)) {
    absl::MutexLock lock(&mutex_);
    operation.cancel_hook_.Unlink();
  }
  operation.alive_hook_.Unlink();
  resumed_ = true;
  operation.waiter_.resume();
}

void LoopCore::Begin(Operation& operation) {
  operation.begun_ = true;
  if (stop_seen_) {
    operation.OnStop();
  } else if (operation.cancelled_before_begin_) {
    operation.OnCancel();
  } else {
    alive_.PushBack(operation.alive_hook_);
    operation.Begin(SteadyNow());
  }
}

void LoopCore::DrainInbox() {
  IntrusiveList<Operation> submitted;
  IntrusiveList<Operation> cancelled;
  std::vector<std::function<void()>> posted;
  {
    absl::MutexLock lock(&mutex_);
    sleep_ = Sleep::kAwake;
    submitted.Splice(submitted_);
    cancelled.Splice(cancelled_);
    posted.swap(posted_);
    stop_seen_ = stopping_;
  }
  while (Operation* operation = submitted.PopFront()) Begin(*operation);
  while (Operation* operation = cancelled.PopFront()) {
    if (operation->begun_) {
      operation->OnCancel();
    } else {
      // The signal overtook the submission.
      operation->cancelled_before_begin_ = true;
    }
  }
  for (std::function<void()>& function : posted) {
    resumed_ = true;
    function();
  }
}

void LoopCore::Work() {
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    if (engine_->timer() <= SteadyNow()) engine_->RunTimers();
    while (FetchOperation* finished = scheduler_->NextFinished()) Finish(*finished);
    SteadyNanos now = SteadyNow();
    while (Operation* due = timers_.PopDue(now)) due->OnTimer(now);
    IntrusiveList<Operation> local;
    local.Splice(local_);
    while (Operation* operation = local.PopFront()) Begin(*operation);
    while (FetchOperation* failed = scheduler_->StartWaiting()) Finish(*failed);
    if (!HasWork()) return;
  }
}

bool LoopCore::HasWork() const {
  return !local_.empty() || std::min(engine_->timer(), timers_.next()) <= SteadyNow();
}

int LoopCore::PollTimeoutMs() const {
  if (!local_.empty()) return 0;
  SteadyNanos next = std::min(engine_->timer(), timers_.next());
  if (next == kNever) return -1;
  SteadyNanos left = next - SteadyNow();
  if (left <= 0) return 0;
  // Rounded up: waking before the time would only mean sleeping again.
  return static_cast<int>(std::min<SteadyNanos>((left + 999'999) / 1'000'000, 60'000));
}

bool LoopCore::InboxEmpty() const {
  return submitted_.empty() && cancelled_.empty() && posted_.empty() && stopping_ == stop_seen_;
}

void LoopCore::Poll(int at_most_ms) {
  std::array<epoll_event, kEventsPerPoll> events;
  int timeout = PollTimeoutMs();
  if (at_most_ms >= 0 && (timeout < 0 || timeout > at_most_ms)) timeout = at_most_ms;
  {
    absl::MutexLock lock(&mutex_);
    if (!InboxEmpty()) timeout = 0;
    sleep_ = timeout != 0 ? Sleep::kHere : Sleep::kAwake;
  }
  int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.fd != wake_.get() && event.data.fd != watched_) {
      engine_->OnSocket(event.data.fd, event.events);
    }
  }
}

void LoopCore::Attach(std::function<void()> wake_driver) {
  wake_driver_ = std::move(wake_driver);
  thread_id_.store(std::this_thread::get_id());
}

bool LoopCore::Watch(int descriptor) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  watched_ = descriptor;
  return true;
}

void LoopCore::Turn(absl::Duration at_most) {
  resumed_ = false;
  Work();
  // With nothing under way there is no socket to look at, and what was resumed may have work for
  // the driver.
  if (resumed_ && alive_.empty() && !stop_seen_) return;
  Poll(resumed_ ? 0 : static_cast<int>(absl::ToInt64Milliseconds(at_most)));
  DrainInbox();
  Work();
  if (stop_seen_) FinishStopping();
}

bool LoopCore::SleepElsewhere() {
  if (!alive_.empty() || HasWork() || std::min(engine_->timer(), timers_.next()) != kNever) {
    return false;
  }
  absl::MutexLock lock(&mutex_);
  if (!InboxEmpty()) return false;
  sleep_ = Sleep::kElsewhere;
  return true;
}

void LoopCore::Awake() {
  absl::MutexLock lock(&mutex_);
  sleep_ = Sleep::kAwake;
}

bool LoopCore::FinishStopping() {
  while (Operation* operation = alive_.PopFront()) operation->OnStop();
  absl::MutexLock lock(&mutex_);
  closed_ = local_.empty() && alive_.empty() && submitted_.empty() && cancelled_.empty() &&
            posted_.empty();
  return closed_;
}

void LoopCore::Run() {
  thread_id_.store(std::this_thread::get_id());
  pthread_setname_np(pthread_self(), "upstream");
  for (;;) {
    Poll(-1);
    DrainInbox();
    Work();
    if (stop_seen_ && FinishStopping()) break;
  }
  // The id may soon be another thread's.
  Detach();
}

}  // namespace billing::gateway::upstream::internal
