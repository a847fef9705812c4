// Deadlines, cancellation and stopping: at every stage, on time, and seen by upstream.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "service/common/task.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

// What the gateway promises. A loaded machine may be late once, so the best of a few tries counts.
constexpr absl::Duration kAbortWithin = absl::Milliseconds(50);
// On an idle machine it is one or two milliseconds.
constexpr absl::Duration kToldWithin = absl::Milliseconds(15);
constexpr int kTries = 20;

// Reads one request, then waits until the client closes, and notes when.
class StallingServer {
 public:
  StallingServer() : server_([this](RawConnection& connection) { Serve(connection); }) {}

  std::string url() const { return server_.url(); }
  void WaitForRequest() { requested_.WaitForNotification(); }
  absl::Time WaitForClose() {
    closed_.WaitForNotification();
    return closed_at_;
  }

 private:
  void Serve(RawConnection& connection) {
    if (connection.ReadRequest().empty() || connection.index() > 0) return;
    requested_.Notify();
    connection.WaitClosed();
    closed_at_ = absl::Now();
    closed_.Notify();
  }

  absl::Notification requested_;
  absl::Notification closed_;
  absl::Time closed_at_;
  RawServer server_;
};

TEST(FetchAbortTest, CancellingInFlightClosesTheConnection) {
  absl::Duration best_seen = absl::InfiniteDuration();
  absl::Duration best_told = absl::InfiniteDuration();
  for (int i = 0; i < kTries && (best_seen > kAbortWithin || best_told > kAbortWithin); ++i) {
    StallingServer server;
    auto loop = StartLoop();
    PendingFetch fetch(*loop, MakePost(MakeTarget(server.url()), "/", "{}"));
    server.WaitForRequest();
    absl::Time start = absl::Now();
    fetch.Cancel();
    TransferResult& result = fetch.Wait();
    best_told = std::min(best_told, absl::Now() - start);
    best_seen = std::min(best_seen, server.WaitForClose() - start);
    EXPECT_EQ(result.outcome, TransferOutcome::kCancelled);
    EXPECT_TRUE(result.request_sent);
    EXPECT_EQ(result.sends, 1);
    EXPECT_TRUE(fetch.resumed_on_loop());
  }
  EXPECT_LE(best_seen, kAbortWithin);
  EXPECT_LE(best_told, kAbortWithin);
}

TEST(FetchAbortTest, TheDeadlineAbortsOnTime) {
  absl::Duration best_seen = absl::InfiniteDuration();
  absl::Duration best_told = absl::InfiniteDuration();
  for (int i = 0; i < kTries && (best_seen > kAbortWithin || best_told > kToldWithin); ++i) {
    StallingServer server;
    auto loop = StartLoop();
    TransferRequest request = MakeGet(MakeTarget(server.url()));
    absl::Time deadline = absl::Now() + absl::Milliseconds(60);
    request.deadline = deadline;
    TransferResult result = Fetch(*loop, std::move(request));
    absl::Time told = absl::Now();
    EXPECT_EQ(result.outcome, TransferOutcome::kTimedOut);
    EXPECT_GE(told, deadline - absl::Milliseconds(1));
    best_told = std::min(best_told, told - deadline);
    best_seen = std::min(best_seen, server.WaitForClose() - deadline);
    EXPECT_TRUE(result.request_sent);
  }
  EXPECT_LE(best_seen, kAbortWithin);
  EXPECT_LE(best_told, kToldWithin);
}

TEST(FetchAbortTest, SlowByTheByteEndsAtTheDeadline) {
  absl::Notification ended;
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    // As slow as the client takes it would fill the buffers; a byte at a time with an answer
    // awaited in between would need the client's help. The pause is the wait for its close.
    while (!ended.WaitForNotificationWithTimeout(absl::Milliseconds(2)) && connection.Write("x")) {
    }
  });
  auto loop = StartLoop();
  TransferRequest request = MakeGet(MakeTarget(server.url()));
  request.max_response_bytes = 1 << 30;
  request.deadline = absl::Now() + absl::Seconds(1);
  TransferResult result = Fetch(*loop, std::move(request));
  ended.Notify();
  EXPECT_EQ(result.outcome, TransferOutcome::kTimedOut);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_TRUE(result.body.empty());
}

TEST(FetchAbortTest, CancelledOrLateBeforeTheStart) {
  StallingServer server;
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  TransferRequest late = MakeGet(target);
  late.deadline = absl::Now() - absl::Seconds(1);
  TransferResult result = Fetch(*loop, std::move(late));
  EXPECT_EQ(result.outcome, TransferOutcome::kTimedOut);
  EXPECT_FALSE(result.request_sent);

  common::Cancellation cancelled;
  cancelled.Cancel();
  std::optional<TransferResult> got;
  // A coroutine that is a lambda must not capture: its frame would outlive the captures.
  auto run = [](UpstreamLoop& on, TransferRequest request, common::Cancellation& cancellation,
                std::optional<TransferResult>& to) -> common::Task<> {
    to = co_await on.Fetch(std::move(request), cancellation);
  };
  common::Spawn(run(*loop, MakeGet(target), cancelled, got));
  ASSERT_TRUE(got.has_value()) << "was not ready at once";
  EXPECT_EQ(got->outcome, TransferOutcome::kCancelled);
  EXPECT_FALSE(got->request_sent);
  EXPECT_EQ(loop->stats().connections_opened, 0);
}

TEST(FetchAbortTest, WaitingCallsCanBeCancelledAndTimeOut) {
  StallingServer server;
  auto loop = StartLoop();
  auto target = MakeTarget(server.url(), 1);
  PendingFetch first(*loop, MakeGet(target, "/first"));
  server.WaitForRequest();

  TransferRequest short_lived = MakePost(target, "/late", "{}");
  short_lived.deadline = absl::Now() + absl::Milliseconds(30);
  PendingFetch late(*loop, std::move(short_lived));
  PendingFetch unwanted(*loop, MakePost(target, "/unwanted", "{}"));
  PendingFetch last(*loop, MakeGet(target, "/last"));

  unwanted.Cancel();
  EXPECT_EQ(unwanted.Wait().outcome, TransferOutcome::kCancelled);
  EXPECT_FALSE(unwanted.Wait().request_sent);
  EXPECT_EQ(late.Wait().outcome, TransferOutcome::kTimedOut);
  EXPECT_FALSE(late.Wait().request_sent);
  EXPECT_EQ(loop->stats().connections_opened, 1);
  EXPECT_FALSE(last.done());
  // With the first one gone the last one's turn comes; this server then closes on it.
  first.Cancel();
  EXPECT_EQ(first.Wait().outcome, TransferOutcome::kCancelled);
  EXPECT_EQ(last.Wait().outcome, TransferOutcome::kBroken);
  EXPECT_EQ(loop->stats().active, 0);
  EXPECT_EQ(loop->stats().waiting, 0);
}

TEST(FetchAbortTest, ConnectingIsBounded) {
  // A listener whose queue is full answers no SYN.
  DeafServer server(0);
  UpstreamLoop::Options options;
  options.connect_timeout = absl::Milliseconds(50);
  auto loop = StartLoop(options);
  auto target = MakeTarget(server.url());
  // The first ones fill the queue; they are connected and simply never answered.
  std::vector<std::unique_ptr<PendingFetch>> fetches;
  for (int i = 0; i < 8; ++i) {
    TransferRequest request = MakeGet(target);
    request.deadline = absl::Now() + absl::Milliseconds(500);
    fetches.push_back(std::make_unique<PendingFetch>(*loop, std::move(request)));
  }
  int failed = 0;
  for (auto& fetch : fetches) {
    TransferResult& result = fetch->Wait();
    if (result.outcome == TransferOutcome::kConnectFailed) {
      ++failed;
      EXPECT_FALSE(result.request_sent);
      EXPECT_GE(result.timings.total, absl::Milliseconds(49));
      EXPECT_LT(result.timings.total, absl::Milliseconds(450));
    } else {
      EXPECT_EQ(result.outcome, TransferOutcome::kTimedOut);
      EXPECT_TRUE(result.request_sent);
    }
  }
  EXPECT_GE(failed, 1);
}

TEST(FetchAbortTest, StopEndsAThousandStalledCalls) {
  constexpr int kCalls = 1000;
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  for (int connections : {kCalls, 100}) {
    DeafServer server(4096);
    UpstreamLoop::Options options;
    options.max_connections = connections;
    auto loop = StartLoop(options);
    auto target = MakeTarget(server.url(), kCalls);
    std::vector<std::unique_ptr<PendingFetch>> fetches;
    for (int i = 0; i < kCalls; ++i) {
      fetches.push_back(std::make_unique<PendingFetch>(*loop, MakeGet(target)));
    }
    absl::Notification settled;
    ASSERT_TRUE(loop->Post([&] { settled.Notify(); }));
    settled.WaitForNotification();
    UpstreamLoop::Stats stats = loop->stats();
    EXPECT_EQ(stats.active + stats.waiting, kCalls);
    EXPECT_EQ(stats.active, connections);
    loop->Stop();
    for (auto& fetch : fetches) EXPECT_EQ(fetch->Wait().outcome, TransferOutcome::kStopped);
    EXPECT_EQ(Fetch(*loop, MakeGet(target)).outcome, TransferOutcome::kStopped);
    EXPECT_FALSE(loop->Post([] {}));
    EXPECT_EQ(loop->stats().active, 0);
    EXPECT_EQ(loop->stats().waiting, 0);
  }
}

TEST(FetchAbortTest, CancellationFromManyThreadsAtAnyMoment) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty() && connection.Write(Ok("{}"))) {
    }
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url(), 8);
  std::vector<int> seen(3, 0);
  for (int i = 0; i < 600; ++i) {
    PendingFetch fetch(*loop, MakeGet(target));
    // Let it come a different distance each time, and now and then to its end.
    absl::Time go =
        i % 20 == 0 ? absl::InfiniteFuture() : absl::Now() + absl::Microseconds(i % 150);
    while (absl::Now() < go && !fetch.done()) {
    }
    fetch.Cancel();
    TransferOutcome outcome = fetch.Wait().outcome;
    ASSERT_TRUE(outcome == TransferOutcome::kOk || outcome == TransferOutcome::kCancelled);
    ++seen[outcome == TransferOutcome::kOk ? 0 : fetch.Wait().request_sent ? 1 : 2];
  }
  std::cout << "answered " << seen[0] << ", cancelled after sending " << seen[1]
            << ", cancelled before " << seen[2] << "\n";
  EXPECT_GT(seen[0], 0);
  EXPECT_GT(seen[1] + seen[2], 0);
  EXPECT_EQ(loop->stats().active, 0);
}

common::Task<> Nap(UpstreamLoop& loop, absl::Time until, common::Cancellation& cancellation,
                   SleepOutcome& outcome, absl::Notification& done) {
  outcome = co_await loop.SleepUntil(until, cancellation);
  done.Notify();
}

TEST(SleepTest, ElapsesIsCancelledAndStops) {
  auto loop = StartLoop();
  {
    common::Cancellation cancellation;
    SleepOutcome outcome = SleepOutcome::kStopped;
    absl::Notification done;
    absl::Time until = absl::Now() + absl::Milliseconds(20);
    common::Spawn(Nap(*loop, until, cancellation, outcome, done));
    done.WaitForNotification();
    EXPECT_EQ(outcome, SleepOutcome::kElapsed);
    EXPECT_GE(absl::Now(), until - absl::Milliseconds(1));
  }
  {
    common::Cancellation cancellation;
    SleepOutcome outcome = SleepOutcome::kStopped;
    absl::Notification done;
    common::Spawn(Nap(*loop, absl::InfiniteFuture(), cancellation, outcome, done));
    EXPECT_FALSE(done.HasBeenNotified());
    cancellation.Cancel();
    done.WaitForNotification();
    EXPECT_EQ(outcome, SleepOutcome::kCancelled);
  }
  {
    common::Cancellation cancellation;
    SleepOutcome outcome = SleepOutcome::kStopped;
    absl::Notification past;
    common::Spawn(Nap(*loop, absl::InfinitePast(), cancellation, outcome, past));
    EXPECT_TRUE(past.HasBeenNotified());
    EXPECT_EQ(outcome, SleepOutcome::kElapsed);
    absl::Notification done;
    common::Spawn(Nap(*loop, absl::Now() + absl::Hours(1), cancellation, outcome, done));
    loop->Stop();
    done.WaitForNotification();
    EXPECT_EQ(outcome, SleepOutcome::kStopped);
  }
}

}  // namespace
}  // namespace billing::gateway::upstream
