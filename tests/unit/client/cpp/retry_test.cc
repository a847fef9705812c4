#include "client/cpp/retry.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/command.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace billing::client {
namespace {

using grpc::StatusCode;

CallError Error(StatusCode code, std::string reason = "",
                std::optional<absl::Duration> retry_after = std::nullopt) {
  CallError error;
  error.code = code;
  error.reason = std::move(reason);
  error.retry_after = retry_after;
  return error;
}

RetryOptions Fixed() {
  RetryOptions options;
  options.random = [] { return 0.5; };
  return options;
}

RetryDecision DecideOn(CallError error, bool repeatable,
                       std::optional<std::string> pushback = std::nullopt, int number = 1) {
  return Decide(Fixed(), {.error = std::move(error),
                          .pushback = std::move(pushback),
                          .number = number,
                          .repeatable = repeatable});
}

TEST(DecideTest, RepeatsSafeCallsThatAreUnavailable) {
  const RetryDecision decision = DecideOn(Error(StatusCode::UNAVAILABLE), true);
  EXPECT_TRUE(decision.retry);
  EXPECT_EQ(decision.delay, absl::Milliseconds(100));
}

TEST(DecideTest, WaitsDoubleUpToTheLongest) {
  EXPECT_EQ(DecideOn(Error(StatusCode::UNAVAILABLE), true, {}, 3).delay, absl::Milliseconds(400));
  RetryOptions many = Fixed();
  many.max_attempts = 5000;
  EXPECT_EQ(
      Decide(many, {.error = Error(StatusCode::UNAVAILABLE), .number = 4000, .repeatable = true})
          .delay,
      absl::Seconds(5));
}

TEST(DecideTest, NeverRepeatsAnUnknownOutcome) {
  for (const bool repeatable : {true, false}) {
    for (const StatusCode code : {StatusCode::UNKNOWN, StatusCode::UNAVAILABLE}) {
      EXPECT_FALSE(
          DecideOn(Error(code, "OUTCOME_UNKNOWN", absl::Seconds(1)), repeatable, "0").retry);
    }
  }
}

TEST(DecideTest, UnsafeCallsNeedTheGatewaysWord) {
  EXPECT_FALSE(DecideOn(Error(StatusCode::UNAVAILABLE), false).retry);
  EXPECT_FALSE(DecideOn(Error(StatusCode::UNAVAILABLE, "UPSTREAM_UNREACHABLE"), false).retry);
  // Pushback alone may come from a proxy between.
  EXPECT_FALSE(DecideOn(Error(StatusCode::UNAVAILABLE), false, "10").retry);
  EXPECT_TRUE(
      DecideOn(Error(StatusCode::UNAVAILABLE, "UPSTREAM_UNREACHABLE", absl::Seconds(1)), false)
          .retry);
  EXPECT_TRUE(
      DecideOn(Error(StatusCode::RESOURCE_EXHAUSTED, "RATE_LIMITED", absl::Seconds(1)), false)
          .retry);
}

TEST(DecideTest, ObeysPushbackBeforeRetryInfo) {
  const CallError error = Error(StatusCode::UNAVAILABLE, "UPSTREAM_FAILED", absl::Seconds(9));
  EXPECT_EQ(DecideOn(error, true).delay, absl::Seconds(9));
  EXPECT_EQ(DecideOn(error, true, "250").delay, absl::Milliseconds(250));
  EXPECT_EQ(DecideOn(error, true, "0").delay, absl::ZeroDuration());
  for (const char* pushback : {"-1", "", "soon", "99999999999999999999"}) {
    EXPECT_FALSE(DecideOn(error, true, pushback).retry) << pushback;
  }
}

TEST(DecideTest, OtherCodesAreFinal) {
  for (int code = 1; code <= 16; ++code) {
    const auto status = static_cast<StatusCode>(code);
    if (status == StatusCode::UNAVAILABLE) continue;
    EXPECT_FALSE(DecideOn(Error(status), true).retry) << code;
  }
  EXPECT_FALSE(DecideOn(Error(StatusCode::INVALID_ARGUMENT, "X", absl::Seconds(1)), true).retry);
}

TEST(DecideTest, AttemptsRunOut) {
  EXPECT_TRUE(DecideOn(Error(StatusCode::UNAVAILABLE), true, {}, 3).retry);
  EXPECT_FALSE(DecideOn(Error(StatusCode::UNAVAILABLE), true, {}, 4).retry);
}

grpc::Status WithDetails(StatusCode code, const std::string& reason, int retry_seconds) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  status.add_details()->PackFrom(info);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(retry_seconds);
  status.add_details()->PackFrom(retry);
  return {code, "later", status.SerializeAsString()};
}

// Runs CallWithRetry over a list of results, on a clock that only its waits move.
class CallWithRetryTest : public testing::Test {
 protected:
  grpc::Status Run(const google::protobuf::Message& request, std::vector<grpc::Status> results) {
    RetryOptions options = Fixed();
    options.trust_idempotency_keys = trust_;
    options.now = [this] { return now_; };
    options.sleep = [this](absl::Duration time) {
      waits_.push_back(time);
      now_ += time;
    };
    return CallWithRetry(options, call_, request, [&](grpc::ClientContext&) {
      const size_t at = std::min<size_t>(attempts_++, results.size() - 1);
      return results[at];
    });
  }

  CallOptions call_;
  bool trust_ = false;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::vector<absl::Duration> waits_;
  size_t attempts_ = 0;
};

const grpc::Status kGone(StatusCode::UNAVAILABLE, "connection reset");

TEST_F(CallWithRetryTest, UntilSuccess) {
  EXPECT_TRUE(Run(billogram::v2::GetBillogramRequest(), {kGone, kGone, grpc::Status::OK}).ok());
  EXPECT_EQ(attempts_, 3u);
  EXPECT_EQ(waits_,
            (std::vector<absl::Duration>{absl::Milliseconds(100), absl::Milliseconds(200)}));
}

TEST_F(CallWithRetryTest, APaymentIsMadeOnce) {
  const grpc::Status status = Run(billogram::v2::PaymentRequest(), {kGone});
  EXPECT_EQ(attempts_, 1u);
  EXPECT_EQ(status.error_message(),
            "connection reset (not repeated after 1 attempt: it may have been done already)");
}

TEST_F(CallWithRetryTest, AKeyIsTrustedOnlyWhenTold) {
  call_.idempotency_key = NewIdempotencyKey();
  Run(billogram::v2::PaymentRequest(), {kGone});
  EXPECT_EQ(attempts_, 1u);
  trust_ = true;
  attempts_ = 0;
  Run(billogram::v2::PaymentRequest(), {kGone});
  EXPECT_EQ(attempts_, 4u);
}

TEST_F(CallWithRetryTest, TheDeadlineBoundsTheWaits) {
  call_.timeout = absl::Seconds(5);
  const grpc::Status status = Run(billogram::v2::GetBillogramRequest(),
                                  {WithDetails(StatusCode::UNAVAILABLE, "UPSTREAM_FAILED", 3)});
  EXPECT_EQ(attempts_, 2u);
  EXPECT_NE(status.error_message().find("would pass the deadline"), std::string::npos);
  EXPECT_EQ(ToCallError(status).reason, "UPSTREAM_FAILED");
}

TEST_F(CallWithRetryTest, ARefusalAfterDoubtSaysSo) {
  billogram::v2::CreateBillogramRequest request;
  request.mutable_billogram()->set_creditor_unique_value("order-1");
  const grpc::Status status =
      Run(request, {WithDetails(StatusCode::UNAVAILABLE, "UPSTREAM_FAILED", 1),
                    {StatusCode::INVALID_ARGUMENT, "creditor_unique_value is taken"}});
  EXPECT_EQ(attempts_, 2u);
  EXPECT_NE(status.error_message().find("an earlier one may have done it"), std::string::npos);
}

TEST_F(CallWithRetryTest, BadOptionsAreNotSent) {
  call_.account = "a\nb";
  EXPECT_EQ(Run(billogram::v2::GetBillogramRequest(), {grpc::Status::OK}).error_code(),
            StatusCode::INVALID_ARGUMENT);
  call_.account.clear();
  call_.idempotency_key = std::string(256, 'k');
  EXPECT_EQ(Run(billogram::v2::GetBillogramRequest(), {grpc::Status::OK}).error_code(),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(attempts_, 0u);
}

TEST(IdempotencyKeyTest, IsNewEveryTime) {
  const std::string key = NewIdempotencyKey();
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(key.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(key, NewIdempotencyKey());
}

}  // namespace
}  // namespace billing::client
