#include "service/gateway/upstream/upstream_loop.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "service/gateway/upstream/loop_core.h"

namespace billing::gateway::upstream {

bool FetchAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  if (Suspend(waiter)) return true;
  SetOutcome(TransferOutcome::kStopped, "the loop has stopped");
  return false;
}

bool SleepAwaiter::await_ready() {
  if (cancellation().cancelled()) outcome_ = SleepOutcome::kCancelled;
  return outcome_ == SleepOutcome::kCancelled || until_ <= absl::Now();
}

bool SleepAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  if (Suspend(waiter)) return true;
  outcome_ = SleepOutcome::kStopped;
  return false;
}

void SleepAwaiter::Begin(internal::SteadyNanos now) {
  core().SetTimer(*this, internal::ToSteady(until_, now));
}

void SleepAwaiter::OnTimer(internal::SteadyNanos /*now*/) { core().Finish(*this); }

void SleepAwaiter::OnCancel() {
  outcome_ = SleepOutcome::kCancelled;
  core().Finish(*this);
}

void SleepAwaiter::OnStop() {
  outcome_ = SleepOutcome::kStopped;
  core().Finish(*this);
}

UpstreamLoop::UpstreamLoop() : core_(std::make_unique<internal::LoopCore>()) {}

UpstreamLoop::~UpstreamLoop() { Stop(); }

absl::StatusOr<std::unique_ptr<UpstreamLoop>> UpstreamLoop::Start(Options options) {
  if (options.max_connections < 1 || options.connect_timeout <= absl::ZeroDuration() ||
      options.connect_timeout > absl::Hours(1)) {
    return absl::InvalidArgumentError("an option of the upstream loop is out of range");
  }
  std::unique_ptr<UpstreamLoop> loop(new UpstreamLoop());
  internal::LoopCore::Options core_options;
  core_options.max_connections = options.max_connections;
  core_options.connect_timeout = options.connect_timeout;
  core_options.ca_file = std::move(options.ca_file);
  core_options.own_thread = options.own_thread;
  absl::Status started = loop->core_->Start(core_options);
  if (!started.ok()) return started;
  return loop;
}

void UpstreamLoop::Stop() { core_->Stop(); }

FetchAwaiter UpstreamLoop::Fetch(TransferRequest request, common::Cancellation& cancellation) {
  return FetchAwaiter(*core_, cancellation, std::move(request));
}

void UpstreamLoop::Resume(std::shared_ptr<BodySink> sink) {
  // Where the loop has stopped there is no transfer to go on.
  core_->Post([sink = std::move(sink)] { internal::FetchOperation::ResumeBody(*sink); });
}

SleepAwaiter UpstreamLoop::SleepUntil(absl::Time until, common::Cancellation& cancellation) {
  return SleepAwaiter(*core_, cancellation, until);
}

bool UpstreamLoop::Post(std::function<void()> function) { return core_->Post(std::move(function)); }

void UpstreamLoop::Nudge() { core_->Nudge(); }

bool UpstreamLoop::OnLoopThread() const { return core_->OnLoopThread(); }

UpstreamLoop::Stats UpstreamLoop::stats() const {
  return {core_->active(), core_->waiting(), core_->connections_opened()};
}

UpstreamLoop::Driver::Driver(UpstreamLoop& loop, std::function<void()> wake) : core_(*loop.core_) {
  core_.Attach(std::move(wake));
}

UpstreamLoop::Driver::~Driver() { core_.Detach(); }

bool UpstreamLoop::Driver::Watch(int descriptor) { return core_.Watch(descriptor); }

void UpstreamLoop::Driver::Turn(absl::Duration at_most) { core_.Turn(at_most); }

bool UpstreamLoop::Driver::SleepElsewhere() { return core_.SleepElsewhere(); }

void UpstreamLoop::Driver::Awake() { core_.Awake(); }

}  // namespace billing::gateway::upstream
