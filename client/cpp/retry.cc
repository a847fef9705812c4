#include "client/cpp/retry.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "client/cpp/safety.h"

namespace billing::client {
namespace {

double RandomPart() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

RetryOptions WithDefaults(RetryOptions options) {
  if (!options.random) options.random = RandomPart;
  if (!options.now) options.now = absl::Now;
  if (!options.sleep) options.sleep = absl::SleepFor;
  return options;
}

bool CodeAllows(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         code == grpc::StatusCode::ABORTED;
}

absl::Duration Backoff(const RetryOptions& options, int attempt) {
  const absl::Duration longest =
      std::min(options.max_backoff, options.initial_backoff * std::ldexp(1.0, attempt - 1));
  return longest * options.random();
}

std::optional<std::string> Pushback(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("grpc-retry-pushback-ms");
  if (found == trailers.end()) return std::nullopt;
  return std::string(found->second.data(), found->second.size());
}

// A context's metadata cannot be used twice, so that each attempt has its own.
struct Attempt {
  grpc::ClientContext context;
  grpc::Status status;
};

grpc::Status Explained(const grpc::Status& status, std::string_view reason, int attempts) {
  if (reason.empty()) return status;
  return grpc::Status(status.error_code(),
                      absl::StrCat(status.error_message(), " (not repeated after ", attempts,
                                   attempts == 1 ? " attempt: " : " attempts: ",
                                   absl::string_view(reason.data(), reason.size()), ")"),
                      status.error_details());
}

}  // namespace

RetryDecision Decide(const RetryOptions& options, const FailedAttempt& failed) {
  const CallError& error = failed.error;
  if (error.outcome_unknown()) return {.reason = "it may have been done already"};
  std::optional<absl::Duration> delay = error.retry_after;
  if (failed.pushback) {
    int64_t millis = 0;
    if (!absl::SimpleAtoi(*failed.pushback, &millis) || millis < 0) {
      return {.reason = "the gateway asks not to"};
    }
    delay = absl::Milliseconds(millis);
  }
  if (!CodeAllows(error.code)) return {};
  // Exhausted or aborted is what was tried; without a word on when, trying again changes nothing.
  if (error.code != grpc::StatusCode::UNAVAILABLE && !delay) return {};
  const bool allowed = error.from_gateway() && error.retry_after.has_value();
  if (!failed.repeatable && !allowed) return {.reason = "it may have been done already"};
  if (failed.number >= options.max_attempts) return {.reason = "no attempt is left"};
  return {.retry = true, .delay = delay ? *delay : Backoff(options, failed.number)};
}

grpc::Status CallWithRetry(const RetryOptions& given, const CallOptions& call,
                           const google::protobuf::Message& request,
                           const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  const RetryOptions options = WithDefaults(given);
  const absl::Time deadline = options.now() + call.timeout;
  const bool repeatable =
      IsRepeatable(request) || (options.trust_idempotency_keys && !call.idempotency_key.empty());
  bool doubt = false;
  for (int number = 1;; ++number) {
    CallOptions rest = call;
    rest.timeout = deadline - options.now();
    Attempt made;
    if (const absl::Status applied = Apply(rest, made.context); !applied.ok()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, std::string(applied.message())};
    }
    made.status = attempt(made.context);
    if (made.status.ok()) return made.status;
    const RetryDecision decision = Decide(options, {.error = ToCallError(made.status),
                                                    .pushback = Pushback(made.context),
                                                    .number = number,
                                                    .repeatable = repeatable});
    if (!decision.retry) {
      // A refusal, of a duplicate say, may be the echo of a success that nobody heard.
      const bool echo = doubt && decision.reason.empty();
      return Explained(made.status, echo ? "an earlier one may have done it" : decision.reason,
                       number);
    }
    doubt = doubt || (!repeatable && made.status.error_code() == grpc::StatusCode::UNAVAILABLE);
    if (options.now() + decision.delay >= deadline) {
      return Explained(made.status, "the wait would pass the deadline", number);
    }
    options.sleep(decision.delay);
  }
}

}  // namespace billing::client
