#include "service/gateway/rpc/trace_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace billing::gateway::rpc {
namespace {

using ::testing::MatchesRegex;

// From the examples of the W3C recommendation.
constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParent[] = "00f067aa0ba902b7";
constexpr char kHeader[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceparentTest, Valid) {
  const auto context = ParseTraceparent(kHeader);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->parent_id, kParent);
  EXPECT_TRUE(context->sampled);
}

TEST(TraceparentTest, FlagsOtherThanSampledAreIgnored) {
  const std::string stem = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";
  EXPECT_FALSE(ParseTraceparent(stem + "00")->sampled);
  EXPECT_FALSE(ParseTraceparent(stem + "fe")->sampled);
  EXPECT_TRUE(ParseTraceparent(stem + "ff")->sampled);
  EXPECT_TRUE(ParseTraceparent(stem + "0b")->sampled);
}

TEST(TraceparentTest, LaterVersionsAreReadAsFarAsKnown) {
  const std::string stem = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_TRUE(ParseTraceparent(stem).has_value());
  EXPECT_TRUE(ParseTraceparent(stem + "-").has_value());
  EXPECT_TRUE(ParseTraceparent(stem + "-what-the-future-will-be-like").has_value());
  EXPECT_FALSE(ParseTraceparent(stem + ".what").has_value());
}

TEST(TraceparentTest, Invalid) {
  for (const std::string header : {"",
                                   "-",
                                   "00",
                                   "00-",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                                   "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                   "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                   "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
                                   "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                   "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-001",
                                   "00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7-0001",
                                   "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                                   " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                   "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 "}) {
    EXPECT_FALSE(ParseTraceparent(header).has_value()) << header;
  }
  EXPECT_FALSE(ParseTraceparent(std::string(55, '\0')).has_value());
  EXPECT_FALSE(ParseTraceparent(std::string(100'000, '-')).has_value());
}

// One byte of a valid header is changed. What the change makes of it follows from where it is.
TEST(TraceparentTest, RandomMutations) {
  std::mt19937 random(7);
  int valid = 0;
  int invalid = 0;
  const std::string hex = "0123456789abcdef";
  for (int i = 0; i < 20'000; ++i) {
    std::string header = kHeader;
    const size_t at = random() % header.size();
    const char byte = random() % 2 == 0 ? hex[random() % hex.size()] : static_cast<char>(random());
    header[at] = byte;
    const bool dash = at == 2 || at == 35 || at == 52;
    const bool expected = dash ? byte == '-' : hex.find(byte) != std::string::npos;
    EXPECT_EQ(ParseTraceparent(header).has_value(), expected) << header;
    ++(expected ? valid : invalid);
  }
  std::printf("valid: %d, invalid: %d\n", valid, invalid);
  EXPECT_GT(valid, 1000);
  EXPECT_GT(invalid, 1000);
}

std::string Members(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += "k" + std::to_string(i) + "=v,";
  list.pop_back();
  return list;
}

TEST(TracestateTest, Valid) {
  for (const std::string& header :
       {std::string("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), std::string("a=1"),
        std::string("a=1,,b=2,"), std::string(" a=1 \t, b=2"), std::string("1a=1"),
        std::string("fw529a3039@dt=FfD@#$%^&*()"), std::string("a_-*/9=x y"), Members(32),
        std::string(256, 'k') + "=v", std::string(241, 't') + "@" + std::string(14, 's') + "=v",
        "k=" + std::string(256, 'v')}) {
    EXPECT_TRUE(IsValidTracestate(header)) << header;
  }
}

TEST(TracestateTest, Invalid) {
  for (const std::string& header : {std::string(),
                                    std::string(",, ,"),
                                    std::string("a"),
                                    std::string("a="),
                                    std::string("=1"),
                                    std::string("A=1"),
                                    std::string("a b=1"),
                                    std::string("a=1,a=2"),
                                    std::string("a=b=c"),
                                    std::string("a@=1"),
                                    std::string("@a=1"),
                                    std::string("a@1b=1"),
                                    std::string("a@b@c=1"),
                                    std::string("a=\x01"),
                                    std::string("a=\xc3\xa5"),
                                    std::string("a=1\nb=2"),
                                    Members(33),
                                    std::string(257, 'k') + "=v",
                                    std::string(242, 't') + "@s=v",
                                    "t@" + std::string(15, 's') + "=v",
                                    "k=" + std::string(257, 'v'),
                                    std::string("a=1,\0b=2", 8)}) {
    EXPECT_FALSE(IsValidTracestate(header)) << header;
  }
}

TEST(MakeTraceContextTest, ContinuesTheCallersTrace) {
  IdGenerator ids(1);
  const TraceContext context = MakeTraceContext(kHeader, "a=1,b=2", ids);
  EXPECT_EQ(context.trace_id, kTrace);
  EXPECT_EQ(context.parent_id, kParent);
  EXPECT_THAT(context.span_id, MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(context.span_id, kParent);
  EXPECT_EQ(context.tracestate, "a=1,b=2");
  EXPECT_EQ(context.Traceparent(), "00-" + std::string(kTrace) + "-" + context.span_id + "-01");
}

TEST(MakeTraceContextTest, BeginsANewTrace) {
  IdGenerator ids(1);
  for (const std::optional<std::string_view> header :
       {std::optional<std::string_view>(), std::optional<std::string_view>("nonsense")}) {
    const TraceContext context = MakeTraceContext(header, "a=1", ids);
    EXPECT_THAT(context.trace_id, MatchesRegex("[0-9a-f]{32}"));
    EXPECT_THAT(context.span_id, MatchesRegex("[0-9a-f]{16}"));
    EXPECT_EQ(context.parent_id, "");
    EXPECT_EQ(context.tracestate, "");
    EXPECT_FALSE(context.sampled);
    EXPECT_TRUE(ParseTraceparent(context.Traceparent()).has_value());
  }
}

TEST(MakeTraceContextTest, DropsABadTracestateOnly) {
  IdGenerator ids(1);
  EXPECT_EQ(MakeTraceContext(kHeader, "nonsense", ids).tracestate, "");
  EXPECT_EQ(MakeTraceContext(kHeader, "nonsense", ids).trace_id, kTrace);
  EXPECT_EQ(MakeTraceContext(kHeader, std::string(9000, ','), ids).tracestate, "");
}

TEST(IdGeneratorTest, IdsDiffer) {
  IdGenerator first;
  IdGenerator second;
  std::set<uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) {
    seen.insert(first.Next());
    seen.insert(second.Next());
  }
  EXPECT_EQ(seen.size(), 20'000);
  EXPECT_EQ(seen.count(0), 0);
}

TEST(IdGeneratorTest, SeedMakesTheSequence) {
  IdGenerator first(42);
  IdGenerator second(42);
  EXPECT_EQ(first.Hex(32), second.Hex(32));
  EXPECT_EQ(first.Hex(16).size(), 16);
}

}  // namespace
}  // namespace billing::gateway::rpc
