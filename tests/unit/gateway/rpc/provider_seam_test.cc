// The seam between the engine and a provider, shown by a second one that shares nothing with
// Billogram: a bearer token, bare documents without envelope or meta, errors told apart by the
// class of operation, money as strings and days first. Nothing of the engine knows of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_split.h"
#include "service/gateway/config/secret_file.h"
#include "service/gateway/providers/provider.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/rpc/outcome.h"
#include "service/gateway/translate/request.h"
#include "tests/unit/gateway/translate/translate_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;
using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using translate::JsonToWire;
using translate::testing::Fields;
using translate::testing::Padded;

class Ledger final : public providers::Provider {
 public:
  std::string_view name() const override { return "ledger"; }
  std::string_view domain() const override { return "ledger.example"; }
  std::vector<std::string> required_keys() const override {
    return {"credentials.token_file", "profile_id"};
  }

  absl::StatusOr<std::vector<providers::NameValue>> Headers(
      const v1::AccountConfig& account) const override {
    absl::StatusOr<std::string> token = config::ReadSecretFile(account.credentials().token_file());
    if (!token.ok()) return token.status();
    return std::vector<providers::NameValue>{{"Authorization", "Bearer " + *token}};
  }
  std::vector<providers::NameValue> Query(const v1::AccountConfig& account) const override {
    return {{"profile_id", std::to_string(account.profile_id())}};
  }

  // One text for all errors: what it means depends on what was asked.
  providers::Fault ReadError(const translate::Method& method,
                             const providers::ErrorAnswer& answer) const override {
    providers::Fault fault;
    fault.code = providers::CodeOfHttpStatus(answer.http_status);
    fault.reason = "HTTP_" + std::to_string(answer.http_status);
    fault.message = std::string(answer.body);
    fault.credentials_rejected = answer.http_status == 401;
    if (answer.http_status == 400) {
      // "field=text" a line.
      std::istringstream lines(fault.message);
      for (std::string line; std::getline(lines, line);) {
        const size_t equals = line.find('=');
        if (equals != std::string::npos)
          fault.fields.emplace_back(line.substr(0, equals), line.substr(equals + 1));
      }
      fault.reason = "INVALID_FIELDS";
      fault.own_reason = true;
    }
    if (answer.http_status == 422) {
      fault.reason = "UNPROCESSABLE";
      fault.own_reason = true;
      fault.code = method.error_class == "create"   ? StatusCode::kInvalidArgument
                   : method.error_class == "lookup" ? StatusCode::kNotFound
                                                    : StatusCode::kFailedPrecondition;
    }
    return fault;
  }
};

class ProviderSeamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_.Enum("Kind", {"KIND_UNSPECIFIED = 0", "KIND_ONE_OFF = 1 one-off"});
    file_.Message(
        "Entry",
        {"int64 id = 1 OUTPUT_ONLY", "string reference = 2 REQUIRED",
         "google.type.Decimal amount = 3 {json_type: JSON_TYPE_STRING name: 'orderAmount'}",
         "google.type.Date due = 4 {date: DATE_SPELLING_DAY_FIRST}", "enum:Kind kind = 5",
         "repeated Line lines = 6",
         "google.protobuf.Timestamp made_at = 7 OUTPUT_ONLY "
         "{timestamp: TIMESTAMP_SPELLING_MICROS_Z name: 'madeAt'}",
         "unmapped unmapped = 100"});
    file_.Message("Line",
                  {"string text = 1", "google.type.Decimal price = 2 {json_type: JSON_TYPE_STRING}",
                   "unmapped unmapped = 100"});
    file_.Message("CreateEntryRequest", {"Entry entry = 1 REQUIRED"});
    file_.Message("GetEntryRequest", {"int64 id = 1 REQUIRED"});
    file_.Message("CancelEntryRequest",
                  {"int64 id = 1 REQUIRED", "string reason = 2", "unmapped unmapped = 9"});
    file_.Message("ListEntriesRequest",
                  {"int32 page_size = 1", "string page_token = 2",
                   "google.type.Date since = 3 {date: DATE_SPELLING_DAY_FIRST}"});
    file_.Message("ListEntriesResponse", {"repeated Entry entries = 1",
                                          "string next_page_token = 2", "unmapped unmapped = 9"});
    file_.Service("EntryService", "provider: 'ledger' envelope: ENVELOPE_BARE");
    file_.Rpc("CreateEntry", "CreateEntryRequest", "Entry", "post: '/entries' body: 'entry'",
              "safety: SAFETY_UNSAFE error_class: 'create'");
    file_.Rpc("GetEntry", "GetEntryRequest", "Entry", "get: '/entries/{id}'",
              "safety: SAFETY_SAFE error_class: 'lookup'");
    file_.Rpc("CancelEntry", "CancelEntryRequest", "google.protobuf.Empty",
              "put: '/entries/{id}/cancel' body: '*'",
              "safety: SAFETY_IDEMPOTENT error_class: 'change'");
    file_.Rpc("ListEntries", "ListEntriesRequest", "ListEntriesResponse", "get: '/entries'",
              "safety: SAFETY_SAFE data_field: 'entries' paging: { page_parameter: 'page' "
              "default_size: 20 max_size: 20 }");
    auto made = translate::MethodTable::Make({file_.Build()});
    ASSERT_TRUE(made.ok()) << made.status();
    methods_ = *std::move(made);

    v1::AccountConfig* account = config_.add_accounts();
    account->set_name("shop");
    account->set_provider("ledger");
    account->set_base_url("https://ledger.example/api/v1");
    account->set_profile_id(5);
    account->mutable_credentials()->set_token_file(folder_.Write("token", "t0ken-of-the-test\n"));
    providers_.push_back(std::make_unique<Ledger>());
  }

  const translate::Method& Method(const std::string& name) {
    const translate::Method* method = methods_->Find("/ledger.EntryService/" + name);
    EXPECT_NE(method, nullptr) << name;
    return *method;
  }

  std::string Wire(const std::string& message, const std::string& text) {
    google::protobuf::DynamicMessageFactory factory;
    std::unique_ptr<google::protobuf::Message> made(
        factory.GetPrototype(file_.Find(message))->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, made.get())) << text;
    return translate::testing::Tables::Serialize(*made);
  }

  bool Build(const std::string& name, const std::string& message, const std::string& text) {
    return builder_.Build(Method(name), "shop", Wire(message, text), &request_);
  }

  JsonToWire::Answer::Verdict Read(const std::string& name, const std::string& json) {
    const Padded padded(json);
    return reader_.TranslateAnswer(Method(name).answer, padded.get()).verdict;
  }

  translate::CallError Error(const std::string& name, v1::Safety safety, int http,
                             std::string_view body) {
    upstream::TransferResult result;
    result.outcome = upstream::TransferOutcome::kOk;
    result.request_sent = true;
    result.http_status = http;
    EXPECT_TRUE(result.body.Append(body));
    const OutcomeContext context{Method(name), *providers_[0], "shop",
                                 "77",         safety,         absl::UnixEpoch()};
    return AnswerError(context, result).error;
  }

  translate::testing::ProtoFile file_{"ledger"};
  std::unique_ptr<translate::MethodTable> methods_;
  std::vector<std::unique_ptr<providers::Provider>> providers_;
  v1::Config config_;
  TempFolder folder_;
  translate::RequestBuilder builder_;
  translate::RestRequest request_;
  JsonToWire reader_;
};

TEST_F(ProviderSeamTest, AnAccountCarriesItsTokenAndProfile) {
  AccountBook::Options options;
  options.providers = &providers_;
  auto book = AccountBook::Make(config_, options);
  ASSERT_TRUE(book.ok()) << book.status();
  translate::CallError error;
  const Account* account = (*book)->Pick(Method("GetEntry"), {}, &error);
  ASSERT_NE(account, nullptr) << error.message;
  EXPECT_EQ(account->query, "profile_id=5");
  std::vector<std::string> lines;
  for (const curl_slist* node = account->headers->Chain(false); node != nullptr;
       node = node->next) {
    for (const absl::string_view line : absl::StrSplit(node->data, "\r\n")) {
      lines.emplace_back(line);
    }
  }
  EXPECT_THAT(lines, ::testing::Contains("Authorization: Bearer t0ken-of-the-test"));
}

TEST_F(ProviderSeamTest, ARequestInItsSpellings) {
  ASSERT_TRUE(Build(
      "CreateEntry", "CreateEntryRequest",
      "entry { id: 9 reference: 'r/1' amount { value: '1250.50' } due { year: 2026 month: 3 day: 1 "
      "} "
      "kind: KIND_ONE_OFF lines { text: 'a' price { value: '-0.10' } } lines { text: 'b' } }"))
      << ::testing::PrintToString(builder_.violations());
  EXPECT_EQ(request_.target, "/entries");
  EXPECT_EQ(request_.body,
            R"({"reference":"r/1","orderAmount":"1250.50","due":"01/03/2026","kind":"one-off",)"
            R"("lines":[{"text":"a","price":"-0.10"},{"text":"b"}]})");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  ASSERT_TRUE(Build("CancelEntry", "CancelEntryRequest", "id: 77 reason: 'done'"));
  EXPECT_EQ(request_.target, "/entries/77/cancel");
  EXPECT_EQ(request_.body, R"({"reason":"done"})");
  ASSERT_TRUE(Build("CancelEntry", "CancelEntryRequest", "id: 77"));
  EXPECT_EQ(request_.body, "{}");
}

TEST_F(ProviderSeamTest, AnAnswerInItsSpellings) {
  ASSERT_EQ(
      Read(
          "GetEntry",
          R"({"id":77,"reference":"r/1","orderAmount":"1250.50","due":"01/03/2026","kind":"one-off",)"
          R"("lines":[{"text":"a","price":"-0.10"}],"madeAt":"2021-04-30T11:07:33.401381Z"})"),
      JsonToWire::Answer::Verdict::kOk)
      << reader_.error();
  EXPECT_EQ(
      reader_.wire(),
      Wire("Entry",
           "id: 77 reference: 'r/1' amount { value: '1250.50' } due { year: 2026 month: 3 day: 1 } "
           "kind: KIND_ONE_OFF lines { text: 'a' price { value: '-0.10' } } "
           "made_at { seconds: 1619780853 nanos: 401381000 }"));
  EXPECT_THAT(reader_.drift(), IsEmpty());
  // What is another spelling here is Billogram's own: it stands raw beside the value.
  ASSERT_EQ(Read("GetEntry", R"({"orderAmount":1250.50,"due":"2026-03-01"})"),
            JsonToWire::Answer::Verdict::kOk);
  EXPECT_EQ(reader_.wire(), Wire("Entry",
                                 "amount { value: '1250.50' } due { year: 2026 month: 3 day: 1 } "
                                 "unmapped { key: 'due' value: '\"2026-03-01\"' } unmapped { key: "
                                 "'orderAmount' value: '1250.50' }"));
  EXPECT_THAT(reader_.drift(), IsEmpty());
}

TEST_F(ProviderSeamTest, BareListsWithoutMeta) {
  ASSERT_TRUE(Build("ListEntries", "ListEntriesRequest", "since { year: 2026 month: 12 day: 31 }"));
  EXPECT_EQ(request_.target, "/entries?since=31%2F12%2F2026&page=1");
  ASSERT_EQ(Read("ListEntries", R"([{"id":1},{"id":2,"orderAmount":"3"}])"),
            JsonToWire::Answer::Verdict::kOk);
  EXPECT_EQ(reader_.wire(), Wire("ListEntriesResponse",
                                 "entries { id: 1 } entries { id: 2 amount { value: '3' } }"));
  ASSERT_EQ(Read("ListEntries", "[]"), JsonToWire::Answer::Verdict::kOk);
  EXPECT_EQ(reader_.wire(), "");
  EXPECT_EQ(Read("ListEntries", R"({"id":1})"), JsonToWire::Answer::Verdict::kMalformed);
  EXPECT_EQ(Read("CancelEntry", R"({"id":1})"), JsonToWire::Answer::Verdict::kOk);
  EXPECT_EQ(reader_.wire(), "");
}

TEST_F(ProviderSeamTest, ErrorsByTheClassOfOperation) {
  struct Row {
    const char* method;
    StatusCode code;
  };
  for (const Row& row :
       {Row{"CreateEntry", StatusCode::kInvalidArgument}, Row{"GetEntry", StatusCode::kNotFound},
        Row{"CancelEntry", StatusCode::kFailedPrecondition}}) {
    const translate::CallError error = Error(row.method, v1::SAFETY_UNSAFE, 422, "it is so");
    EXPECT_EQ(error.code, row.code) << row.method;
    EXPECT_EQ(error.reason, "UNPROCESSABLE");
    EXPECT_EQ(error.domain, "ledger.example");
    EXPECT_EQ(error.message, "it is so");
  }
}

TEST_F(ProviderSeamTest, SeveralFieldsAtFault) {
  const translate::CallError error =
      Error("CreateEntry", v1::SAFETY_UNSAFE, 400,
            "orderAmount=too small\nlines[1]:price=missing\nnothing=odd\n");
  EXPECT_EQ(error.code, StatusCode::kInvalidArgument);
  EXPECT_EQ(error.reason, "INVALID_FIELDS");
  EXPECT_THAT(Fields(error.violations),
              ElementsAre("entry.amount", "entry.lines[1].price", "nothing"));
  EXPECT_EQ(error.violations[0].description, "too small");
  EXPECT_EQ(error.violations[1].description, "missing");
}

TEST_F(ProviderSeamTest, WhatIsTheSameForEveryProvider) {
  EXPECT_EQ(Error("CreateEntry", v1::SAFETY_UNSAFE, 500, "").reason, "OUTCOME_UNKNOWN");
  EXPECT_EQ(Error("GetEntry", v1::SAFETY_SAFE, 500, "").code, StatusCode::kUnavailable);
  EXPECT_EQ(Error("GetEntry", v1::SAFETY_SAFE, 302, "").reason, "UPSTREAM_REDIRECT");
  const translate::CallError rejected = Error("GetEntry", v1::SAFETY_SAFE, 401, "no");
  EXPECT_EQ(rejected.code, StatusCode::kFailedPrecondition);
  EXPECT_THAT(rejected.metadata,
              ::testing::Contains(::testing::Pair("upstream_credentials", "rejected")));
  EXPECT_EQ(Error("GetEntry", v1::SAFETY_SAFE, 429, "").code, StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace billing::gateway::rpc
