#include "service/gateway/rpc/call_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/rpc/server.h"
#include "tests/unit/gateway/rpc/client_testing.h"

namespace billing::gateway::rpc {
namespace {

using ::testing::MatchesRegex;

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(AnswerByTest, LeavesFiftyMillisecondsOrATenth) {
  const absl::Time received = absl::FromUnixSeconds(1'700'000'000);
  const auto margin = [&](absl::Duration left) {
    return received + left - AnswerBy(received, received + left);
  };
  EXPECT_EQ(margin(absl::Milliseconds(300)), absl::Milliseconds(30));
  EXPECT_EQ(margin(absl::Milliseconds(500)), absl::Milliseconds(50));
  EXPECT_EQ(margin(absl::Milliseconds(501)), absl::Milliseconds(50));
  EXPECT_EQ(margin(absl::Hours(1)), absl::Milliseconds(50));
  EXPECT_EQ(margin(absl::Milliseconds(1)), absl::Microseconds(100));
  EXPECT_EQ(margin(absl::ZeroDuration()), absl::ZeroDuration());
  EXPECT_EQ(margin(-absl::Seconds(1)), absl::ZeroDuration());
  EXPECT_EQ(AnswerBy(received, absl::InfiniteFuture()), absl::InfiniteFuture());
}

TEST(RequestIdTest, TakenWhenVisibleAndShort) {
  IdGenerator ids(1);
  for (const std::string& id :
       {std::string("a"), std::string("Az09-_.:/!~"), std::string(128, 'x')}) {
    EXPECT_EQ(MakeRequestId(id, ids), id);
  }
}

TEST(RequestIdTest, MadeOtherwise) {
  IdGenerator ids(1);
  EXPECT_THAT(MakeRequestId(std::nullopt, ids), MatchesRegex("[0-9a-f]{32}"));
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"),
                                std::string("\xc3\xa5"), std::string("a\nb"), std::string("\x7f"),
                                std::string("a\0", 2), std::string(100'000, 'x')}) {
    const std::string made = MakeRequestId(id, ids);
    EXPECT_NE(made, id);
    EXPECT_THAT(made, MatchesRegex("[0-9a-f]{32}"));
  }
}

class MakeCallContextTest : public ::testing::Test {
 protected:
  // The context that a call with these headers gets.
  CallContext ContextOf(const ClientOptions& options) {
    IdGenerator ids(1);
    CallContext context;
    const Handler handler = {.run = [&](ServerCall& call) -> common::Task<void> {
      context = MakeCallContext(call, received_, ids);
      call.Finish(grpc::Status::OK);
      co_return;
    }};
    auto server = Server::Start({}, [&](std::string_view) { return &handler; });
    EXPECT_TRUE(server.ok()) << server.status();
    EXPECT_TRUE(Client((*server)->address()).Call("/a/b", {}, options).status.ok());
    (*server)->Shutdown();
    return context;
  }

  const absl::Time received_ = absl::Now();
};

TEST_F(MakeCallContextTest, FromHeaders) {
  ClientOptions options;
  options.deadline = received_ + absl::Seconds(10);
  options.metadata = {{"traceparent", kTraceparent},
                      {"tracestate", "a=1"},
                      {"tracestate", "b=2"},
                      {"x-request-id", "order-17"}};
  const CallContext context = ContextOf(options);
  EXPECT_EQ(context.received, received_);
  EXPECT_LT(absl::AbsDuration(context.deadline - options.deadline), absl::Milliseconds(50));
  EXPECT_EQ(context.answer_by, context.deadline - absl::Milliseconds(50));
  EXPECT_EQ(context.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context.trace.parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(context.trace.tracestate, "a=1,b=2");
  EXPECT_EQ(context.request_id, "order-17");
  EXPECT_FALSE(context.caller.has_value());
  EXPECT_EQ(context.authorization, Authorization::kUndecided);
  EXPECT_EQ(context.attempts, 0);
  EXPECT_EQ(context.body_sink, nullptr);
}

TEST_F(MakeCallContextTest, WithoutHeaders) {
  const CallContext context = ContextOf({.deadline = absl::InfiniteFuture()});
  EXPECT_EQ(context.deadline, absl::InfiniteFuture());
  EXPECT_EQ(context.answer_by, absl::InfiniteFuture());
  EXPECT_THAT(context.trace.trace_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_THAT(context.request_id, MatchesRegex("[0-9a-f]{32}"));
}

TEST_F(MakeCallContextTest, TwoTraceparentsAreNone) {
  ClientOptions options;
  options.metadata = {{"traceparent", kTraceparent}, {"traceparent", kTraceparent}};
  const CallContext context = ContextOf(options);
  EXPECT_NE(context.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context.trace.parent_id, "");
}

}  // namespace
}  // namespace billing::gateway::rpc
