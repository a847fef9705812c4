// A loop without a thread of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

constexpr absl::Duration kLong = absl::Minutes(1);

class DriverTest : public ::testing::Test {
 protected:
  DriverTest()
      : server_([](RawConnection& connection) {
          while (!connection.ReadRequest().empty()) {
            connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        }),
        loop_(StartLoop({.own_thread = false})) {}

  TransferRequest Get() const { return MakeGet(MakeTarget(server_.url())); }

  RawServer server_;
  std::unique_ptr<UpstreamLoop> loop_;
};

TEST_F(DriverTest, FetchesInItsTurns) {
  UpstreamLoop::Driver driver(*loop_, [] {});
  EXPECT_TRUE(loop_->OnLoopThread());
  PendingFetch fetch(*loop_, Get());
  EXPECT_FALSE(driver.SleepElsewhere());
  while (!fetch.done()) driver.Turn(kLong);
  EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kOk);
  EXPECT_TRUE(fetch.resumed_on_loop());
  EXPECT_TRUE(driver.SleepElsewhere());
  driver.Awake();
}

TEST_F(DriverTest, IsWokenWhereverItSleeps) {
  std::atomic<int> woken = 0;
  UpstreamLoop::Driver driver(*loop_, [&woken] { ++woken; });
  ASSERT_TRUE(driver.SleepElsewhere());
  std::atomic<int> posted = 0;
  std::thread([&] { loop_->Post([&posted] { ++posted; }); }).join();
  EXPECT_EQ(woken, 1);
  // Once woken it is not woken again.
  std::thread([&] { loop_->Post([&posted] { ++posted; }); }).join();
  EXPECT_EQ(woken, 1);
  driver.Awake();
  EXPECT_FALSE(driver.SleepElsewhere());
  driver.Turn(kLong);
  EXPECT_EQ(posted, 2);

  std::thread other([&] { loop_->Post([&posted] { ++posted; }); });
  while (posted < 3) driver.Turn(kLong);
  other.join();
  EXPECT_EQ(woken, 1);
}

TEST_F(DriverTest, ATurnEndsForItsDescriptorAndForANudge) {
  UpstreamLoop::Driver driver(*loop_, [] {});
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT_TRUE(driver.Watch(event));
  EXPECT_FALSE(driver.Watch(-1));
  ASSERT_EQ(eventfd_write(event, 1), 0);
  driver.Turn(kLong);
  eventfd_t value = 0;
  ASSERT_EQ(eventfd_read(event, &value), 0);

  std::atomic<bool> turned = false;
  std::thread other([&] {
    while (!turned) loop_->Nudge();
  });
  driver.Turn(kLong);
  turned = true;
  other.join();
  close(event);
}

TEST_F(DriverTest, StoppingEndsWhatTheDriverLeft) {
  RawServer silent([](RawConnection& connection) { connection.WaitClosed(); });
  PendingFetch never(*loop_, Get());
  std::unique_ptr<PendingFetch> begun;
  {
    UpstreamLoop::Driver driver(*loop_, [] {});
    begun = std::make_unique<PendingFetch>(*loop_, MakeGet(MakeTarget(silent.url())));
    driver.Turn(absl::ZeroDuration());
  }
  loop_->Stop();
  EXPECT_EQ(begun->Wait().outcome, TransferOutcome::kStopped);
  never.Wait();
  EXPECT_EQ(Fetch(*loop_, Get()).outcome, TransferOutcome::kStopped);
}

}  // namespace
}  // namespace billing::gateway::upstream
