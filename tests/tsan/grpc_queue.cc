// Lets ThreadSanitizer see what a completion queue of Debian's gRPC orders: who started an
// operation is done with it before whoever polls the queue gets its tag.
//
// Linked into a program that is built with -fsanitize=thread, these definitions take the place of
// the library's, tell the sanitizer, and hand on to the library.

#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>
#include <sanitizer/tsan_interface.h>

#include <chrono>
#include <thread>

namespace {

template <typename Function>
Function* Library(const char* symbol) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, symbol));
}

// The last use of gRPC may end on a thread of its own, after main. If the process ended meanwhile,
// the sanitizer would find gRPC's threads finished but not joined.
struct WaitForEnd {
  ~WaitForEnd() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (grpc_is_initialized() != 0 && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    Library<void()>("_Z34grpc_maybe_wait_for_async_shutdownv")();
  }
} wait_for_end;

}  // namespace

extern "C" grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t nops,
                                                 void* tag, void* reserved) {
  static auto* const next = Library<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(tag);
  return next(call, ops, nops, tag, reserved);
}

extern "C" grpc_call_error grpc_server_request_call(grpc_server* server, grpc_call** call,
                                                    grpc_call_details* details,
                                                    grpc_metadata_array* request_metadata,
                                                    grpc_completion_queue* cq_bound_to_call,
                                                    grpc_completion_queue* cq_for_notification,
                                                    void* tag) {
  static auto* const next = Library<decltype(grpc_server_request_call)>("grpc_server_request_call");
  __tsan_release(tag);
  return next(server, call, details, request_metadata, cq_bound_to_call, cq_for_notification, tag);
}

extern "C" grpc_event grpc_completion_queue_next(grpc_completion_queue* queue,
                                                 gpr_timespec deadline, void* reserved) {
  static auto* const next =
      Library<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  const grpc_event event = next(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

namespace grpc {

void Alarm::SetInternal(CompletionQueue* queue, gpr_timespec deadline, void* tag) {
  static auto* const next = Library<void(Alarm*, CompletionQueue*, gpr_timespec, void*)>(
      "_ZN4grpc5Alarm11SetInternalEPNS_15CompletionQueueE12gpr_timespecPv");
  __tsan_release(tag);
  next(this, queue, deadline, tag);
}

CompletionQueue::NextStatus CompletionQueue::AsyncNextInternal(void** tag, bool* ok,
                                                               gpr_timespec deadline) {
  static auto* const next =
      Library<CompletionQueue::NextStatus(CompletionQueue*, void**, bool*, gpr_timespec)>(
          "_ZN4grpc15CompletionQueue17AsyncNextInternalEPPvPb12gpr_timespec");
  const NextStatus status = next(this, tag, ok, deadline);
  if (status == GOT_EVENT) __tsan_acquire(*tag);
  return status;
}

}  // namespace grpc
