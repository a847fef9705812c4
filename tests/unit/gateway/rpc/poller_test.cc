#include "service/gateway/rpc/poller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <map>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/grpc_poll_set.h"
#include "service/gateway/rpc/server.h"
#include "service/gateway/rpc/wake.h"
#include "tests/unit/gateway/rpc/client_testing.h"
#include "tests/unit/gateway/rpc/worker_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::rpc {
namespace {

using upstream::SleepOutcome;

constexpr char kSleep[] = "/test.Poller/Sleep";
constexpr char kForever[] = "/test.Poller/Forever";
constexpr char kFromAfar[] = "/test.Poller/FromAfar";
constexpr char kNews[] = "/test.Poller/News";

// Goes on on the loop's thread.
struct ByPost {
  upstream::UpstreamLoop& loop;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    EXPECT_TRUE(loop.Post([waiter] { waiter.resume(); }));
  }
  void await_resume() const {}
};

// A server whose polling thread drives an upstream loop.
class PollerTest : public ::testing::Test {
 protected:
  PollerTest() {
    handlers_[kSleep] = {[this](ServerCall& call) { return Sleep(call, absl::Milliseconds(1)); }};
    handlers_[kForever] = {[this](ServerCall& call) { return Sleep(call, absl::Hours(1)); }};
    handlers_[kFromAfar] = {[this](ServerCall& call) { return FromAfar(call); }};
    handlers_[kNews] = {[this](ServerCall& call) { return News(call); }};
    loop_ = *upstream::UpstreamLoop::Start({.own_thread = false});
    server_ = *Server::Start({.loop = loop_.get()}, [this](std::string_view method) {
      const auto found = handlers_.find(method);
      return found == handlers_.end() ? nullptr : &found->second;
    });
    client_ = std::make_unique<Client>(server_->address());
  }
  ~PollerTest() override {
    server_->Shutdown();
    loop_->Stop();
  }

  common::Task<void> Sleep(ServerCall& call, absl::Duration how_long) {
    co_await call.Read();
    const std::thread::id polling = std::this_thread::get_id();
    EXPECT_TRUE(loop_->OnLoopThread());
    ++asleep_;
    const SleepOutcome outcome =
        co_await loop_->SleepUntil(absl::Now() + how_long, call.cancellation());
    EXPECT_EQ(std::this_thread::get_id(), polling);
    if (outcome == SleepOutcome::kCancelled) cancelled_.Notify();
    call.WriteAndFinish(ToByteBuffer("woke"), grpc::Status::OK);
  }

  // Hands the loop something to do from a thread that is not its own.
  common::Task<void> FromAfar(ServerCall& call) {
    co_await call.Read();
    co_await worker_.Hop();
    EXPECT_FALSE(loop_->OnLoopThread());
    co_await ByPost{*loop_};
    EXPECT_TRUE(loop_->OnLoopThread());
    call.WriteAndFinish(ToByteBuffer("woke"), grpc::Status::OK);
  }

  common::Task<void> News(ServerCall& call) {
    Wake wake(call);
    news_.store(&wake);
    if (co_await wake.Wait()) call.Finish(grpc::Status::OK);
  }

  Worker worker_;
  std::atomic<int> asleep_ = 0;
  std::atomic<Wake*> news_ = nullptr;
  absl::Notification cancelled_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::unique_ptr<upstream::UpstreamLoop> loop_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(PollerTest, WhatAwaitsTheLoopGoesOnOnThePollingThread) {
  for (int i = 0; i < 20; ++i) {
    const Reply reply = client_->Call(kSleep, {"x"});
    ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
    EXPECT_THAT(reply.messages, ::testing::ElementsAre("woke"));
  }
}

TEST_F(PollerTest, CallsAreServedWhileOthersAwaitTheLoop) {
  const auto forever = client_->Open(kForever);
  ASSERT_TRUE(forever->Write("x"));
  while (asleep_ == 0) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client_->Call(kSleep, {"x"}).status.ok());
  forever->Cancel();
  cancelled_.WaitForNotification();
}

TEST_F(PollerTest, APassedDeadlineReachesWhoAwaitsTheLoop) {
  const Reply reply =
      client_->Call(kForever, {"x"}, {.deadline = absl::Now() + absl::Milliseconds(100)});
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  cancelled_.WaitForNotification();
}

TEST_F(PollerTest, AThreadThatIsNotPolledHandsOver) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(client_->Call(kFromAfar, {"x"}).status.ok());
}

TEST_F(PollerTest, NewsArriveWhetherTheLoopIsBusyOrNot) {
  for (const bool busy : {false, true}) {
    std::unique_ptr<ClientStream> forever;
    if (busy) {
      forever = client_->Open(kForever);
      ASSERT_TRUE(forever->Write("x"));
      while (asleep_ == 0) std::this_thread::yield();
    }
    for (int i = 0; i < 20; ++i) {
      news_ = nullptr;
      const auto stream = client_->Open(kNews);
      while (news_ == nullptr) std::this_thread::yield();
      news_.load()->Notify();
      EXPECT_TRUE(stream->Finish().ok());
    }
  }
}

TEST_F(PollerTest, DrainEndsWhatAwaitsTheLoop) {
  const auto forever = client_->Open(kForever);
  ASSERT_TRUE(forever->Write("x"));
  while (asleep_ == 0) std::this_thread::yield();
  server_->Drain(absl::Milliseconds(20));
  EXPECT_TRUE(cancelled_.HasBeenNotified());
}

TEST_F(PollerTest, SeveralPollingThreadsCannotDriveALoop) {
  const auto server = Server::Start({.threads = 2, .loop = loop_.get()},
                                    [](std::string_view) -> const Handler* { return nullptr; });
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PollerTest, GrpcsPollSetIsFoundByTheListeningSocket) {
  EXPECT_GE(FindGrpcPollSet(server_->address()), 0);
  EXPECT_EQ(FindGrpcPollSet("127.0.0.1:1"), -1);
  EXPECT_EQ(FindGrpcPollSet("unix:/nowhere"), -1);

  const TempFolder folder;
  const auto local = Server::Start({.listen = "unix:" + folder.path() + "/socket"},
                                   [](std::string_view) -> const Handler* { return nullptr; });
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_EQ(FindGrpcPollSet((*local)->address()), FindGrpcPollSet(server_->address()));
}

}  // namespace
}  // namespace billing::gateway::rpc
