#include "service/gateway/rpc/rest_handler.h"

#include <grpcpp/support/slice.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/common/strings.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/local_error.h"
#include "service/gateway/rpc/outcome.h"
#include "service/gateway/rpc/rest_run.h"
#include "service/gateway/translate/whole_set.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;
using translate::CallError;
using upstream::TransferOutcome;
using upstream::TransferResult;

upstream::HttpMethod ToHttp(translate::Verb verb) {
  switch (verb) {
    case translate::Verb::kGet:
      return upstream::HttpMethod::kGet;
    case translate::Verb::kPost:
      return upstream::HttpMethod::kPost;
    case translate::Verb::kPut:
      return upstream::HttpMethod::kPut;
    case translate::Verb::kPatch:
      return upstream::HttpMethod::kPatch;
    case translate::Verb::kDelete:
      return upstream::HttpMethod::kDelete;
  }
  return upstream::HttpMethod::kGet;
}

// Whether a list's page is the page before again: upstream does not divide this list then.
bool IsPageBefore(const translate::PageState& page, const translate::JsonToWire::Answer& answer,
                  std::string_view wire) {
  return page.before != 0 && !answer.has_total && translate::HashPage(wire) == page.before;
}

// The token of the page after the one that was answered; empty after the last.
std::string NextPageToken(const void* state, const translate::JsonToWire::Answer& answer) {
  translate::PageState page = *static_cast<const translate::PageState*>(state);
  // Where no total is told, only a full page has a next one.
  const bool more = answer.has_total ? page.page * page.size < answer.total_count
                                     : static_cast<int32_t>(answer.items) >= page.size;
  if (!more || answer.items == 0 || IsPageBefore(page, answer, answer.page)) return {};
  page.before = answer.has_total ? 0 : translate::HashPage(answer.page);
  ++page.page;
  return translate::EncodePageToken(page);
}

// A large answer's buffers are not kept.
constexpr size_t kKeepBuffersBelow = size_t{1} << 20;

}  // namespace

RestHandler::RestHandler(const Options& options, const translate::MethodTable& methods,
                         const AccountBook& accounts, upstream::UpstreamLoop& upstream,
                         CallRecorder& recorder)
    : options_(options),
      methods_(methods),
      accounts_(accounts),
      upstream_(upstream),
      recorder_(recorder) {
  for (const auto& method : methods_.methods()) {
    Handler handler;
    handler.run = [this, method = method.get()](ServerCall& call) { return Serve(call, *method); };
    handlers_.push_back(std::move(handler));
  }
}

RestHandler::~RestHandler() = default;

const Handler* RestHandler::Find(std::string_view method) {
  silent_.EndOverdue(options_.now());
  const translate::Method* found = methods_.Find(method);
  return found == nullptr ? nullptr : &handlers_[found->index];
}

common::Task<void> RestHandler::Serve(ServerCall& call, const translate::Method& method) {
  Run run{call, method};
  run.context = MakeCallContext(call, options_.now(), ids_);
  recorder_.Begin();
  SilentCalls::Entry waiting(silent_, call, AnswerBy(run.context));
  std::optional<grpc::ByteBuffer> message = co_await call.Read();
  const bool in_time = waiting.Leave();
  if (!message) {
    run.error.code =
        in_time ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kDeadlineExceeded;
    run.error.reason = "MESSAGE_MISSING";
    run.error.message = "the call ended without a request message";
    ReplyError(run);
    co_return;
  }
  if (!Prepare(run, *message)) {
    ReplyError(run);
    co_return;
  }
  message.reset();
  if (method.kind == translate::MethodKind::kExport) {
    co_await ServeExport(run);
    co_return;
  }
  if (method.kind == translate::MethodKind::kFile) {
    co_await ServeFile(run);
    co_return;
  }
  if (run.rest.sends_set) {
    const bool complete = co_await CheckWholeSet(run);
    if (!complete) {
      ReplyError(run);
      co_return;
    }
  }
  TransferResult result = co_await upstream_.Fetch(std::move(run.transfer), call.cancellation());
  grpc::ByteBuffer reply;
  if (Succeeded(run, result) && TranslateAnswer(run, result, &reply)) {
    Reply(run, reply);
  } else {
    ReplyError(run);
  }
}

absl::Time RestHandler::AnswerBy(const CallContext& context) const {
  if (context.answer_by != absl::InfiniteFuture()) return context.answer_by;
  return context.received + options_.default_deadline;
}

// From the request message to the REST request; false with the error for the caller.
bool RestHandler::Prepare(Run& run, const grpc::ByteBuffer& message) {
  run.record.request_bytes = message.Length();
  if (message.Length() > run.call.max_request_bytes()) {
    run.error.code = absl::StatusCode::kInvalidArgument;
    run.error.reason = "MESSAGE_TOO_LARGE";
    run.error.message = absl::StrCat("the request has ", message.Length(), " bytes, more than the ",
                                     run.call.max_request_bytes(), " that are taken");
    return false;
  }
  run.account = accounts_.Pick(run.method, run.call.MetadataValues("billing-account"), &run.error);
  if (run.account == nullptr) return false;
  run.context.account = run.account->name;

  const grpc::Slice bytes = Flatten(message);
  {
    Lease translators(*this);
    if (!translators->request.Build(run.method, run.account->name, View(bytes), &run.rest,
                                    run.account->PathOf(run.method))) {
      run.error = translate::InvalidRequest(std::move(translators->request.violations()));
      return false;
    }
  }
  if (run.rest.sends_set) run.stored_set_request = ReadRequestOf(run.method, View(bytes));
  return BuildTransfer(run);
}

bool RestHandler::BuildTransfer(Run& run) {
  upstream::TransferRequest& transfer = run.transfer;
  transfer.target = run.account->target;
  transfer.account_headers = run.account->headers;
  transfer.method = ToHttp(run.method.verb);
  transfer.url = absl::StrCat(run.account->target->base_url(), run.rest.target);
  if (!run.account->query.empty()) {
    absl::StrAppend(&transfer.url, run.rest.target.find('?') == std::string::npos ? "?" : "&",
                    run.account->query);
  }
  transfer.body = std::move(run.rest.body);
  transfer.has_body = run.rest.has_body;
  transfer.deadline = AnswerBy(run.context);
  transfer.max_response_bytes = options_.max_response_bytes;
  // Only reads: a second DELETE finds nothing and would deny that the first one was done.
  transfer.resend_allowed = run.rest.safety == v1::SAFETY_SAFE;
  absl::Status status = transfer.headers.Add("X-Request-Id", run.context.request_id);
  if (status.ok()) status = transfer.headers.Add("traceparent", run.context.trace.Traceparent());
  if (status.ok() && !run.context.trace.tracestate.empty()) {
    status = transfer.headers.Add("tracestate", run.context.trace.tracestate);
  }
  for (const auto& [name, value] : run.rest.headers) {
    if (status.ok()) status = transfer.headers.Add(name, value);
  }
  if (status.ok()) return true;
  run.error.code = absl::StatusCode::kInvalidArgument;
  run.error.reason = "INVALID_REQUEST";
  run.error.message = std::string(status.message());
  return false;
}

// Counts the transfer. False, with the error for the caller, unless it brought a success.
bool RestHandler::Succeeded(Run& run, TransferResult& result) {
  run.context.attempts += Attempts(result);
  run.record.upstream_outcome = result.outcome;
  run.record.upstream_status = result.http_status;
  run.record.upstream_duration = result.timings.total;
  const OutcomeContext context = run.outcome_context(options_.now());
  if (result.outcome != TransferOutcome::kOk) {
    run.error = TransferError(context, result);
    return false;
  }
  if (result.http_status < 200 || result.http_status >= 300) {
    Outcome outcome = AnswerError(context, result);
    run.error = std::move(outcome.error);
    if (outcome.credentials_rejected) {
      recorder_.CredentialsRejected(*run.account);
      accounts_.SetRejected(*run.account, true);
    }
    return false;
  }
  return true;
}

// From a success to the reply; false with the error for the caller.
bool RestHandler::TranslateAnswer(Run& run, TransferResult& result, grpc::ByteBuffer* reply) {
  if (AcceptNothing(run, result)) {
    *reply = ToByteBuffer({});
    return true;
  }
  Lease translators(*this);
  translate::JsonToWire::Answer answer;
  if (!Translate(run, result, translators, &answer)) return false;
  std::string_view wire = translators->answer.wire();
  if (IsPageBefore(run.rest.page, answer, wire)) wire = {};
  run.record.response_bytes = wire.size();
  const grpc::Slice slice(wire.data(), wire.size());
  *reply = grpc::ByteBuffer(&slice, 1);
  return true;
}

// The same for a page of an export. Where nothing but the pages themselves tells how far the list
// goes, one that is not there does not end it.
bool RestHandler::TranslatePage(Run& run, TransferResult& result,
                                translate::JsonToWire::Answer* answer, std::string* wire) {
  if (run.method.answer.envelope && AcceptNothing(run, result)) return true;
  Lease translators(*this);
  if (!Translate(run, result, translators, answer)) return false;
  *wire = translators->answer.wire();
  return true;
}

// Takes a success that is whole without a body: where its status says that it has none, and after a
// write that may be repeated. False where it is to be read. What a read was to bring did not
// arrive, however it was lost; and whether an unsafe write was done is told by what it made.
bool RestHandler::AcceptNothing(const Run& run, const TransferResult& result) {
  constexpr int kNoContent = 204;
  if (result.http_status == kNoContent) {
    accounts_.SetRejected(*run.account, false);
    return true;
  }
  if (run.rest.safety != v1::SAFETY_IDEMPOTENT) return false;
  absl::string_view body =
      absl::StripAsciiWhitespace(absl::string_view(result.body.data(), result.body.size()));
  const bool object = absl::ConsumePrefix(&body, "{") && absl::ConsumeSuffix(&body, "}");
  return object ? absl::StripAsciiWhitespace(body).empty() : body.empty() || body == "null";
}

bool RestHandler::Translate(Run& run, TransferResult& result, Lease& translators,
                            translate::JsonToWire::Answer* answer) {
  using Verdict = translate::JsonToWire::Answer::Verdict;
  if (result.body.size() > kKeepBuffersBelow) translators.DoNotKeep();
  translate::JsonToWire& json = translators->answer;
  const bool has_token = run.method.answer.next_page_token != nullptr;
  *answer = json.TranslateAnswer(run.method.answer, {result.body.data(), result.body.size()},
                                 has_token ? &NextPageToken : nullptr, &run.rest.page);
  switch (answer->verdict) {
    case Verdict::kOk:
      // Only a success that was read as one proves that upstream took the credentials: a proxy's
      // page comes with a 200 as well.
      accounts_.SetRejected(*run.account, false);
      for (const std::string& path : json.drift()) {
        recorder_.Drift(*run.account->provider, run.method, path);
      }
      return true;
    case Verdict::kNotOk: {
      Outcome outcome = AnswerError(run.outcome_context(options_.now()), result);
      run.error = std::move(outcome.error);
      if (outcome.credentials_rejected) {
        recorder_.CredentialsRejected(*run.account);
        accounts_.SetRejected(*run.account, true);
      }
      return false;
    }
    case Verdict::kMalformed:
      break;
  }
  run.error =
      UnreadableAnswer(run.outcome_context(options_.now()), result.http_status, json.error());
  return false;
}

// Where an error of any kind comes from.
void RestHandler::AddOrigin(const Run& run, CallError& error) {
  const auto has = [&error](std::string_view key) {
    return std::any_of(error.metadata.begin(), error.metadata.end(),
                       [key](const auto& entry) { return entry.first == key; });
  };
  if (!has("method")) error.metadata.emplace_back("method", run.method.full_name.substr(1));
  if (run.account != nullptr && !has("account")) {
    error.metadata.emplace_back("account", run.account->name);
  }
}

// Ends a stream that went well.
void RestHandler::ReplyEnd(Run& run) {
  run.call.AddTrailingMetadata("billing-attempts", absl::StrCat(run.context.attempts));
  run.call.Finish(grpc::Status::OK);
  run.record.code = absl::StatusCode::kOk;
  recorder_.End(run.method, run.account, run.context, run.record, options_.now());
}

void RestHandler::Reply(Run& run, const grpc::ByteBuffer& reply) {
  run.call.AddInitialMetadata("x-request-id", run.context.request_id);
  run.call.AddTrailingMetadata("billing-attempts", absl::StrCat(run.context.attempts));
  run.call.WriteAndFinish(reply, grpc::Status::OK);
  run.record.code = absl::StatusCode::kOk;
  recorder_.End(run.method, run.account, run.context, run.record, options_.now());
}

void RestHandler::ReplyError(Run& run) {
  CallError& error = run.error;
  AddOrigin(run, error);
  error.request_id = run.context.request_id;
  run.call.AddInitialMetadata("x-request-id", run.context.request_id);
  run.call.AddTrailingMetadata("billing-attempts", absl::StrCat(run.context.attempts));
  if (error.never_retry) {
    run.call.AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
  } else if (error.retry_after) {
    run.call.AddTrailingMetadata("grpc-retry-pushback-ms",
                                 absl::StrCat(absl::ToInt64Milliseconds(*error.retry_after)));
  }
  const std::string details = translate::FitDetails(error);
  run.call.Finish(grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message, details));
  run.record.code = error.code;
  run.record.reason = error.reason;
  recorder_.End(run.method, run.account, run.context, run.record, options_.now());
}

}  // namespace billing::gateway::rpc
