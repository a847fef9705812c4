#ifndef SERVICE_GATEWAY_RPC_POLLER_H_
#define SERVICE_GATEWAY_RPC_POLLER_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/call.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway::rpc {

// Runs what one completion queue hands out and, on the same thread, an upstream loop: a call that
// goes upstream and back then never changes threads, which costs more than all of the gateway's own
// work on it.
//
// gRPC has no way to wait for anything but its own queues. While requests are under way the thread
// therefore waits in the loop's epoll set, in which gRPC's own set stands (see grpc_poll_set.h);
// otherwise it waits in the queue. That needs this to be the only queue of the process that is
// polled: another one would take gRPC's events away and wake nobody here.
class Poller {
 public:
  // `loop` may be null; it must not have a thread of its own, and both must outlive the poller.
  // `grpc_poll_set` is -1 where it is unknown.
  Poller(grpc::ServerCompletionQueue& queue, upstream::UpstreamLoop* loop, int grpc_poll_set);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // On the calling thread, until the queue was shut down and is empty.
  void Run();

  // Any thread. Makes the thread look at its queue where what was put there did not wake it.
  void Nudge();
  // Shuts the queue down.
  void Shutdown();

 private:
  void RunWithLoop();
  // Waits in the queue. False when it has ended.
  bool Wait();
  // Runs all there is without waiting. False when the queue has ended.
  bool Drain();
  // Makes the queue hand out something.
  void Wake();
  static void OnAlarm(void* self, bool ok);

  grpc::ServerCompletionQueue& queue_;
  upstream::UpstreamLoop* const loop_;
  const int grpc_poll_set_;
  internal::Tag alarm_tag_;

  absl::Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool alarm_set_ ABSL_GUARDED_BY(mutex_) = false;
  // A new one each time, as an alarm that is set again keeps its queue alive for good.
  std::optional<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_POLLER_H_
