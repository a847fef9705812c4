#include "service/gateway/providers/billpro/billpro.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/gateway/rpc/outcome.h"
#include "tests/unit/gateway/translate/translate_testing.h"
#include "tests/unit/temp_folder.h"

// Errors as the reference has them, sections 2.4 and 1.2, with the codes of design/api.md, Errors.

namespace billing::gateway::providers {
namespace {

namespace v1 = billing::gateway::v1;
using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr char kMessage[] = R"({"error":"Bad Request"})";
constexpr char kFieldMap[] = R"({"phone":["is invalid"]})";

class BillProTest : public ::testing::Test {
 protected:
  const translate::Method& Find(const std::string& name) {
    const translate::Method* method = methods_->Find("/billpro.v1." + name);
    EXPECT_NE(method, nullptr) << name;
    return *method;
  }

  Fault Read(const std::string& method, int status, std::string_view body,
             std::string_view content_type = "application/json") {
    return provider_.ReadError(Find(method), {status, content_type, body});
  }

  // The error that the caller gets.
  translate::CallError Error(const std::string& name, int http, std::string_view body) {
    const translate::Method& method = Find(name);
    upstream::TransferResult result;
    result.outcome = upstream::TransferOutcome::kOk;
    result.request_sent = true;
    result.http_status = http;
    EXPECT_TRUE(result.body.Append(body));
    const rpc::OutcomeContext context{method, provider_,     "shop",
                                      "77",   method.safety, absl::UnixEpoch()};
    return rpc::AnswerError(context, result).error;
  }

  // A secret file with `text` in it.
  std::string File(const std::string& text) { return folder_.Write("token", text); }

  v1::AccountConfig Account(const std::string& token_file, int64_t profile = 5) {
    v1::AccountConfig account;
    account.mutable_credentials()->set_token_file(token_file);
    account.set_profile_id(profile);
    return account;
  }

  std::unique_ptr<translate::MethodTable> methods_ = translate::testing::MethodsIn("billpro/v1/");
  BillPro provider_;
  TempFolder folder_;
};

// What a 422 with a message means for each operation: the table of design/api.md and the reference,
// section 2.4, "Per-operation expectations".
const std::map<std::string, std::pair<StatusCode, std::string>>& Unprocessable() {
  static const auto* table = new std::map<std::string, std::pair<StatusCode, std::string>>{
      {"CustomerService/ListCustomers",
       {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"CustomerService/ExportCustomers",
       {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"CustomerService/GetCustomer", {StatusCode::kNotFound, "UNPROCESSABLE"}},
      {"CustomerService/CreateCustomer", {StatusCode::kInvalidArgument, "UNPROCESSABLE"}},
      {"CustomerService/UpdateCustomer", {StatusCode::kNotFound, "UNPROCESSABLE"}},
      {"ProductService/ListProducts",
       {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"ProductService/ExportProducts",
       {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"ProductService/GetProduct", {StatusCode::kNotFound, "UNPROCESSABLE"}},
      {"OrderService/ListOrders", {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"OrderService/ExportOrders", {StatusCode::kFailedPrecondition, "UPSTREAM_PROFILE_REJECTED"}},
      {"OrderService/GetOrder", {StatusCode::kNotFound, "UNPROCESSABLE"}},
      {"OrderService/CreateSinglePaymentOrder", {StatusCode::kInvalidArgument, "UNPROCESSABLE"}},
      {"OrderService/CreateInstalmentOrder", {StatusCode::kInvalidArgument, "UNPROCESSABLE"}},
      {"OrderService/CreateSubscriptionOrder", {StatusCode::kInvalidArgument, "UNPROCESSABLE"}},
      {"OrderService/CreateMeteredOrder", {StatusCode::kInvalidArgument, "UNPROCESSABLE"}},
      {"OrderService/CancelOrder", {StatusCode::kFailedPrecondition, "UNPROCESSABLE"}},
      {"OrderService/PauseOrder", {StatusCode::kFailedPrecondition, "UNPROCESSABLE"}},
      {"OrderService/ResumeOrder", {StatusCode::kFailedPrecondition, "UNPROCESSABLE"}},
      {"OrderService/RenewCheckout", {StatusCode::kFailedPrecondition, "UNPROCESSABLE"}},
      // The list of one order, which may not exist.
      {"ScheduledPaymentService/ListScheduledPayments", {StatusCode::kNotFound, "UNPROCESSABLE"}},
      {"ScheduledPaymentService/UpdateScheduledPayment",
       {StatusCode::kFailedPrecondition, "UNPROCESSABLE"}},
  };
  return *table;
}

TEST_F(BillProTest, AMessageMeansWhatTheOperationLetsItMean) {
  for (const auto& method : methods_->methods()) {
    const std::string name = method->full_name.substr(std::string("/billpro.v1.").size());
    ASSERT_EQ(Unprocessable().count(name), 1u) << name;
    const auto& [code, reason] = Unprocessable().at(name);
    for (const char* body : {kMessage, R"({"error":"Ung\u00fcltige Anfrage"})", R"({"error":""})",
                             R"({"status":422,"error":"Unprocessable Entity"})"}) {
      const Fault fault = Read(name, 422, body);
      EXPECT_EQ(fault.code, code) << name << body;
      EXPECT_EQ(fault.reason, reason) << name << body;
      // A reason that this gateway gives is not upstream's.
      EXPECT_EQ(fault.own_reason, reason == "UNPROCESSABLE") << name;
      EXPECT_THAT(fault.fields, IsEmpty());
    }
  }
  EXPECT_EQ(methods_->methods().size(), Unprocessable().size());
}

// A class that ReadError does not know would be taken for another one in silence.
TEST_F(BillProTest, EveryMethodHasAClassOfOperation) {
  for (const auto& method : methods_->methods()) {
    EXPECT_THAT(method->error_class, ::testing::AnyOf("list", "entity", "create", "action"))
        << method->full_name;
  }
}

TEST_F(BillProTest, MixedShapesKeepTheirViolations) {
  struct Case {
    const char* body;
    std::vector<std::pair<std::string, std::string>> fields;
    const char* message;
  };
  for (const Case& c : {
           Case{R"({"error":"x","phone":["is invalid"]})", {{"phone", "is invalid"}}, "x"},
           Case{R"({"phone":"is invalid","email":["bad"]})",
                {{"email", "bad"}, {"phone", "is invalid"}},
                "email bad; phone is invalid"},
           Case{R"({"phone":"is invalid"})", {{"phone", "is invalid"}}, "phone is invalid"},
           Case{R"({"phone":["is invalid"],"code":5,"status":null})",
                {{"phone", "is invalid"}},
                "phone is invalid"},
       }) {
    const Fault fault = Read("CustomerService/CreateCustomer", 422, c.body);
    EXPECT_EQ(fault.code, StatusCode::kInvalidArgument) << c.body;
    EXPECT_EQ(fault.reason, "INVALID_FIELDS") << c.body;
    EXPECT_EQ(fault.fields, c.fields) << c.body;
    EXPECT_EQ(fault.message, c.message) << c.body;
  }
  for (const auto& [body, message] : {std::pair{R"({"error":{"message":"hej"}})", "hej"},
                                      std::pair{R"({"error":"x","message":"is invalid"})", "x"},
                                      std::pair{R"({"error":"x","phone":[]})", "x"}}) {
    const Fault fault = Read("OrderService/GetOrder", 422, body);
    EXPECT_EQ(fault.code, StatusCode::kNotFound) << body;
    EXPECT_EQ(fault.reason, "UNPROCESSABLE") << body;
    EXPECT_EQ(fault.message, message) << body;
    EXPECT_THAT(fault.fields, IsEmpty()) << body;
  }
  // Nothing says that these are fields.
  for (const char* body : {R"({"message":"no"})", R"({"phone":7,"email":null,"code":true})"}) {
    EXPECT_EQ(Read("CustomerService/CreateCustomer", 422, body).reason, "HTTP_422") << body;
  }
}

TEST_F(BillProTest, EveryOtherStatusMeansTheSameForEveryOperation) {
  const std::pair<int, StatusCode> codes[] = {
      {400, StatusCode::kInvalidArgument},   {401, StatusCode::kFailedPrecondition},
      {403, StatusCode::kPermissionDenied},  {404, StatusCode::kNotFound},
      {405, StatusCode::kUnimplemented},     {409, StatusCode::kAborted},
      {429, StatusCode::kResourceExhausted}, {500, StatusCode::kUnavailable},
      {502, StatusCode::kUnavailable},       {503, StatusCode::kUnavailable}};
  for (const auto& [name, ignored] : Unprocessable()) {
    for (const auto& [http, code] : codes) {
      for (const char* body : {kMessage, "", "<html></html>", "[]", "{}"}) {
        const Fault fault = Read(name, http, body);
        EXPECT_EQ(fault.code, code) << name << http << body;
        EXPECT_EQ(fault.reason, absl::StrCat("HTTP_", http));
        EXPECT_FALSE(fault.own_reason);
        EXPECT_EQ(fault.credentials_rejected, http == 401);
        EXPECT_FALSE(fault.not_available_yet);
        EXPECT_FALSE(fault.documented);
      }
    }
  }
}

TEST_F(BillProTest, AFieldMapIsInvalidFieldsWhateverTheOperation) {
  for (const auto& [name, ignored] : Unprocessable()) {
    for (int http : {400, 422}) {
      const Fault fault = Read(name, http, kFieldMap);
      EXPECT_EQ(fault.code, StatusCode::kInvalidArgument) << name;
      EXPECT_EQ(fault.reason, "INVALID_FIELDS");
      EXPECT_TRUE(fault.own_reason);
      EXPECT_EQ(fault.message, "phone is invalid");
      EXPECT_THAT(fault.fields, ElementsAre(::testing::Pair("phone", "is invalid")));
    }
    // Elsewhere it is text like any other.
    EXPECT_EQ(Read(name, 404, kFieldMap).reason, "HTTP_404");
  }
}

TEST_F(BillProTest, AViolationAMessageUnderItsProtoPath) {
  const translate::CallError error =
      Error("CustomerService/UpdateCustomer", 422,
            R"({"phone":["is invalid","is too long"],"email":["has already been taken"],)"
            R"("addresses":{"billing_address":{"country":["is unknown"]}},)"
            R"("organisation.vat":["is invalid"],"base":["is odd"]})");
  EXPECT_EQ(error.code, StatusCode::kInvalidArgument);
  EXPECT_EQ(error.reason, "INVALID_FIELDS");
  EXPECT_EQ(error.domain, "bill.pro");
  EXPECT_THAT(translate::testing::Fields(error.violations),
              UnorderedElementsAre("customer.phone", "customer.phone", "customer.email",
                                   "customer.addresses.billing_address.country",
                                   "customer.organisation.vat", "base"));
  for (const auto& violation : error.violations) {
    if (violation.field == "customer.email") {
      EXPECT_EQ(violation.description, "has already been taken");
    }
  }
  // The key that is around the resource upstream is a name of the request here.
  EXPECT_THAT(translate::testing::Fields(
                  Error("OrderService/CreateSinglePaymentOrder", 422,
                        R"({"order.customer_id":["must exist"],"currency":["is unknown"]})")
                      .violations),
              UnorderedElementsAre("order.customer_id", "order.currency"));
  for (const char* body : {R"({"order_products":[{},{"qty":["is odd"]}]})",
                           R"({"order_products":{"1":{"qty":["is odd"]}}})"}) {
    EXPECT_THAT(translate::testing::Fields(
                    Error("OrderService/CreateSinglePaymentOrder", 422, body).violations),
                ElementsAre("order.order_products[1].qty"));
  }
}

TEST_F(BillProTest, ErrorsThatAreNoDocumentedShape) {
  struct Case {
    int http;
    std::string body;
    StatusCode code;
    std::string reason;
    std::string text;
  };
  const std::string html = "<html><head><title>422</title></head><body>Ej giltigt</body></html>";
  for (const Case& c : {
           Case{422, html, StatusCode::kFailedPrecondition, "HTTP_422", html},
           Case{422, R"({"phone":[["is invalid",["is short"]],[]]})", StatusCode::kInvalidArgument,
                "INVALID_FIELDS", "phone is invalid; phone is short"},
           Case{422, R"({"error":"Ogiltig beg\u00e4ran"})", StatusCode::kNotFound, "UNPROCESSABLE",
                "Ogiltig beg\xC3\xA4ran"},
           Case{400, "", StatusCode::kInvalidArgument, "HTTP_400", ""},
           Case{422, "", StatusCode::kFailedPrecondition, "HTTP_422", ""},
           Case{422, "{}", StatusCode::kFailedPrecondition, "HTTP_422", "{}"},
           Case{422, R"({"phone":[]})", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"phone":[]})"},
           Case{422, R"({"phone":[7,null,true]})", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"phone":[7,null,true]})"},
           Case{422, R"({"message":"no"})", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"message":"no"})"},
           Case{422, R"({"error":["is odd"]})", StatusCode::kInvalidArgument, "INVALID_FIELDS",
                "error is odd"},
           Case{422, R"({"error":{"code":7}})", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"error":{"code":7}})"},
           Case{422, R"(["is invalid"])", StatusCode::kFailedPrecondition, "HTTP_422",
                R"(["is invalid"])"},
           Case{422, R"("Bad Request")", StatusCode::kFailedPrecondition, "HTTP_422",
                R"("Bad Request")"},
           Case{422, R"({"error":"Bad)", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"error":"Bad)"},
           Case{422, R"({"error":"a","error":"b"})", StatusCode::kFailedPrecondition, "HTTP_422",
                R"({"error":"a","error":"b"})"},
           Case{418, html, StatusCode::kInternal, "UPSTREAM_MALFORMED", html},
       }) {
    const Fault fault = Read("CustomerService/GetCustomer", c.http, c.body, "text/html");
    EXPECT_EQ(fault.code, c.code) << c.body;
    EXPECT_EQ(fault.reason, c.reason) << c.body;
    EXPECT_EQ(fault.message, c.text) << c.body;
  }
}

TEST_F(BillProTest, HostileBodiesAreTakenAndStayShort) {
  const std::string deep(100000, '[');
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&many, i == 0 ? "" : ",", "\"f", i, "\":[\"m\"]");
  many += "}";
  for (const std::string& body :
       {deep, "{\"phone\":" + deep, std::string("\xFF\xFE\x00\x01", 4), many,
        "{\"phone\":[\"" + std::string(100000, 'x') + "\"]}",
        "{\"error\":\"" + std::string(100000, 'x') + "\"}",
        "{\"" + std::string(100000, 'x') + "\":[\"m\"]}", std::string(R"({"a\u0000b":["\ud800"]})"),
        std::string(R"({"error":"a\ud800b"})"), std::string(100000, '<')}) {
    for (int http : {200, 400, 422, 500}) {
      const Fault fault = Read("OrderService/CreateMeteredOrder", http, body);
      EXPECT_NE(fault.reason, "");
      EXPECT_LE(fault.message.size(), 4096u);
      EXPECT_LE(fault.fields.size(), 100u);
      for (const auto& [field, text] : fault.fields) {
        EXPECT_LE(field.size(), 4096u);
        EXPECT_LE(text.size(), 4096u);
      }
    }
  }
}

TEST_F(BillProTest, TheTextIsInTheDetails) {
  for (const std::string& body :
       {std::string("<h1>nope</h1>"), std::string(R"({"error":"nope"})"),
        std::string(R"({"phone":["nope"]})"), "<h1>nope" + std::string(20000, 'x')}) {
    translate::CallError error = Error("OrderService/CancelOrder", 422, body);
    google::rpc::Status status;
    ASSERT_TRUE(status.ParseFromString(translate::FitDetails(error)));
    EXPECT_THAT(status.message(), HasSubstr("nope"));
    EXPECT_LE(status.message().size(), 4096u);
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(status.details(0).UnpackTo(&info));
    EXPECT_EQ(info.metadata().at("http_status"), "422");
    EXPECT_EQ(info.metadata().at("account"), "shop");
    EXPECT_EQ(info.metadata().at("method"), "billpro.v1.OrderService/CancelOrder");
  }
}

TEST_F(BillProTest, AfterAnUnsafeWriteAServerErrorProvesNothing) {
  for (const auto& [name, ignored] : Unprocessable()) {
    const bool unsafe = Find(name).safety == v1::SAFETY_UNSAFE;
    const translate::CallError error = Error(name, 500, kMessage);
    EXPECT_EQ(error.reason, unsafe ? "OUTCOME_UNKNOWN" : "UPSTREAM_FAILED") << name;
    EXPECT_EQ(error.never_retry, unsafe) << name;
  }
}

TEST_F(BillProTest, SendsTokenAndProfile) {
  const auto headers = provider_.Headers(Account(File("t0ken+/=._~-of-the-test\n")));
  ASSERT_TRUE(headers.ok()) << headers.status();
  EXPECT_THAT(*headers,
              UnorderedElementsAre(NameValue("Authorization", "Bearer t0ken+/=._~-of-the-test"),
                                   NameValue("Accept", "application/json"),
                                   NameValue("Content-Type", "application/json")));
  EXPECT_THAT(provider_.Query(Account("", 9007199254740993)),
              ElementsAre(NameValue("profile_id", "9007199254740993")));
}

TEST_F(BillProTest, RefusesATokenItCannotSend) {
  EXPECT_FALSE(provider_.Headers(Account("/nonexistent/token")).ok());
  for (const char* bad : {"", "two\nsesame", "open sesame", "sesame\t", "s\xC3\xA9same"}) {
    const auto headers = provider_.Headers(Account(File(bad)));
    ASSERT_FALSE(headers.ok()) << bad;
    EXPECT_THAT(std::string(headers.status().message()), Not(HasSubstr("same")));
  }
}

TEST_F(BillProTest, HasTheNamesOfTheDesign) {
  EXPECT_EQ(provider_.name(), "billpro");
  EXPECT_EQ(provider_.domain(), "bill.pro");
  EXPECT_THAT(provider_.required_keys(),
              UnorderedElementsAre("credentials.token_file", "profile_id"));
}

}  // namespace
}  // namespace billing::gateway::providers
