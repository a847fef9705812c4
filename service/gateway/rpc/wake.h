#ifndef SERVICE_GATEWAY_RPC_WAKE_H_
#define SERVICE_GATEWAY_RPC_WAKE_H_

#include <grpcpp/alarm.h>

#include <coroutine>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "service/common/cancellation.h"
#include "service/gateway/rpc/call.h"

namespace billing::gateway::rpc {

// Lets a streaming handler sleep until somebody has news for it or its call is cancelled.
//
// Notifications coalesce: one that comes while nobody waits is kept, several are one. The handler
// is resumed on the polling thread of its call, never inside Notify. One coroutine waits at a time.
// The owner sees to it that no Notify runs once the object goes.
class Wake {
 public:
  explicit Wake(ServerCall& call) : call_(call), tag_{&Wake::OnAlarm, this} {}
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  // Any thread; does not block.
  void Notify();

  class Awaiter {
   public:
    explicit Awaiter(Wake& wake) : wake_(wake) {}
    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> sleeper) { return wake_.Sleep(*this, sleeper); }
    bool await_resume() { return wake_.TakeNews(*this); }

   private:
    friend class Wake;
    Wake& wake_;
    std::optional<common::Cancellation::Listener> listener_;
  };

  // True when there is news, false when the call is cancelled.
  [[nodiscard]] Awaiter Wait() { return Awaiter(*this); }

 private:
  bool Sleep(Awaiter& awaiter, std::coroutine_handle<> sleeper);
  bool TakeNews(Awaiter& awaiter);
  void Resume();
  static void OnAlarm(void* self, bool ok);

  ServerCall& call_;
  internal::Tag tag_;
  // An alarm that is due at once carries the resumption to the completion queue; a new one each
  // time, as an alarm that is set again keeps its queue alive for good.
  std::optional<grpc::Alarm> alarm_;

  absl::Mutex mutex_;
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool sleeping_ ABSL_GUARDED_BY(mutex_) = false;
  std::coroutine_handle<> sleeper_;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_WAKE_H_
