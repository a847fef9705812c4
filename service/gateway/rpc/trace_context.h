#ifndef SERVICE_GATEWAY_RPC_TRACE_CONTEXT_H_
#define SERVICE_GATEWAY_RPC_TRACE_CONTEXT_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::gateway::rpc {

// Random identifiers: unique, not secret. Thread-safe, without a lock.
class IdGenerator {
 public:
  // Without a seed the sequence differs from process to process.
  IdGenerator();
  explicit IdGenerator(uint64_t seed) : state_(seed) {}

  // Never 0.
  uint64_t Next();
  // `digits` lower-case hexadecimal digits, a multiple of 16.
  std::string Hex(int digits);

 private:
  std::atomic<uint64_t> state_;
};

// What W3C Trace Context (https://www.w3.org/TR/trace-context/) carries from hop to hop.
struct TraceContext {
  // 32 lower-case hexadecimal digits, not all zero.
  std::string trace_id;
  // 16 digits: the span of the caller, empty where there is none; and our own below it.
  std::string parent_id;
  std::string span_id;
  bool sampled = false;
  // As received, members joined by commas; empty where there is none.
  std::string tracestate;

  // The header to send on: our span is the next hop's parent.
  std::string Traceparent() const;
};

// A traceparent header: trace id, parent id and sampled flag. nullopt when it is not valid;
// headers of later versions are read as section 3.2.4 says. The result has no span id.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

// Whether a tracestate header, several joined by commas, follows section 3.3.1: at most 32 members
// with distinct, legal keys and legal values.
bool IsValidTracestate(std::string_view header);

// The context of a call from the headers it came with, each nullopt where absent: the caller's
// trace with a child span, or a new trace, not sampled, where the traceparent is absent or invalid.
// A tracestate that is invalid, or longer than 8 KiB, is dropped, as is one without a valid parent.
TraceContext MakeTraceContext(std::optional<std::string_view> traceparent,
                              std::string_view tracestate, IdGenerator& ids);

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_TRACE_CONTEXT_H_
