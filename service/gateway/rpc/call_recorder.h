#ifndef SERVICE_GATEWAY_RPC_CALL_RECORDER_H_
#define SERVICE_GATEWAY_RPC_CALL_RECORDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/rpc/call_context.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/transfer.h"

namespace billing::gateway::rpc {

// What a call leaves behind for metrics and the access log.
struct CallRecord {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string reason;
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  // Of the last attempt; meaningful if the context counts any.
  upstream::TransferOutcome upstream_outcome = upstream::TransferOutcome::kInternal;
  int upstream_status = 0;
  absl::Duration upstream_duration;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_CALL_RECORDER_H_
