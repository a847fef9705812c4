#include "service/gateway/telemetry/log_throttle.h"

#include <gtest/gtest.h>

namespace billing::gateway::telemetry {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(LogThrottle, FirstEventGetsItsLineAtOnce) {
  LogThrottle throttle(absl::Seconds(10));
  EXPECT_EQ(throttle.Count("A", kStart), 1);
}

TEST(LogThrottle, LaterLinesStandForWhatWasLeftOut) {
  LogThrottle throttle(absl::Seconds(10));
  EXPECT_EQ(throttle.Count("A", kStart), 1);
  EXPECT_EQ(throttle.Count("A", kStart + absl::Seconds(1)), 0);
  EXPECT_EQ(throttle.Count("A", kStart + absl::Seconds(9.9)), 0);
  EXPECT_EQ(throttle.Count("A", kStart + absl::Seconds(10)), 3);
  EXPECT_EQ(throttle.Count("A", kStart + absl::Seconds(11)), 0);
  EXPECT_EQ(throttle.Count("A", kStart + absl::Seconds(100)), 2);
}

TEST(LogThrottle, KindsDoNotSilenceEachOther) {
  LogThrottle throttle(absl::Seconds(10));
  EXPECT_EQ(throttle.Count("A", kStart), 1);
  EXPECT_EQ(throttle.Count("B", kStart), 1);
  EXPECT_EQ(throttle.Count("A", kStart), 0);
}

}  // namespace
}  // namespace billing::gateway::telemetry
