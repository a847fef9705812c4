#ifndef SERVICE_GATEWAY_RPC_CALL_RECORDER_H_
#define SERVICE_GATEWAY_RPC_CALL_RECORDER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/rpc/call_context.h"
#include "service/gateway/telemetry/gateway_metrics.h"
#include "service/gateway/telemetry/log.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/transfer.h"

namespace billing::gateway::rpc {

// What a call leaves behind for metrics and the access log.
struct CallRecord {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string_view reason;  // of an error; lives until End() returned
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  // Of the last attempt; meaningful if the context counts any.
  upstream::TransferOutcome upstream_outcome = upstream::TransferOutcome::kInternal;
  int upstream_status = 0;
  absl::Duration upstream_duration;
};

// Counts and logs calls. Series are resolved once, so that a call costs a few atomic additions.
// Thread-safe.
class CallRecorder {
 public:
  struct Options {
    bool access_log = true;
  };

  // Everything must outlive the recorder.
  CallRecorder(const Options& options, telemetry::GatewayMetrics& metrics, telemetry::Logger& log,
               const translate::MethodTable& methods, const AccountBook& accounts);
  ~CallRecorder();

  void Begin();
  // Observes an attempt that was not the last one of its call.
  void Attempt(const translate::Method& method, const Account& account, const CallRecord& record);
  // `account` is null if none was picked. Observes the last attempt, and counts all of the context.
  void End(const translate::Method& method, const Account* account, const CallContext& context,
           const CallRecord& record, absl::Time now);
  // Upstream departed from what the protos know, at `path` of an answer.
  void Drift(const providers::Provider& provider, const translate::Method& method,
             std::string_view path);
  // Upstream refused the gateway's own credentials.
  void CredentialsRejected(const Account& account);

 private:
  // The series of one account.
  struct AccountSeries;

  const Options options_;
  telemetry::GatewayMetrics& metrics_;
  telemetry::Logger& log_;
  std::vector<std::unique_ptr<telemetry::HistogramRow>> calls_;  // by Method::index
  std::vector<AccountSeries> accounts_;                          // by Account::index
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_CALL_RECORDER_H_
