#include "service/gateway/rpc/silent_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/server.h"
#include "tests/unit/gateway/rpc/client_testing.h"

namespace billing::gateway::rpc {
namespace {

constexpr char kMethod[] = "/test.Silent/Call";

class SilentCallsTest : public ::testing::Test {
 protected:
  SilentCallsTest() {
    handler_.run = [this](ServerCall& call) { return Serve(call); };
    server_ = *Server::Start({}, [this](std::string_view) { return &handler_; });
    client_ = std::make_unique<Client>(server_->address());
  }

  common::Task<void> Serve(ServerCall& call) {
    SilentCalls::Entry entry(silent_, call, until_);
    ++waiting_;
    const auto message = co_await call.Read();
    left_in_time_ = entry.Leave();
    if (message) call.WriteAndFinish(*message, grpc::Status::OK);
    ++ended_;
  }
  void Await(const std::atomic<int>& count, int value) {
    while (count != value) std::this_thread::yield();
  }

  const absl::Time until_ = absl::Now() + absl::Hours(1);
  SilentCalls silent_;
  std::atomic<int> waiting_ = 0;
  std::atomic<int> ended_ = 0;
  std::atomic<bool> left_in_time_ = false;
  Handler handler_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(SilentCallsTest, OverdueOnesAreEndedWithDetails) {
  const auto stream = client_->Open(kMethod, {.deadline = absl::InfiniteFuture()});
  Await(waiting_, 1);
  silent_.EndOverdue(until_ - absl::Seconds(1));
  EXPECT_EQ(ended_, 0);
  silent_.EndOverdue(until_);
  Await(ended_, 1);
  EXPECT_FALSE(left_in_time_);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ErrorInfoOf(status).reason(), "MESSAGE_MISSING");
  silent_.EndOverdue(absl::InfiniteFuture());
}

TEST_F(SilentCallsTest, OnesWithAMessageAreLeftAlone) {
  EXPECT_TRUE(client_->Call(kMethod, {"x"}).status.ok());
  EXPECT_TRUE(left_in_time_);
  silent_.EndOverdue(absl::InfiniteFuture());
}

TEST_F(SilentCallsTest, CancelledOnesLeave) {
  const auto stream = client_->Open(kMethod);
  Await(waiting_, 1);
  stream->Cancel();
  Await(ended_, 1);
  silent_.EndOverdue(absl::InfiniteFuture());
}

}  // namespace
}  // namespace billing::gateway::rpc
