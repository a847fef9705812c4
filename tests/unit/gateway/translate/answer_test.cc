#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/translate/json_to_wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Padded;
using Verdict = JsonToWire::Answer::Verdict;

std::unique_ptr<testing::ProtoFile> AnswerFile() {
  auto file = std::make_unique<testing::ProtoFile>("answer");
  file->Message("Thing",
                {"string id = 1", "google.type.Decimal price = 2", "unmapped unmapped = 10"});
  file->Message(
      "Things",
      {"repeated Thing things = 1", "string next_page_token = 2",
       "int32 total_size = 3 {meta: 'total_count'}",
       "google.type.Decimal total_sum = 4 {meta: 'total_sum' json_type: JSON_TYPE_STRING}",
       "unmapped unmapped = 10"});
  return file;
}

// Tells what it was given, so that the test sees that it was asked after the whole answer.
std::string Token(const void* state, const JsonToWire::Answer& answer) {
  return std::string(static_cast<const char*>(state)) + std::to_string(answer.items) + "/" +
         (answer.has_total ? std::to_string(answer.total_count) : "?");
}
std::string NoToken(const void*, const JsonToWire::Answer&) { return {}; }

class AnswerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    one_.envelope = list_.envelope = none_.envelope = true;
    one_.response = &tables_.Get("Thing");
    list_.response = &tables_.Get("Things");
    list_.list = list_.response->FindProto("things");
    list_.next_page_token = list_.response->FindProto("next_page_token");
    list_.total = list_.response->FindProto("total_size");
  }

  Verdict Read(const JsonToWire::AnswerShape& shape, const std::string& json,
               JsonToWire::TokenMaker maker = nullptr) {
    const Padded padded(json);
    answer_ = to_wire_.TranslateAnswer(shape, padded.get(), maker, "t");
    if (answer_.verdict == Verdict::kMalformed) {
      EXPECT_EQ(to_wire_.wire(), "") << json;
    }
    EXPECT_EQ(answer_.verdict == Verdict::kMalformed, !to_wire_.error().empty()) << json;
    return answer_.verdict;
  }

  testing::Tables tables_{AnswerFile()};
  JsonToWire to_wire_;
  JsonToWire::AnswerShape one_;
  JsonToWire::AnswerShape list_;
  JsonToWire::AnswerShape none_;
  JsonToWire::Answer answer_;
};

TEST_F(AnswerTest, OneObjectInAnyOrderOfTheEnvelope) {
  const std::string want = tables_.Wire("Thing", "id: 'a' price { value: '1.50' }");
  for (
      const char* json :
      {R"({"status":"OK","data":{"id":"a","price":1.50}})",
       R"({"data":{"id":"a","price":1.50},"status":"OK"})",
       R"({"meta":{},"data":{"price":1.50,"id":"a"},"status":"OK"})",
       R"({"data":{"id":"a","price":1.50},"meta":null,"status":"OK"})",
       R"( { "meta" : { } , "status" : "\u004fK" , "d\u0061ta" : { "id" : "a" , "price" : 1.50 } } )"}) {
    EXPECT_EQ(Read(one_, json), Verdict::kOk) << json << to_wire_.error();
    EXPECT_EQ(to_wire_.wire(), want) << json;
    EXPECT_THAT(to_wire_.drift(), IsEmpty());
  }
}

// design/api.md, Errors: a success with `data: null` or `{}` is an empty message.
TEST_F(AnswerTest, NoDataIsAnEmptyMessage) {
  for (const char* json :
       {R"({"status":"OK","data":null})", R"({"status":"OK","data":{}})", R"({"status":"OK"})",
        R"({"data":null,"status":"OK","meta":{}})", R"({"data": { } ,"status":"OK"})"}) {
    for (const JsonToWire::AnswerShape* shape : {&one_, &list_, &none_}) {
      EXPECT_EQ(Read(*shape, json), Verdict::kOk) << json << to_wire_.error();
      EXPECT_EQ(to_wire_.wire(), "") << json;
      EXPECT_EQ(answer_.items, 0u);
    }
  }
}

TEST_F(AnswerTest, AnEmptyResponseTakesAnyData) {
  for (const char* json :
       {R"({"status":"OK","data":{"id":"a"}})", R"({"status":"OK","data":[1,2]})",
        R"({"status":"OK","data":"deleted"})", R"({"status":"OK","data":7})"}) {
    EXPECT_EQ(Read(none_, json), Verdict::kOk) << json;
    EXPECT_EQ(to_wire_.wire(), "");
  }
}

TEST_F(AnswerTest, AnotherStatusIsAnError) {
  for (const char* json : {R"({"status":"INVALID_PARAMETER","data":{"message":"m","field":"f"}})",
                           R"({"data":{"message":"m","field":[]},"status":"NOT_FOUND"})",
                           R"({"status":"ok","data":{"id":"a"}})", R"({"status":"","data":null})",
                           R"({"status":"NOT_AVAILABLE_YET"})",
                           R"({"status":"X","data":[{"id":"a"}],"meta":{"odd":1}})",
                           R"({"status":"X","data":"text"})"}) {
    for (const JsonToWire::AnswerShape* shape : {&one_, &list_, &none_}) {
      EXPECT_EQ(Read(*shape, json), Verdict::kNotOk) << json;
      EXPECT_THAT(to_wire_.drift(), IsEmpty()) << json;
    }
  }
}

TEST_F(AnswerTest, WhatIsNoEnvelopeIsMalformed) {
  for (const char* json : {"",
                           " ",
                           "{}",
                           "[]",
                           "null",
                           "\"OK\"",
                           "<html>",
                           R"({"data":{"id":"a"}})",
                           R"({"status":null,"data":{}})",
                           R"({"status":1,"data":{}})",
                           R"({"status":["OK"],"data":{}})",
                           R"({"status":"OK","status":"OK","data":{}})",
                           R"({"status":"OK","data":{},"data":{}})",
                           R"({"status":"OK","data":{},"meta":{},"meta":{}})",
                           R"({"status":"OK","data":{}} {})",
                           R"({"status":"OK","data":{})",
                           R"({"status":"OK","data":{}}x)",
                           R"({"status":"OK","data":{"id":"a","id":"b"}})",
                           R"({"status":"OK","data":tru})",
                           R"({"status":"OK","data":01})",
                           R"({"status":"OK","odd":1,"odd":2})",
                           R"({"status":"OK" "data":{}})",
                           R"({"status":"OK",})",
                           R"({"status":"OK","data":{},"meta":{"a":1,"a":2}})",
                           R"([{"status":"OK","data":{}}])",
                           R"({"status":"OK","data":nul})",
                           R"({"status":"O\ud800K","data":{}})"}) {
    for (const JsonToWire::AnswerShape* shape : {&one_, &list_}) {
      EXPECT_EQ(Read(*shape, json), Verdict::kMalformed) << json;
    }
  }
}

TEST_F(AnswerTest, SaysWhatIsWrong) {
  const std::string deep(65, '[');
  const std::string shallow(65, ']');
  struct Case {
    std::string json;
    const char* why;
  };
  for (const Case& c : {
           Case{R"({"status":5})", "the envelope's status is not text"},
           Case{R"({"status":"\ud800"})", "the envelope's status is not text"},
           Case{"{}", "the envelope has no status"},
           Case{R"({"data":{}})", "the envelope has no status"},
           Case{"[]", "the document is not an object"},
           Case{"17", "the document is not an object"},
           Case{"", "empty document"},
           Case{R"({"status":"OK","status":"OK"})", "a JSON object with a key twice"},
           Case{R"({"status":"OK","x":1,"\u0078":2})", "a JSON object with a key twice"},
           Case{R"({"status":"OK","data":{"id":"a","id":"b"}})", "a JSON object with a key twice"},
           Case{R"({"status":"OK","data":{"x":1,"x":2}})", "a JSON object with a key twice"},
           Case{R"({"status":"OK","data":{"x":[{"a":1,"a":2}]}})",
                "a JSON object with a key twice"},
           Case{R"({"status":"OK","meta":{"x":1,"x":2}})", "a JSON object with a key twice"},
           Case{R"({"status":"OK","data":{"x":)" + deep + shallow + "}}", "JSON nested too deep"},
           Case{R"({"status":"OK","x":)" + deep + shallow + "}", "JSON nested too deep"},
           Case{R"({"status":"OK","data":{"\udc00":1}})", "a key that is not Unicode text"},
           Case{R"({"status":"OK","\udc00":1})", "a key that is not Unicode text"},
           Case{R"({"status":"OK"} x)", "something follows the document"},
           Case{R"({"status":"OK","data":{"id":"a)", "malformed JSON"},
           Case{R"({"status":"OK","data":{"id":01}})", "malformed JSON"},
           Case{R"({"status":"OK","data":{"x":tru}})", "malformed JSON"},
       }) {
    EXPECT_EQ(Read(one_, c.json), Verdict::kMalformed) << c.json;
    EXPECT_EQ(to_wire_.error(), c.why) << c.json;
  }
}

TEST_F(AnswerTest, DataOfAnotherTypeIsMalformed) {
  for (const char* data : {R"([{"id":"a"}])", "[]", "\"a\"", "7", "true", "false", "1.5"}) {
    EXPECT_EQ(Read(one_, std::string(R"({"status":"OK","data":)") + data + "}"),
              Verdict::kMalformed)
        << data;
  }
  for (const char* data :
       {R"({"id":"a"})", "\"a\"", "7", "[1]", "[null]", "[[]]", R"([{"id":"a"},"b"])"}) {
    EXPECT_EQ(Read(list_, std::string(R"({"status":"OK","data":)") + data + "}"),
              Verdict::kMalformed)
        << data;
  }
}

TEST_F(AnswerTest, AListWithItsMeta) {
  const std::string want = tables_.Wire("Things",
                                        "things { id: 'a' } things { price { value: '2' } } "
                                        "total_size: 7 total_sum { value: '862.00' }");
  for (
      const char* json :
      {R"({"status":"OK","data":[{"id":"a"},{"price":2}],"meta":{"total_count":7,"total_sum":"862.00"}})",
       R"({"meta":{"total_sum":"862.00","total_count":7},"data":[{"id":"a"},{"price":2}],"status":"OK"})"}) {
    EXPECT_EQ(Read(list_, json, &NoToken), Verdict::kOk) << to_wire_.error();
    EXPECT_EQ(to_wire_.wire(), want) << tables_.Text("Things", to_wire_.wire());
    EXPECT_EQ(answer_.items, 2u);
    EXPECT_TRUE(answer_.has_total);
    EXPECT_EQ(answer_.total_count, 7);
    EXPECT_THAT(to_wire_.drift(), IsEmpty());
  }
}

TEST_F(AnswerTest, TheTokenIsMadeFromTheWholeAnswer) {
  struct Case {
    const char* json;
    const char* text;
  };
  for (const Case& c : {
           Case{R"({"meta":{"total_count":7},"status":"OK","data":[{"id":"a"}]})",
                "things { id: 'a' } next_page_token: 't1/7' total_size: 7"},
           Case{R"({"data":[{"id":"a"}],"status":"OK","meta":{"total_count":7}})",
                "things { id: 'a' } next_page_token: 't1/7' total_size: 7"},
           Case{R"({"data":[{},{}],"status":"OK"})", "things {} things {} next_page_token: 't2/?'"},
           Case{R"({"data":[],"status":"OK","meta":{"total_count":0}})",
                "next_page_token: 't0/0' total_size: 0"},
       }) {
    EXPECT_EQ(Read(list_, c.json, &Token), Verdict::kOk) << to_wire_.error();
    EXPECT_EQ(to_wire_.wire(), tables_.Wire("Things", c.text))
        << tables_.Text("Things", to_wire_.wire());
  }
}

TEST_F(AnswerTest, OddMetaIsKeptAndIsDrift) {
  EXPECT_EQ(Read(list_,
                 R"({"status":"OK","data":[],"meta":{"total_count":"7","zeta":[1],"alpha":null}})"),
            Verdict::kOk);
  EXPECT_EQ(
      to_wire_.wire(),
      tables_.Wire(
          "Things",
          "total_size: 7 unmapped { key: 'alpha' value: 'null' } "
          "unmapped { key: 'total_count' value: '\"7\"' } unmapped { key: 'zeta' value: '[1]' }"))
      << tables_.Text("Things", to_wire_.wire());
  EXPECT_THAT(to_wire_.drift(), ElementsAre("meta.zeta", "meta.alpha"));

  EXPECT_EQ(
      Read(list_, R"({"status":"OK","data":[],"meta":{"total_count":null,"total_sum":true}})"),
      Verdict::kOk);
  EXPECT_EQ(to_wire_.wire(), tables_.Wire("Things",
                                          "unmapped { key: 'total_count' value: 'null' } "
                                          "unmapped { key: 'total_sum' value: 'true' }"));
  EXPECT_FALSE(answer_.has_total);
  EXPECT_EQ(Read(list_, R"({"status":"OK","data":[],"meta":{"total_count":1e999}})"), Verdict::kOk);
  EXPECT_FALSE(answer_.has_total);
  EXPECT_EQ(Read(list_, R"({"status":"OK","data":[],"meta":{"total_count":99999999999999999999}})"),
            Verdict::kOk);
  EXPECT_FALSE(answer_.has_total);
  EXPECT_EQ(Read(list_, R"({"status":"OK","data":[],"meta":{"total_count":-5}})"), Verdict::kOk);
  EXPECT_FALSE(answer_.has_total);
}

TEST_F(AnswerTest, DriftIsToldByItsPath) {
  EXPECT_EQ(Read(one_, R"({"status":"OK","data":{"id":1.5,"odd":1},"request_id":"r"})"),
            Verdict::kOk);
  EXPECT_THAT(to_wire_.drift(), ElementsAre("id", "odd", "request_id"));
  EXPECT_EQ(to_wire_.wire(),
            tables_.Wire("Thing",
                         "unmapped { key: 'id' value: '1.5' } unmapped { key: 'odd' value: '1' }"));
}

TEST_F(AnswerTest, BareAnswers) {
  one_.envelope = list_.envelope = none_.envelope = false;
  EXPECT_EQ(Read(one_, R"({"id":"a","status":"draft"})"), Verdict::kOk);
  EXPECT_EQ(to_wire_.wire(),
            tables_.Wire("Thing", "id: 'a' unmapped { key: 'status' value: '\"draft\"' }"));
  EXPECT_EQ(Read(list_, R"([{"id":"a"},{}])", &Token), Verdict::kOk);
  EXPECT_EQ(to_wire_.wire(),
            tables_.Wire("Things", "things { id: 'a' } things {} next_page_token: 't2/?'"));
  EXPECT_EQ(Read(list_, "[]"), Verdict::kOk);
  EXPECT_EQ(to_wire_.wire(), "");
  for (const char* any : {"1", "-0.5", "true", "\"text\"", "[1]"}) {
    EXPECT_EQ(Read(none_, any), Verdict::kOk) << any << to_wire_.error();
  }
  for (const char* bad :
       {"", "[", "[{}", "[{},]", "[{}]]", "[{}] {}", "[1]", "7", "nul", "<html></html>"}) {
    EXPECT_EQ(Read(list_, bad), Verdict::kMalformed) << bad;
    EXPECT_EQ(Read(one_, bad), Verdict::kMalformed) << bad;
  }
}

// Nothing but the document tells that a bare answer is a success (README, "Doubt is told").
TEST_F(AnswerTest, ABareAnswerMustBeWhatItStandsFor) {
  one_.envelope = list_.envelope = none_.envelope = false;
  for (const char* nothing :
       {"null", "{}", " {} ", "null\n", R"({"error":"Bad Request"})", R"({"error":{"id":"a"}})",
        R"({"odd":1,"ID":"a"})", R"({"id":null})", R"({"price":[],"id":{}})"}) {
    EXPECT_EQ(Read(one_, nothing), Verdict::kMalformed) << nothing;
    EXPECT_THAT(to_wire_.drift(), IsEmpty());
    EXPECT_EQ(Read(list_, nothing), Verdict::kMalformed) << nothing;
    EXPECT_EQ(Read(none_, nothing), Verdict::kOk) << nothing;
    EXPECT_EQ(to_wire_.wire(), "");
  }
  for (const char* something : {R"({"odd":1,"id":""})", R"({"price":"1","id":null})"}) {
    EXPECT_EQ(Read(one_, something), Verdict::kOk) << something << to_wire_.error();
  }
  // The elements of a list stand for themselves.
  EXPECT_EQ(Read(list_, R"([{},{"odd":1}])"), Verdict::kOk);
}

TEST_F(AnswerTest, EveryTruncationIsMalformed) {
  const std::string json =
      R"({"meta":{"total_count":2,"odd":[{}]},"data":[{"id":"a","price":1.5},{"odd":"\u00e5"}],"status":"OK"})";
  ASSERT_EQ(Read(list_, json), Verdict::kOk) << to_wire_.error();
  for (size_t size = 0; size < json.size(); ++size) {
    EXPECT_EQ(Read(list_, json.substr(0, size)), Verdict::kMalformed) << size;
  }
}

TEST_F(AnswerTest, NothingOfOneAnswerGetsIntoTheNext) {
  for (const char* first :
       {R"({"status":"OK","data":[{"odd":1}],"meta":{"odd":1}})",
        R"({"status":"X","data":[{"odd":1}]})", R"({"status":"OK","data":[{"odd":1},5]})",
        R"({"meta":{"odd":1},"status":)"}) {
    Read(list_, first, &Token);
    EXPECT_EQ(Read(list_, R"({"status":"OK","data":[{"id":"b"}]})"), Verdict::kOk);
    EXPECT_EQ(to_wire_.wire(), tables_.Wire("Things", "things { id: 'b' }")) << first;
    EXPECT_THAT(to_wire_.drift(), IsEmpty());
    EXPECT_FALSE(answer_.has_total);
    EXPECT_EQ(answer_.items, 1u);
  }
}

}  // namespace
}  // namespace billing::gateway::translate
