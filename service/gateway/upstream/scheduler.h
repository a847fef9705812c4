#ifndef SERVICE_GATEWAY_UPSTREAM_SCHEDULER_H_
#define SERVICE_GATEWAY_UPSTREAM_SCHEDULER_H_

#include <atomic>
#include <cstddef>
#include <vector>

#include "service/gateway/upstream/curl_engine.h"
#include "service/gateway/upstream/operation.h"
#include "service/gateway/upstream/target.h"

namespace billing::gateway::upstream::internal {

class FetchOperation;

// Decides which request is sent when: never more than `max_active` at once nor more than a
// target's own maximum, in order within a target, in turn between targets. Used on the loop's
// thread, but for the counts.
class Scheduler {
 public:
  Scheduler(CurlEngine& engine, int max_active, SteadyNanos connect_timeout)
      : engine_(engine), max_active_(max_active), connect_timeout_(connect_timeout) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Starts the request or lets it wait. False where it cannot be sent; its result says why.
  bool Add(FetchOperation& fetch, SteadyNanos now);
  // Takes it out of its queue or off the wire.
  void Remove(FetchOperation& fetch);
  // Starts what waits and may go. Stops at one that cannot be sent and returns it; null at the end.
  FetchOperation* StartWaiting();
  // The next one that ended, its result complete; null where none did.
  FetchOperation* NextFinished();

  // From any thread.
  int active() const { return active_.load(std::memory_order_relaxed); }
  int waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  bool HasRoom(const Target& target) const {
    return active() < max_active_ && target.active_ < target.max_active_;
  }
  bool Start(FetchOperation& fetch, SteadyNanos now);
  void CountActive(Target& target, int change);
  void CountWaiting(int change);

  CurlEngine& engine_;
  const int max_active_;
  const SteadyNanos connect_timeout_;
  std::atomic<int> active_{0};
  std::atomic<int> waiting_{0};
  size_t turn_ = 0;
  std::vector<Target*> backlog_;  // those with a queue; what is queued keeps them alive
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_SCHEDULER_H_
