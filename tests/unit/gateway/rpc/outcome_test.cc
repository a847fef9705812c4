#include "service/gateway/rpc/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/gateway/providers/billogram/billogram.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;
using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using translate::CallError;
using upstream::TransferOutcome;
using upstream::TransferResult;

// An error as a caller sees it, decoded by the protobuf library from its details.
struct Seen {
  StatusCode code;
  std::string message;
  std::string reason;
  std::string domain;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> fields;        // BadRequest
  std::vector<std::string> descriptions;  // BadRequest
  std::string precondition;               // "type subject" of PreconditionFailure
  std::optional<absl::Duration> retry;
  bool never_retry = false;
};

Seen Look(const CallError& error) {
  Seen seen;
  google::rpc::Status status;
  EXPECT_TRUE(status.ParseFromString(translate::SerializeDetails(error)));
  seen.code = static_cast<StatusCode>(status.code());
  seen.message = status.message();
  seen.never_retry = error.never_retry;
  bool has_info = false;
  for (const google::protobuf::Any& any : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::PreconditionFailure failure;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      has_info = true;
      seen.reason = info.reason();
      seen.domain = info.domain();
      seen.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        seen.fields.push_back(violation.field());
        seen.descriptions.push_back(violation.description());
      }
    } else if (any.UnpackTo(&failure)) {
      for (const auto& violation : failure.violations()) {
        seen.precondition += violation.type() + " " + violation.subject();
      }
    } else if (any.UnpackTo(&retry)) {
      seen.retry = absl::Seconds(retry.retry_delay().seconds()) +
                   absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  EXPECT_TRUE(has_info) << "every error carries ErrorInfo";
  EXPECT_NE(seen.reason, "");
  return seen;
}

class OutcomeTest : public ::testing::Test {
 protected:
  OutcomeContext Context(const std::string& method, v1::Safety safety,
                         std::string_view subject = "billogram/2kAEEjE") {
    const translate::Method* found = methods_->Find("/billogram.v2." + method);
    EXPECT_NE(found, nullptr) << method;
    return {*found, provider_, "acme", subject, safety, now_};
  }

  static TransferResult Answer(int status, std::string_view body,
                               std::string_view retry_after = "") {
    TransferResult result;
    result.outcome = TransferOutcome::kOk;
    result.request_sent = true;
    result.http_status = status;
    result.content_type = "application/json";
    result.retry_after = std::string(retry_after);
    EXPECT_TRUE(result.body.Append(body));
    return result;
  }

  Seen Of(const OutcomeContext& context, const TransferResult& result) {
    const Outcome outcome = AnswerError(context, result);
    const Seen seen = Look(outcome.error);
    EXPECT_EQ(outcome.credentials_rejected, seen.metadata.count("upstream_credentials") == 1);
    EXPECT_EQ(seen.metadata.count("account"), 1u);
    return seen;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1619780853);  // Fri, 30 Apr 2021 11:07:33 GMT
  std::unique_ptr<translate::MethodTable> methods_ = translate::testing::BillogramMethods();
  providers::Billogram provider_;
};

constexpr char kCreate[] = "BillogramService/CreateBillogram";
constexpr char kGet[] = "BillogramService/GetBillogram";
constexpr char kCredit[] = "CommandService/Credit";

std::string Body(const std::string& status, const std::string& rest = "") {
  return R"({"status":")" + status + R"(","data":{"message":"upstream's words")" + rest + "}}";
}

TEST_F(OutcomeTest, TheTableOfTheProvidersOwnCodes) {
  struct Row {
    const char* status;
    int http;
    StatusCode code;
    bool retry = false;
    bool precondition = false;
    bool credentials = false;
  };
  for (const Row& row : {
           Row{"INVALID_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_PARAMETER_COMBINATION", 400, StatusCode::kInvalidArgument},
           Row{"READ_ONLY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"UNKNOWN_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"MISSING_QUERY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_QUERY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_OBJECT_STATE", 400, StatusCode::kFailedPrecondition, false, true},
           Row{"NOT_FOUND", 404, StatusCode::kNotFound},
           Row{"NOT_AVAILABLE_YET", 404, StatusCode::kUnavailable, true},
           Row{"NOT_AVAILABLE_YET", 503, StatusCode::kUnavailable, true},
           Row{"NOT_AVAILABLE_YET", 200, StatusCode::kUnavailable, true},
           Row{"PERMISSION_DENIED", 403, StatusCode::kPermissionDenied},
           Row{"MISSING_AUTH", 401, StatusCode::kFailedPrecondition, false, false, true},
           Row{"INVALID_AUTH", 401, StatusCode::kFailedPrecondition, false, false, true},
           Row{"INVALID_AUTH", 403, StatusCode::kFailedPrecondition, false, false, true},
           Row{"METHOD_NOT_ALLOWED", 405, StatusCode::kUnimplemented},
           Row{"INVALID_OBJECT_STATE", 200, StatusCode::kFailedPrecondition, false, true},
           Row{"SOMETHING_NEW", 400, StatusCode::kInvalidArgument},
           Row{"SOMETHING_NEW", 401, StatusCode::kFailedPrecondition, false, false, true},
           Row{"SOMETHING_NEW", 403, StatusCode::kPermissionDenied},
           Row{"SOMETHING_NEW", 404, StatusCode::kNotFound},
           Row{"SOMETHING_NEW", 409, StatusCode::kAborted},
           Row{"SOMETHING_NEW", 422, StatusCode::kFailedPrecondition, false, true},
           Row{"SOMETHING_NEW", 429, StatusCode::kResourceExhausted, true},
           Row{"INVALID_PARAMETER", 429, StatusCode::kResourceExhausted, true},
       }) {
    for (const v1::Safety safety : {v1::SAFETY_SAFE, v1::SAFETY_UNSAFE}) {
      const std::string label = std::string(row.status) + std::to_string(row.http);
      const Seen seen = Of(Context(kCredit, safety), Answer(row.http, Body(row.status)));
      EXPECT_EQ(seen.code, row.code) << label;
      EXPECT_EQ(seen.reason, row.status);
      EXPECT_EQ(seen.domain, "billogram.com") << label;
      EXPECT_EQ(seen.message, "upstream's words");
      EXPECT_EQ(seen.metadata.at("http_status"), std::to_string(row.http));
      EXPECT_EQ(seen.metadata.at("account"), "acme");
      EXPECT_EQ(seen.metadata.at("method"), "billogram.v2.CommandService/Credit");
      EXPECT_EQ(seen.retry.has_value(), row.retry) << label;
      EXPECT_EQ(seen.precondition,
                row.precondition ? std::string(row.status) + " billogram/2kAEEjE" : "")
          << label;
      EXPECT_EQ(seen.metadata.count("upstream_credentials"), row.credentials ? 1u : 0u) << label;
      if (row.credentials) {
        EXPECT_EQ(seen.metadata.at("upstream_credentials"), "rejected");
      }
      EXPECT_FALSE(seen.never_retry) << label;
    }
  }
}

TEST_F(OutcomeTest, NamesTheSubjectOfAPrecondition) {
  struct Case {
    const char* method;
    const char* subject;  // RestRequest::subject
    const char* named;
  };
  for (const Case& c : {
           Case{kCredit, "billogram/2kAEEjE", "billogram/2kAEEjE"},
           Case{kCreate, "", "billogram"},
           Case{"SettingsService/UpdateSettings", "", "settings"},
           Case{"PaymentSourceService/MigrateSepaMandate", "", "sepa_dd_mandate/migrate"},
       }) {
    const Seen seen = Of(Context(c.method, v1::SAFETY_UNSAFE, c.subject),
                         Answer(400, Body("INVALID_OBJECT_STATE")));
    EXPECT_EQ(seen.precondition, std::string("INVALID_OBJECT_STATE ") + c.named) << c.method;
  }
}

TEST_F(OutcomeTest, WithoutACodeTheHttpStatusDecides) {
  const std::pair<int, StatusCode> codes[] = {
      {400, StatusCode::kInvalidArgument},  {401, StatusCode::kFailedPrecondition},
      {403, StatusCode::kPermissionDenied}, {404, StatusCode::kNotFound},
      {409, StatusCode::kAborted},          {422, StatusCode::kFailedPrecondition},
      {429, StatusCode::kResourceExhausted}};
  for (const auto& [http, code] : codes) {
    for (const char* body : {"<html>no</html>", "", "{}", "null", R"({"status":"OK"})"}) {
      const Seen seen = Of(Context(kCredit, v1::SAFETY_UNSAFE), Answer(http, body));
      EXPECT_EQ(seen.code, code) << http << body;
      EXPECT_EQ(seen.domain, "billing-gateway") << http << body;
      EXPECT_NE(seen.message, "") << http << body;
      EXPECT_FALSE(seen.never_retry);
    }
  }
}

TEST_F(OutcomeTest, NamesTheFieldAtFaultByItsProtoPath) {
  struct Case {
    const char* method;
    const char* data;
    const char* field;           // of the violation
    const char* raw_field;       // metadata; "": none
    const char* raw_field_path;  // metadata; "": none
  };
  for (const Case& c : {
           Case{kCreate, R"(,"field":"price","field_path":"items[0]:price")",
                "billogram.items[0].price", "price", "items[0]:price"},
           Case{kCreate, R"(,"field":"price","field_path":["items","0","price"])",
                "billogram.items[0].price", "price", "items:0:price"},
           Case{kCreate, R"(,"field":"customer_no","field_path":["customer","customer_no"])",
                "billogram.customer.customer_no", "customer_no", "customer:customer_no"},
           Case{kCreate, R"(,"field":"due_date","field_path":null)", "billogram.due_date",
                "due_date", ""},
           Case{kCreate, R"(,"field":"due_date","field_path":[])", "billogram.due_date", "due_date",
                ""},
           Case{kCreate, R"(,"field":"due_date")", "billogram.due_date", "due_date", ""},
           Case{kCreate, R"(,"field":"item_id","field_path":[])", "item_id", "item_id", ""},
           Case{kCreate, R"(,"field_path":"on_success:method")", "on_success.method", "",
                "on_success:method"},
           Case{kCreate, R"(,"field_path":"no:such[0]:thing")", "no:such[0]:thing", "",
                "no:such[0]:thing"},
           Case{kCredit, R"(,"field":"amount","field_path":"amount")", "amount", "amount",
                "amount"},
           Case{kCredit, R"(,"field":"count","field_path":"items[1]:count")", "items[1].count",
                "count", "items[1]:count"},
           Case{"BillogramService/ListBillograms", R"(,"field":"page_size")", "page_size",
                "page_size", ""},
       }) {
    const Seen seen =
        Of(Context(c.method, v1::SAFETY_UNSAFE), Answer(400, Body("INVALID_PARAMETER", c.data)));
    EXPECT_THAT(seen.fields, ElementsAre(c.field)) << c.data;
    EXPECT_THAT(seen.descriptions, ElementsAre("upstream's words"));
    const auto meta = [&](const char* key) {
      return seen.metadata.count(key) ? seen.metadata.at(key) : "";
    };
    EXPECT_EQ(meta("field"), c.raw_field) << c.data;
    EXPECT_EQ(meta("field_path"), c.raw_field_path) << c.data;
  }
  EXPECT_THAT(
      Of(Context(kCreate, v1::SAFETY_UNSAFE), Answer(400, Body("INVALID_PARAMETER"))).fields,
      IsEmpty());
  // No violation of the request where the request is not at fault.
  EXPECT_THAT(
      Of(Context(kCreate, v1::SAFETY_UNSAFE), Answer(404, Body("NOT_FOUND", R"(,"field":"id")")))
          .fields,
      IsEmpty());
}

TEST_F(OutcomeTest, HostileTextStaysWithinBounds) {
  const std::string longest(100000, 'x');
  const Seen seen =
      Of(Context(kCreate, v1::SAFETY_UNSAFE),
         Answer(400, R"({"status":"INVALID_PARAMETER","data":{"message":")" + longest +
                         R"(","field":")" + longest + R"(","field_path":")" + longest + R"("}})"));
  EXPECT_EQ(seen.code, StatusCode::kInvalidArgument);
  EXPECT_EQ(seen.message.size(), 4096u);
  for (const auto& [key, value] : seen.metadata) EXPECT_LE(value.size(), 4096u) << key;
  for (const std::string& field : seen.fields) EXPECT_LE(field.size(), 4096u);
  Of(Context(kCreate, v1::SAFETY_UNSAFE),
     Answer(
         400,
         R"({"status":"INVALID_PARAMETER","data":{"message":"\ud800","field":"\udc00","field_path":["\ud800"]}})"));
}

TEST_F(OutcomeTest, A5xxIsUnavailableWhereItMayBeRepeated) {
  for (const int http : {500, 502, 503, 504, 599}) {
    for (const v1::Safety safety :
         {v1::SAFETY_SAFE, v1::SAFETY_IDEMPOTENT, v1::SAFETY_DEDUPLICATED}) {
      const Seen seen = Of(Context(kGet, safety), Answer(http, "<html>oops</html>"));
      EXPECT_EQ(seen.code, StatusCode::kUnavailable);
      EXPECT_EQ(seen.domain, "billing-gateway");
      EXPECT_EQ(seen.metadata.at("http_status"), std::to_string(http));
      EXPECT_TRUE(seen.retry.has_value());
      EXPECT_FALSE(seen.never_retry);
    }
    const Seen seen = Of(Context(kCredit, v1::SAFETY_UNSAFE), Answer(http, Body("INTERNAL_ERROR")));
    EXPECT_EQ(seen.code, StatusCode::kUnknown);
    EXPECT_EQ(seen.reason, "OUTCOME_UNKNOWN");
    EXPECT_EQ(seen.domain, "billing-gateway");
    EXPECT_TRUE(seen.never_retry);
    EXPECT_FALSE(seen.retry.has_value());
  }
}

TEST_F(OutcomeTest, RedirectsAreNeverFollowed) {
  for (const int http : {300, 301, 302, 303, 304, 307, 308, 399}) {
    const Seen seen = Of(Context(kGet, v1::SAFETY_SAFE), Answer(http, ""));
    EXPECT_EQ(seen.code, StatusCode::kInternal) << http;
    EXPECT_EQ(seen.reason, "UPSTREAM_REDIRECT");
    EXPECT_EQ(seen.domain, "billing-gateway");
  }
}

// Proxies and balancers send it, of a connection rather than of a request.
TEST_F(OutcomeTest, RequestTimeout) {
  for (const char* body : {"", R"({"status":"SOMETHING_NEW","data":{}})"}) {
    EXPECT_EQ(Of(Context(kCredit, v1::SAFETY_UNSAFE), Answer(408, body)).reason, "OUTCOME_UNKNOWN");
    const Seen safe = Of(Context(kGet, v1::SAFETY_SAFE), Answer(408, body));
    EXPECT_EQ(safe.code, StatusCode::kUnavailable);
    EXPECT_TRUE(safe.retry.has_value());
  }
}

// A success whose status nobody can read, or nobody documented, is an unreadable answer.
TEST_F(OutcomeTest, ASuccessThatSaysOtherwiseUnreadably) {
  for (const char* body :
       {R"({"status":"not ok at all","data":null})", R"({"status":"","data":{}})",
        R"({"status":"ok","data":{}})", R"({"status":"SOMETHING_NEW","data":{"message":"hm"}})"}) {
    const Seen unsafe = Of(Context(kCredit, v1::SAFETY_UNSAFE), Answer(200, body));
    EXPECT_EQ(unsafe.code, StatusCode::kUnknown) << body;
    EXPECT_EQ(unsafe.reason, "OUTCOME_UNKNOWN") << body;
    EXPECT_TRUE(unsafe.never_retry);
    const Seen safe = Of(Context(kGet, v1::SAFETY_SAFE), Answer(200, body));
    EXPECT_EQ(safe.code, StatusCode::kInternal) << body;
    EXPECT_EQ(safe.reason, "UPSTREAM_MALFORMED") << body;
  }
}

TEST_F(OutcomeTest, RetryAfterIsHandedOn) {
  struct Case {
    const char* text;
    absl::Duration delay;
  };
  for (const Case& c :
       {Case{"17", absl::Seconds(17)}, Case{" 5 ", absl::Seconds(5)},
        Case{"0", absl::ZeroDuration()}, Case{"Fri, 30 Apr 2021 11:08:03 GMT", absl::Seconds(30)},
        Case{"Fri, 30 Apr 2021 11:00:00 GMT", absl::ZeroDuration()}}) {
    for (const int http : {429, 503}) {
      const Seen seen = Of(Context(kGet, v1::SAFETY_SAFE), Answer(http, "", c.text));
      EXPECT_EQ(seen.retry, c.delay) << c.text << http;
    }
  }
  // Without one, or with garbage, the caller still learns that and when to try again.
  for (const char* text :
       {"", "soon", "-5", "1.5", "99999999999999999999999", "Fri, 99 Apr 2021 11:08:03 GMT"}) {
    const Seen seen = Of(Context(kGet, v1::SAFETY_SAFE), Answer(429, "", text));
    ASSERT_TRUE(seen.retry.has_value()) << text;
    EXPECT_GT(*seen.retry, absl::ZeroDuration()) << text;
  }
}

TEST(ParseRetryAfter, ReadsSecondsAndEveryHttpDate) {
  const absl::Time now = absl::FromUnixSeconds(1619780853);
  EXPECT_EQ(ParseRetryAfter("120", now), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("999999999", now), absl::Hours(1));
  EXPECT_EQ(ParseRetryAfter("Fri, 30 Apr 2021 11:09:33 GMT", now), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("Sat, 30 Apr 2022 11:09:33 GMT", now), absl::Hours(1));
  EXPECT_EQ(ParseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", now), absl::ZeroDuration());
  // The two obsolete forms, which a recipient must take (RFC 9110, section 5.6.7).
  EXPECT_EQ(ParseRetryAfter("Friday, 30-Apr-21 11:09:33 GMT", now), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("Fri Apr 30 11:09:33 2021", now), absl::Seconds(120));
  for (const char* bad :
       {"", " ", "-1", "+", "1s", "tomorrow", "2021-04-30T11:09:33Z", "Fri, 30 Apr 2021", "0x10"}) {
    EXPECT_FALSE(ParseRetryAfter(bad, now).has_value()) << bad;
  }
  EXPECT_FALSE(ParseRetryAfter(std::string_view("1\0", 2), now).has_value());
}

TEST_F(OutcomeTest, TransfersThatBroughtNoAnswer) {
  struct Row {
    TransferOutcome outcome;
    bool sent;
    v1::Safety safety;
    StatusCode code;
    const char* reason;  // "": not said by the design
    bool never_retry;
    int http = 0;
  };
  for (const Row& row : {
           Row{TransferOutcome::kConnectFailed, false, v1::SAFETY_UNSAFE, StatusCode::kUnavailable,
               "", false},
           Row{TransferOutcome::kConnectFailed, false, v1::SAFETY_SAFE, StatusCode::kUnavailable,
               "", false},
           Row{TransferOutcome::kBroken, false, v1::SAFETY_UNSAFE, StatusCode::kUnavailable, "",
               false},
           Row{TransferOutcome::kBroken, true, v1::SAFETY_SAFE, StatusCode::kUnavailable, "",
               false},
           Row{TransferOutcome::kBroken, true, v1::SAFETY_IDEMPOTENT, StatusCode::kUnavailable, "",
               false},
           Row{TransferOutcome::kBroken, true, v1::SAFETY_DEDUPLICATED, StatusCode::kUnavailable,
               "", false},
           Row{TransferOutcome::kBroken, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true},
           Row{TransferOutcome::kBroken, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true, 200},
           Row{TransferOutcome::kStopped, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true},
           Row{TransferOutcome::kStopped, false, v1::SAFETY_UNSAFE, StatusCode::kUnavailable, "",
               false},
           Row{TransferOutcome::kTimedOut, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true},
           Row{TransferOutcome::kTimedOut, false, v1::SAFETY_UNSAFE, StatusCode::kDeadlineExceeded,
               "", false},
           Row{TransferOutcome::kTimedOut, true, v1::SAFETY_SAFE, StatusCode::kDeadlineExceeded, "",
               false},
           Row{TransferOutcome::kInternal, false, v1::SAFETY_UNSAFE, StatusCode::kInternal, "",
               false},
           Row{TransferOutcome::kInternal, true, v1::SAFETY_SAFE, StatusCode::kInternal, "", false},
           Row{TransferOutcome::kInternal, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true},
           Row{TransferOutcome::kStopped, true, v1::SAFETY_SAFE, StatusCode::kUnavailable,
               "DRAINING", false},
           Row{TransferOutcome::kCancelled, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true},
           Row{TransferOutcome::kCancelled, false, v1::SAFETY_UNSAFE, StatusCode::kCancelled, "",
               false},
           Row{TransferOutcome::kCancelled, true, v1::SAFETY_SAFE, StatusCode::kCancelled, "",
               false},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_SAFE, StatusCode::kUnavailable,
               "UPSTREAM_FAILED", false, 500},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_SAFE, StatusCode::kInternal,
               "UPSTREAM_TOO_LARGE", false, 200},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true, 200},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true, 503},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_UNSAFE, StatusCode::kUnknown,
               "OUTCOME_UNKNOWN", true, 0},
           Row{TransferOutcome::kTooLarge, true, v1::SAFETY_UNSAFE, StatusCode::kInternal,
               "UPSTREAM_TOO_LARGE", false, 400},
       }) {
    TransferResult result;
    result.outcome = row.outcome;
    result.request_sent = row.sent;
    result.http_status = row.http;
    result.error = "why";
    const Seen seen = Look(TransferError(Context(kCredit, row.safety), result));
    const std::string label = std::to_string(static_cast<int>(row.outcome)) + " " +
                              std::to_string(row.safety) + " " + std::to_string(row.http);
    EXPECT_EQ(seen.code, row.code) << label;
    if (*row.reason != '\0') {
      EXPECT_EQ(seen.reason, row.reason) << label;
    }
    EXPECT_EQ(seen.never_retry, row.never_retry) << label;
    EXPECT_EQ(seen.domain, "billing-gateway");
    EXPECT_EQ(seen.metadata.at("account"), "acme");
    EXPECT_EQ(seen.metadata.at("method"), "billogram.v2.CommandService/Credit");
    if (row.code == StatusCode::kUnavailable) {
      EXPECT_TRUE(seen.retry.has_value()) << label;
    }
    if (row.http != 0) {
      EXPECT_EQ(seen.metadata.at("http_status"), std::to_string(row.http));
    }
  }
}

TEST_F(OutcomeTest, AnAnswerThatCannotBeRead) {
  for (const v1::Safety safety :
       {v1::SAFETY_SAFE, v1::SAFETY_IDEMPOTENT, v1::SAFETY_DEDUPLICATED}) {
    const Seen seen = Look(UnreadableAnswer(Context(kGet, safety), 200, "not UTF-8"));
    EXPECT_EQ(seen.code, StatusCode::kInternal);
    EXPECT_EQ(seen.reason, "UPSTREAM_MALFORMED");
    EXPECT_THAT(seen.message, HasSubstr("not UTF-8"));
    EXPECT_FALSE(seen.never_retry);
  }
  const Seen seen =
      Look(UnreadableAnswer(Context(kCredit, v1::SAFETY_UNSAFE), 200, "empty document"));
  EXPECT_EQ(seen.code, StatusCode::kUnknown);
  EXPECT_EQ(seen.reason, "OUTCOME_UNKNOWN");
  EXPECT_TRUE(seen.never_retry);
  EXPECT_EQ(seen.metadata.at("http_status"), "200");
}

}  // namespace
}  // namespace billing::gateway::rpc
