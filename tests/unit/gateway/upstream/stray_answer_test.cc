// A server that speaks on a connection on which nothing was asked: its bytes must never be taken
// for the answer to the next request, which may be another caller's.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

// Answers with the path that was asked for. On its first connection it sends `stray` after the
// first answer, when told to.
class StrayServer {
 public:
  explicit StrayServer(std::string stray)
      : stray_(std::move(stray)),
        server_([this](RawConnection& connection) { Serve(connection); }) {}

  std::string url() const { return server_.url(); }
  int accepted() const { return server_.accepted(); }
  void SendStray() {
    go_.Notify();
    sent_.WaitForNotification();
  }

 private:
  void Serve(RawConnection& connection) {
    for (int number = 0;; ++number) {
      const std::string request = connection.ReadRequest();
      if (request.empty()) return;
      const size_t path = request.find('/');
      connection.Write(Ok(request.substr(path, request.find(' ', path) - path)));
      if (connection.index() > 0 || number > 0) continue;
      go_.WaitForNotification();
      connection.Write(stray_);
      sent_.Notify();
    }
  }

  const std::string stray_;
  absl::Notification go_;
  absl::Notification sent_;
  RawServer server_;
};

std::string FetchIn(UpstreamLoop::Driver& driver, UpstreamLoop& loop, TransferRequest request) {
  PendingFetch fetch(loop, std::move(request));
  while (!fetch.done()) driver.Turn(absl::Minutes(1));
  const TransferResult& result = fetch.Wait();
  EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.sends, 1);
  return std::string(result.body.view());
}

const char* const kStrays[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray",
    "HTTP/1.1 408 Request Time-out\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    "x",
};

// The loop sees it while the connection is idle.
TEST(StrayAnswerTest, EndsAnIdleConnection) {
  for (const char* stray : kStrays) {
    SCOPED_TRACE(stray);
    StrayServer server(stray);
    auto loop = StartLoop({.own_thread = false});
    {
      UpstreamLoop::Driver driver(*loop, [] {});
      auto target = MakeTarget(server.url());
      EXPECT_EQ(FetchIn(driver, *loop, MakeGet(target, "/first")), "/first");
      server.SendStray();
      driver.Turn(absl::ZeroDuration());
      EXPECT_EQ(FetchIn(driver, *loop, MakePost(target, "/second", "{}")), "/second");
      EXPECT_EQ(FetchIn(driver, *loop, MakeGet(target, "/third")), "/third");
    }
    loop->Stop();
    EXPECT_EQ(server.accepted(), 2);
  }
}

// The next request comes before the loop could see it.
TEST(StrayAnswerTest, IsSeenRightBeforeSending) {
  for (const char* stray : kStrays) {
    SCOPED_TRACE(stray);
    StrayServer server(stray);
    auto loop = StartLoop({.own_thread = false});
    {
      UpstreamLoop::Driver driver(*loop, [] {});
      auto target = MakeTarget(server.url());
      EXPECT_EQ(FetchIn(driver, *loop, MakeGet(target, "/first")), "/first");
      server.SendStray();
      EXPECT_EQ(FetchIn(driver, *loop, MakePost(target, "/second", "{}")), "/second");
      EXPECT_EQ(FetchIn(driver, *loop, MakeGet(target, "/third")), "/third");
    }
    loop->Stop();
    EXPECT_EQ(server.accepted(), 2);
  }
}

}  // namespace
}  // namespace billing::gateway::upstream
