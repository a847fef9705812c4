#ifndef SERVICE_GATEWAY_RPC_OUTCOME_H_
#define SERVICE_GATEWAY_RPC_OUTCOME_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "billing/gateway/v1/options.pb.h"
#include "service/gateway/providers/provider.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/transfer.h"

// What a transfer that did not bring a usable answer means to the caller: the table of
// design/api.md, Errors. All functions are pure.

namespace billing::gateway::rpc {

// The call that a transfer belongs to.
struct OutcomeContext {
  const translate::Method& method;
  const providers::Provider& provider;
  std::string_view account;
  std::string_view subject;  // what the call is about: RestRequest::subject
  // What may be repeated in this very call.
  billing::gateway::v1::Safety safety = billing::gateway::v1::SAFETY_UNSAFE;
  absl::Time now;
};

struct Outcome {
  translate::CallError error;
  bool credentials_rejected = false;  // upstream refused the gateway's own credentials
};

// A transfer without a complete answer.
translate::CallError TransferError(const OutcomeContext& context,
                                   const upstream::TransferResult& result);

// A complete answer that is an error: a status of 300 or more, or an envelope that is not OK.
Outcome AnswerError(const OutcomeContext& context, const upstream::TransferResult& result);

// A success that cannot be read.
translate::CallError UnreadableAnswer(const OutcomeContext& context, int http_status,
                                      std::string_view why);

// Seconds or an HTTP date, as Retry-After has it (RFC 9110, section 10.2.3); at most an hour.
std::optional<absl::Duration> ParseRetryAfter(std::string_view text, absl::Time now);

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_OUTCOME_H_
