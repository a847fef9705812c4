#ifndef SERVICE_GATEWAY_RPC_CALL_CONTEXT_H_
#define SERVICE_GATEWAY_RPC_CALL_CONTEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/common/task.h"
#include "service/gateway/rpc/call.h"
#include "service/gateway/rpc/trace_context.h"

namespace billing::gateway::rpc {

// Who calls. Unset where callers are not authenticated.
struct CallerIdentity {
  std::string name;
};

// Decided once, before a cache or a store is looked at.
enum class Authorization { kUndecided, kAllowed, kDenied };

// Takes an answer's body piece by piece, in place of all of it at the end.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Done when there is room for more; false when the rest is not wanted. `piece` must live until
  // then.
  virtual common::Task<bool> Append(std::string_view piece) = 0;
};

// What the parts that a call passes through know and note of it. Belongs to the handler, used by
// one flow of control.
struct CallContext {
  std::optional<CallerIdentity> caller;
  // Name of the configured account, once picked.
  std::string account;
  Authorization authorization = Authorization::kUndecided;

  absl::Time received = absl::InfinitePast();
  // When the caller stops waiting, and when it must have its answer. Queueing, attempts and
  // back-off all end by `answer_by`.
  absl::Time deadline = absl::InfiniteFuture();
  absl::Time answer_by = absl::InfiniteFuture();
  // Attempts made upstream so far.
  int attempts = 0;

  TraceContext trace;
  std::string request_id;

  // Null: the body is wanted whole. Not owned.
  BodySink* body_sink = nullptr;
};

// The caller's deadline less min(50 ms, 10 % of what was left when the call came), so that the
// details of the answer arrive before the caller's own timer fires (api.md, Errors).
absl::Time AnswerBy(absl::Time received, absl::Time deadline);

// Whether an x-request-id is taken over: 1 to 128 visible ASCII characters.
bool IsRequestId(std::string_view id);

// The caller's x-request-id where it can be taken over, else a new one.
std::string MakeRequestId(std::optional<std::string_view> header, IdGenerator& ids);

// The context of a call as it comes in: times, trace and request id.
CallContext MakeCallContext(const ServerCall& call, absl::Time received, IdGenerator& ids);

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_CALL_CONTEXT_H_
