#ifndef SERVICE_GATEWAY_UPSTREAM_FETCH_OPERATION_H_
#define SERVICE_GATEWAY_UPSTREAM_FETCH_OPERATION_H_

#include <string_view>
#include <utility>

#include "service/common/cancellation.h"
#include "service/gateway/upstream/operation.h"
#include "service/gateway/upstream/transfer.h"
#include "service/gateway/upstream/transfer_handle.h"

namespace billing::gateway::upstream::internal {

// One awaited request; see Operation for whose it is when.
class FetchOperation : public Operation {
 public:
  // On the loop's thread: lets the body that `sink` paused go on, if it is still wanted. May end
  // the request.
  static void ResumeBody(BodySink& sink);

 protected:
  FetchOperation(LoopCore& core, common::Cancellation& cancellation, TransferRequest request)
      : Operation(core, cancellation), request_(std::move(request)) {}

  // True if the result is there without the loop: refused, cancelled or late already.
  bool ReadyAtOnce();
  void SetOutcome(TransferOutcome outcome, std::string_view error);
  TransferResult TakeResult() { return std::move(result_); }

 private:
  friend class Scheduler;

  void Begin(SteadyNanos now) override;
  void OnTimer(SteadyNanos now) override;
  void OnCancel() override;
  void OnStop() override;

  // While it is with curl its sink, if any, knows it.
  void SetHandle(TransferHandle* handle);

  // Ends the request wherever it stands.
  void GiveUp(TransferOutcome outcome, std::string_view error);

  const TransferRequest request_;
  TransferResult result_;
  SteadyNanos deadline_ = kNever;
  SteadyNanos started_at_ = 0;
  bool waiting_ = false;              // in its target's queue
  TransferHandle* handle_ = nullptr;  // while it is with curl
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_FETCH_OPERATION_H_
