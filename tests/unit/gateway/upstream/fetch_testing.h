#ifndef TESTS_UNIT_GATEWAY_UPSTREAM_FETCH_TESTING_H_
#define TESTS_UNIT_GATEWAY_UPSTREAM_FETCH_TESTING_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/synchronization/notification.h"
#include "service/common/cancellation.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway::upstream {

// A started loop, or the end of the test.
std::unique_ptr<UpstreamLoop> StartLoop(UpstreamLoop::Options options = {});
std::shared_ptr<Target> MakeTarget(std::string base_url, int max_connections = 64);

// GET of `path` under the target, with a deadline far away.
TransferRequest MakeGet(const std::shared_ptr<Target>& target, std::string_view path = "/");
TransferRequest MakePost(const std::shared_ptr<Target>& target, std::string_view path,
                         std::string body);

// A fetch under way; begun by the constructor on the calling thread.
class PendingFetch {
 public:
  PendingFetch(UpstreamLoop& loop, TransferRequest request);
  PendingFetch(const PendingFetch&) = delete;
  PendingFetch& operator=(const PendingFetch&) = delete;
  // Waits for the end.
  ~PendingFetch();

  void Cancel() { cancellation_.Cancel(); }
  bool done() const { return done_.HasBeenNotified(); }
  // Waits, then gives the result, which stays the fetch's.
  TransferResult& Wait();
  // Whether the coroutine went on on the loop's thread.
  bool resumed_on_loop() const { return resumed_on_loop_; }

 private:
  common::Cancellation cancellation_;
  absl::Notification done_;
  TransferResult result_;
  bool resumed_on_loop_ = false;
};

// Fetches and waits.
TransferResult Fetch(UpstreamLoop& loop, TransferRequest request);

}  // namespace billing::gateway::upstream

#endif  // TESTS_UNIT_GATEWAY_UPSTREAM_FETCH_TESTING_H_
