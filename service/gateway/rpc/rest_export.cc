#include <deque>
#include <optional>

#include "absl/strings/str_cat.h"
#include "service/common/completion.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/rest_run.h"
#include "service/gateway/translate/page_objects.h"

namespace billing::gateway::rpc {
namespace {

using upstream::TransferResult;

// Pages asked for before the present one is sent: upstream is kept busy, and memory small.
constexpr size_t kPagesAhead = 4;
// How often one place of the list is read again before the export is given up.
constexpr int kMostRepairs = 10;

}  // namespace

// One export: page after page in order, the next ones on their way meanwhile.
//
// Upstream counts pages by offset, so an object that goes moves all behind it forward, and one that
// comes moves them back; between two pages an object can so be missed or come twice. What was sent
// is never sent again. And once two neighbouring pages are there, the object at the first one's end
// is asked for by its place: is it still there, then nothing moved across; is it another one, both
// pages are read again, and those before them until one has nothing new.
class RestHandler::Export {
 public:
  Export(RestHandler& handler, Run& run)
      : handler_(handler),
        run_(run),
        stop_with_call_(run.call.cancellation(), [this] { StopAll(); }) {}
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  // Sends everything. False with the error in the run, or when the caller is gone.
  common::Task<bool> SendAll();

 private:
  // A request under way, beside the coroutine that will want its answer.
  struct Page {
    int64_t number = 0;
    TransferResult result;
    common::Cancellation cancellation;
    common::Completion done;
  };
  using PagePtr = std::unique_ptr<Page>;

  // What a page holds once it is translated.
  struct Content {
    std::string wire;
    uint32_t items = 0;
    std::string end_key;  // of its last object
  };

  PagePtr Ask(int64_t number, int32_t size);
  static common::Task<> Fetch(upstream::UpstreamLoop& loop, upstream::TransferRequest request,
                              Page& page);
  void StopAll();
  common::Task<bool> Await(PagePtr page, Content* content);
  common::Task<bool> AwaitNothing();

  void AskAhead();
  bool IsLast(int64_t number, const Content& content) const;
  common::Task<bool> Send(const Content& content, size_t* fresh);
  common::Task<bool> Read(int64_t number, Content* content);
  common::Task<bool> CheckBoundary(PagePtr probe, int64_t number, std::string end_key);
  common::Task<bool> Repair(int64_t number, std::string* end_key);

  bool IsFull(const Content& content) const {
    return content.items == static_cast<uint32_t>(run_.rest.page.size);
  }
  // A single object can be asked for where the size of a page can be chosen.
  bool CanProbe() const { return !run_.method.paging.size_parameter().empty(); }

  RestHandler& handler_;
  Run& run_;

  translate::SentObjects sent_;
  bool any_sent_ = false;
  std::optional<int64_t> total_;  // objects in the list, as the last answer told
  int64_t next_ = 1;              // page to ask for
  std::deque<PagePtr> ahead_;

  // Under way; the listener cancels them.
  absl::Mutex mutex_;
  absl::flat_hash_set<Page*> running_ ABSL_GUARDED_BY(mutex_);
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

common::Task<> RestHandler::Export::Fetch(upstream::UpstreamLoop& loop,
                                          upstream::TransferRequest request, Page& page) {
  page.result = co_await loop.Fetch(std::move(request), page.cancellation);
  page.done.Set();
}

// Where the request cannot even be built the page's result stays an internal error.
RestHandler::Export::PagePtr RestHandler::Export::Ask(int64_t number, int32_t size) {
  auto page = std::make_unique<Page>();
  page->number = number;
  translate::RestRequest rest = run_.rest;
  rest.page.size = size;
  run_.rest.target = TargetOfPage(run_.method, rest, number);
  if (!handler_.BuildTransfer(run_)) {
    page->done.Set();
    return page;
  }
  {
    absl::MutexLock lock(&mutex_);
    running_.insert(page.get());
    if (stopped_) page->cancellation.Cancel();
  }
  if (run_.context.answer_by == absl::InfiniteFuture()) {
    // Without a deadline of the caller's each page has the default one.
    run_.transfer.deadline = handler_.options_.now() + handler_.options_.default_deadline;
  }
  upstream::TransferRequest request = std::move(run_.transfer);
  run_.transfer = {};
  common::Spawn(Fetch(handler_.upstream_, std::move(request), *page));
  return page;
}

void RestHandler::Export::StopAll() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  for (Page* page : running_) page->cancellation.Cancel();
}

// Waits for a page and translates it. False with the error in the run.
common::Task<bool> RestHandler::Export::Await(PagePtr page, Content* content) {
  co_await page->done.Wait();
  {
    absl::MutexLock lock(&mutex_);
    running_.erase(page.get());
  }
  if (!handler_.Succeeded(run_, page->result)) co_return false;
  translate::JsonToWire::Answer answer;
  if (!handler_.TranslatePage(run_, page->result, &answer, &content->wire)) co_return false;
  if (answer.has_total) total_ = answer.total_count;
  content->items = answer.items;
  std::vector<std::string> keys =
      translate::PageKeys(content->wire, *run_.method.answer.list, *run_.method.export_key);
  content->end_key = keys.empty() ? std::string() : std::move(keys.back());
  co_return true;
}

// Gives up what is still under way, which must not outlive this object.
common::Task<bool> RestHandler::Export::AwaitNothing() {
  StopAll();
  while (!ahead_.empty()) {
    co_await ahead_.front()->done.Wait();
    {
      absl::MutexLock lock(&mutex_);
      running_.erase(ahead_.front().get());
    }
    ahead_.pop_front();
  }
  co_return false;
}

void RestHandler::Export::AskAhead() {
  const int64_t size = run_.rest.page.size;
  // Without a total every page but the first is a guess: one ahead is enough.
  const size_t most = total_ ? kPagesAhead : 1;
  while (ahead_.size() < most && (!total_ || (next_ - 1) * size < *total_)) {
    ahead_.push_back(Ask(next_, run_.rest.page.size));
    ++next_;
  }
}

bool RestHandler::Export::IsLast(int64_t number, const Content& content) const {
  const int64_t size = run_.rest.page.size;
  if (content.items == 0) return true;
  return total_ ? number * size >= *total_ : content.items < size;
}

// Sends what is new of a page, and the first page whatever it holds. False when the caller is gone.
common::Task<bool> RestHandler::Export::Send(const Content& content, size_t* fresh) {
  std::string kept;
  *fresh = sent_.KeepNew(*run_.method.answer.list, *run_.method.export_key, content.wire, &kept);
  if (*fresh == 0 && any_sent_) co_return true;
  any_sent_ = true;
  run_.record.response_bytes += kept.size();
  const grpc::ByteBuffer message = ToByteBuffer(std::move(kept));
  const bool written = co_await run_.call.Write(message);
  if (!written) {
    run_.error.code = absl::StatusCode::kCancelled;
    run_.error.reason = "CANCELLED";
    run_.error.message = "the call was cancelled";
  }
  co_return written;
}

// Reads a page by itself.
common::Task<bool> RestHandler::Export::Read(int64_t number, Content* content) {
  PagePtr page = Ask(number, run_.rest.page.size);
  co_return co_await Await(std::move(page), content);
}

// Whether `end_key` still ends page `number`; repairs what it shows to have moved.
common::Task<bool> RestHandler::Export::CheckBoundary(PagePtr probe, int64_t number,
                                                      std::string end_key) {
  for (int repairs = 0;; ++repairs) {
    Content at_end;
    if (!co_await Await(std::move(probe), &at_end)) co_return false;
    if (at_end.end_key == end_key) co_return true;
    if (repairs == kMostRepairs) {
      run_.error.code = absl::StatusCode::kAborted;
      run_.error.reason = "LIST_CHANGES";
      run_.error.message = "the list changes faster than it can be read";
      co_return false;
    }
    if (!co_await Repair(number, &end_key)) co_return false;
    probe = Ask(number * run_.rest.page.size, 1);
  }
}

// Reads page `number` and its neighbours again, sending what was missed.
common::Task<bool> RestHandler::Export::Repair(int64_t number, std::string* end_key) {
  for (int64_t before = number; before >= 1; --before) {
    Content content;
    size_t fresh = 0;
    if (!co_await Read(before, &content)) co_return false;
    // A page that is no longer full has nothing at its end's place.
    if (before == number) *end_key = IsFull(content) ? content.end_key : std::string();
    if (!co_await Send(content, &fresh)) co_return false;
    if (fresh == 0 && before < number) break;
  }
  Content after;
  size_t fresh = 0;
  if (!co_await Read(number + 1, &after)) co_return false;
  co_return co_await Send(after, &fresh);
}

common::Task<bool> RestHandler::Export::SendAll() {
  std::string end_key;  // of the page before, if it was full
  ahead_.push_back(Ask(next_++, run_.rest.page.size));
  for (;;) {
    PagePtr page = std::move(ahead_.front());
    ahead_.pop_front();
    const int64_t number = page->number;
    Content content;
    if (!co_await Await(std::move(page), &content)) co_return co_await AwaitNothing();
    AskAhead();
    // Asked now, so that its answer comes while this page is sent.
    PagePtr probe;
    if (!end_key.empty() && CanProbe()) probe = Ask((number - 1) * run_.rest.page.size, 1);
    size_t fresh = 0;
    const bool sent = co_await Send(content, &fresh);
    if (probe != nullptr && sent) {
      if (!co_await CheckBoundary(std::move(probe), number - 1, end_key)) {
        co_return co_await AwaitNothing();
      }
    } else if (!sent) {
      if (probe != nullptr) ahead_.push_back(std::move(probe));
      co_return co_await AwaitNothing();
    }
    end_key = IsFull(content) ? content.end_key : std::string();
    if (IsLast(number, content)) break;
    AskAhead();
    // The list grew after all of its pages had been asked for.
    if (ahead_.empty()) ahead_.push_back(Ask(next_++, run_.rest.page.size));
  }
  co_await AwaitNothing();
  co_return true;
}

}  // namespace billing::gateway::rpc
