#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>

#include "service/gateway/translate/json_to_wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

// What JsonToWire does with documents that are none, or that are meant to hurt.

namespace billing::gateway::translate {
namespace {

using ::testing::IsEmpty;
using testing::Padded;

class HostileJsonTest : public ::testing::Test {
 protected:
  void CheckRefused(const std::vector<std::string>& documents) {
    const MessageTable& table = tables_.Get("Kinds");
    JsonToWire to_wire;
    for (const std::string& json : documents) {
      const Padded padded(json);
      EXPECT_FALSE(to_wire.Translate(table, padded.get()))
          << json << " became " << tables_.Text("Kinds", to_wire.wire());
      EXPECT_EQ(to_wire.wire(), "") << json;
      EXPECT_NE(to_wire.error(), "") << json;
      EXPECT_THAT(to_wire.drift(), IsEmpty()) << json;
    }
  }

  testing::Tables tables_{testing::KindsFile()};
};

TEST_F(HostileJsonTest, KeyTwiceIsMalformed) {
  CheckRefused({R"({"text":"a","text":"b"})", R"({"text":"a","te\u0078t":"b"})",
                R"({"odd":1,"odd":1})", R"({"odd":1,"text":"a","od\u0064":2})",
                R"({"text":null,"text":null})", R"({"text":null,"text":"a"})",
                R"({"text":"a","text":7})", R"({"inner":{"text":"a","text":"a"}})",
                R"({"inner":{"odd":1,"odd":2}})", R"({"odd":{"a":1,"a":2}})",
                R"({"odd":[{"b":[{"a":1,"\u0061":2}]}]})", R"({"inner":7,"inner":8})",
                R"({"inners":[{"text":"a"},{"odd":{"x":0,"x":0}}]})",
                R"({"inners":[7,{"text":"a","text":"b"}]})", R"({"":1,"":2})"});
}

TEST_F(HostileJsonTest, MalformedDocumentsAreRefused) {
  std::vector<std::string> documents = {"",
                                        " ",
                                        "null",
                                        "[]",
                                        "1",
                                        "\"a\"",
                                        "true",
                                        "{",
                                        "}",
                                        "{]",
                                        "[}",
                                        "{{}}",
                                        "{}}",
                                        "{}{}",
                                        "{} {}",
                                        "{}x",
                                        "{},",
                                        ",{}",
                                        "\xEF\xBB\xBF{}",
                                        "{\"text\"}",
                                        "{\"text\":}",
                                        "{\"text\":,}",
                                        "{:\"a\"}",
                                        "{\"text\" \"a\"}",
                                        "{\"text\"::\"a\"}",
                                        "{\"text\":\"a\":\"b\"}",
                                        "{\"text\":\"a\",}",
                                        "{,\"text\":\"a\"}",
                                        "{\"text\":\"a\",,\"big\":1}",
                                        "{\"text\":\"a\" \"big\":1}",
                                        "{text:\"a\"}",
                                        "{'text':'a'}",
                                        "{\"text\":'a'}",
                                        "{\"text\":\"a}",
                                        "{\"text:\"a\"}",
                                        "{1:2}",
                                        "{null:1}",
                                        "{\"text\":\"a\"b}",
                                        "{\"text\"b:\"a\"}",
                                        "{\"text\":b\"a\"}",
                                        "{\"big\":1 2}",
                                        "{\"big\":1\"2\"}",
                                        "{\"big\":1{}}",
                                        "{\"big\":1[]}",
                                        "{\"inner\":{}{}}",
                                        "{\"texts\":[]1}",
                                        "{\"texts\":[\"a\"\"b\"]}",
                                        "{\"texts\":[,]}",
                                        "{\"texts\":[\"a\",]}",
                                        "{\"texts\":[,\"a\"]}",
                                        "{\"texts\":[\"a\"}",
                                        "{\"texts\":\"a\"]}",
                                        "{\"bigs\":[1 2]}",
                                        "{\"bigs\":[1,2}",
                                        "{\"odd\":[1 2]}",
                                        "{\"odd\":[1,]}",
                                        "{\"odd\":{1:2}}",
                                        "{\"odd\":{\"a\"}}",
                                        "{\"odd\":{\"a\":1,}}",
                                        "{\"text\":\"a\"} // note",
                                        "{/**/}",
                                        "{\"text\":\"\\x41\"}",
                                        "{\"text\":\"\\u12\"}",
                                        "{\"text\":\"\\u12g4\"}",
                                        "{\"text\":\"\\u+123\"}",
                                        "{\"text\":\"\\ud800\\u12\"}",
                                        "{\"text\":\"\\\"}",
                                        "{\"odd\":\"\\q\"}",
                                        "{\"\\q\":1}",
                                        "{\"text\":\"a\nb\"}",
                                        "{\"text\":\"a\tb\"}",
                                        "{\"text\":\"a\x01\"}",
                                        "{\"od\nd\":1}"};
  for (const char* number :
       {"01",  "-",  "+1",  ".5",       "1.",        "1.2.3", "1e", "1e+", "0x1",  "1f",
        "--1", "1-", "NaN", "Infinity", "-Infinity", "1_000", "00", "-01", "1..2", "1e5.5"}) {
    for (const char* field : {"money", "big", "text", "odd", "quoted_money", "inner", "texts"}) {
      documents.push_back(std::string("{\"") + field + "\":" + number + "}");
    }
    documents.push_back(std::string("{\"bigs\":[") + number + "]}");
    documents.push_back(std::string("{\"odd\":[") + number + "]}");
  }
  for (const char* word : {"tru", "True", "TRUE", "truee", "true1", "falsey", "fals", "nul",
                           "nulll", "NULL", "None", "undefined", "t", "n", "yes"}) {
    for (const char* field : {"flag", "odd", "text", "inner", "inners", "money"}) {
      documents.push_back(std::string("{\"") + field + "\":" + word + "}");
    }
    documents.push_back(std::string("{\"flags\":[") + word + "]}");
  }
  CheckRefused(documents);
}

TEST_F(HostileJsonTest, NulBytesAreNowhereAllowed) {
  const std::string_view pieces[] = {"{", "\"text\"", ":", "\"a\"", ",", "\"big\"", ":", "1",
                                     ",", "\"flag\"", ":", "true",  ",", "\"odd\"", ":", "null",
                                     ",", "\"bigs\"", ":", "[",     "1", "]",       "}"};
  constexpr size_t kCount = std::size(pieces);
  std::vector<std::string> documents;
  for (size_t at = 0; at <= kCount; ++at) {
    std::string json;
    for (size_t i = 0; i < kCount; ++i) {
      if (i == at) json.push_back('\0');
      json += pieces[i];
    }
    if (at == kCount) json.push_back('\0');
    documents.push_back(json);
  }
  documents.emplace_back("{\"text\":\"a\0b\"}", 14);
  documents.emplace_back("{\"te\0xt\":\"a\"}", 13);
  CheckRefused(documents);
}

TEST_F(HostileJsonTest, OnlyUtf8IsRead) {
  std::vector<std::string> documents;
  for (const char* bad :
       {"\xFF", "\xC3", "\xC3(", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82"}) {
    documents.push_back(std::string("{\"text\":\"") + bad + "\"}");
    documents.push_back(std::string("{\"odd\":[\"") + bad + "\"]}");
    documents.push_back(std::string("{\"") + bad + "\":1}");
    documents.push_back(std::string("{\"text\":\"a\"}") + bad);
  }
  CheckRefused(documents);
  const Padded good("{\"text\":\"\xC3\xA5\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF\"}");
  JsonToWire to_wire;
  ASSERT_TRUE(to_wire.Translate(tables_.Get("Kinds"), good.get())) << to_wire.error();
  EXPECT_EQ(to_wire.wire(),
            tables_.Wire("Kinds", R"(text: "\303\245\342\202\254\360\237\230\200\357\277\277")"));
}

TEST_F(HostileJsonTest, WhatStandsRawIsAtMost64LevelsDeep) {
  const MessageTable& table = tables_.Get("Kinds");
  JsonToWire to_wire;
  for (const std::string field : {"odd", "text", "inner", "texts"}) {
    const Padded fits("{\"" + field + "\":" + testing::Nested(64) + "}");
    EXPECT_TRUE(to_wire.Translate(table, fits.get())) << field;
    const Padded deep("{\"" + field + "\":" + testing::Nested(65) + "}");
    EXPECT_FALSE(to_wire.Translate(table, deep.get())) << field;
  }
  const Padded huge("{\"odd\":" + testing::Nested(500000) + "}");
  EXPECT_FALSE(to_wire.Translate(table, huge.get()));
  const Padded open(std::string(1000000, '['));
  EXPECT_FALSE(to_wire.Translate(table, open.get()));
  std::string objects;
  for (int i = 0; i < 300000; ++i) objects += "{\"inner\":";
  const Padded open_objects(objects);
  EXPECT_FALSE(to_wire.Translate(table, open_objects.get()));
}

TEST_F(HostileJsonTest, EveryTruncationIsRefused) {
  const std::string json =
      R"({"text":"a\u00e5\"","big":42,"flag":true,"color":"sea green","blob":"Zg==","money":1.50e3,)"
      R"("day":"2021-04-30","at":"2021-04-30 11:07:33","inner":{"leaf":{"texts":["x",null]},"odd":{}},)"
      R"("inners":[{"big":"1"},{}],"bigs":[1,2],"odd":[true,false,null,{"k":"v"}],"far":"z"})";
  const Padded whole(json);
  JsonToWire to_wire;
  ASSERT_TRUE(to_wire.Translate(tables_.Get("Kinds"), whole.get())) << to_wire.error();
  std::vector<std::string> cut;
  for (size_t size = 0; size < json.size(); ++size) cut.push_back(json.substr(0, size));
  CheckRefused(cut);
}

TEST_F(HostileJsonTest, HugeDocuments) {
  const MessageTable& table = tables_.Get("Kinds");
  JsonToWire to_wire;
  std::string json = "{\"texts\":[";
  std::string want;
  for (int i = 0; i < 200000; ++i) {
    json += i == 0 ? "\"x\"" : ",\"x\"";
    want += "\x9a\x01\x01x";  // field 19, one byte
  }
  const Padded strings(json + "]}");
  ASSERT_TRUE(to_wire.Translate(table, strings.get())) << to_wire.error();
  EXPECT_EQ(to_wire.wire(), want);

  json = "{";
  for (int i = 0; i < 50000; ++i) json += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  const Padded keys(json + "}");
  ASSERT_TRUE(to_wire.Translate(table, keys.get())) << to_wire.error();
  const std::string wire(to_wire.wire());
  EXPECT_EQ(tables_.Reserialize("Kinds", wire), wire);
  // Memory for drift is bounded whatever upstream sends.
  EXPECT_LE(to_wire.drift().size(), 1000u);
  EXPECT_GE(to_wire.drift().size(), 1u);

  // A small document after a large one finds nothing of it.
  const Padded small("{\"text\":\"a\"}");
  ASSERT_TRUE(to_wire.Translate(table, small.get()));
  EXPECT_EQ(to_wire.wire(), tables_.Wire("Kinds", "text: 'a'"));
  EXPECT_THAT(to_wire.drift(), IsEmpty());
}

TEST_F(HostileJsonTest, AFailureLeavesNothingForTheNextDocument) {
  const MessageTable& table = tables_.Get("Kinds");
  JsonToWire to_wire;
  for (const char* bad : {R"({"odd":1,"inner":{"text":"a","text":"b"}})", R"({"odd":1,"x":)",
                          R"({"inners":[{"odd":1},{"bigs")", "\xFF"}) {
    const Padded broken(bad);
    ASSERT_FALSE(to_wire.Translate(table, broken.get()));
    const Padded good(R"({"inner":{"text":"a"}})");
    ASSERT_TRUE(to_wire.Translate(table, good.get()));
    EXPECT_EQ(to_wire.wire(), tables_.Wire("Kinds", "inner { text: 'a' }"));
    EXPECT_EQ(to_wire.error(), "");
  }
}

}  // namespace
}  // namespace billing::gateway::translate
