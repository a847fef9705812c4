#include "service/gateway/rpc/outcome.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;
using translate::CallError;
using upstream::TransferOutcome;
using upstream::TransferResult;

// What a caller waits where nobody said how long.
constexpr absl::Duration kDefaultRetryDelay = absl::Seconds(1);
constexpr absl::Duration kLongestRetryDelay = absl::Hours(1);

CallError Make(const OutcomeContext& context, absl::StatusCode code, std::string reason,
               std::string message, int http_status = 0) {
  CallError error;
  error.code = code;
  error.reason = std::move(reason);
  error.message = translate::CleanText(message);
  if (http_status != 0) error.metadata.emplace_back("http_status", absl::StrCat(http_status));
  error.metadata.emplace_back("account", std::string(context.account));
  error.metadata.emplace_back("method", context.method.full_name.substr(1));
  return error;
}

bool MustNotRepeat(const OutcomeContext& context) { return context.safety == v1::SAFETY_UNSAFE; }

// An unsafe write that upstream may or may not have done.
CallError Unknown(const OutcomeContext& context, std::string_view what, int http_status) {
  CallError error =
      Make(context, absl::StatusCode::kUnknown, "OUTCOME_UNKNOWN",
           absl::StrCat("upstream may or may not have done this: ", common::ToAbsl(what),
                        "; look before repeating it"),
           http_status);
  error.never_retry = true;
  return error;
}

CallError Unavailable(const OutcomeContext& context, std::string reason, std::string_view what,
                      int http_status) {
  CallError error = Make(context, absl::StatusCode::kUnavailable, std::move(reason),
                         std::string(what), http_status);
  error.retry_after = kDefaultRetryDelay;
  return error;
}

// "customers/17"; "settings" where the path names no object.
std::string Subject(const OutcomeContext& context) {
  if (!context.subject.empty()) return std::string(context.subject);
  const absl::string_view literal = context.method.path.front().literal;
  return std::string(absl::StripPrefix(absl::StripSuffix(literal, "/"), "/"));
}

// The names of the fields at fault, as the request's message has them.
void AddViolations(const OutcomeContext& context, const providers::Fault& fault, CallError& error) {
  if (!fault.field.empty()) error.metadata.emplace_back("field", translate::CleanText(fault.field));
  if (!fault.field_path.empty()) {
    error.metadata.emplace_back("field_path", translate::CleanText(fault.field_path));
  }
  if (error.code != absl::StatusCode::kInvalidArgument) return;
  const std::string& path = fault.field_path.empty() ? fault.field : fault.field_path;
  if (!path.empty()) {
    error.violations.push_back({translate::ProtoPath(context.method, path), error.message});
  }
  for (const auto& [field, text] : fault.fields) {
    error.violations.push_back({translate::ProtoPath(context.method, field), text});
  }
}

}  // namespace

CallError TransferError(const OutcomeContext& context, const TransferResult& result) {
  const bool in_doubt = result.request_sent && MustNotRepeat(context);
  switch (result.outcome) {
    case TransferOutcome::kConnectFailed:
      return Unavailable(context, "UPSTREAM_UNREACHABLE",
                         absl::StrCat("cannot connect: ", result.error), 0);
    case TransferOutcome::kStopped:
      if (in_doubt) return Unknown(context, "the gateway shuts down", result.http_status);
      return Unavailable(context, "DRAINING", "the gateway shuts down", result.http_status);
    case TransferOutcome::kBroken:
      if (in_doubt) return Unknown(context, "the connection broke", result.http_status);
      return Unavailable(context, "UPSTREAM_BROKEN",
                         absl::StrCat("the connection broke: ", result.error), result.http_status);
    case TransferOutcome::kTimedOut:
      if (in_doubt) return Unknown(context, "the deadline passed", result.http_status);
      return Make(context, absl::StatusCode::kDeadlineExceeded, "UPSTREAM_TIMEOUT",
                  result.sends > 0 ? "upstream did not answer before the deadline"
                                   : "the deadline passed before the request could be sent",
                  result.http_status);
    case TransferOutcome::kCancelled:
      // The caller learns nothing any more; the log does.
      if (in_doubt) return Unknown(context, "the call was cancelled", result.http_status);
      return Make(context, absl::StatusCode::kCancelled, "CANCELLED", "the call was cancelled");
    case TransferOutcome::kTooLarge: {
      // An error is an error, however long its text; only a success leaves doubt.
      if (in_doubt && (result.http_status < 300 || result.http_status >= 500)) {
        return Unknown(context, "the answer is too large", result.http_status);
      }
      if (result.http_status >= 500) {
        return Unavailable(context, "UPSTREAM_FAILED",
                           absl::StrCat("upstream failed with HTTP ", result.http_status),
                           result.http_status);
      }
      return Make(context, absl::StatusCode::kInternal, "UPSTREAM_TOO_LARGE",
                  "the answer is larger than this gateway takes", result.http_status);
    }
    default:
      if (in_doubt) return Unknown(context, "the gateway failed", result.http_status);
      return Make(context, absl::StatusCode::kInternal, "INTERNAL", result.error);
  }
}

Outcome AnswerError(const OutcomeContext& context, const TransferResult& result) {
  Outcome outcome;
  const int status = result.http_status;
  if (status >= 300 && status < 400) {
    outcome.error = Make(context, absl::StatusCode::kInternal, "UPSTREAM_REDIRECT",
                         "upstream redirects, which is never followed", status);
    return outcome;
  }
  const providers::Fault fault =
      context.provider.ReadError(context.method, {status, result.content_type, result.body.view()});
  if (status < 300 && !fault.documented) {
    outcome.error = UnreadableAnswer(context, status, "neither a success nor a known error");
    return outcome;
  }
  // 408 comes from what stands in between, about a connection rather than a request.
  const bool failed = status >= 500 || (status == 408 && !fault.documented);
  if (failed && !fault.not_available_yet) {
    const std::string text =
        absl::StrCat("upstream failed with HTTP ", status, fault.message.empty() ? "" : ": ",
                     fault.message.substr(0, 512));
    outcome.error = MustNotRepeat(context) ? Unknown(context, text, status)
                                           : Unavailable(context, "UPSTREAM_FAILED", text, status);
  } else {
    outcome.error = Make(
        context, fault.code, fault.reason,
        fault.message.empty() ? absl::StrCat("upstream answered HTTP ", status) : fault.message,
        status);
    if (status == 429) {
      outcome.error.code = absl::StatusCode::kResourceExhausted;
      outcome.error.retry_after = kDefaultRetryDelay;
    }
    if (fault.not_available_yet) outcome.error.retry_after = kDefaultRetryDelay;
    if (fault.own_reason) outcome.error.domain = std::string(context.provider.domain());
    if (fault.code == absl::StatusCode::kFailedPrecondition && !fault.credentials_rejected) {
      outcome.error.precondition_subject = Subject(context);
    }
    AddViolations(context, fault, outcome.error);
    outcome.credentials_rejected = fault.credentials_rejected;
    if (fault.credentials_rejected) {
      outcome.error.metadata.emplace_back("upstream_credentials", "rejected");
    }
  }
  if (outcome.error.retry_after) {
    if (auto asked = ParseRetryAfter(result.retry_after, context.now)) {
      outcome.error.retry_after = asked;
    }
  }
  return outcome;
}

CallError UnreadableAnswer(const OutcomeContext& context, int http_status, std::string_view why) {
  if (MustNotRepeat(context)) {
    return Unknown(context, absl::StrCat("the answer cannot be read: ", common::ToAbsl(why)),
                   http_status);
  }
  return Make(context, absl::StatusCode::kInternal, "UPSTREAM_MALFORMED",
              absl::StrCat("the answer cannot be read: ", common::ToAbsl(why)), http_status);
}

std::optional<absl::Duration> ParseRetryAfter(std::string_view text, absl::Time now) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(common::ToAbsl(text));
  int64_t seconds = 0;
  if (absl::SimpleAtoi(trimmed, &seconds)) {
    if (seconds < 0) return std::nullopt;
    return std::min(absl::Seconds(seconds), kLongestRetryDelay);
  }
  // The date of today and the two obsolete ones, which must be taken too (section 5.6.7).
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time when;
    if (!absl::ParseTime(format, trimmed, &when, nullptr)) continue;
    return std::clamp(when - now, absl::ZeroDuration(), kLongestRetryDelay);
  }
  return std::nullopt;
}

}  // namespace billing::gateway::rpc
