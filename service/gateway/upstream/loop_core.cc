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
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void LoopCore::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
}

void LoopCore::Wake() {
  uint64_t one = 1;
  // Cannot fail: the counter does not overflow in the life of a process.
  [[maybe_unused]] ssize_t written = write(wake_.get(), &one, sizeof(one));
}

bool LoopCore::Submit(Operation& operation) {
  if (OnLoopThread()) {
    local_.PushBack(operation.queue_hook_);
    return true;
  }
  bool wake = false;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    submitted_.PushBack(operation.queue_hook_);
    wake = std::exchange(sleeping_, false);
  }
  if (wake) Wake();
  return true;
}

void LoopCore::PostCancel(Operation& operation) {
  bool wake = false;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    operation.cancel_posted_.store(true, std::memory_order_relaxed);
    cancelled_.PushBack(operation.cancel_hook_);
    wake = std::exchange(sleeping_, false);
  }
  if (wake) Wake();
}

bool LoopCore::Post(std::function<void()> function) {
  bool wake = false;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return false;
    posted_.push_back(std::move(function));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) Wake();
  return true;
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
    sleeping_ = false;
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
  for (std::function<void()>& function : posted) function();
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

void LoopCore::Poll() {
  std::array<epoll_event, kEventsPerPoll> events;
  int timeout = PollTimeoutMs();
  {
    absl::MutexLock lock(&mutex_);
    if (!submitted_.empty() || !cancelled_.empty() || !posted_.empty() || stopping_ != stop_seen_) {
      timeout = 0;
    }
    sleeping_ = timeout != 0;
  }
  int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.fd != wake_.get()) engine_->OnSocket(event.data.fd, event.events);
  }
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
    Poll();
    DrainInbox();
    Work();
    if (stop_seen_ && FinishStopping()) break;
  }
  // The id may soon be another thread's.
  thread_id_.store(std::thread::id());
}

}  // namespace billing::gateway::upstream::internal
