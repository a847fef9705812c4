#include "service/gateway/rpc/file_body.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/media_type.h"

namespace billing::gateway::rpc {
namespace {

using upstream::TransferOutcome;

// A piece of an answer is no longer than this in practice.
constexpr size_t kPieceBytes = size_t{16} << 10;
// Longest content type that is handed on.
constexpr size_t kMaxType = 256;
// The only status of a whole file.
constexpr int kWhole = 200;

}  // namespace

FileBody::FileBody(const translate::Method& method, int max_json_depth,
                   upstream::UpstreamLoop& loop)
    : loop_(loop),
      raw_types_(method.file.raw_types),
      scanner_(method.file, method.answer.envelope, max_json_depth) {}

void FileBody::OnHead(int http_status, std::string_view content_type) {
  absl::MutexLock lock(&mutex_);
  Begin(http_status, content_type);
}

void FileBody::Begin(int http_status, std::string_view content_type) {
  begun_ = true;
  const std::string media = translate::MediaType(content_type);
  content_type_ = translate::CleanText(content_type, kMaxType);
  if (http_status != kWhole) {
    form_ = Form::kNeither;
    error_ = absl::StrCat("HTTP ", http_status, " brings no whole file");
  } else if (std::find(raw_types_.begin(), raw_types_.end(), media) != raw_types_.end()) {
    form_ = Form::kFile;
  } else if (translate::IsJsonType(media)) {
    form_ = Form::kDocument;
  }
}

void FileBody::JudgeByFirstByte(std::string_view bytes) {
  const auto first = std::find_if_not(bytes.begin(), bytes.end(), translate::IsJsonSpace);
  if (first == bytes.end()) return;
  if (*first == '{') {
    form_ = Form::kDocument;
    return;
  }
  form_ = Form::kNeither;
  error_ = content_type_->empty() ? "it has no content type"
                                  : absl::StrCat("its content type is ", *content_type_);
}

upstream::BodySink::Verdict FileBody::OnBytes(std::string_view bytes) {
  std::coroutine_handle<> waiter;
  {
    absl::MutexLock lock(&mutex_);
    if (form_ == Form::kUntold) JudgeByFirstByte(bytes);
    if (abandoned_ || form_ == Form::kNeither) return Verdict::kRefuse;
    // Nothing but white space so far, which a document may begin with.
    if (form_ == Form::kUntold) return Verdict::kTaken;
    if (waiting_bytes_ >= kMostWaiting) {
      paused_ = true;
      return Verdict::kPause;
    }
    if (filling_.capacity() < kPartBytes) filling_.reserve(kPartBytes + kPieceBytes);
    if (form_ == Form::kFile) {
      filling_.append(bytes);
    } else if (!scanner_.Feed(bytes, &filling_)) {
      return Verdict::kRefuse;
    }
    if (filling_.size() < kPartBytes) return Verdict::kTaken;
    CutPart();
    waiter = std::exchange(waiter_, nullptr);
  }
  // Nobody is resumed in here. While the transfer is under way the loop takes what is posted.
  if (waiter && !loop_.Post([waiter] { waiter.resume(); })) {
    absl::MutexLock lock(&mutex_);
    waiter_ = waiter;
  }
  return Verdict::kTaken;
}

void FileBody::CutPart() {
  Part part;
  const bool document = form_ == Form::kDocument;
  const std::optional<std::string>& type = document ? scanner_.content_type() : content_type_;
  if (type && !std::exchange(type_told_, true)) part.content_type = type;
  if (document && scanner_.filename() && !std::exchange(name_told_, true)) {
    part.filename = scanner_.filename();
  }
  part.data = std::exchange(filling_, {});
  any_cut_ = true;
  waiting_bytes_ += part.data.size();
  parts_.push_back(std::move(part));
}

// An empty file has a part as well, and what the document told behind the file needs one.
void FileBody::CutLastPart() {
  const bool told = form_ == Form::kFile || ((type_told_ || !scanner_.content_type()) &&
                                             (name_told_ || !scanner_.filename()));
  if (!filling_.empty() || !any_cut_ || !told) CutPart();
}

void FileBody::SetResult(upstream::TransferResult result) {
  std::coroutine_handle<> waiter;
  {
    absl::MutexLock lock(&mutex_);
    result_ = std::move(result);
    end_ = Judge();
    if (end_ == End::kFile) {
      CutLastPart();
    } else {
      parts_.clear();
      waiting_bytes_ = 0;
    }
    ended_ = true;
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter) waiter.resume();
}

FileBody::End FileBody::Judge() {
  if (abandoned_) {
    if (result_.outcome == TransferOutcome::kOk || result_.outcome == TransferOutcome::kRefused) {
      result_.outcome = TransferOutcome::kCancelled;
    }
    return End::kNoAnswer;
  }
  // Upstream did answer, though with nothing that can be read.
  if (result_.outcome == TransferOutcome::kRefused) {
    result_.outcome = TransferOutcome::kOk;
    return form_ == Form::kNeither ? End::kUnreadable : Unreadable(scanner_.error());
  }
  if (result_.outcome != TransferOutcome::kOk || result_.http_status / 100 != 2) {
    return End::kNoAnswer;
  }
  const bool empty = !begun_;
  if (empty) Begin(result_.http_status, result_.content_type);
  if (form_ == Form::kFile) return End::kFile;
  if (empty || form_ == Form::kUntold) return Unreadable("it is empty");
  switch (scanner_.Finish()) {
    case translate::FileScanner::Verdict::kOk:
      return End::kFile;
    case translate::FileScanner::Verdict::kNotOk:
      // Without memory for it, an error that says nothing.
      if (!result_.body.Append(scanner_.kept())) result_.body.Reset();
      return End::kNotOk;
    case translate::FileScanner::Verdict::kMalformed:
      break;
  }
  return Unreadable(scanner_.error());
}

FileBody::End FileBody::Unreadable(std::string_view why) {
  error_ = why;
  return End::kUnreadable;
}

bool FileBody::HasNews() const {
  absl::MutexLock lock(&mutex_);
  return ended_ || !parts_.empty();
}

bool FileBody::Wait(std::coroutine_handle<> waiter) {
  absl::MutexLock lock(&mutex_);
  if (ended_ || !parts_.empty()) return false;
  waiter_ = waiter;
  return true;
}

std::optional<FileBody::Part> FileBody::Take() {
  std::optional<Part> part;
  bool resume = false;
  {
    absl::MutexLock lock(&mutex_);
    if (parts_.empty()) return std::nullopt;
    part = std::move(parts_.front());
    parts_.pop_front();
    waiting_bytes_ -= part->data.size();
    if (waiting_bytes_ <= kMostWaiting / 2) resume = std::exchange(paused_, false);
  }
  if (resume) loop_.Resume(shared_from_this());
  return part;
}

void FileBody::Abandon() {
  {
    absl::MutexLock lock(&mutex_);
    abandoned_ = true;
    parts_.clear();
    waiting_bytes_ = 0;
    if (!std::exchange(paused_, false)) return;
  }
  loop_.Resume(shared_from_this());
}

FileBody::End FileBody::end() const {
  absl::MutexLock lock(&mutex_);
  return end_;
}

upstream::TransferResult FileBody::TakeResult() {
  absl::MutexLock lock(&mutex_);
  return std::move(result_);
}

bool FileBody::is_document() const {
  absl::MutexLock lock(&mutex_);
  return form_ == Form::kDocument;
}

std::string FileBody::error() const {
  absl::MutexLock lock(&mutex_);
  return error_;
}

}  // namespace billing::gateway::rpc
