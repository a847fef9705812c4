#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "service/gateway/translate/request.h"
#include "tests/unit/gateway/translate/translate_testing.h"

// What a request must keep to before upstream is called: bounds, fields that go together, keys that
// are made, and what makes a call unsafe. All methods here are made for the test.

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;
using ::testing::ElementsAre;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kService[] = "provider: 'own' envelope: ENVELOPE_BARE";

class RulesTest : public ::testing::Test {
 protected:
  void Serve(const std::string& request, const std::string& http, const std::string& rest) {
    file_.Service("Own", kService);
    file_.Rpc("Do", request, "Thing", http, rest);
    auto made = MethodTable::Make({file_.Build()});
    ASSERT_TRUE(made.ok()) << made.status();
    methods_ = *std::move(made);
  }

  void SetRule(const std::string& message, const std::string& rule) {
    for (auto& type : *file_.proto().mutable_message_type()) {
      if (type.name() != message) continue;
      auto* options = type.mutable_options()->MutableExtension(v1::message);
      ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, options)) << rule;
    }
  }

  bool Build(const std::string& text) {
    google::protobuf::DynamicMessageFactory factory;
    const Method& method = *methods_->methods()[0];
    std::unique_ptr<google::protobuf::Message> message(
        factory.GetPrototype(method.descriptor->input_type())->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    return builder_.Build(method, "acme", testing::Tables::Serialize(*message), &request_);
  }

  std::vector<std::string> ViolationsOf(const std::string& text) {
    const bool built = Build(text);
    EXPECT_EQ(built, builder_.violations().empty());
    return Fields(builder_.violations());
  }

  testing::ProtoFile file_{"own"};
  std::unique_ptr<MethodTable> methods_;
  RequestBuilder builder_{64, [] { return std::string("made-key"); }};
  RestRequest request_;
};

class BoundsOfRequestTest : public RulesTest {
 protected:
  void SetUp() override {
    file_.Message("Row", {"google.type.Decimal count = 1",
                          "google.type.Decimal vat = 2 {bounds {at_least: '0' at_most: '100'}}",
                          "unmapped unmapped = 9"});
    file_.Message(
        "Thing",
        {"string title = 1 {bounds {min_length: 1 max_length: 5}}", "repeated Row rows = 2",
         "repeated Row credits = 3 {inner_bounds {field: 'count' bounds {below: '0'}}}",
         "repeated string tags = 4 {bounds {max_length: 2}}",
         "string made_by = 5 OUTPUT_ONLY {bounds {max_length: 1}}", "unmapped unmapped = 9"});
    file_.Message(
        "Request",
        {"int64 no = 1 REQUIRED {bounds {at_least: '1'}}",
         "int32 weight = 2 {location: LOCATION_QUERY bounds {at_most: '9'}}",
         "string key = 3 {location: LOCATION_HEADER name: 'X-Key' bounds {max_length: 4}}",
         "Thing thing = 4"});
    Serve("Request", "post: '/things/{no}' body: 'thing'", "safety: SAFETY_UNSAFE");
  }
};

TEST_F(BoundsOfRequestTest, EveryViolationIsListedAtOnce) {
  EXPECT_THAT(
      ViolationsOf("no: 0 weight: 10 key: '12345' thing { title: '' tags: 'ok' tags: 'bad' "
                   "rows { vat { value: '25' } } rows { vat { value: '100.5' } } "
                   "credits { count { value: '1' } vat { value: '-1' } } }"),
      UnorderedElementsAre("no", "weight", "key", "thing.title", "thing.tags[1]",
                           "thing.rows[1].vat", "thing.credits[0].count", "thing.credits[0].vat"));
  EXPECT_THAT(ViolationsOf("no: -5 thing { title: 'too long' }"),
              UnorderedElementsAre("no", "thing.title"));
}

TEST_F(BoundsOfRequestTest, WhatIsWithinThemPasses) {
  EXPECT_THAT(ViolationsOf("no: 1 weight: 9 key: '1234' thing { title: 'abcde' tags: 'ok' "
                           "rows { count { value: '3' } vat { value: '100' } } "
                           "credits { count { value: '-0.5' } } }"),
              IsEmpty());
  EXPECT_EQ(request_.target, "/things/1?weight=9");
  EXPECT_THAT(request_.headers, ElementsAre(Pair("X-Key", "1234")));
}

TEST_F(BoundsOfRequestTest, RawTextAndReadOnlyFieldsAreNotJudged) {
  EXPECT_THAT(ViolationsOf("no: 1 thing { made_by: 'somebody' "
                           "unmapped { key: 'title' value: '\"longer than five\"' } }"),
              IsEmpty());
  EXPECT_EQ(request_.body, R"({"title":"longer than five"})");
}

TEST_F(BoundsOfRequestTest, AnInvalidValueIsSaidOnce) {
  EXPECT_THAT(ViolationsOf("no: 1 thing { rows { vat { value: 'NaN' } } }"),
              ElementsAre("thing.rows[0].vat"));
}

TEST_F(RulesTest, ValuesOfAnEnumThatAFieldCannotHave) {
  file_.Enum("Mode", {"MODE_UNSPECIFIED = 0", "MODE_ALL = 1 all", "MODE_SOME = 2 some"});
  file_.Message("Query", {"enum:Mode mode = 1", "string field = 2"});
  file_.Message("Thing", {"enum:Mode mode = 1 {bounds {values: 'MODE_ALL'}}", "enum:Mode free = 2",
                          "unmapped unmapped = 9"});
  file_.Message(
      "Request",
      {"string id = 1 REQUIRED", "Thing thing = 2",
       "enum:Mode mode = 3 {location: LOCATION_QUERY bounds {values: 'MODE_SOME'}}",
       "Query query = 4 {location: LOCATION_QUERY "
       "inner_bounds {field: 'mode' bounds {values: 'MODE_ALL'}} "
       "inner_bounds {field: 'field' bounds {pattern: '^a$' pattern_says: 'must be a'}}}"});
  Serve("Request", "post: '/things/{id}' body: 'thing'", "safety: SAFETY_UNSAFE");
  EXPECT_THAT(ViolationsOf("id: 'x' thing { mode: MODE_SOME free: MODE_SOME } mode: MODE_ALL "
                           "query { mode: MODE_SOME field: 'b' }"),
              UnorderedElementsAre("thing.mode", "mode", "query.mode", "query.field"));
  EXPECT_THAT(ViolationsOf("id: 'x' thing { mode: MODE_ALL } mode: MODE_SOME "
                           "query { mode: MODE_ALL field: 'a' }"),
              IsEmpty());
  EXPECT_EQ(request_.target, "/things/x?mode=some&mode=all&field=a");
  EXPECT_THAT(ViolationsOf("id: 'x' thing { mode: MODE_UNSPECIFIED }"), IsEmpty());
  // A number that the enum does not have is told once, as everywhere.
  EXPECT_THAT(ViolationsOf("id: 'x' thing { mode: 7 }"), ElementsAre("thing.mode"));
}

class GoTogetherTest : public RulesTest {
 protected:
  void SetUp() override {
    file_.Enum("Mode", {"MODE_UNSPECIFIED = 0", "MODE_ALL = 1 all", "MODE_SOME = 2 some"});
    file_.Message("Thing",
                  {"string date = 1", "int32 days = 2", "enum:Mode mode = 3", "string amount = 4",
                   "string link = 5", "string seen = 6 OUTPUT_ONLY", "unmapped unmapped = 9"});
    SetRule("Thing",
            "at_most_one { fields: ['date', 'days'] } at_least_one { fields: ['date', 'mode'] } "
            "depends { field: 'amount' on: 'mode' values: 'MODE_SOME' } "
            "depends { field: 'link' on: 'mode' values: 'MODE_ALL' or_free: true }");
  }
  void Create() {
    file_.Message("Request", {"string id = 1 REQUIRED", "Thing thing = 2 REQUIRED"});
    Serve("Request", "post: '/things/{id}' body: 'thing'", "safety: SAFETY_UNSAFE");
  }
  void Update() {
    file_.Message("Request", {"string id = 1 REQUIRED", "Thing thing = 2 REQUIRED",
                              "google.protobuf.FieldMask update_mask = 3"});
    Serve("Request", "put: '/things/{id}' body: 'thing'", "safety: SAFETY_UNSAFE");
  }
};

TEST_F(GoTogetherTest, FieldsThatExcludeEachOther) {
  Create();
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' days: 3 }"),
              ElementsAre("thing.date", "thing.days"));
  EXPECT_EQ(builder_.violations()[0].description, "cannot be set together with days");
  EXPECT_EQ(builder_.violations()[1].description, "cannot be set together with date");
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' }"), IsEmpty());
  // Raw text is sent as well.
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' unmapped { key: 'days' value: '3' } }"),
              ElementsAre("thing.date", "thing.days"));
}

TEST_F(GoTogetherTest, OneOfSomeIsNeeded) {
  Create();
  EXPECT_THAT(ViolationsOf("id: 'a' thing { days: 3 }"), ElementsAre("thing.date"));
  EXPECT_EQ(builder_.violations()[0].description, "is required unless mode is set");
  EXPECT_THAT(ViolationsOf("id: 'a' thing { unmapped { key: 'mode' value: '\"new\"' } }"),
              IsEmpty());
}

TEST_F(GoTogetherTest, FieldsThatGoWithAValue) {
  Create();
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_SOME }"), ElementsAre("thing.amount"));
  EXPECT_THAT(builder_.violations()[0].description, HasSubstr("MODE_SOME"));
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_SOME amount: '1' link: 'l' }"), IsEmpty());
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_ALL amount: '1' link: 'l' }"),
              ElementsAre("thing.amount"));
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_ALL }"), ElementsAre("thing.link"));
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' amount: '1' }"), ElementsAre("thing.amount"));
}

TEST_F(GoTogetherTest, AnUpdateIsHeldToWhatItSends) {
  Update();
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' days: 3 } update_mask { paths: 'days' }"),
              IsEmpty());
  // One is set, the other one cleared.
  EXPECT_THAT(
      ViolationsOf("id: 'a' thing { date: 'd' } update_mask { paths: 'days' paths: 'date' }"),
      IsEmpty());
  EXPECT_EQ(request_.body, R"({"date":"d","days":null})");
  EXPECT_THAT(ViolationsOf("id: 'a' thing { date: 'd' days: 3 } "
                           "update_mask { paths: 'days' paths: 'date' }"),
              ElementsAre("thing.date", "thing.days"));
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_SOME } update_mask { paths: 'mode' }"),
              IsEmpty());
  EXPECT_THAT(ViolationsOf("id: 'a' thing { mode: MODE_ALL amount: '3' } "
                           "update_mask { paths: 'mode' paths: 'amount' }"),
              ElementsAre("thing.amount"));
}

TEST_F(RulesTest, RulesOfARequestHoldForItsBody) {
  file_.Message("Thing", {"string name = 1", "unmapped unmapped = 9"});
  file_.Message("Request", {"string id = 1 REQUIRED", "string a = 2", "string b = 3",
                            "unmapped unmapped = 9"});
  SetRule("Request", "at_most_one { fields: ['a', 'b'] } at_least_one { fields: ['a', 'b'] }");
  Serve("Request", "post: '/things/{id}' body: '*'", "safety: SAFETY_UNSAFE");
  EXPECT_THAT(ViolationsOf("id: 'x'"), ElementsAre("a"));
  EXPECT_THAT(ViolationsOf("id: 'x' a: '1' b: '2'"), ElementsAre("a", "b"));
  EXPECT_THAT(ViolationsOf("id: 'x' b: '2'"), IsEmpty());
}

TEST(Rules, ThatCannotBeHonouredAreRefused) {
  struct Case {
    const char* name;
    std::vector<std::string> fields;
    const char* rule;
  };
  for (const Case& c : {
           Case{"no field", {"string a = 1"}, "at_most_one { fields: ['a', 'b'] }"},
           Case{"one field", {"string a = 1"}, "at_least_one { fields: ['a'] }"},
           Case{"no enum",
                {"string a = 1", "string b = 2"},
                "depends { field: 'a' on: 'b' values: 'MODE_ALL' }"},
           Case{"no value",
                {"string a = 1", "enum:Mode b = 2"},
                "depends { field: 'a' on: 'b' values: 'MODE_NONE' }"},
           Case{"no values", {"string a = 1", "enum:Mode b = 2"}, "depends { field: 'a' on: 'b' }"},
           Case{"bounds of another type", {"int32 a = 1 {bounds {max_length: 3}}"}, ""},
           Case{"bounds of another enum", {"enum:Mode a = 1 {bounds {values: 'MODE_NONE'}}"}, ""},
           Case{"bounds of a text by values", {"string a = 1 {bounds {values: 'MODE_ALL'}}"}, ""},
           Case{"bounds of enums", {"repeated enum:Mode a = 1 {bounds {values: 'MODE_ALL'}}"}, ""},
           Case{"bounds of bytes", {"bytes a = 1 {bounds {max_length: 3}}"}, ""},
           Case{"bounds of integers", {"repeated int32 a = 1 {bounds {at_most: '3'}}"}, ""},
           Case{"inner bounds of a text",
                {"string a = 1 {inner_bounds {field: 'x' bounds {max_length: 3}}}"},
                ""},
           Case{"a key made outside of a header", {"string a = 1 {generated: GENERATED_UUID}"}, ""},
       }) {
    testing::ProtoFile file("own");
    file.Enum("Mode", {"MODE_UNSPECIFIED = 0", "MODE_ALL = 1 all"});
    std::vector<std::string> fields = c.fields;
    fields.push_back("unmapped unmapped = 9");
    file.Message("Thing", fields);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        c.rule,
        file.proto().mutable_message_type(0)->mutable_options()->MutableExtension(v1::message)));
    ASSERT_NE(file.Build(), nullptr);
    TableRegistry registry;
    const auto table = registry.Add(file.Find("Thing"));
    EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(table.status().message()), HasSubstr("own.Thing")) << c.name;
  }
}

TEST_F(RulesTest, AKeyIsMadeWhereThereIsNone) {
  file_.Message("Thing", {"string name = 1", "unmapped unmapped = 9"});
  file_.Message("Request", {"string key = 1 {location: LOCATION_HEADER name: 'X-Key' generated: "
                            "GENERATED_UUID bounds {min_length: 1 max_length: 36}}",
                            "Thing thing = 2"});
  Serve("Request", "post: '/things' body: 'thing'",
        "safety: SAFETY_DEDUPLICATED dedup_field: 'key'");
  ASSERT_TRUE(Build("key: 'mine'"));
  EXPECT_THAT(request_.headers, ElementsAre(Pair("X-Key", "mine")));
  EXPECT_EQ(request_.safety, v1::SAFETY_DEDUPLICATED);
  ASSERT_TRUE(Build(""));
  EXPECT_THAT(request_.headers, ElementsAre(Pair("X-Key", "made-key")));
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);
  EXPECT_THAT(ViolationsOf("key: ''"), ElementsAre("key"));
  EXPECT_THAT(ViolationsOf("key: '" + std::string(37, 'x') + "'"), ElementsAre("key"));

  RequestBuilder random;
  RestRequest one;
  RestRequest two;
  ASSERT_TRUE(random.Build(*methods_->methods()[0], "acme", "", &one));
  ASSERT_TRUE(random.Build(*methods_->methods()[0], "acme", "", &two));
  const std::string uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  EXPECT_THAT(one.headers, ElementsAre(Pair("X-Key", ::testing::MatchesRegex(uuid))));
  EXPECT_NE(one.headers, two.headers);
}

class UnsafeWhenTest : public RulesTest {
 protected:
  void SetUp() override {
    file_.Message("Bank", {"string giro = 1", "unmapped unmapped = 9"});
    file_.Message("Thing", {"string name = 1", "Bank bank = 2", "repeated string homes = 3",
                            "string note = 4", "Bank other = 5", "unmapped unmapped = 9"});
  }
  void ServePut() {
    file_.Message("Request",
                  {"Thing thing = 1 REQUIRED", "google.protobuf.FieldMask update_mask = 2"});
    Serve("Request", "put: '/things' body: 'thing'",
          "safety: SAFETY_IDEMPOTENT unsafe_when: 'thing.name' unsafe_when: 'thing.bank' "
          "unsafe_when: 'thing.homes' unsafe_when: 'thing.other.giro'");
  }
  v1::Safety SafetyOf(const std::string& text) {
    EXPECT_TRUE(Build(text)) << text << ::testing::PrintToString(Fields(builder_.violations()));
    return request_.safety;
  }
};

TEST_F(UnsafeWhenTest, AnUpdateIsJudgedByWhatItSends) {
  ServePut();
  for (const char* unsafe :
       {"thing { name: 'n' } update_mask { paths: 'name' }",
        "thing { name: '' } update_mask { paths: 'name' }",
        "thing {} update_mask { paths: 'name' }",
        "thing { bank { } } update_mask { paths: 'bank' }",
        "thing { bank { giro: '1' } } update_mask { paths: 'bank.giro' }",
        "thing {} update_mask { paths: 'note' paths: 'bank.giro' }",
        "thing { homes: 'a' } update_mask { paths: 'homes' }",
        "thing {} update_mask { paths: 'homes' }",
        "thing { other { giro: 'g' } } update_mask { paths: 'other' }",
        "thing {} update_mask { paths: 'other.giro' }",
        "thing { other { unmapped { key: 'giro' value: '1' } } } "
        "update_mask { paths: 'other.unmapped' }",
        "thing { unmapped { key: 'name' value: '\"n\"' } } update_mask { paths: 'unmapped' }"}) {
    EXPECT_EQ(SafetyOf(unsafe), v1::SAFETY_UNSAFE) << unsafe;
  }
  for (const char* idempotent :
       {"thing { note: 'n' } update_mask { paths: 'note' }",
        // Set, but not named: it is not sent.
        "thing { name: 'n' note: 'x' bank { giro: '1' } } update_mask { paths: 'note' }",
        "thing { unmapped { key: 'name' value: '1' } } update_mask { paths: 'note' }",
        "thing { unmapped { key: 'nickname' value: '1' } } update_mask { paths: 'unmapped' }",
        "thing { other { } } update_mask { paths: 'other' }",
        "thing { other { giro: 'g' } } update_mask { paths: 'other.unmapped' }"}) {
    EXPECT_EQ(SafetyOf(idempotent), v1::SAFETY_IDEMPOTENT) << idempotent;
  }
}

TEST_F(UnsafeWhenTest, WithoutAMaskEverythingIsSent) {
  file_.Message("Request", {"Thing thing = 1 REQUIRED"});
  Serve("Request", "post: '/things' body: 'thing'",
        "safety: SAFETY_IDEMPOTENT unsafe_when: 'thing.name' unsafe_when: 'thing.homes' "
        "unsafe_when: 'thing.other.giro'");
  EXPECT_EQ(SafetyOf("thing { name: '' }"), v1::SAFETY_UNSAFE);
  EXPECT_EQ(SafetyOf("thing { homes: 'h' }"), v1::SAFETY_UNSAFE);
  EXPECT_EQ(SafetyOf("thing { other { giro: 'g' } }"), v1::SAFETY_UNSAFE);
  EXPECT_EQ(SafetyOf("thing { unmapped { key: 'homes' value: '[]' } }"), v1::SAFETY_UNSAFE);
  EXPECT_EQ(SafetyOf("thing { other { unmapped { key: 'giro' value: '1' } } }"), v1::SAFETY_UNSAFE);
  EXPECT_EQ(SafetyOf("thing { note: 'n' other { } }"), v1::SAFETY_IDEMPOTENT);
}

TEST_F(RulesTest, AnUpdateCannotNameWhatNeverChanges) {
  file_.Message("Thing", {"string kind = 1", "string note = 2", "unmapped unmapped = 9"});
  file_.proto().mutable_message_type(0)->mutable_field(0)->mutable_options()->AddExtension(
      google::api::field_behavior, google::api::IMMUTABLE);
  file_.Message("Request",
                {"Thing thing = 1 REQUIRED", "google.protobuf.FieldMask update_mask = 2"});
  Serve("Request", "put: '/things' body: 'thing'", "safety: SAFETY_IDEMPOTENT");
  EXPECT_THAT(ViolationsOf("thing { kind: 'k' } update_mask { paths: 'kind' }"),
              ElementsAre("update_mask"));
  EXPECT_THAT(ViolationsOf("thing { kind: 'k' note: 'n' } update_mask { paths: 'note' }"),
              IsEmpty());
  EXPECT_EQ(request_.body, R"({"note":"n"})");
}

}  // namespace
}  // namespace billing::gateway::translate
