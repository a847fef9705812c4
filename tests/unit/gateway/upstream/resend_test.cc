// What curl does when a kept-alive connection dies under a request.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

// Answers the first request of its first connection; reads the second one whole and closes without
// a byte. Any later connection answers everything. Every request is recorded.
class DyingServer {
 public:
  explicit DyingServer(bool reset = false)
      : reset_(reset), server_([this](RawConnection& connection) { Serve(connection); }) {}

  std::string url() const { return server_.url(); }
  int accepted() const { return server_.accepted(); }
  std::vector<std::string> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  void Serve(RawConnection& connection) {
    for (int number = 0;; ++number) {
      std::string request = connection.ReadRequest();
      if (request.empty()) return;
      {
        absl::MutexLock lock(&mutex_);
        requests_.push_back(std::move(request));
      }
      if (connection.index() == 0 && number == 1) {
        if (reset_) connection.Reset();
        return;
      }
      connection.Write(Ok("{}"));
    }
  }

  const bool reset_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  RawServer server_;
};

TEST(ResendTest, AnUnsafeWriteIsSentOnce) {
  for (bool reset : {false, true}) {
    for (bool has_body : {true, false}) {
      for (HttpMethod method : {HttpMethod::kPost, HttpMethod::kPut, HttpMethod::kDelete}) {
        SCOPED_TRACE(HttpMethodName(method));
        DyingServer server(reset);
        auto loop = StartLoop();
        auto target = MakeTarget(server.url());
        ASSERT_EQ(Fetch(*loop, MakeGet(target, "/first")).outcome, TransferOutcome::kOk);
        TransferRequest request = MakeGet(target, "/write");
        request.method = method;
        request.has_body = has_body;
        if (has_body) request.body = R"({"amount":"100.00"})";
        TransferResult result = Fetch(*loop, std::move(request));
        EXPECT_EQ(result.outcome, TransferOutcome::kBroken) << result.error;
        EXPECT_TRUE(result.request_sent);
        EXPECT_EQ(result.sends, 1);
        // One connection: nothing was even prepared for a second sending.
        EXPECT_EQ(server.accepted(), 1);
        EXPECT_EQ(server.requests().size(), 2U);
        // The loop goes on as before.
        EXPECT_EQ(Fetch(*loop, MakeGet(target, "/after")).outcome, TransferOutcome::kOk);
        EXPECT_EQ(server.requests().size(), 3U);
      }
    }
  }
}

TEST(ResendTest, ALargeUnsafeWriteIsSentOnce) {
  DyingServer server;
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  ASSERT_EQ(Fetch(*loop, MakeGet(target, "/first")).outcome, TransferOutcome::kOk);
  TransferResult result = Fetch(*loop, MakePost(target, "/write", std::string(1 << 20, 'x')));
  EXPECT_EQ(result.outcome, TransferOutcome::kBroken) << result.error;
  EXPECT_TRUE(result.request_sent);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(ResendTest, AnUnsafeWriteDoesNotMoveToAnotherIdleConnection) {
  // Two idle connections; the write goes to one of them, and each dies when it is used again.
  std::atomic<int> writes{0};
  absl::Mutex mutex;
  int first_requests = 0;
  RawServer server([&](RawConnection& connection) {
    if (connection.ReadRequest().empty()) return;
    {
      absl::MutexLock lock(&mutex);
      ++first_requests;
      // Neither is answered before both are there.
      mutex.Await(absl::Condition(
          +[](int* count) { return *count >= 2; }, &first_requests));
    }
    connection.Write(Ok("{}"));
    if (!connection.ReadRequest().empty()) ++writes;
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  {
    PendingFetch one(*loop, MakeGet(target));
    PendingFetch other(*loop, MakeGet(target));
    ASSERT_EQ(one.Wait().outcome, TransferOutcome::kOk);
    ASSERT_EQ(other.Wait().outcome, TransferOutcome::kOk);
  }
  ASSERT_EQ(server.accepted(), 2);
  TransferResult result = Fetch(*loop, MakePost(target, "/write", "{}"));
  EXPECT_EQ(result.outcome, TransferOutcome::kBroken);
  EXPECT_EQ(result.sends, 1);
  EXPECT_EQ(writes.load(), 1);
}

TEST(ResendTest, ARepeatableRequestIsSentAgain) {
  DyingServer server;
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  ASSERT_EQ(Fetch(*loop, MakeGet(target, "/first")).outcome, TransferOutcome::kOk);
  TransferRequest request = MakePost(target, "/again", "{\"a\":1}");
  request.resend_allowed = true;
  TransferResult result = Fetch(*loop, std::move(request));
  EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.sends, 2);
  EXPECT_TRUE(result.request_sent);
  std::vector<std::string> requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[1], requests[2]);
}

TEST(ResendTest, ARepeatableRequestIsSentAgainHoweverOftenItsHandleMetADeadConnection) {
  // Takes a second request on each connection and hangs up: 12 times in a row, where curl gives up
  // on a handle after five.
  RawServer server([](RawConnection& connection) {
    if (connection.ReadRequest().empty()) return;
    connection.Write(Ok("{}"));
    connection.ReadRequest();
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  ASSERT_EQ(Fetch(*loop, MakeGet(target)).outcome, TransferOutcome::kOk);
  for (int i = 0; i < 12; ++i) {
    TransferRequest read = MakeGet(target);
    read.resend_allowed = true;
    const TransferResult result = Fetch(*loop, std::move(read));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << i << ": " << result.error;
    ASSERT_EQ(result.sends, 2) << i;
  }
}

TEST(ResendTest, AConnectionFoundDeadBeforeSendingIsReplaced) {
  // The server closes right after its answer without saying so; once that has arrived, a write can
  // safely go to a new connection.
  absl::Mutex mutex;
  int closed = 0;
  int writes = 0;
  RawServer server([&](RawConnection& connection) {
    std::string request = connection.ReadRequest();
    if (request.empty()) return;
    connection.Write(Ok("{}"));
    absl::MutexLock lock(&mutex);
    if (request.rfind("POST", 0) == 0) ++writes;
    ++closed;
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  for (int i = 0; i < 20; ++i) {
    TransferRequest read = MakeGet(target);
    read.resend_allowed = true;
    TransferResult result = Fetch(*loop, std::move(read));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error << ", sends " << result.sends;
    result = Fetch(*loop, MakePost(target, "/write", "{}"));
    // The close may still be on its way; then the write meets it and may not be repeated.
    if (result.outcome == TransferOutcome::kBroken) {
      EXPECT_TRUE(result.request_sent);
    } else {
      EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    }
    EXPECT_EQ(result.sends, 1);
  }
  absl::MutexLock lock(&mutex);
  EXPECT_LE(writes, 20);
}

}  // namespace
}  // namespace billing::gateway::upstream
