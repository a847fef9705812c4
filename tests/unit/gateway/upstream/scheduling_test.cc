// Who is served when more is asked for than there are connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "service/common/task.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

using ::testing::ElementsAre;

// Answers nothing before it is opened; notes the paths in the order of their arrival.
class GatedServer {
 public:
  GatedServer() : server_([this](RawConnection& connection) { Serve(connection); }) {}
  ~GatedServer() { Open(); }

  std::string url() const { return server_.url(); }
  void Open() {
    absl::MutexLock lock(&mutex_);
    open_ = true;
  }
  void WaitForRequests(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto enough = [&] {
      mutex_.AssertHeld();
      return paths_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
  }
  std::vector<std::string> paths() const {
    absl::MutexLock lock(&mutex_);
    return paths_;
  }

 private:
  void Serve(RawConnection& connection) {
    for (std::string request; !(request = connection.ReadRequest()).empty();) {
      absl::MutexLock lock(&mutex_);
      paths_.push_back(request.substr(4, request.find(' ', 4) - 4));
      mutex_.Await(absl::Condition(&open_));
      connection.Write(Ok("{}"));
    }
  }

  mutable absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> paths_ ABSL_GUARDED_BY(mutex_);
  RawServer server_;
};

TEST(SchedulingTest, InOrderWithinATargetAndInTurnBetweenThem) {
  GatedServer server;
  UpstreamLoop::Options options;
  options.max_connections = 1;
  auto loop = StartLoop(options);
  auto busy = MakeTarget(server.url());
  auto other = MakeTarget(server.url());
  std::vector<std::unique_ptr<PendingFetch>> fetches;
  auto add = [&](const std::shared_ptr<Target>& target, const char* path) {
    fetches.push_back(std::make_unique<PendingFetch>(*loop, MakeGet(target, path)));
  };
  add(busy, "/a0");
  server.WaitForRequests(1);
  for (const char* path : {"/a1", "/a2", "/a3", "/a4"}) add(busy, path);
  for (const char* path : {"/b1", "/b2"}) add(other, path);
  server.Open();
  for (auto& fetch : fetches) EXPECT_EQ(fetch->Wait().outcome, TransferOutcome::kOk);
  std::vector<std::string> paths = server.paths();
  // The second target had to wait for one of the first one's four at most, each time.
  auto place = [&](const char* path) {
    return std::find(paths.begin(), paths.end(), path) - paths.begin();
  };
  EXPECT_LT(place("/a1"), place("/a2"));
  EXPECT_LT(place("/a2"), place("/a3"));
  EXPECT_LT(place("/a3"), place("/a4"));
  EXPECT_LT(place("/b1"), place("/b2"));
  EXPECT_LE(place("/b1"), 2);
  EXPECT_LE(place("/b2"), 4);
}

TEST(SchedulingTest, AStalledTargetLeavesTheOthersTheirShare) {
  GatedServer stalled;
  GatedServer working;
  working.Open();
  UpstreamLoop::Options options;
  options.max_connections = 10;
  auto loop = StartLoop(options);
  auto stuck = MakeTarget(stalled.url(), 8);
  auto fine = MakeTarget(working.url(), 8);
  std::vector<std::unique_ptr<PendingFetch>> fetches;
  for (int i = 0; i < 50; ++i) {
    fetches.push_back(std::make_unique<PendingFetch>(*loop, MakeGet(stuck)));
  }
  stalled.WaitForRequests(8);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Fetch(*loop, MakeGet(fine)).outcome, TransferOutcome::kOk);
  }
  EXPECT_EQ(stalled.paths().size(), 8U);
  stalled.Open();
  for (auto& fetch : fetches) EXPECT_EQ(fetch->Wait().outcome, TransferOutcome::kOk);
}

common::Task<> Chain(UpstreamLoop& loop, std::shared_ptr<Target> target, int left, int& answered) {
  common::Cancellation cancellation;
  TransferRequest request = MakeGet(target);
  TransferResult result = co_await loop.Fetch(std::move(request), cancellation);
  if (result.outcome == TransferOutcome::kOk && loop.OnLoopThread()) ++answered;
  if (left > 1) co_await Chain(loop, target, left - 1, answered);
}

common::Task<> Notified(common::Task<> task, absl::Notification& done) {
  co_await std::move(task);
  done.Notify();
}

TEST(SchedulingTest, CallsMadeOnTheLoopItself) {
  GatedServer server;
  server.Open();
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  int answered = 0;
  absl::Notification done;
  ASSERT_TRUE(
      loop->Post([&] { common::Spawn(Notified(Chain(*loop, target, 100, answered), done)); }));
  done.WaitForNotification();
  EXPECT_EQ(answered, 100);
}

}  // namespace
}  // namespace billing::gateway::upstream
