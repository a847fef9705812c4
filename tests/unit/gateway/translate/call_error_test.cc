#include "service/gateway/translate/call_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

google::rpc::Status Decode(const CallError& error) {
  google::rpc::Status status;
  EXPECT_TRUE(status.ParseFromString(SerializeDetails(error)));
  return status;
}

template <typename Detail>
Detail Only(const google::rpc::Status& status) {
  Detail found;
  int count = 0;
  for (const google::protobuf::Any& any : status.details()) {
    if (!any.Is<Detail>()) continue;
    EXPECT_TRUE(any.UnpackTo(&found));
    EXPECT_EQ(any.type_url(), "type.googleapis.com/" + Detail::descriptor()->full_name());
    ++count;
  }
  EXPECT_EQ(count, 1) << Detail::descriptor()->full_name();
  return found;
}

TEST(SerializeDetails, CarriesEveryDetail) {
  CallError error;
  error.code = absl::StatusCode::kInvalidArgument;
  error.message = "no price";
  error.reason = "INVALID_PARAMETER";
  error.domain = "billogram.com";
  error.metadata = {{"http_status", "400"}, {"field_path", "items[0]:price"}};
  error.violations = {{"billogram.items[0].price", "is missing"},
                      {"billogram.customer", "is required"}};
  error.precondition_subject = "billogram/2kAEEjE";
  error.retry_after = absl::Milliseconds(1500);
  error.request_id = "req-1";
  const google::rpc::Status status = Decode(error);
  EXPECT_EQ(status.code(), 3);
  EXPECT_EQ(status.message(), "no price");
  EXPECT_EQ(status.details_size(), 5);

  const auto info = Only<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "INVALID_PARAMETER");
  EXPECT_EQ(info.domain(), "billogram.com");
  EXPECT_THAT(info.metadata(), UnorderedElementsAre(Pair("http_status", "400"),
                                                    Pair("field_path", "items[0]:price")));
  const auto bad = Only<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "billogram.items[0].price");
  EXPECT_EQ(bad.field_violations(0).description(), "is missing");
  EXPECT_EQ(bad.field_violations(1).field(), "billogram.customer");
  const auto failure = Only<google::rpc::PreconditionFailure>(status);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "INVALID_PARAMETER");
  EXPECT_EQ(failure.violations(0).subject(), "billogram/2kAEEjE");
  const auto retry = Only<google::rpc::RetryInfo>(status);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500000000);
  EXPECT_EQ(Only<google::rpc::RequestInfo>(status).request_id(), "req-1");
}

TEST(SerializeDetails, CarriesOnlyWhatApplies) {
  CallError error;
  error.code = absl::StatusCode::kNotFound;
  error.reason = "UNKNOWN_ACCOUNT";
  const google::rpc::Status status = Decode(error);
  EXPECT_EQ(status.code(), 5);
  EXPECT_EQ(status.details_size(), 1);
  EXPECT_EQ(Only<google::rpc::ErrorInfo>(status).domain(), "billing-gateway");
}

TEST(SerializeDetails, ZeroDelayIsADelay) {
  for (const absl::Duration delay : {absl::ZeroDuration(), absl::Seconds(-5)}) {
    CallError error;
    error.retry_after = delay;
    const auto retry = Only<google::rpc::RetryInfo>(Decode(error));
    EXPECT_EQ(retry.retry_delay().seconds(), 0);
    EXPECT_EQ(retry.retry_delay().nanos(), 0);
  }
}

// How much the error takes in the trailers, encoded as gRPC does: percent-encoding for the message,
// base64 for the details.
size_t Encoded(const std::string& message, const std::string& details) {
  size_t size = (details.size() + 2) / 3 * 4;
  for (const char c : message) size += c >= 0x20 && c <= 0x7E && c != '%' ? 1 : 3;
  return size;
}

// Stock clients take trailers of 8 KiB, in which other keys have their place too.
TEST(FitDetails, StaysWithinWhatAStockClientTakes) {
  for (const std::string& text :
       {std::string(100000, 'm'), std::string(100000, '%'), std::string(100000, '\n'),
        std::string(100000, '\xFF'), std::string("short")}) {
    for (const int violations : {0, 1, 5, 100}) {
      CallError error;
      error.code = absl::StatusCode::kInvalidArgument;
      error.reason = "INVALID_PARAMETER";
      error.domain = "billogram.com";
      error.message = text;
      error.metadata = {{"field", text}, {"field_path", text}, {"http_status", "400"}};
      for (int i = 0; i < violations; ++i)
        error.violations.push_back({"field" + std::to_string(i), text});
      error.precondition_subject = "billogram/" + std::string(1000, 'x');
      error.request_id = std::string(128, 'r');
      const std::string details = FitDetails(error);
      EXPECT_LE(Encoded(error.message, details), kMaxErrorHeaders);
      google::rpc::Status status;
      ASSERT_TRUE(status.ParseFromString(details));
      EXPECT_EQ(status.code(), 3);
      EXPECT_EQ(status.message(), error.message);
      EXPECT_NE(error.message, "");
      const auto info = Only<google::rpc::ErrorInfo>(status);
      EXPECT_EQ(info.reason(), "INVALID_PARAMETER");
      EXPECT_EQ(info.metadata().at("http_status"), "400");
      if (violations > 0) {
        const auto bad = Only<google::rpc::BadRequest>(status);
        ASSERT_GE(bad.field_violations_size(), 1);
        EXPECT_EQ(bad.field_violations(0).field(), "field0");
      }
    }
  }
}

TEST(FitDetails, LeavesWhatFitsAlone) {
  CallError error;
  error.code = absl::StatusCode::kNotFound;
  error.reason = "NOT_FOUND";
  error.message = "object not found";
  error.violations = {{"id", "is unknown"}, {"no", "too"}};
  EXPECT_EQ(FitDetails(error), SerializeDetails(error));
  EXPECT_EQ(error.message, "object not found");
  EXPECT_EQ(error.violations.size(), 2u);
}

// A provider may tell any number of them. As many as fit are kept, at a cost that does not grow
// with the rest: this took minutes when each round left out a few.
TEST(FitDetails, IsCheapForAnyNumberOfViolations) {
  for (const std::string& text :
       {std::string(), std::string("is wrong"), std::string(300, 'x'), std::string(300, '\xC3')}) {
    CallError error;
    error.code = absl::StatusCode::kInvalidArgument;
    error.message = "m";
    error.violations.assign(100000, {text, text});
    const std::string details = FitDetails(error);
    EXPECT_LE(Encoded(error.message, details), kMaxErrorHeaders);
    google::rpc::Status status;
    ASSERT_TRUE(status.ParseFromString(details));
    const auto bad = Only<google::rpc::BadRequest>(status);
    EXPECT_EQ(bad.field_violations_size(), static_cast<int>(error.violations.size()));
    // No more was left out than had to be.
    error.violations.resize(error.violations.size() + 4, {text, text});
    EXPECT_GT(Encoded(error.message, SerializeDetails(error)), kMaxErrorHeaders);
  }
}

TEST(InvalidRequest, SaysHowManyMistakesItKnowsOf) {
  const auto message = [](size_t count) {
    return InvalidRequest(std::vector<Violation>(count, {"f", "d"})).message;
  };
  EXPECT_EQ(message(99), "the request has 99 mistakes");
  EXPECT_EQ(message(kMaxViolations), "the request has at least 100 mistakes");
}

TEST(InvalidRequest, HoldsAllViolations) {
  const CallError one = InvalidRequest({{"id", "must not be empty"}});
  EXPECT_EQ(one.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(one.domain, "billing-gateway");
  EXPECT_THAT(one.message, ::testing::HasSubstr("id"));
  EXPECT_THAT(one.message, ::testing::HasSubstr("must not be empty"));

  const CallError two = InvalidRequest({{"id", "a"}, {"billogram.items[1].count", "b"}});
  const auto bad = Only<google::rpc::BadRequest>(Decode(two));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "billogram.items[1].count");
  EXPECT_FALSE(two.never_retry);
  EXPECT_FALSE(two.retry_after.has_value());
}

TEST(InvalidRequest, TakesHostileText) {
  const CallError error =
      InvalidRequest({{"update_mask", "\"\xFF\xC3\" names no field"}, {"x\x80", "y"}});
  const auto bad = Only<google::rpc::BadRequest>(Decode(error));
  ASSERT_EQ(bad.field_violations_size(), 2);
}

TEST(CleanText, CutsAtACharacter) {
  EXPECT_EQ(CleanText("abc", 3), "abc");
  EXPECT_EQ(CleanText("abcd", 3), "abc");
  EXPECT_EQ(CleanText("ab\xC3\xA5", 3), "ab");
  EXPECT_EQ(CleanText("ab\xC3\xA5", 4), "ab\xC3\xA5");
  EXPECT_EQ(CleanText("\xF0\x9F\x98\x80x", 3), "");
  EXPECT_EQ(CleanText("\xF0\x9F\x98\x80x", 4), "\xF0\x9F\x98\x80");
  EXPECT_EQ(CleanText(std::string(5000, 'x')).size(), 4096u);
  std::string wide;
  while (wide.size() < 6000) wide += "\xE2\x82\xAC";
  EXPECT_EQ(CleanText(wide), wide.substr(0, 4095));
  EXPECT_EQ(CleanText("", 0), "");
}

TEST(CleanText, IsAlwaysUtf8) {
  for (std::string_view bad :
       {"\xFF\xFE", "a\xC3", "\x80\x80\x80", "\xED\xA0\x80", "\xF8\x88\x80\x80\x80"}) {
    for (size_t limit : {0u, 1u, 2u, 100u}) {
      const std::string clean = CleanText(bad, limit);
      EXPECT_LE(clean.size(), std::max<size_t>(limit, 0));
      google::rpc::ErrorInfo info;
      info.set_reason(clean);
      google::rpc::ErrorInfo back;
      EXPECT_TRUE(back.ParseFromString(info.SerializeAsString())) << limit;
    }
  }
  EXPECT_EQ(CleanText("caf\xE9 ok"), "caf? ok");
}

}  // namespace
}  // namespace billing::gateway::translate
