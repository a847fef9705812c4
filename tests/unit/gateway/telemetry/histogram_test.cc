#include "service/gateway/telemetry/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace billing::gateway::telemetry {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Eq;

TEST(Histogram, CountsIntoBucketsWithInclusiveBounds) {
  Histogram histogram({0.5, 1, 2});
  for (const double value : {-1.0, 0.5, 0.500001, 1.0, 2.0, 2.5, 1e300}) histogram.Observe(value);
  histogram.Observe(std::numeric_limits<double>::quiet_NaN());
  const Histogram::Snapshot now = histogram.Take();
  EXPECT_THAT(now.cumulative, ElementsAre(2, 4, 5, 7));
  EXPECT_DOUBLE_EQ(now.sum, 1e300);
  EXPECT_THAT(now.exemplars, Each(Eq(std::nullopt)));
}

TEST(Histogram, TakesInfinity) {
  Histogram histogram({1});
  histogram.Observe(std::numeric_limits<double>::infinity());
  EXPECT_THAT(histogram.Take().cumulative, ElementsAre(0, 1));
}

TEST(Histogram, WithoutBounds) {
  Histogram histogram({});
  histogram.Observe(3);
  EXPECT_THAT(histogram.Take().cumulative, ElementsAre(1));
}

TEST(Histogram, KeepsTheLastExemplarOfEachBucket) {
  const std::string first(32, 'a'), second(32, '0');
  Histogram histogram({1});
  histogram.Observe(0.25, first);
  histogram.Observe(0.75, second);
  histogram.Observe(7, first);
  const Histogram::Snapshot now = histogram.Take();
  ASSERT_TRUE(now.exemplars[0].has_value() && now.exemplars[1].has_value());
  EXPECT_EQ(now.exemplars[0]->trace_id, second);
  EXPECT_EQ(now.exemplars[0]->value, 0.75);
  EXPECT_EQ(now.exemplars[1]->trace_id, first);
  EXPECT_THAT(now.cumulative, ElementsAre(2, 3));
}

TEST(Histogram, NoExemplarFromWhatIsNoTraceId) {
  Histogram histogram({1});
  for (const std::string& id :
       {std::string(), std::string(31, 'a'), std::string(33, 'a'), std::string(32, 'A'),
        std::string(32, '"'), std::string(32, '\n')}) {
    histogram.Observe(0, id);
  }
  EXPECT_THAT(histogram.Take().exemplars, Each(Eq(std::nullopt)));
  EXPECT_THAT(histogram.Take().cumulative, ElementsAre(6, 6));
}

// Nothing is lost between threads, and what is seen meanwhile agrees with itself.
TEST(Histogram, IsExactUnderThreads) {
  constexpr int kThreads = 4, kEach = 20000;
  Histogram histogram({1, 2, 3});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&histogram, t] {
      const std::string id(32, static_cast<char>('a' + t));
      for (int i = 0; i < kEach; ++i) {
        i % 2 == 0 ? histogram.Observe(i % 5) : histogram.Observe(i % 5, id);
      }
    });
  }
  uint64_t before = 0;
  for (int i = 0; i < 100; ++i) {
    const Histogram::Snapshot now = histogram.Take();
    EXPECT_TRUE(std::is_sorted(now.cumulative.begin(), now.cumulative.end()));
    EXPECT_GE(now.cumulative.back(), before);
    before = now.cumulative.back();
    for (const auto& exemplar : now.exemplars) {
      if (!exemplar.has_value()) continue;
      EXPECT_EQ(exemplar->trace_id, std::string(32, exemplar->trace_id[0]));
    }
  }
  for (std::thread& thread : threads) thread.join();
  const Histogram::Snapshot now = histogram.Take();
  const uint64_t fifth = kThreads * kEach / 5;
  EXPECT_THAT(now.cumulative, ElementsAre(2 * fifth, 3 * fifth, 4 * fifth, 5 * fifth));
  EXPECT_DOUBLE_EQ(now.sum, static_cast<double>(fifth) * (0 + 1 + 2 + 3 + 4));
}

}  // namespace
}  // namespace billing::gateway::telemetry
