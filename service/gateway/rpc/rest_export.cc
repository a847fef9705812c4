#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "service/common/completion.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/list_walk.h"
#include "service/gateway/rpc/rest_run.h"
#include "service/gateway/translate/page_objects.h"

namespace billing::gateway::rpc {
namespace {

using upstream::TransferResult;
using Verdict = ListWalk::Verdict;

// Pages asked for and not yet looked at: upstream is kept busy, and memory small.
constexpr size_t kPagesAhead = 5;

ListWalk::Options WalkOptions(const translate::Method& method, const translate::PageState& page) {
  ListWalk::Options options;
  options.page_size = page.size;
  options.max_size = method.paging.max_size();
  options.size_is_fixed = method.paging.size_parameter().empty();
  return options;
}

}  // namespace

// One export: the pages of a walk over the list, the next ones on their way meanwhile. What was
// sent is never sent again.
class RestHandler::Export {
 public:
  Export(RestHandler& handler, Run& run)
      : handler_(handler),
        run_(run),
        walk_(WalkOptions(run.method, run.rest.page)),
        stop_with_call_(run.call.cancellation(), [this] { StopAll(); }) {
    // The first time on the polling thread, where the call is now.
    AwaitCaller();
    CallerTook();
  }
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  // Sends everything. False with the error in the run, or when the caller is gone. Nothing is under
  // way any more when it ends.
  common::Task<bool> SendAll();

 private:
  // A request under way, beside the coroutine that will want its answer.
  struct Request {
    PageWindow window;
    TransferResult result;
    common::Cancellation cancellation;
    common::Completion done;
  };
  using RequestPtr = std::unique_ptr<Request>;

  static common::Task<> Fetch(upstream::UpstreamLoop& loop, upstream::TransferRequest transfer,
                              Request& request);
  void AskAhead();
  RequestPtr Ask(PageWindow window);
  void StopAll();
  common::Task<bool> SendPages();
  common::Task<bool> Serve(Request& request);
  common::Task<> DropAhead();
  void Forget(Request& request);
  void CountDropped(const TransferResult& result);
  bool Read(Request& request, ListWalk::Page* page, std::string* wire);
  common::Task<bool> Send(std::vector<std::string>& messages);
  void AwaitCaller();
  void CallerTook();
  bool Follow(Verdict verdict);

  RestHandler& handler_;
  Run& run_;

  ListWalk walk_;
  translate::SentObjects sent_;
  bool any_read_ = false;
  bool any_sent_ = false;
  bool drop_ahead_ = false;
  std::deque<RequestPtr> ahead_;

  // Under way; the listener cancels them.
  absl::Mutex mutex_;
  absl::flat_hash_set<Request*> running_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  const common::Cancellation::Listener stop_with_call_;
};

common::Task<void> RestHandler::ServeExport(Run& run) {
  run.call.AddInitialMetadata("x-request-id", run.context.request_id);
  bool sent = false;
  {
    Export all(*this, run);
    sent = co_await all.SendAll();
  }
  if (sent) {
    ReplyEnd(run);
  } else {
    ReplyError(run);
  }
}

common::Task<bool> RestHandler::Export::SendAll() {
  const bool sent = co_await SendPages();
  co_await DropAhead();
  co_return sent;
}

common::Task<bool> RestHandler::Export::SendPages() {
  while (!walk_.done()) {
    AskAhead();
    const RequestPtr request = std::move(ahead_.front());
    ahead_.pop_front();
    co_await request->done.Wait();
    Forget(*request);
    const bool served = co_await Serve(*request);
    if (!served) co_return false;
    if (std::exchange(drop_ahead_, false)) co_await DropAhead();
  }
  co_return true;
}

void RestHandler::Export::AskAhead() {
  while (ahead_.size() < kPagesAhead) {
    const std::optional<PageWindow> window = walk_.Next();
    if (!window) return;
    ahead_.push_back(Ask(*window));
  }
}

// Where the request cannot even be built its result stays an internal error.
RestHandler::Export::RequestPtr RestHandler::Export::Ask(PageWindow window) {
  auto request = std::make_unique<Request>();
  request->window = window;
  translate::RestRequest rest = run_.rest;
  rest.page.size = window.size;
  run_.rest.target = TargetOfPage(run_.method, rest, window.page);
  if (!handler_.BuildTransfer(run_)) {
    request->done.Set();
    return request;
  }
  {
    absl::MutexLock lock(&mutex_);
    running_.insert(request.get());
    if (stopped_) request->cancellation.Cancel();
  }
  upstream::TransferRequest transfer = std::move(run_.transfer);
  run_.transfer = {};
  if (run_.context.answer_by == absl::InfiniteFuture()) {
    // Without a deadline of the caller's each page has the default one.
    transfer.deadline = handler_.options_.now() + handler_.options_.default_deadline;
  }
  common::Spawn(Fetch(handler_.upstream_, std::move(transfer), *request));
  return request;
}

common::Task<> RestHandler::Export::Fetch(upstream::UpstreamLoop& loop,
                                          upstream::TransferRequest transfer, Request& request) {
  request.result = co_await loop.Fetch(std::move(transfer), request.cancellation);
  request.done.Set();
}

void RestHandler::Export::StopAll() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  for (Request* request : running_) request->cancellation.Cancel();
}

void RestHandler::Export::Forget(Request& request) {
  absl::MutexLock lock(&mutex_);
  running_.erase(&request);
}

// Gives up what is under way.
common::Task<> RestHandler::Export::DropAhead() {
  for (const RequestPtr& request : ahead_) request->cancellation.Cancel();
  while (!ahead_.empty()) {
    const RequestPtr request = std::move(ahead_.front());
    ahead_.pop_front();
    co_await request->done.Wait();
    Forget(*request);
    CountDropped(request->result);
  }
}

void RestHandler::Export::CountDropped(const TransferResult& result) {
  const int attempts = Attempts(result);
  if (attempts == 0) return;
  run_.context.attempts += attempts;
  CallRecord record;
  record.upstream_outcome = result.outcome;
  record.upstream_status = result.http_status;
  record.upstream_duration = result.timings.total;
  handler_.recorder_.Attempt(run_.method, *run_.account, record);
}

// From an answer to the messages for the caller. False with the error in the run.
common::Task<bool> RestHandler::Export::Serve(Request& request) {
  ListWalk::Page page;
  std::string wire;
  if (!Read(request, &page, &wire)) co_return false;
  const Verdict verdict = walk_.Take(page);
  if (verdict != Verdict::kGoOn) co_return Follow(verdict);
  AskAhead();

  std::vector<std::string> messages;
  const size_t fresh = sent_.KeepNew(*run_.method.answer.list, *run_.method.export_key,
                                     static_cast<size_t>(run_.rest.page.size), wire, &messages);
  // A list without objects is one message without objects.
  if (fresh > 0 || !any_sent_) {
    const bool written = co_await Send(messages);
    if (!written) co_return false;
  }
  co_return Follow(walk_.Found(fresh));
}

bool RestHandler::Export::Read(Request& request, ListWalk::Page* page, std::string* wire) {
  // What is in the record is an earlier page's.
  if (any_read_) handler_.recorder_.Attempt(run_.method, *run_.account, run_.record);
  any_read_ = true;
  if (!handler_.Succeeded(run_, request.result)) return false;
  translate::JsonToWire::Answer answer;
  if (!handler_.TranslatePage(run_, request.result, &answer, wire)) return false;
  request.result = {};
  page->window = request.window;
  page->keys = translate::PageKeys(*wire, *run_.method.answer.list, *run_.method.export_key);
  if (answer.has_total) page->total = answer.total_count;
  return true;
}

// A caller without a deadline has the default one for each message: pages are not held for good.
void RestHandler::Export::AwaitCaller() {
  if (run_.context.answer_by != absl::InfiniteFuture()) return;
  run_.call.CancelAt(handler_.options_.now() + handler_.options_.default_deadline);
}

void RestHandler::Export::CallerTook() {
  if (run_.context.answer_by != absl::InfiniteFuture()) return;
  run_.call.CancelAt(absl::InfiniteFuture());
}

common::Task<bool> RestHandler::Export::Send(std::vector<std::string>& messages) {
  any_sent_ = true;
  for (std::string& bytes : messages) {
    run_.record.response_bytes += bytes.size();
    const grpc::ByteBuffer message = ToByteBuffer(std::move(bytes));
    AwaitCaller();
    const bool written = co_await run_.call.Write(message);
    CallerTook();
    if (written) continue;
    run_.error.code = absl::StatusCode::kCancelled;
    run_.error.reason = "CANCELLED";
    run_.error.message = "the call was cancelled";
    co_return false;
  }
  co_return true;
}

bool RestHandler::Export::Follow(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGoOn:
      return true;
    case Verdict::kGoBack:
      drop_ahead_ = true;
      return true;
    case Verdict::kUnstable:
      run_.error.code = absl::StatusCode::kAborted;
      run_.error.reason = "LIST_CHANGES";
      run_.error.message = "the list changes faster than it can be read";
      return false;
    case Verdict::kIncomplete:
      run_.error.code = absl::StatusCode::kInternal;
      run_.error.reason = "LIST_INCOMPLETE";
      run_.error.message = absl::StrCat("upstream counts ", walk_.least_total().value_or(0),
                                        " objects and gave ", walk_.found(), " different ones");
      return false;
  }
  return false;
}

}  // namespace billing::gateway::rpc
