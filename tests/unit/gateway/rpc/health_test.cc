#include "service/gateway/rpc/health.h"

#include <gtest/gtest.h>

#include <thread>

#include "grpc/health/v1/health.pb.h"
#include "service/gateway/rpc/server.h"
#include "tests/unit/gateway/rpc/client_testing.h"

namespace billing::gateway::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

std::string Request(const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return request.SerializeAsString();
}

int StatusOf(const std::optional<std::string>& bytes) {
  HealthCheckResponse response;
  if (!bytes.has_value() || !response.ParseFromString(*bytes)) return -1;
  return response.status();
}

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() : health_(registry_) {}

  void SetUp() override { Start({}); }

  void Start(const ServerOptions& options) {
    auto server =
        Server::Start(options, [this](std::string_view method) { return health_.Find(method); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(server_->address());
  }

  int Check(const std::string& service) {
    const Reply reply = client_->Call(kCheck, {Request(service)});
    if (!reply.status.ok()) return -reply.status.error_code();
    return StatusOf(reply.messages.at(0));
  }

  HealthRegistry registry_;
  HealthService health_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(HealthTest, Check) {
  registry_.SetHealth("", Health::kServing);
  registry_.SetHealth("a.B", Health::kNotServing);
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check("a.B"), HealthCheckResponse::NOT_SERVING);
  registry_.SetHealth("a.B", Health::kServing);
  EXPECT_EQ(Check("a.B"), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check("a.C"), -grpc::StatusCode::NOT_FOUND);
  registry_.Drain();
  EXPECT_EQ(Check(""), HealthCheckResponse::NOT_SERVING);
  registry_.SetHealth("a.B", Health::kServing);
  EXPECT_EQ(Check("a.B"), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthTest, CheckOfNonsense) {
  for (const char* method : {kCheck, kWatch}) {
    for (const std::string& bytes :
         {std::string("\x0a\x7f"), std::string("\xff\xff\xff\xff"), Request(std::string(5000, 'x')),
          std::string("\x0a\x02\xff\xfe")}) {
      EXPECT_EQ(client_->Call(method, {bytes}).status.error_code(),
                grpc::StatusCode::INVALID_ARGUMENT);
    }
    EXPECT_EQ(client_->Call(method, {}).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(HealthTest, CheckWhenTheServerIsFull) {
  registry_.SetHealth("", Health::kServing);
  client_.reset();
  server_.reset();
  Start({.max_concurrent_calls = 0});
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(client_->Call(kWatch, {Request("")}).status.error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(HealthTest, WatchStreamsChanges) {
  const auto stream = client_->Open(kWatch);
  ASSERT_TRUE(stream->Write(Request("a.B")));
  EXPECT_EQ(StatusOf(stream->Read()), HealthCheckResponse::SERVICE_UNKNOWN);
  registry_.SetHealth("other", Health::kServing);
  registry_.SetHealth("a.B", Health::kServing);
  EXPECT_EQ(StatusOf(stream->Read()), HealthCheckResponse::SERVING);
  registry_.SetHealth("a.B", Health::kServing);
  registry_.SetHealth("a.B", Health::kNotServing);
  EXPECT_EQ(StatusOf(stream->Read()), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthTest, DrainEndsWatches) {
  registry_.SetHealth("", Health::kServing);
  const auto stream = client_->Open(kWatch);
  ASSERT_TRUE(stream->Write(Request("")));
  EXPECT_EQ(StatusOf(stream->Read()), HealthCheckResponse::SERVING);
  registry_.Drain();
  server_->Drain(absl::InfiniteDuration());
  EXPECT_EQ(StatusOf(stream->Read()), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(stream->Read(), std::nullopt);
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(HealthTest, CancelledWatchesGo) {
  for (int i = 0; i < 20; ++i) {
    const auto stream = client_->Open(kWatch);
    ASSERT_TRUE(stream->Write(Request("a.B")));
    stream->Read();
  }
  server_->Drain(absl::InfiniteDuration());
  EXPECT_EQ(server_->running_calls(), 0);
}

// Watches see the last state, whatever they miss on the way, and end at any moment.
TEST_F(HealthTest, ManyWatchesAndManyChanges) {
  constexpr int kWatches = 50;
  std::vector<std::unique_ptr<ClientStream>> streams;
  for (int i = 0; i < kWatches; ++i) {
    streams.push_back(client_->Open(kWatch));
    ASSERT_TRUE(streams.back()->Write(Request("a.B")));
    streams.back()->Read();
  }
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i) {
      registry_.SetHealth("a.B", i % 2 == 0 ? Health::kNotServing : Health::kServing);
    }
  });
  for (int i = 0; i < kWatches; i += 2) streams[i].reset();
  writer.join();
  registry_.SetHealth("a.B", Health::kNotServing);
  registry_.Drain();
  for (int i = 1; i < kWatches; i += 2) {
    int last = -1;
    while (const std::optional<std::string> bytes = streams[i]->Read()) last = StatusOf(bytes);
    EXPECT_EQ(last, HealthCheckResponse::NOT_SERVING);
  }
}

}  // namespace
}  // namespace billing::gateway::rpc
