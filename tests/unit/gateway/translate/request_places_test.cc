#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/translate/request.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;
using ::testing::ElementsAre;
using testing::Fields;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A provider's headers, path suffix and lists in a query, on a method made for this test.
class OwnMethodTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_.Enum("Kind", {"KIND_UNSPECIFIED = 0", "KIND_ONE = 1 one+1"});
    file_.Message("Thing", {"string name = 1", "unmapped unmapped = 10"});
    file_.Message("Request", {"string id = 1 REQUIRED",
                              "string dedup = 2 {location: LOCATION_HEADER name: 'X-Dedup'}",
                              "repeated string tags = 3 {location: LOCATION_QUERY name: 'tag[]'}",
                              "repeated int32 numbers = 4 {location: LOCATION_QUERY}",
                              "google.type.Date day = 5 "
                              "{location: LOCATION_QUERY date: DATE_SPELLING_DAY_FIRST}",
                              "enum:Kind kind = 6 "
                              "{location: LOCATION_QUERY}",
                              "bool loud = 7 {location: LOCATION_QUERY}", "Thing thing = 8",
                              "string note = 9 {location: LOCATION_BODY}",
                              "google.type.Decimal least = 10 "
                              "{location: LOCATION_QUERY}",
                              "unmapped unmapped = 20"});
    file_.Service("Own", "provider: 'own' envelope: ENVELOPE_BARE");
    file_.Rpc("Do", "Request", "Thing", "post: '/v1/{id}' body: 'thing'",
              "safety: SAFETY_DEDUPLICATED dedup_field: 'dedup' path_suffix: '.json' "
              "query: { name: 'a b' value: 'c&d' } query: { name: 'e' value: '' }");
    const auto* descriptor = file_.Build();
    auto made = MethodTable::Make({descriptor});
    ASSERT_TRUE(made.ok()) << made.status();
    methods_ = *std::move(made);
  }

  bool Build(const std::string& text) {
    google::protobuf::DynamicMessageFactory factory;
    std::unique_ptr<google::protobuf::Message> message(
        factory.GetPrototype(file_.Find("Request"))->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    return builder_.Build(*methods_->methods()[0], "acme", testing::Tables::Serialize(*message),
                          &request_);
  }

  testing::ProtoFile file_{"own"};
  std::unique_ptr<MethodTable> methods_;
  RequestBuilder builder_;
  RestRequest request_;
};

TEST_F(OwnMethodTest, PutsEveryFieldInItsPlace) {
  ASSERT_TRUE(
      Build("id: 'x/y' dedup: 'k-1' tags: 'a&b' tags: '' numbers: [1, -2] day { year: 2026 month: "
            "1 day: 5 } "
            "kind: KIND_ONE loud: false thing { name: 'n' } note: 'm' least { value: '1.50' }"))
      << ::testing::PrintToString(builder_.violations());
  EXPECT_EQ(
      request_.target,
      "/v1/"
      "x%2Fy.json?a%20b=c%26d&e=&tag%5B%5D=a%26b&tag%5B%5D=&numbers=1&numbers=-2&day=05%2F01%2F2026"
      "&kind=one%2B1&loud=false&least=1.50");
  EXPECT_THAT(request_.headers, ElementsAre(::testing::Pair("X-Dedup", "k-1")));
  EXPECT_EQ(request_.body, R"({"name":"n","note":"m"})");
  EXPECT_EQ(request_.safety, v1::SAFETY_DEDUPLICATED);

  ASSERT_TRUE(Build("id: 'x'"));
  EXPECT_EQ(request_.target, "/v1/x.json?a%20b=c%26d&e=");
  EXPECT_THAT(request_.headers, IsEmpty());
  EXPECT_EQ(request_.body, "{}");
  EXPECT_EQ(request_.safety, v1::SAFETY_UNSAFE);

  ASSERT_TRUE(Build("id: 'x' note: 'm'"));
  EXPECT_EQ(request_.body, R"({"note":"m"})");
  ASSERT_TRUE(Build("id: 'x' thing { name: 'n' }"));
  EXPECT_EQ(request_.body, R"({"name":"n"})");
}

TEST_F(OwnMethodTest, RefusesHeadersThatWouldSplit) {
  for (const char* bad : {"", "a\\nb", "a\\r\\nX: y", "a b", "\\000", "\\303\\245", "\\177"}) {
    EXPECT_FALSE(Build(std::string("id: 'x' dedup: '") + bad + "'")) << bad;
    EXPECT_THAT(Fields(builder_.violations()), ElementsAre("dedup")) << bad;
  }
}

TEST_F(OwnMethodTest, ListsAllMistakesAtOnce) {
  EXPECT_FALSE(
      Build("id: '' dedup: ' ' tags: 'a' day { year: 1 } kind: 7 least { value: 'x' } "
            "unmapped { key: 'k' value: '{' }"));
  EXPECT_THAT(Fields(builder_.violations()),
              UnorderedElementsAre("id", "dedup", "day", "kind", "least", ""));
}

// The pages of an export, all from one request.
TEST(TargetOfPage, IsTheSameListAtAnotherPage) {
  testing::ProtoFile file("pages");
  file.Message("Thing", {"string name = 1", "unmapped unmapped = 10"});
  file.Message("Things", {"repeated Thing things = 1", "unmapped unmapped = 10"});
  file.Message("Request", {"int32 page_size = 1", "string note = 2"});
  file.Service("Pages", "provider: 'own' envelope: ENVELOPE_BARE");
  file.Rpc("Export", "Request", "Things", "get: '/things'",
           "safety: SAFETY_SAFE data_field: 'things' export: { key_field: 'name' } "
           "paging: { page_parameter: 'page no' size_parameter: 'size' default_size: 100 "
           "max_size: 100 }");
  file.proto().mutable_service(0)->mutable_method(0)->set_server_streaming(true);
  const auto methods = MethodTable::Make({file.Build()});
  ASSERT_TRUE(methods.ok()) << methods.status();
  const Method& method = *(*methods)->methods()[0];

  RequestBuilder builder;
  RestRequest request;
  ASSERT_TRUE(builder.Build(method, "acme", "", &request));
  EXPECT_EQ(request.target, "/things?page%20no=1&size=100");
  EXPECT_EQ(TargetOfPage(method, request, 7), "/things?page%20no=7&size=100");
  ASSERT_TRUE(builder.Build(method, "acme", std::string("\x08\x05\x12\x03", 4) + "a&b", &request));
  EXPECT_EQ(request.target, "/things?note=a%26b&page%20no=1&size=5");
  EXPECT_EQ(TargetOfPage(method, request, 12345678901),
            "/things?note=a%26b&page%20no=12345678901&size=5");
  EXPECT_FALSE(builder.Build(method, "acme", std::string("\x08\x65", 2), &request));
  EXPECT_THAT(Fields(builder.violations()), ElementsAre("page_size"));
}

}  // namespace
}  // namespace billing::gateway::translate
