#include <grpcpp/support/slice.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/file_body.h"
#include "service/gateway/rpc/rest_run.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::rpc {
namespace {

using translate::FieldTable;
using upstream::SleepOutcome;
using upstream::TransferOutcome;
using upstream::TransferResult;

// Before upstream is asked again for a file that it is making, doubling each time.
constexpr absl::Duration kFirstDelay = absl::Milliseconds(250);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);
// How long a caller without a deadline may take to read the last of the file, or how it ended.
constexpr absl::Duration kLastWords = absl::Seconds(1);

// When to ask again for a file that is still being made, `wish` being upstream's own: the last time
// a little before the deadline, however far the doubling went beyond it. Nothing: not any more.
std::optional<absl::Time> NextTry(absl::Time now, absl::Time deadline, absl::Duration delay,
                                  std::optional<absl::Duration> wish) {
  const absl::Time again = now + std::max(wish.value_or(delay), kFirstDelay);
  const absl::Time latest = deadline - kFirstDelay;
  if (!wish && again > latest && latest - now >= kFirstDelay) return latest;
  if (again >= deadline) return std::nullopt;
  return again;
}

void AppendTagAndLength(const FieldTable& field, size_t length, std::string* out) {
  translate::AppendVarint(translate::MakeTag(field.number, translate::WireType::kLength), out);
  translate::AppendVarint(length, out);
}

void AppendText(const FieldTable& field, const std::optional<std::string>& text, std::string* out) {
  if (!text) return;
  AppendTagAndLength(field, text->size(), out);
  out->append(*text);
}

// The streamed message. The part's bytes are taken over, not copied.
grpc::ByteBuffer ToMessage(const translate::FileShape& shape, FileBody::Part part) {
  std::string head;
  AppendText(*shape.content_type, part.content_type, &head);
  AppendText(*shape.filename, part.filename, &head);
  if (part.data.empty()) return ToByteBuffer(std::move(head));
  AppendTagAndLength(*shape.data, part.data.size(), &head);
  const std::array<grpc::Slice, 2> slices = {grpc::Slice(head), ToSlice(std::move(part.data))};
  return {slices.data(), slices.size()};
}

// Runs beside the coroutine that takes the parts, which waits for its end.
common::Task<void> FetchInto(upstream::UpstreamLoop& loop, upstream::TransferRequest request,
                             common::Cancellation& cancellation, std::shared_ptr<FileBody> body) {
  TransferResult result = co_await loop.Fetch(std::move(request), cancellation);
  body->SetResult(std::move(result));
}

}  // namespace

struct RestHandler::FileAttempt {
  bool complete = false;                      // the caller has all of the file
  bool begun = false;                         // something was sent
  bool not_available_yet = false;             // upstream is still making it; nothing was sent
  std::optional<absl::Duration> asked_delay;  // before the next try, by upstream's wish
};

// One try: hands the file on as it comes. Unless it is complete the error is in the run.
common::Task<RestHandler::FileAttempt> RestHandler::TryFile(Run& run) {
  auto body = std::make_shared<FileBody>(run.method, options_.max_json_depth, upstream_);
  upstream::TransferRequest request = run.transfer;
  request.sink = body;
  request.max_sink_bytes = options_.max_file_bytes;
  common::Spawn(FetchInto(upstream_, std::move(request), run.call.cancellation(), body));

  FileAttempt attempt;
  for (;;) {
    std::optional<FileBody::Part> part = co_await body->Next();
    if (!part) break;
    if (!std::exchange(attempt.begun, true)) {
      run.call.AddInitialMetadata("x-request-id", run.context.request_id);
    }
    const grpc::ByteBuffer message = ToMessage(run.method.file, *std::move(part));
    run.record.response_bytes += message.Length();
    const bool written = co_await run.call.Write(message);
    if (!written) body->Abandon();
  }
  JudgeFile(run, *body, &attempt);
  co_return attempt;
}

// What the try came to, after its end.
void RestHandler::JudgeFile(Run& run, FileBody& body, FileAttempt* attempt) {
  TransferResult result = body.TakeResult();
  // Counts the try; with an error of the transfer or of the status it is all.
  const bool succeeded = Succeeded(run, result);
  const OutcomeContext context = run.outcome_context(options_.now());
  switch (body.end()) {
    case FileBody::End::kFile:
      attempt->complete = succeeded;
      if (succeeded && body.is_document()) accounts_.SetRejected(*run.account, false);
      return;
    case FileBody::End::kNoAnswer:
      break;
    case FileBody::End::kNotOk: {
      Outcome outcome = AnswerError(context, result);
      run.error = std::move(outcome.error);
      if (outcome.credentials_rejected) {
        recorder_.CredentialsRejected(*run.account);
        accounts_.SetRejected(*run.account, true);
      }
      break;
    }
    case FileBody::End::kUnreadable:
      run.error = UnreadableAnswer(context, result.http_status, body.error());
      return;
  }
  if (attempt->begun || result.outcome != TransferOutcome::kOk) return;
  const providers::Fault fault = run.account->provider->ReadError(
      run.method, {result.http_status, result.content_type, result.body.view()});
  // A redirection is none, whatever it says.
  attempt->not_available_yet = fault.not_available_yet && result.http_status / 100 != 3;
  attempt->asked_delay = ParseRetryAfter(result.retry_after, context.now);
}

common::Task<void> RestHandler::ServeFile(Run& run) {
  if (run.call.deadline() == absl::InfiniteFuture()) {
    run.call.CancelAt(run.transfer.deadline + kLastWords);
  }
  absl::Duration delay = kFirstDelay;
  for (;;) {
    const FileAttempt attempt = co_await TryFile(run);
    if (attempt.complete) {
      ReplyEnd(run);
      co_return;
    }
    if (!attempt.not_available_yet || !run.method.file.poll) break;
    const std::optional<absl::Time> again =
        NextTry(options_.now(), run.transfer.deadline, delay, attempt.asked_delay);
    if (!again) break;
    delay = std::min(delay * 2, kLongestDelay);
    const SleepOutcome slept = co_await upstream_.SleepUntil(*again, run.call.cancellation());
    if (slept != SleepOutcome::kElapsed) {
      TransferResult none;
      none.outcome =
          slept == SleepOutcome::kStopped ? TransferOutcome::kStopped : TransferOutcome::kCancelled;
      run.error = TransferError(run.outcome_context(options_.now()), none);
      break;
    }
    run.error = {};
    recorder_.Attempt(run.method, *run.account, run.record);
  }
  ReplyError(run);
}

}  // namespace billing::gateway::rpc
