#ifndef SERVICE_GATEWAY_RPC_FILE_BODY_H_
#define SERVICE_GATEWAY_RPC_FILE_BODY_H_

#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "service/gateway/translate/file_scanner.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/body_sink.h"
#include "service/gateway/upstream/transfer.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway::rpc {

// One transfer's answer on its way to becoming the parts of a file: filled by the loop's thread as
// the answer arrives, emptied by the call that hands the parts on. When too much waits for a slow
// caller the transfer pauses.
//
// What an answer is, the file itself, the document that holds it or neither, is told by its status,
// its content type and its first byte: billing.gateway.v1.File. Thread-safe.
class FileBody final : public upstream::BodySink, public std::enable_shared_from_this<FileBody> {
 public:
  // A part is cut once it has so many bytes, and is not much longer.
  static constexpr size_t kPartBytes = size_t{64} << 10;
  // The transfer pauses when so much waits, and goes on when half of it has been taken.
  static constexpr size_t kMostWaiting = size_t{512} << 10;

  // `method`, a kFile, and `loop` must outlive it. `max_json_depth` bounds a document's nesting.
  FileBody(const translate::Method& method, int max_json_depth, upstream::UpstreamLoop& loop);

  // What is told of the file comes with the first part where it is known by then, else with the
  // last.
  struct Part {
    std::optional<std::string> content_type;
    std::optional<std::string> filename;
    std::string data;
  };

  class NextAwaiter {
   public:
    explicit NextAwaiter(FileBody& body) : body_(body) {}
    bool await_ready() const { return body_.HasNews(); }
    bool await_suspend(std::coroutine_handle<> waiter) { return body_.Wait(waiter); }
    std::optional<Part> await_resume() { return body_.Take(); }

   private:
    FileBody& body_;
  };
  // co_await gives the next part; nothing once the transfer has ended and all parts of it are
  // given out. What waits of a transfer that failed is dropped. One coroutine waits at a time; it
  // goes on on the loop's thread unless there is something already.
  [[nodiscard]] NextAwaiter Next() { return NextAwaiter(*this); }

  // The caller takes no more: the transfer ends as soon as it moves.
  void Abandon();

  // What the transfer came to.
  enum class End {
    kFile,        // all of a file
    kNoAnswer,    // no answer, or one with an error status: the result says which
    kNotOk,       // a success whose document is an error: the result's body has its beginning
    kUnreadable,  // a success that is no file: error() says why
  };
  // The transfer's end, told by who awaited it. Resumes who waits for the next part.
  void SetResult(upstream::TransferResult result);

  // After Next gave nothing.
  End end() const;
  upstream::TransferResult TakeResult();
  bool is_document() const;
  std::string error() const;

  void OnHead(int http_status, std::string_view content_type) override;
  Verdict OnBytes(std::string_view bytes) override;

 private:
  bool HasNews() const;
  bool Wait(std::coroutine_handle<> waiter);
  std::optional<Part> Take();
  // What an answer is.
  enum class Form {
    kUntold,  // its first byte will tell
    kFile,
    kDocument,
    kNeither,  // error_ says why
  };
  End Judge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Begin(int http_status, std::string_view content_type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of an answer whose type does not say what it is.
  void JudgeByFirstByte(std::string_view bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  End Unreadable(std::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CutPart() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CutLastPart() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  upstream::UpstreamLoop& loop_;
  const std::vector<std::string>& raw_types_;

  mutable absl::Mutex mutex_;
  translate::FileScanner scanner_ ABSL_GUARDED_BY(mutex_);
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  Form form_ ABSL_GUARDED_BY(mutex_) = Form::kUntold;
  std::optional<std::string> content_type_ ABSL_GUARDED_BY(mutex_);  // of the answer
  bool type_told_ ABSL_GUARDED_BY(mutex_) = false;
  bool name_told_ ABSL_GUARDED_BY(mutex_) = false;
  bool any_cut_ ABSL_GUARDED_BY(mutex_) = false;
  std::string filling_ ABSL_GUARDED_BY(mutex_);
  std::deque<Part> parts_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of all in parts_
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  End end_ ABSL_GUARDED_BY(mutex_) = End::kNoAnswer;
  std::string error_ ABSL_GUARDED_BY(mutex_);
  upstream::TransferResult result_ ABSL_GUARDED_BY(mutex_);
  std::coroutine_handle<> waiter_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_FILE_BODY_H_
