#include "service/gateway/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "absl/synchronization/notification.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/local_error.h"
#include "service/gateway/upstream/upstream_loop.h"
#include "tests/unit/gateway/rpc/client_testing.h"
#include "tests/unit/gateway/rpc/worker_testing.h"

namespace billing::gateway::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Pair;

constexpr char kUnary[] = "/test.Echo/Unary";
constexpr char kServerStream[] = "/test.Echo/ServerStream";
constexpr char kBidi[] = "/test.Echo/Bidi";
constexpr char kForeign[] = "/test.Echo/Foreign";
constexpr char kHeld[] = "/test.Echo/Held";
constexpr char kFree[] = "/test.Echo/Free";
constexpr char kSilent[] = "/test.Echo/Silent";
constexpr char kOther[] = "/test.Echo/Other";

grpc::ByteBuffer Bytes(std::string text) { return ToByteBuffer(std::move(text)); }

// What the polling thread does beside serving calls.
enum class Beside { kNothing, kIdleLoop, kBusyLoop };

common::Task<> SleepLong(upstream::UpstreamLoop& loop, common::Cancellation& cancellation) {
  co_await loop.SleepUntil(absl::Now() + absl::Hours(1), cancellation);
}

class ServerTest : public ::testing::TestWithParam<Beside> {
 protected:
  using Run = std::function<common::Task<void>(ServerCall&)>;

  ServerTest() {
    Serve(kUnary, [this](ServerCall& call) { return Unary(call); });
    Serve(kServerStream, [this](ServerCall& call) { return ServerStream(call); });
    Serve(kBidi, [this](ServerCall& call) { return Bidi(call); });
    Serve(kForeign, [this](ServerCall& call) { return Foreign(call); });
    Serve(kHeld, [this](ServerCall& call) { return Held(call); });
    handlers_[kFree] = {.run = handlers_[kUnary].run, .always_admitted = true};
  }

  void Serve(const std::string& method, Run run) { handlers_[method] = {.run = std::move(run)}; }

  void Start(ServerOptions options = {}) {
    if (GetParam() != Beside::kNothing && options.threads == 1) {
      auto loop = upstream::UpstreamLoop::Start({.own_thread = false});
      ASSERT_TRUE(loop.ok()) << loop.status();
      loop_ = *std::move(loop);
      options.loop = loop_.get();
      if (GetParam() == Beside::kBusyLoop) common::Spawn(SleepLong(*loop_, never_));
    }
    auto server = Server::Start(options, [this](std::string_view method) -> const Handler* {
      const auto found = handlers_.find(method);
      return found == handlers_.end() ? nullptr : &found->second;
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(server_->address());
  }

  // Answers with the request.
  common::Task<void> Unary(ServerCall& call) {
    const std::optional<grpc::ByteBuffer> request = co_await call.Read();
    if (!request.has_value()) {
      call.Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no message"));
    } else if (request->Length() > call.max_request_bytes()) {
      call.Finish(MessageTooLarge(request->Length(), call.max_request_bytes()));
    } else {
      call.WriteAndFinish(*request, grpc::Status::OK);
    }
  }

  // Answers with the request, as often as it has bytes.
  common::Task<void> ServerStream(ServerCall& call) {
    const std::optional<grpc::ByteBuffer> request = co_await call.Read();
    for (size_t i = 0; i < request->Length(); ++i) {
      if (!co_await call.Write(*request)) break;
    }
    call.Finish(grpc::Status::OK);
  }

  // Answers each message with itself.
  common::Task<void> Bidi(ServerCall& call) {
    while (true) {
      const std::optional<grpc::ByteBuffer> request = co_await call.Read();
      if (!request.has_value()) break;
      if (!co_await call.Write(*request)) break;
    }
    call.Finish(grpc::Status::OK);
  }

  // Answers each message twice, and ends, from another thread.
  common::Task<void> Foreign(ServerCall& call) {
    while (true) {
      const std::optional<grpc::ByteBuffer> request = co_await call.Read();
      if (!request.has_value()) break;
      co_await worker_.Hop();
      if (!co_await call.Write(*request)) break;
      co_await worker_.Hop();
      if (!co_await call.Write(*request)) break;
    }
    co_await worker_.Hop();
    call.WriteAndFinish(Bytes("end"), grpc::Status::OK);
  }

  // Waits at the gate.
  common::Task<void> Held(ServerCall& call) {
    const bool passed = co_await gate_.Pass(call);
    call.WriteAndFinish(Bytes(passed ? "passed" : "cancelled"), grpc::Status::OK);
  }

  Worker worker_;
  Gate gate_;
  common::Cancellation never_;
  std::unique_ptr<upstream::UpstreamLoop> loop_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

std::string NameOf(const ::testing::TestParamInfo<Beside>& beside) {
  switch (beside.param) {
    case Beside::kNothing:
      return "Nothing";
    case Beside::kIdleLoop:
      return "IdleLoop";
    case Beside::kBusyLoop:
      return "BusyLoop";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Beside, ServerTest,
                         ::testing::Values(Beside::kNothing, Beside::kIdleLoop, Beside::kBusyLoop),
                         NameOf);

TEST_P(ServerTest, UnaryCallsOfAllSizes) {
  Start();
  for (const size_t size : {0UL, 1UL, 23UL, 24UL, 511UL, 512UL, 16384UL, 1UL << 20, 4UL << 20}) {
    const std::string message(size, 'm');
    const Reply reply = client_->Call(kUnary, {message});
    EXPECT_TRUE(reply.status.ok()) << reply.status.error_message();
    ASSERT_EQ(reply.messages.size(), 1);
    EXPECT_EQ(reply.messages[0], message);
  }
}

TEST_P(ServerTest, UnaryCallWithoutMessage) {
  Start();
  const Reply reply = client_->Call(kUnary, {});
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(reply.status.error_message(), "no message");
  EXPECT_THAT(reply.messages, IsEmpty());
}

TEST_P(ServerTest, ServerStream) {
  Start();
  const Reply reply = client_->Call(kServerStream, {"abc"});
  EXPECT_TRUE(reply.status.ok());
  EXPECT_THAT(reply.messages, ElementsAre("abc", "abc", "abc"));
}

TEST_P(ServerTest, BidirectionalStreamInLockstep) {
  Start();
  const auto stream = client_->Open(kBidi);
  for (int i = 0; i < 1000; ++i) {
    const std::string message = std::to_string(i);
    ASSERT_TRUE(stream->Write(message));
    ASSERT_EQ(stream->Read(), message);
  }
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(ServerTest, HandlerOnAnotherThread) {
  Start();
  const Reply reply = client_->Call(kForeign, {"a", "b"});
  EXPECT_TRUE(reply.status.ok());
  EXPECT_THAT(reply.messages, ElementsAre("a", "a", "b", "b", "end"));
}

TEST_P(ServerTest, MetadataBothWays) {
  std::vector<std::string> values;
  std::optional<std::string> absent = "unset";
  std::string method;
  std::vector<bool> refused;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    for (const auto value : call.MetadataValues("x-many")) values.emplace_back(value);
    if (!call.Metadata("x-absent").has_value()) absent.reset();
    method = call.method();
    EXPECT_EQ(call.Metadata("x-raw-bin"), std::string_view("\0\xff", 2));
    EXPECT_TRUE(call.AddInitialMetadata("x-initial", "first"));
    EXPECT_TRUE(call.AddTrailingMetadata("x-trailing", "last"));
    EXPECT_TRUE(call.AddTrailingMetadata("x-bytes-bin", std::string_view("\0\n\xff", 3)));
    const std::vector<std::pair<std::string_view, std::string_view>> illegal = {
        {"", "v"},
        {"Upper", "v"},
        {"sp ace", "v"},
        {":path", "v"},
        {"k", "line\nbreak"},
        {"k", "\xc3\xa5"},
        {"k", std::string_view("\0", 1)},
        {"k", "\x7f"}};
    for (const auto& [key, value] : illegal) {
      refused.push_back(!call.AddInitialMetadata(key, value));
      refused.push_back(!call.AddTrailingMetadata(key, value));
    }
    call.WriteAndFinish(Bytes("x"), grpc::Status(grpc::StatusCode::ABORTED, "åäö\n"));
    co_return;
  });
  Start();
  ClientOptions options;
  options.metadata = {{"x-many", "1"}, {"x-many", "2"}, {"x-raw-bin", std::string("\0\xff", 2)}};
  const Reply reply = client_->Call(kOther, {}, options);
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(reply.status.error_message(), "åäö\n");
  EXPECT_THAT(reply.messages, ElementsAre("x"));
  EXPECT_THAT(reply.initial, ElementsAre(Pair("x-initial", "first")));
  EXPECT_THAT(reply.trailing, ElementsAre(Pair("x-bytes-bin", std::string("\0\n\xff", 3)),
                                          Pair("x-trailing", "last")));
  EXPECT_THAT(values, ElementsAre("1", "2"));
  EXPECT_FALSE(absent.has_value());
  EXPECT_EQ(method, kOther);
  EXPECT_THAT(refused, ::testing::Each(true));
}

TEST_P(ServerTest, OnlyTheFirstAnswerCounts) {
  bool wrote = true;
  std::optional<grpc::ByteBuffer> read = Bytes("unset");
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    call.WriteAndFinish(Bytes("first"), grpc::Status::OK);
    call.Finish(grpc::Status(grpc::StatusCode::INTERNAL, "second"));
    call.WriteAndFinish(Bytes("third"), grpc::Status::OK);
    wrote = co_await call.Write(Bytes("fourth"));
    read = co_await call.Read();
  });
  Start();
  const Reply reply = client_->Call(kOther, {"x"});
  EXPECT_TRUE(reply.status.ok());
  EXPECT_THAT(reply.messages, ElementsAre("first"));
  server_->Shutdown();
  EXPECT_FALSE(wrote);
  EXPECT_FALSE(read.has_value());
}

TEST_P(ServerTest, HandlerWithoutAnswer) {
  Serve(kSilent, [](ServerCall&) -> common::Task<void> { co_return; });
  Start();
  EXPECT_EQ(client_->Call(kSilent, {"x"}).status.error_code(), grpc::StatusCode::INTERNAL);
}

TEST_P(ServerTest, UnknownMethod) {
  Start();
  for (const std::string method : {"/no.Such/Method", "/", "/test.Echo/unary", "//"}) {
    const Reply reply = client_->Call(method, {"x"});
    EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    EXPECT_EQ(ErrorInfoOf(reply.status).reason(), "METHOD_UNKNOWN") << method;
    EXPECT_EQ(ErrorInfoOf(reply.status).domain(), "billing-gateway") << method;
  }
  const std::string lengthy = "/" + std::string(5000, 'x');
  EXPECT_THAT(client_->Call(lengthy, {"x"}).status.error_message().size(), Le(300));
}

TEST_P(ServerTest, OversizedMessages) {
  Start({.max_request_bytes = 1000});
  EXPECT_TRUE(client_->Call(kUnary, {std::string(1000, 'x')}).status.ok());

  const Reply large = client_->Call(kUnary, {std::string(1001, 'x')});
  EXPECT_EQ(large.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorInfoOf(large.status).reason(), "MESSAGE_TOO_LARGE");
  EXPECT_EQ(ErrorInfoOf(large.status).metadata().at("size"), "1001");
  EXPECT_EQ(ErrorInfoOf(large.status).metadata().at("limit"), "1000");

  const Reply huge = client_->Call(kUnary, {std::string(200'000, 'x')});
  EXPECT_EQ(huge.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(client_->Call(kUnary, {"still there"}).status.ok());
}

TEST_P(ServerTest, OversizedMetadataIsRefusedAndHarmsNobodyElse) {
  std::vector<std::string> refused;
  ServerOptions server;
  server.max_metadata_bytes = 4096;
  server.on_refused = [&refused](std::string_view reason) { refused.emplace_back(reason); };
  Start(server);
  const auto other = client_->Open(kHeld);
  gate_.AwaitArrived(1);
  ClientOptions options;
  options.metadata = {{"x-large", std::string(20'000, 'x')}, {"x-request-id", "r-1"}};
  const Reply reply = client_->Call(kUnary, {"x"}, options);
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorInfoOf(reply.status).reason(), "METADATA_TOO_LARGE");
  EXPECT_THAT(reply.initial, testing::Contains(Pair("x-request-id", "r-1")));
  // What is too long to be an id is not sent back.
  options.metadata = {{"x-request-id", std::string(20'000, 'x')}};
  const Reply no_id = client_->Call(kUnary, {"x"}, options);
  EXPECT_EQ(ErrorInfoOf(no_id.status).reason(), "METADATA_TOO_LARGE");
  EXPECT_THAT(no_id.initial, testing::Not(testing::Contains(testing::Key("x-request-id"))));
  gate_.Open();
  EXPECT_EQ(other->Read(), "passed");
  EXPECT_TRUE(other->Finish().ok());
  EXPECT_THAT(refused, ElementsAre("METADATA_TOO_LARGE", "METADATA_TOO_LARGE"));
}

TEST_P(ServerTest, CompressedRequestsAreRefused) {
  Start();
  ClientOptions options;
  options.gzip = true;
  const Reply reply = client_->Call(kUnary, {std::string(100'000, 'x')}, options);
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_P(ServerTest, TooManyCalls) {
  Start({.max_concurrent_calls = 2});
  const auto first = client_->Open(kHeld);
  const auto second = client_->Open(kHeld);
  gate_.AwaitArrived(2);
  EXPECT_EQ(server_->running_calls(), 2);
  const Reply reply = client_->Call(kUnary, {"x"});
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ErrorInfoOf(reply.status).reason(), "TOO_MANY_CALLS");
  ASSERT_TRUE(RetryInfoOf(reply.status).has_value());
  EXPECT_THAT(RetryInfoOf(reply.status)->retry_delay().seconds(), Ge(1));
  EXPECT_TRUE(client_->Call(kFree, {"x"}).status.ok());
  gate_.Open();
  EXPECT_EQ(first->Read(), "passed");
  EXPECT_EQ(second->Read(), "passed");
  EXPECT_TRUE(first->Finish().ok());
  EXPECT_TRUE(second->Finish().ok());
}

TEST_P(ServerTest, DeadlineIsSeenAndEndsTheCall) {
  absl::Time seen;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    seen = call.deadline();
    co_await Held(call);
  });
  Start();
  ClientOptions options;
  options.deadline = absl::Now() + absl::Milliseconds(300);
  const Reply reply = client_->Call(kOther, {"x"}, options);
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  gate_.AwaitLeft(1);
  EXPECT_LT(absl::AbsDuration(seen - options.deadline), absl::Milliseconds(50));
}

TEST_P(ServerTest, NoDeadlineIsInfinite) {
  absl::Time seen;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    seen = call.deadline();
    call.Finish(grpc::Status::OK);
    co_return;
  });
  Start();
  EXPECT_TRUE(client_->Call(kOther, {}, {.deadline = absl::InfiniteFuture()}).status.ok());
  EXPECT_EQ(seen, absl::InfiniteFuture());
}

TEST_P(ServerTest, CancelReachesTheHandler) {
  Start();
  const auto stream = client_->Open(kHeld);
  gate_.AwaitArrived(1);
  stream->Cancel();
  gate_.AwaitLeft(1);
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_P(ServerTest, CancelEndsReadsAndWrites) {
  std::atomic<int> ended = 0;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    const std::optional<grpc::ByteBuffer> nothing = co_await call.Read();
    EXPECT_FALSE(nothing.has_value());
    const std::string big(1 << 20, 'x');
    while (co_await call.Write(Bytes(big))) {
    }
    ++ended;
  });
  Start();
  // One cancelled while the server reads, one while it writes more than the client takes.
  const auto reading = client_->Open(kOther);
  reading->Cancel();
  EXPECT_EQ(reading->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const auto writing = client_->Open(kOther);
  writing->WritesDone();
  EXPECT_TRUE(writing->Read().has_value());
  writing->Cancel();
  EXPECT_EQ(writing->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown();
  EXPECT_EQ(ended, 2);
}

TEST_P(ServerTest, AStreamThatNobodyReadsIsCancelledAtItsTime) {
  std::atomic<bool> ended = false;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    call.CancelAt(absl::Now() + absl::Milliseconds(20));
    const grpc::ByteBuffer message = Bytes(std::string(100'000, 'x'));
    while (co_await call.Write(message)) {
    }
    ended = true;
  });
  Start();
  const auto stream = client_->Open(kOther, {.deadline = absl::InfiniteFuture()});
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown();
  EXPECT_TRUE(ended);
}

TEST_P(ServerTest, TheTimeOfCancellingMoves) {
  absl::Notification ended;
  Serve(kOther, [&](ServerCall& call) -> common::Task<void> {
    const grpc::ByteBuffer message = Bytes(std::string(100'000, 'x'));
    for (bool written = true; written;) {
      call.CancelAt(absl::Now() + absl::Milliseconds(400));
      written = co_await call.Write(message);
      call.CancelAt(absl::InfiniteFuture());
    }
    ended.Notify();
  });
  Start();
  const auto stream = client_->Open(kOther, {.deadline = absl::InfiniteFuture()});
  // As long as each message is taken in time the stream may last longer than any one of them.
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < absl::Milliseconds(700)) ASSERT_TRUE(stream->Read().has_value());
  EXPECT_FALSE(ended.HasBeenNotified());
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(30)));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown();
}

TEST_P(ServerTest, ACallThatEndsInTimeIsNotHeldUntilThen) {
  Serve(kOther, [](ServerCall& call) -> common::Task<void> {
    call.CancelAt(absl::Now() + absl::Hours(1));
    co_await call.Read();
    call.WriteAndFinish(Bytes("x"), grpc::Status::OK);
  });
  Start();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(client_->Call(kOther, {"x"}).status.ok());
  server_->Shutdown();
}

TEST_P(ServerTest, ThousandCallsAtOnce) {
  constexpr int kCalls = 1000;
  Start({.max_streams_per_connection = 2 * kCalls});
  std::vector<std::unique_ptr<ClientStream>> streams;
  streams.reserve(kCalls);
  for (int i = 0; i < kCalls; ++i) streams.push_back(client_->Open(kHeld));
  gate_.AwaitArrived(kCalls);
  EXPECT_EQ(server_->running_calls(), kCalls);
  gate_.Open();
  for (const auto& stream : streams) EXPECT_EQ(stream->Read(), "passed");
  for (const auto& stream : streams) EXPECT_TRUE(stream->Finish().ok());
  server_->Shutdown();
  EXPECT_EQ(server_->running_calls(), 0);
}

TEST_P(ServerTest, SeveralPollingThreads) {
  Start({.threads = 3});
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::atomic<int> good = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      Client client(server_->address());
      for (int i = 0; i < 100; ++i) {
        if (client.Call(kForeign, {"x"}).messages.size() == 3) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kThreads * 100);
}

TEST_P(ServerTest, DrainLetsRunningCallsEnd) {
  Start();
  const auto stream = client_->Open(kHeld);
  gate_.AwaitArrived(1);
  std::thread drain([&] { server_->Drain(absl::Seconds(60)); });
  // The listening socket goes first. gRPC 1.51 leaves a call that comes in just that moment to its
  // own deadline, once in some hundred times.
  while (client_->Call(kUnary, {"x"}, {.deadline = absl::Now() + absl::Seconds(1)}).status.ok()) {
  }
  gate_.Open();
  EXPECT_EQ(stream->Read(), "passed");
  EXPECT_TRUE(stream->Finish().ok());
  drain.join();
  EXPECT_EQ(server_->running_calls(), 0);
}

TEST_P(ServerTest, DrainCancelsWhatOutlastsTheGracePeriod) {
  Start();
  const auto held = client_->Open(kHeld);
  const auto streaming = client_->Open(kBidi);
  gate_.AwaitArrived(1);
  ASSERT_TRUE(streaming->Write("x"));
  ASSERT_EQ(streaming->Read(), "x");
  server_->Drain(absl::Milliseconds(50));
  gate_.AwaitLeft(1);
  EXPECT_FALSE(held->Finish().ok());
  EXPECT_FALSE(streaming->Finish().ok());
  server_->Drain(absl::Seconds(60));
}

TEST_P(ServerTest, DrainCancelsMarkedCallsAtOnce) {
  handlers_[kBidi].cancelled_on_drain = true;
  Start();
  const auto streaming = client_->Open(kBidi);
  ASSERT_TRUE(streaming->Write("x"));
  ASSERT_EQ(streaming->Read(), "x");
  server_->Drain(absl::InfiniteDuration());
  EXPECT_FALSE(streaming->Finish().ok());
}

TEST_P(ServerTest, AddressInUse) {
  Start();
  auto second = Server::Start({.listen = server_->address()},
                              [](std::string_view) -> const Handler* { return nullptr; });
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(server_->address()));
}

TEST_P(ServerTest, BadAddress) {
  for (const std::string address : {"", "nonsense", "127.0.0.1:99999", "300.1.1.1:0"}) {
    const auto server = Server::Start({.listen = address},
                                      [](std::string_view) -> const Handler* { return nullptr; });
    EXPECT_FALSE(server.ok()) << address;
  }
}

// Clients that finish, cancel, vanish or run out of time at any moment, against handlers that hop
// between threads: every call is freed, as the drain waits for all of them.
TEST_P(ServerTest, RandomEndings) {
  enum Ending { kFinishes, kCancels, kVanishes, kTimesOut, kEndings };
  std::array<std::atomic<int>, kEndings> count{};
  Start({.threads = 2, .pending_requests = 4});
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 100; ++i) {
        const auto ending = static_cast<Ending>(random() % kEndings);
        const char* method = random() % 2 == 0 ? kForeign : kHeld;
        if (ending == kFinishes) method = kForeign;
        auto client = std::make_unique<Client>(server_->address());
        ClientOptions options;
        if (ending == kTimesOut) options.deadline = absl::Now() + absl::Milliseconds(random() % 5);
        auto stream = client->Open(method, options);
        for (unsigned n = random() % 3; n > 0; --n) {
          stream->Write("x");
          if (method == kForeign && random() % 2 == 0) stream->Read();
        }
        if (ending == kVanishes) client.reset();
        if (ending == kFinishes) {
          EXPECT_TRUE(stream->Finish().ok());
        }
        if (ending == kTimesOut && method == kHeld) {
          EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
        }
        if (ending == kCancels) stream->Cancel();
        stream.reset();
        ++count[ending];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  server_->Drain(absl::ZeroDuration());
  EXPECT_EQ(server_->running_calls(), 0);
  for (int ending = 0; ending < kEndings; ++ending) {
    std::printf("ending %d: %d\n", ending, count[ending].load());
    EXPECT_GT(count[ending], 0);
  }
}

}  // namespace
}  // namespace billing::gateway::rpc
