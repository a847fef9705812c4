#include "client/cpp/call_error.h"

#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace billing::client {
namespace {

template <typename Detail>
void Add(const Detail& detail, google::rpc::Status& status) {
  status.add_details()->PackFrom(detail);
}

TEST(CallErrorTest, ReadsEveryDetail) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_PARAMETER");
  info.set_domain("billogram.com");
  (*info.mutable_metadata())["http_status"] = "400";
  Add(info, status);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("billogram.items[0].price");
  bad.mutable_field_violations(0)->set_description("too low");
  Add(bad, status);
  google::rpc::PreconditionFailure failure;
  failure.add_violations()->set_subject("billogram/2kAEEjE");
  Add(failure, status);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  Add(retry, status);
  google::rpc::RequestInfo request;
  request.set_request_id("r-1");
  Add(request, status);

  const CallError error = ToCallError(
      {grpc::StatusCode::INVALID_ARGUMENT, "price is too low", status.SerializeAsString()});
  EXPECT_EQ(error.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(error.message, "price is too low");
  EXPECT_EQ(error.reason, "INVALID_PARAMETER");
  EXPECT_EQ(error.domain, "billogram.com");
  EXPECT_EQ(error.metadata.at("http_status"), "400");
  ASSERT_EQ(error.field_violations.size(), 1u);
  EXPECT_EQ(error.field_violations[0].field, "billogram.items[0].price");
  EXPECT_EQ(error.field_violations[0].description, "too low");
  ASSERT_EQ(error.precondition_violations.size(), 1u);
  EXPECT_EQ(error.precondition_violations[0].subject, "billogram/2kAEEjE");
  EXPECT_EQ(error.retry_after, absl::Milliseconds(2500));
  EXPECT_EQ(error.request_id, "r-1");
  EXPECT_TRUE(error.from_gateway());
  EXPECT_FALSE(error.outcome_unknown());
}

TEST(CallErrorTest, WithoutDetails) {
  const CallError error = ToCallError({grpc::StatusCode::UNAVAILABLE, "no connection"});
  EXPECT_EQ(error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(error.from_gateway());
  EXPECT_EQ(error.retry_after, std::nullopt);
}

TEST(CallErrorTest, UnreadableDetailsLeaveCodeAndMessage) {
  google::rpc::Status broken;
  broken.add_details()->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  broken.mutable_details(0)->set_value("\x0A\xFF");
  broken.add_details()->set_type_url("type.googleapis.com/no.such.Type");
  for (const std::string& details :
       {std::string("\xFF\xFF\xFF"), std::string("\0", 1), broken.SerializeAsString()}) {
    const CallError error = ToCallError({grpc::StatusCode::NOT_FOUND, "gone", details});
    EXPECT_EQ(error.code, grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(error.message, "gone");
    EXPECT_TRUE(error.reason.empty());
  }
}

TEST(CallErrorTest, ImpossibleDelaysAreNone) {
  const int64_t seconds[] = {-1, 1, 1, INT64_MAX};
  const int32_t nanos[] = {0, -1, 1'000'000'000, 0};
  for (size_t i = 0; i < std::size(seconds); ++i) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(seconds[i]);
    retry.mutable_retry_delay()->set_nanos(nanos[i]);
    google::rpc::Status status;
    Add(retry, status);
    EXPECT_EQ(
        ToCallError({grpc::StatusCode::UNAVAILABLE, "", status.SerializeAsString()}).retry_after,
        std::nullopt);
  }
}

TEST(CallErrorTest, CodeNames) {
  EXPECT_EQ(CodeName(grpc::StatusCode::FAILED_PRECONDITION), "FAILED_PRECONDITION");
  EXPECT_EQ(CodeName(grpc::StatusCode::OK), "OK");
  // The highest value that the enum's type can hold.
  EXPECT_EQ(CodeName(static_cast<grpc::StatusCode>(31)), "CODE_31");
}

}  // namespace
}  // namespace billing::client
