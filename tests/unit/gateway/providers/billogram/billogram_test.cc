#include "service/gateway/providers/billogram/billogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/gateway/translate/translate_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::providers {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BillogramTest : public ::testing::Test {
 protected:
  Fault Read(int status, std::string_view body,
             std::string_view content_type = "application/json") {
    return provider_.ReadError(*methods_->Find("/billogram.v2.BillogramService/CreateBillogram"),
                               {status, content_type, body});
  }

  // A secret file with `text` in it.
  std::string File(const std::string& name, const std::string& text) {
    return folder_.Write(name + std::to_string(files_++), text);
  }

  billing::gateway::v1::AccountConfig Account(const std::string& user, const std::string& key) {
    billing::gateway::v1::AccountConfig account;
    account.mutable_credentials()->set_user_file(user);
    account.mutable_credentials()->set_key_file(key);
    return account;
  }

  std::unique_ptr<translate::MethodTable> methods_ = translate::testing::BillogramMethods();
  Billogram provider_;
  int files_ = 0;
  TempFolder folder_;
};

// The statuses of the reference, section 2.4, and their codes of design/api.md, Errors.
TEST_F(BillogramTest, KnowsEveryStatusOfTheReference) {
  struct Row {
    const char* status;
    int http;
    StatusCode code;
    bool credentials = false;
    bool not_yet = false;
  };
  for (const Row& row : {
           Row{"MISSING_AUTH", 401, StatusCode::kFailedPrecondition, true},
           Row{"MISSING_AUTH", 403, StatusCode::kFailedPrecondition, true},
           Row{"INVALID_AUTH", 401, StatusCode::kFailedPrecondition, true},
           Row{"INVALID_AUTH", 403, StatusCode::kFailedPrecondition, true},
           Row{"PERMISSION_DENIED", 403, StatusCode::kPermissionDenied},
           Row{"NOT_FOUND", 404, StatusCode::kNotFound},
           Row{"NOT_FOUND", 400, StatusCode::kNotFound},
           Row{"NOT_AVAILABLE_YET", 404, StatusCode::kUnavailable, false, true},
           Row{"NOT_AVAILABLE_YET", 400, StatusCode::kUnavailable, false, true},
           Row{"NOT_AVAILABLE_YET", 503, StatusCode::kUnavailable, false, true},
           Row{"METHOD_NOT_ALLOWED", 405, StatusCode::kUnimplemented},
           Row{"MISSING_QUERY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_QUERY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_PARAMETER", 422, StatusCode::kInvalidArgument},
           Row{"INVALID_PARAMETER_COMBINATION", 400, StatusCode::kInvalidArgument},
           Row{"READ_ONLY_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"UNKNOWN_PARAMETER", 400, StatusCode::kInvalidArgument},
           Row{"INVALID_OBJECT_STATE", 400, StatusCode::kFailedPrecondition},
           // A success that says otherwise counts as what it says.
           Row{"NOT_FOUND", 200, StatusCode::kNotFound},
           Row{"INVALID_OBJECT_STATE", 200, StatusCode::kFailedPrecondition},
           Row{"INVALID_AUTH", 200, StatusCode::kFailedPrecondition, true},
           Row{"NOT_AVAILABLE_YET", 200, StatusCode::kUnavailable, false, true},
       }) {
    const Fault fault = Read(row.http, std::string(R"({"status":")") + row.status +
                                           R"(","data":{"message":"why","field":"f"}})");
    EXPECT_EQ(fault.code, row.code) << row.status << row.http;
    EXPECT_EQ(fault.reason, row.status);
    EXPECT_TRUE(fault.own_reason);
    EXPECT_EQ(fault.message, "why");
    EXPECT_EQ(fault.field, "f");
    EXPECT_EQ(fault.credentials_rejected, row.credentials) << row.status << row.http;
    EXPECT_EQ(fault.not_available_yet, row.not_yet) << row.status;
  }
}

TEST_F(BillogramTest, JudgesTheUnknownByItsHttpStatus) {
  const std::pair<int, StatusCode> codes[] = {
      {400, StatusCode::kInvalidArgument},    {401, StatusCode::kFailedPrecondition},
      {403, StatusCode::kPermissionDenied},   {404, StatusCode::kNotFound},
      {405, StatusCode::kUnimplemented},      {409, StatusCode::kAborted},
      {422, StatusCode::kFailedPrecondition}, {429, StatusCode::kResourceExhausted},
      {500, StatusCode::kUnavailable},        {502, StatusCode::kUnavailable},
      {503, StatusCode::kUnavailable}};
  for (const auto& [http, code] : codes) {
    for (const char* body :
         {R"({"status":"A_NEW_ONE","data":{"message":"m"}})", R"({"status":"OK","data":null})",
          R"({"data":{"message":"m"}})", R"({"status":7})", "{}"}) {
      EXPECT_EQ(Read(http, body).code, code) << http << body;
    }
  }
  // Its own code is handed on, whatever it means.
  const Fault fault = Read(400, R"({"status":"A_NEW_ONE","data":{"message":"m"}})");
  EXPECT_EQ(fault.reason, "A_NEW_ONE");
  EXPECT_TRUE(fault.own_reason);
  EXPECT_FALSE(Read(400, "{}").own_reason);
  EXPECT_TRUE(Read(401, "{}").credentials_rejected);
  EXPECT_FALSE(Read(403, "{}").credentials_rejected);
}

TEST_F(BillogramTest, ReadsAFieldPathInAllItsShapes) {
  struct Case {
    const char* field_path;
    const char* joined;
  };
  for (const Case& c :
       {Case{R"("items[0]:price")", "items[0]:price"}, Case{"null", ""}, Case{"[]", ""},
        Case{R"("")", ""}, Case{R"(["items","0","price"])", "items:0:price"},
        Case{R"(["items",0,"price"])", "items:0:price"}, Case{R"(["contact"])", "contact"},
        Case{"7", ""}, Case{"{}", ""}}) {
    const Fault fault = Read(
        400, std::string(R"({"status":"INVALID_PARAMETER","data":{"message":"m","field":"price",)"
                         R"("field_path":)") +
                 c.field_path + "}}");
    EXPECT_EQ(fault.field_path, c.joined);
    EXPECT_EQ(fault.field, "price");
  }
  EXPECT_EQ(Read(400, R"({"status":"INVALID_PARAMETER","data":{"message":"m"}})").field, "");
  EXPECT_EQ(
      Read(400, R"({"status":"INVALID_PARAMETER","data":{"field":null,"message":null}})").field,
      "");
}

TEST_F(BillogramTest, TakesBodiesThatAreNoErrorDocument) {
  const std::string deep = std::string(100000, '[');
  for (const std::string& body :
       {std::string(), std::string("<html><h1>502 Bad Gateway</h1></html>"), std::string("null"),
        std::string("[]"), std::string("\"x\""), std::string("{\"status\":"),
        std::string("{\"status\":\"X\",\"status\":\"Y\"}"), deep, std::string("{\"data\":") + deep,
        std::string("\xFF\xFE\x00\x01", 4), std::string(R"({"status":"OK","data":{}})"),
        std::string(R"({"status":"<script>","data":{"message":"m"}})"),
        std::string(R"({"status":"has space","data":null})"),
        R"({"status":")" + std::string(100, 'A') + R"("})", std::string(R"({"status":"\u0000"})"),
        std::string(R"({"status":"","data":[]})"),
        std::string(R"({"data":{"message":{"a":1},"field":[1]}})")}) {
    const Fault fault = Read(400, body, "text/html");
    EXPECT_EQ(fault.code, StatusCode::kInvalidArgument) << body.substr(0, 100);
    EXPECT_FALSE(fault.own_reason) << body.substr(0, 100);
    EXPECT_NE(fault.reason, "");
    EXPECT_LE(fault.message.size(), 4096u);
  }
}

TEST_F(BillogramTest, KeepsMessagesShortAndClean) {
  const std::string swedish = "Fakturan finns inte: \\u00e5\\u00e4\\u00f6 \\\"x\\\"";
  EXPECT_EQ(Read(404, R"({"status":"NOT_FOUND","data":{"message":")" + swedish + R"("}})").message,
            "Fakturan finns inte: \xC3\xA5\xC3\xA4\xC3\xB6 \"x\"");
  EXPECT_EQ(Read(400, R"({"status":"X","data":{"message":")" + std::string(10000, 'm') + R"("}})")
                .message.size(),
            4096u);
  const std::string lone = Read(400, R"({"status":"X","data":{"message":"a\ud800b"}})").message;
  EXPECT_THAT(lone, Not(HasSubstr("\xED\xA0\x80")));
}

TEST_F(BillogramTest, SendsBasicAuthentication) {
  // RFC 7617's own example.
  auto headers = provider_.Headers(Account(File("user", "Aladdin\n"), File("key", "open sesame")));
  ASSERT_TRUE(headers.ok()) << headers.status();
  EXPECT_THAT(*headers, ::testing::IsSupersetOf(
                            {NameValue("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
                             NameValue("Accept", "application/json"),
                             NameValue("Content-Type", "application/json")}));
  EXPECT_THAT(provider_.Query({}), IsEmpty());
}

TEST_F(BillogramTest, RefusesCredentialsItCannotSend) {
  const std::string user = File("user", "1234-AbCdEfGh");
  const std::string key = File("key", "k3y-of-the-test");
  EXPECT_FALSE(provider_.Headers(Account(user, "/nonexistent/key")).ok());
  EXPECT_FALSE(provider_.Headers(Account("/nonexistent/user", key)).ok());
  EXPECT_FALSE(provider_.Headers(Account(File("user", "a:b"), key)).ok());
  EXPECT_FALSE(provider_.Headers(Account(File("user", ""), key)).ok());
  EXPECT_FALSE(provider_.Headers(Account(user, File("key", "two\nlines"))).ok());
  for (const auto& refused : {provider_.Headers(Account(File("user", "sesame:open"), key)),
                              provider_.Headers(Account(user, File("key", "sesame\nopen")))}) {
    EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("sesame")));
  }
}

TEST_F(BillogramTest, HasTheNamesOfTheDesign) {
  EXPECT_EQ(provider_.name(), "billogram");
  EXPECT_EQ(provider_.domain(), "billogram.com");
  EXPECT_THAT(provider_.required_keys(),
              ::testing::UnorderedElementsAre("credentials.user_file", "credentials.key_file"));
}

}  // namespace
}  // namespace billing::gateway::providers
