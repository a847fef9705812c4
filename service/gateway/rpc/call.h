#ifndef SERVICE_GATEWAY_RPC_CALL_H_
#define SERVICE_GATEWAY_RPC_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/common/cancellation.h"
#include "service/common/task.h"

namespace billing::gateway::rpc {

class Server;
class ServerCall;

// What serves one method. Must outlive the server.
struct Handler {
  // Runs one call to its end, which is Finish or WriteAndFinish. It starts on a polling thread and
  // must not block. The call outlives the task. A task that ends without having finished its call
  // is answered INTERNAL.
  std::function<common::Task<void>(ServerCall&)> run;

  // Served even when max_concurrent_calls are running. For answers that cost nothing: health.
  bool always_admitted = false;

  // Cancelled as soon as the server drains, without waiting for the grace period. For streams that
  // idle without harm to anybody: reflection.
  bool cancelled_on_drain = false;
};

namespace internal {

// What a completion queue hands back: whom to tell.
struct Tag {
  void (*complete)(void* self, bool ok);
  void* self;
};

}  // namespace internal

// One RPC on the server, unary or streaming, on raw bytes.
//
// A call is one flow of control: its handler awaits one thing after another. It may do so from any
// thread, and a handler that was resumed elsewhere may go on there; Read and Write resume it on
// the polling thread of the call. One Read and one Write may be outstanding at a time, by two
// coroutines if need be; the handler must not end before both came back.
class ServerCall {
 public:
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  // "/package.Service/Method".
  std::string_view method() const { return context_.method(); }

  // The first value of a request header, or all of them. Keys are lower case. Views live as long as
  // the call.
  std::optional<std::string_view> Metadata(std::string_view key) const;
  std::vector<std::string_view> MetadataValues(std::string_view key) const;
  // Of all keys and values together.
  size_t MetadataBytes() const;

  // When the caller stops waiting; InfiniteFuture where it named no deadline.
  absl::Time deadline() const;

  // Signalled when the client cancelled or vanished, the deadline passed, or the server gave up
  // waiting while draining. Finishing after that is harmless.
  common::Cancellation& cancellation() { return cancellation_; }

  // Ends the call then, if it has not ended, as if the client had vanished: nobody is told details.
  // For streams whose caller named no deadline, as one that never takes what is written would stay
  // for good. The first time on the polling thread of the call; then it may be moved, on any
  // thread, to a later time than now plus what there was at first, or to InfiniteFuture.
  void CancelAt(absl::Time at);

  // Largest request message to serve. gRPC itself refuses only messages of several times the size,
  // so that the handler can answer with details: see local_error.h, MessageTooLarge.
  size_t max_request_bytes() const { return max_request_bytes_; }

  // Sent with the first message, or with the status if there is none, and with the status. False,
  // and nothing added, for a key or value that gRPC would refuse.
  bool AddInitialMetadata(std::string_view key, std::string_view value);
  bool AddTrailingMetadata(std::string_view key, std::string_view value);

  class ReadAwaiter {
   public:
    explicit ReadAwaiter(ServerCall& call) : call_(call) {}
    bool await_ready() const { return call_.finished_.load(std::memory_order_relaxed); }
    void await_suspend(std::coroutine_handle<> reader) { call_.StartRead(reader); }
    std::optional<grpc::ByteBuffer> await_resume() { return call_.TakeRead(); }

   private:
    ServerCall& call_;
  };

  class WriteAwaiter {
   public:
    WriteAwaiter(ServerCall& call, const grpc::ByteBuffer& message)
        : call_(call), message_(message) {}
    bool await_ready() const { return call_.finished_.load(std::memory_order_relaxed); }
    void await_suspend(std::coroutine_handle<> writer) { call_.StartWrite(message_, writer); }
    bool await_resume() const {
      return call_.write_ok_ && !call_.finished_.load(std::memory_order_relaxed);
    }

   private:
    ServerCall& call_;
    const grpc::ByteBuffer& message_;
  };

  // The next request message; nullopt once the client half-closed or the call broke.
  [[nodiscard]] ReadAwaiter Read() { return ReadAwaiter(*this); }

  // Sends a response message, which must live until then; done when the transport took it, so a
  // slow client slows the handler. False when the call broke.
  [[nodiscard]] WriteAwaiter Write(const grpc::ByteBuffer& message) { return {*this, message}; }

  // Ends the call, without waiting for anything. The first one counts. No Write may be outstanding.
  void Finish(const grpc::Status& status);
  void WriteAndFinish(const grpc::ByteBuffer& message, const grpc::Status& status);

 private:
  friend class Server;
  friend class Wake;

  ServerCall(Server& server, grpc::ServerCompletionQueue* queue, size_t max_request_bytes);
  ~ServerCall() = default;

  void StartRead(std::coroutine_handle<> reader);
  std::optional<grpc::ByteBuffer> TakeRead();
  void StartWrite(const grpc::ByteBuffer& message, std::coroutine_handle<> writer);

  void OnRequest(bool ok);
  void OnRead(bool ok);
  void OnWrite(bool ok);
  void OnFinish(bool ok);
  void OnDone(bool ok);
  void OnOverdue(bool ok);
  void OnHandlerEnd();

  // Each outstanding tag and the handler hold one reference; the last one frees the call.
  void Hold() { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release();

  // The context must outlive the stream, which refers to it.
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  Server& server_;
  grpc::ServerCompletionQueue* const queue_;
  const size_t max_request_bytes_;
  common::Cancellation cancellation_;

  internal::Tag request_tag_;
  internal::Tag read_tag_;
  internal::Tag write_tag_;
  internal::Tag finish_tag_;
  internal::Tag done_tag_;
  internal::Tag overdue_tag_;

  // The polling thread alone.
  bool done_ = false;
  std::optional<grpc::Alarm> overdue_;
  absl::Duration overdue_check_;  // from one look at overdue_at_ to the next

  std::atomic<int64_t> overdue_at_{0};  // Unix time in nanoseconds
  std::atomic<bool> overdue_watched_{false};
  std::atomic<int> references_{0};
  std::atomic<bool> finished_{false};

  grpc::ByteBuffer read_;
  bool read_ok_ = false;
  bool write_ok_ = false;
  std::coroutine_handle<> reader_;
  std::coroutine_handle<> writer_;

  // Server's own: whether the handler counts against the limit, and its place in the list of those
  // cancelled on drain.
  bool counted_ = false;
  bool listed_ = false;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_CALL_H_
