#include "service/gateway/upstream/fetch_operation.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "service/gateway/upstream/loop_core.h"

namespace billing::gateway::upstream::internal {

bool FetchOperation::ReadyAtOnce() {
  if (request_.target == nullptr || !request_.target->Owns(request_.url)) {
    SetOutcome(TransferOutcome::kBadRequest, "the URL is not under the target's base URL");
  } else if (cancellation().cancelled()) {
    SetOutcome(TransferOutcome::kCancelled, "cancelled before it was submitted");
  } else if (request_.deadline <= absl::Now()) {
    SetOutcome(TransferOutcome::kTimedOut, "the deadline had passed before it was submitted");
  } else {
    return false;
  }
  return true;
}

void FetchOperation::SetOutcome(TransferOutcome outcome, std::string_view error) {
  result_.outcome = outcome;
  result_.error = error;
}

void FetchOperation::Begin(SteadyNanos now) {
  deadline_ = ToSteady(request_.deadline, now);
  core().SetTimer(*this, deadline_);
  if (!core().scheduler().Add(*this, now)) core().Finish(*this);
}

void FetchOperation::OnTimer(SteadyNanos now) {
  if (now >= deadline_) {
    GiveUp(TransferOutcome::kTimedOut, waiting_
                                           ? "the deadline passed while all connections were taken"
                                           : "the deadline passed");
  } else if (handle_ != nullptr && !handle_->sending()) {
    GiveUp(TransferOutcome::kConnectFailed, "connecting took too long");
  } else {
    // The request got its connection in time.
    core().SetTimer(*this, deadline_);
  }
}

void FetchOperation::OnCancel() { GiveUp(TransferOutcome::kCancelled, "cancelled"); }

void FetchOperation::OnStop() { GiveUp(TransferOutcome::kStopped, "the loop is stopping"); }

void FetchOperation::SetHandle(TransferHandle* handle) {
  handle_ = handle;
  if (request_.sink != nullptr) request_.sink->fetch_ = handle != nullptr ? this : nullptr;
}

void FetchOperation::ResumeBody(BodySink& sink) {
  FetchOperation* fetch = sink.fetch_;
  if (fetch == nullptr) return;
  const CURLcode code = fetch->handle_->Resume();
  if (code != CURLE_OK) fetch->GiveUp(fetch->handle_->Judge(code), curl_easy_strerror(code));
}

void FetchOperation::GiveUp(TransferOutcome outcome, std::string_view error) {
  core().scheduler().Remove(*this);
  SetOutcome(outcome, error);
  result_.timings.total = absl::Nanoseconds(SteadyNow() - submitted_at());
  core().Finish(*this);
}

}  // namespace billing::gateway::upstream::internal
