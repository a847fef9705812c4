#include "service/gateway/rpc/reflection.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include <random>

#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "service/gateway/rpc/server.h"
#include "tests/unit/gateway/rpc/client_testing.h"

namespace billing::gateway::rpc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using Request = grpc::reflection::v1::ServerReflectionRequest;
using Response = grpc::reflection::v1::ServerReflectionResponse;

constexpr char kV1[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kV1Alpha[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

std::vector<google::protobuf::FileDescriptorProto> FilesOf(const Response& response) {
  std::vector<google::protobuf::FileDescriptorProto> files;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
  }
  return files;
}

// Whether the files make a pool of their own, as a client makes of them: in any order.
bool Complete(const std::vector<google::protobuf::FileDescriptorProto>& files) {
  google::protobuf::SimpleDescriptorDatabase database;
  for (const auto& file : files) database.Add(file);
  google::protobuf::DescriptorPool pool(&database);
  for (const auto& file : files) {
    if (pool.FindFileByName(file.name()) == nullptr) return false;
  }
  return true;
}

class ReflectionTest : public ::testing::Test {
 protected:
  ReflectionTest() : reflection_({"z.Last", "a.First", "a.First"}) {}

  std::vector<std::string> NamesOf(const Response& response) {
    std::vector<std::string> names;
    for (const auto& file : FilesOf(response)) names.push_back(file.name());
    return names;
  }

  ReflectionService reflection_;
};

TEST_F(ReflectionTest, ListsServices) {
  Request request;
  request.set_host("h");
  request.set_list_services("");
  const Response response = reflection_.Answer(request);
  EXPECT_EQ(response.valid_host(), "h");
  EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names,
              ElementsAre("a.First", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                          "grpc.reflection.v1alpha.ServerReflection", "z.Last"));
}

TEST_F(ReflectionTest, FileByName) {
  Request request;
  request.set_file_by_filename("google/api/annotations.proto");
  const Response response = reflection_.Answer(request);
  EXPECT_THAT(NamesOf(response),
              ElementsAre("google/api/annotations.proto", "google/api/http.proto",
                          "google/protobuf/descriptor.proto"));
  EXPECT_TRUE(Complete(FilesOf(response)));
}

TEST_F(ReflectionTest, FileContainingSymbol) {
  for (const std::string symbol :
       {"grpc.health.v1.Health", "grpc.health.v1.Health.Check", "grpc.health.v1.HealthCheckRequest",
        "grpc.health.v1.HealthCheckRequest.service",
        "grpc.health.v1.HealthCheckResponse.ServingStatus"}) {
    Request request;
    request.set_file_containing_symbol(symbol);
    EXPECT_THAT(NamesOf(reflection_.Answer(request)), ElementsAre("grpc/health/v1/health.proto"))
        << symbol;
  }
}

TEST_F(ReflectionTest, EveryListedServiceIsDescribed) {
  for (const std::string service : {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                    "grpc.reflection.v1alpha.ServerReflection"}) {
    Request request;
    request.set_file_containing_symbol(service);
    EXPECT_TRUE(Complete(FilesOf(reflection_.Answer(request)))) << service;
    EXPECT_FALSE(reflection_.Answer(request).has_error_response()) << service;
  }
}

TEST_F(ReflectionTest, Extensions) {
  // google.api.http has the number 72295728 (google/api/annotations.proto).
  Request request;
  request.mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  request.mutable_file_containing_extension()->set_extension_number(72295728);
  EXPECT_THAT(NamesOf(reflection_.Answer(request)), Contains("google/api/annotations.proto"));

  request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  const Response numbers = reflection_.Answer(request);
  EXPECT_EQ(numbers.all_extension_numbers_response().base_type_name(),
            "google.protobuf.MethodOptions");
  EXPECT_THAT(numbers.all_extension_numbers_response().extension_number(),
              IsSupersetOf({91002, 72295728}));
}

TEST_F(ReflectionTest, NotFound) {
  std::vector<Request> requests(7);
  requests[0].set_file_by_filename("no/such.proto");
  requests[1].set_file_containing_symbol("no.Such");
  requests[2].set_file_containing_symbol("");
  requests[3].mutable_file_containing_extension()->set_containing_type("no.Such");
  requests[4].mutable_file_containing_extension()->set_containing_type(
      "google.protobuf.MethodOptions");
  requests[5].set_all_extension_numbers_of_type("no.Such");
  requests[6].set_file_by_filename("../../etc/passwd");
  for (const Request& request : requests) {
    EXPECT_EQ(reflection_.Answer(request).error_response().error_code(),
              grpc::StatusCode::NOT_FOUND)
        << request.ShortDebugString();
  }
  EXPECT_EQ(reflection_.Answer(Request()).error_response().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

class ReflectionServerTest : public ReflectionTest {
 protected:
  void SetUp() override {
    auto server =
        Server::Start({}, [this](std::string_view method) { return reflection_.Find(method); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(server_->address());
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ReflectionServerTest, ManyRequestsOnOneStreamOfEitherVersion) {
  for (const char* method : {kV1, kV1Alpha}) {
    const auto stream = client_->Open(method);
    for (const std::string symbol : {"grpc.health.v1.Health", "no.Such", "google.rpc.Status"}) {
      grpc::reflection::v1alpha::ServerReflectionRequest request;
      request.set_file_containing_symbol(symbol);
      ASSERT_TRUE(stream->Write(request.SerializeAsString()));
      const std::optional<std::string> bytes = stream->Read();
      ASSERT_TRUE(bytes.has_value());
      grpc::reflection::v1alpha::ServerReflectionResponse response;
      ASSERT_TRUE(response.ParseFromString(*bytes));
      EXPECT_EQ(response.original_request().file_containing_symbol(), symbol);
      EXPECT_EQ(response.has_error_response(), symbol == "no.Such");
    }
    EXPECT_TRUE(stream->Finish().ok());
  }
}

TEST_F(ReflectionServerTest, HostileRequests) {
  Request lengthy;
  lengthy.set_file_containing_symbol(std::string(100'000, 'x'));
  EXPECT_EQ(client_->Call(kV1, {lengthy.SerializeAsString()}).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  std::mt19937 random(3);
  int answered = 0;
  int refused = 0;
  Request valid;
  valid.set_file_containing_symbol("grpc.health.v1.Health");
  for (int i = 0; i < 500; ++i) {
    std::string bytes = valid.SerializeAsString();
    bytes[random() % bytes.size()] = static_cast<char>(random());
    const Reply reply = client_->Call(kV1, {bytes});
    if (reply.status.ok()) {
      ++answered;
      Response response;
      ASSERT_EQ(reply.messages.size(), 1);
      EXPECT_TRUE(response.ParseFromString(reply.messages[0]));
    } else {
      ++refused;
      EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }
  }
  std::printf("answered: %d, refused: %d\n", answered, refused);
  EXPECT_GT(answered, 0);
  EXPECT_GT(refused, 0);
}

TEST_F(ReflectionServerTest, AnIdleStreamDoesNotHoldUpADrain) {
  const auto stream = client_->Open(kV1);
  Request request;
  request.set_list_services("");
  ASSERT_TRUE(stream->Write(request.SerializeAsString()));
  ASSERT_TRUE(stream->Read().has_value());
  server_->Drain(absl::InfiniteDuration());
  EXPECT_FALSE(stream->Finish().ok());
}

}  // namespace
}  // namespace billing::gateway::rpc
