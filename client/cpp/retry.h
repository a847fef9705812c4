#ifndef CLIENT_CPP_RETRY_H_
#define CLIENT_CPP_RETRY_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "client/cpp/call_error.h"
#include "client/cpp/call_options.h"
#include "google/protobuf/message.h"

namespace billing::client {

struct RetryOptions {
  // All attempts together, the first included.
  int max_attempts = 4;
  // Waits where the gateway names none: a random part of initial_backoff, doubled every time, at
  // most max_backoff.
  absl::Duration initial_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(10);
  // Take a write that carries an idempotency key for one that may be repeated. Only for gateways
  // that keep keys: one that ignores them would do the write twice.
  bool trust_idempotency_keys = false;

  // Replaced in tests. A number from 0 up to but not 1; the time; a pause.
  std::function<double()> random;
  std::function<absl::Time()> now;
  std::function<void(absl::Duration)> sleep;
};

// What is known about an attempt that failed.
struct FailedAttempt {
  CallError error;
  // The trailer grpc-retry-pushback-ms, if there was one.
  std::optional<std::string> pushback;
  // Counted from 1.
  int number = 1;
  // The call may be sent again though nobody knows what became of this attempt.
  bool repeatable = false;
};

struct RetryDecision {
  bool retry = false;
  // How long to wait first.
  absl::Duration delay;
  // Why not, in a few words; empty for a mistake of the call itself, where nothing needs a reason.
  std::string_view reason;
};

// The rule by itself, without waiting or looking at a clock. In this order: never if the outcome is
// unknown; never against a negative or unreadable pushback; only UNAVAILABLE, RESOURCE_EXHAUSTED
// and ABORTED; a call that is not repeatable only if the gateway says RetryInfo, which it does when
// it knows that nothing was done. The wait is pushback, else RetryInfo, else the back-off.
RetryDecision Decide(const RetryOptions& options, const FailedAttempt& failed);

// Makes a unary call until it succeeds, must not be repeated, has used its attempts, or would miss
// call.timeout. `attempt` makes one call with the context it gets, which carries metadata and
// deadline already: [&](grpc::ClientContext& c) { return stub->GetBillogram(&c, request, &answer);
// }. What may be repeated is read from the request (IsRepeatable). Blocks. The status is that of
// the last attempt, its message saying why there was no other. Make the channel with retry = false.
grpc::Status CallWithRetry(const RetryOptions& options, const CallOptions& call,
                           const google::protobuf::Message& request,
                           const std::function<grpc::Status(grpc::ClientContext&)>& attempt);

}  // namespace billing::client

#endif  // CLIENT_CPP_RETRY_H_
