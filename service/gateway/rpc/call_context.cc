#include "service/gateway/rpc/call_context.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

constexpr absl::Duration kMaxMargin = absl::Milliseconds(50);
constexpr int kMarginFraction = 10;
constexpr size_t kMaxRequestId = 128;
constexpr int kRequestIdDigits = 32;

// Two traceparents are as good as none; several tracestates are one list.
TraceContext TraceOf(const ServerCall& call, IdGenerator& ids) {
  const std::vector<std::string_view> parents = call.MetadataValues("traceparent");
  if (parents.size() != 1) return MakeTraceContext(std::nullopt, {}, ids);
  const std::vector<std::string_view> states = call.MetadataValues("tracestate");
  if (states.empty()) return MakeTraceContext(parents[0], {}, ids);
  if (states.size() == 1) return MakeTraceContext(parents[0], states[0], ids);
  std::string joined;
  for (const std::string_view state : states) {
    absl::StrAppend(&joined, joined.empty() ? "" : ",", common::ToAbsl(state));
  }
  return MakeTraceContext(parents[0], joined, ids);
}

}  // namespace

absl::Time AnswerBy(absl::Time received, absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return deadline;
  const absl::Duration left = std::max(deadline - received, absl::ZeroDuration());
  return deadline - std::min(kMaxMargin, left / kMarginFraction);
}

bool IsRequestId(std::string_view id) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  return !id.empty() && id.size() <= kMaxRequestId && std::all_of(id.begin(), id.end(), visible);
}

std::string MakeRequestId(std::optional<std::string_view> header, IdGenerator& ids) {
  if (header.has_value() && IsRequestId(*header)) return std::string(*header);
  return ids.Hex(kRequestIdDigits);
}

CallContext MakeCallContext(const ServerCall& call, absl::Time received, IdGenerator& ids) {
  CallContext context;
  context.received = received;
  context.deadline = call.deadline();
  context.answer_by = AnswerBy(received, context.deadline);
  context.trace = TraceOf(call, ids);
  context.request_id = MakeRequestId(call.Metadata("x-request-id"), ids);
  return context;
}

}  // namespace billing::gateway::rpc
