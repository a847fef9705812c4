#include "service/gateway/translate/json_to_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "billogram/v2/billogram.pb.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

using testing::Padded;
using Drift = std::vector<std::string>;

// A document of one `Kinds`, the message it must become, and what counts as drift.
struct Row {
  std::string json;
  std::string text;  // the message in text format
  Drift drift;
  std::string back = {};  // the document that comes back, if it is not the same text
};

// `"key": value` raw, as text format.
std::string Raw(const std::string& key, const std::string& value) {
  std::string text = "unmapped {";
  if (!key.empty()) text += " key: '" + key + "'";
  return text + " value: '" + value + "' }";
}

class JsonToWireTest : public ::testing::Test {
 protected:
  void Check(const std::vector<Row>& rows) {
    const MessageTable& table = tables_.Get("Kinds");
    JsonToWire to_wire;
    WireToJson to_json;
    for (const Row& row : rows) {
      const Padded padded(row.json);
      ASSERT_TRUE(to_wire.Translate(table, padded.get())) << row.json << ": " << to_wire.error();
      EXPECT_EQ(to_wire.wire(), tables_.Wire("Kinds", row.text))
          << row.json << "\n got " << tables_.Text("Kinds", to_wire.wire()) << "\nwant "
          << row.text;
      EXPECT_THAT(to_wire.drift(), ElementsAreArray(row.drift)) << row.json;
      ASSERT_TRUE(to_json.Document(table, to_wire.wire())) << row.json;
      EXPECT_EQ(to_json.json(), row.back.empty() ? row.json : row.back);
    }
  }

  testing::Tables tables_{testing::KindsFile()};
};

TEST_F(JsonToWireTest, DecimalsKeepTheirDigits) {
  const std::string most(64, '9');
  std::vector<Row> rows;
  for (const std::string& digits :
       {std::string("0"), std::string("12"), std::string("12.0"), std::string("12.50"),
        std::string("-0.00"), std::string("1e3"), std::string("1E-3"), std::string("1.10e+05"),
        std::string("1e64"), std::string("1e-64"), most, "-" + most, "0." + most.substr(1)}) {
    rows.push_back({"{\"money\":" + digits + "}", "money { value: '" + digits + "' }", {}});
    rows.push_back(
        {"{\"quoted_money\":\"" + digits + "\"}", "quoted_money { value: '" + digits + "' }", {}});
  }
  Check(rows);
}

TEST_F(JsonToWireTest, DecimalsBeyondTheirLimitsStandRaw) {
  const std::string many(65, '9');
  std::vector<Row> rows;
  for (const std::string& value :
       {many, "-" + many, "0." + many, std::string("1e65"), std::string("1e-65"),
        std::string("1E+999999999999"), std::string("\"\""), std::string("\"NaN\""),
        std::string("\"+1\""), std::string("\".5\""), std::string("\"1.\""), std::string("\"01\""),
        std::string("\" 1\""), "\"" + many + "\"", std::string("\"1e65\""), std::string("true"),
        std::string("{}"), std::string("[1]"), std::string("{\"value\":\"1\"}")}) {
    rows.push_back({"{\"money\":" + value + "}", Raw("money", value), {"money"}});
    rows.push_back(
        {"{\"quoted_money\":" + value + "}", Raw("quoted_money", value), {"quoted_money"}});
  }
  Check(rows);
}

TEST_F(JsonToWireTest, TheOtherSpellingOfANumberIsReadAndStandsRawToo) {
  Check({
      {R"({"money":"12.50"})", "money { value: '12.50' } " + Raw("money", R"("12.50")"), {}},
      {R"({"quoted_money":12.50})",
       "quoted_money { value: '12.50' } " + Raw("quoted_money", "12.50"),
       {}},
      {R"({"big":"42"})", "big: 42 " + Raw("big", R"("42")"), {}},
      {R"({"big":42.0})", "big: 42 " + Raw("big", "42.0"), {}},
      {R"({"small":-7.000})", "small: -7 " + Raw("small", "-7.000"), {}},
      {R"({"quoted_big":42})", "quoted_big: 42 " + Raw("quoted_big", "42"), {}},
      {R"({"text":12345})", "text: '12345' " + Raw("text", "12345"), {}},
      {R"({"text":-1})", "text: '-1' " + Raw("text", "-1"), {}},
      {R"({"texts":["a",5]})", "texts: 'a' texts: '5' " + Raw("texts", R"(["a",5])"), {}},
      {R"({"bigs":[1,"2"]})", "bigs: 1 bigs: 2 " + Raw("bigs", R"([1,"2"])"), {}},
      {R"({"moneys":[1.0,"2"]})",
       "moneys { value: '1.0' } moneys { value: '2' } " + Raw("moneys", R"([1.0,"2"])"),
       {}},
  });
}

TEST_F(JsonToWireTest, Integers) {
  Check({
      {R"({"small":0})", "small: 0", {}},
      {R"({"small":2147483647})", "small: 2147483647", {}},
      {R"({"small":-2147483648})", "small: -2147483648", {}},
      {R"({"small":2147483648})", Raw("small", "2147483648"), {"small"}},
      {R"({"small":-2147483649})", Raw("small", "-2147483649"), {"small"}},
      {R"({"big":9223372036854775807})", "big: 9223372036854775807", {}},
      {R"({"big":-9223372036854775808})", "big: -9223372036854775808", {}},
      {R"({"big":9223372036854775808})", Raw("big", "9223372036854775808"), {"big"}},
      {R"({"big":123456789012345678901234567890})",
       Raw("big", "123456789012345678901234567890"),
       {"big"}},
      {R"({"big":1e3})", Raw("big", "1e3"), {"big"}},
      {R"({"big":1.5})", Raw("big", "1.5"), {"big"}},
      {R"({"big":-0})", Raw("big", "-0"), {"big"}},
      {R"({"big":true})", Raw("big", "true"), {"big"}},
      {R"({"big":"042"})", Raw("big", R"("042")"), {"big"}},
      {R"({"big":"forty"})", Raw("big", R"("forty")"), {"big"}},
      {R"({"big":""})", Raw("big", R"("")"), {"big"}},
      {R"({"quoted_big":"9223372036854775807"})", "quoted_big: 9223372036854775807", {}},
  });
}

TEST_F(JsonToWireTest, EnumsByTheirUpstreamSpelling) {
  Check({
      {R"({"color":"red"})", "color: COLOR_RED", {}},
      {R"({"color":"Dark+Blue"})", "color: COLOR_DARK_BLUE", {}},
      {R"({"color":"sea green"})", "color: COLOR_SEA", {}},
      {R"({"color":"minus"})", "color: COLOR_MINUS", {}},
      {R"({"color":"sea\u0020green"})", "color: COLOR_SEA", {}, R"({"color":"sea green"})"},
      {R"({"color":"Red"})", Raw("color", R"("Red")"), {"color"}},
      {R"({"color":"COLOR_RED"})", Raw("color", R"("COLOR_RED")"), {"color"}},
      {R"({"color":""})", Raw("color", R"("")"), {"color"}},
      {R"({"color":1})", Raw("color", "1"), {"color"}},
      {R"({"colors":["red","minus","red"]})", "colors: [COLOR_RED, COLOR_MINUS, COLOR_RED]", {}},
      {R"({"colors":["red","purple"]})", Raw("colors", R"(["red","purple"])"), {"colors"}},
  });
}

TEST_F(JsonToWireTest, BytesFromCanonicalBase64Only) {
  Check({
      {R"({"blob":"AP/+"})", R"(blob: "\000\377\376")", {}},
      {R"({"blob":"AP\/+"})", R"(blob: "\000\377\376")", {}, R"({"blob":"AP/+"})"},
      {R"({"blob":""})", "blob: ''", {}},
      {R"({"blob":"Zg"})", Raw("blob", R"("Zg")"), {"blob"}},
      {R"({"blob":"Zh=="})", Raw("blob", R"("Zh==")"), {"blob"}},
      {R"({"blob":"Zg-_"})", Raw("blob", R"("Zg-_")"), {"blob"}},
      {R"({"blobs":["Zg==",""]})", "blobs: 'f' blobs: ''", {}},
      {R"({"blobs":["Zg==","?"]})", Raw("blobs", R"(["Zg==","?"])"), {"blobs"}},
  });
}

TEST_F(JsonToWireTest, DatesInBothSpellings) {
  const std::string day = "{ year: 2021 month: 4 day: 30 }";
  Check({
      {R"({"day":"2021-04-30"})", "day " + day, {}},
      {R"({"slash_day":"30/04/2021"})", "slash_day " + day, {}},
      {R"({"slash_day":"30\/04\/2021"})", "slash_day " + day, {}, R"({"slash_day":"30/04/2021"})"},
      {R"({"day":"30/04/2021"})", "day " + day + Raw("day", R"("30/04/2021")"), {}},
      {R"({"slash_day":"2021-04-30"})",
       "slash_day " + day + Raw("slash_day", R"("2021-04-30")"),
       {}},
      {R"({"day":"2021-02-29"})", Raw("day", R"("2021-02-29")"), {"day"}},
      {R"({"day":""})", Raw("day", R"("")"), {"day"}},
      {R"({"day":20210430})", Raw("day", "20210430"), {"day"}},
      {R"({"days":["2021-04-30","2020-02-29"]})",
       "days " + day + " days { year: 2020 month: 2 day: 29 }",
       {}},
      {R"({"days":["2021-04-30",null]})", Raw("days", R"(["2021-04-30",null])"), {"days"}},
  });
}

TEST_F(JsonToWireTest, TimestampsInEverySpelling) {
  const std::string seconds = " { seconds: 1619780853 } ";
  const std::string micros = " { seconds: 1619780853 nanos: 401381000 } ";
  const std::string space = "\"2021-04-30 11:07:33\"";
  std::vector<Row> rows;
  const std::pair<std::string, std::string> own[] = {
      {"at", space},
      {"at_t", "\"2021-04-30T11:07:33\""},
      {"at_z", "\"2021-04-30T11:07:33Z\""},
      {"at_offset", "\"2021-04-30T11:07:33+00:00\""},
      {"at_micros", "\"2021-04-30T11:07:33.000000Z\""},
      {"at_millis", "\"2021-04-30T11:07:33.000Z\""}};
  for (const auto& [field, spelled] : own) {
    for (const auto& [other, text] : own) {
      // Its own spelling is reproduced; the others stand raw as well, and are no drift.
      rows.push_back({"{\"" + field + "\":" + text + "}",
                      field + seconds + (field == other ? std::string() : Raw(field, text)),
                      {}});
    }
  }
  for (const auto& [field, text] :
       {std::pair<std::string, std::string>{"at_z", "\"2021-04-30T11:07:33.401381Z\""},
        {"at_offset", "\"2021-04-30T11:07:33.401381+00:00\""},
        {"at_micros", "\"2021-04-30T11:07:33.401381Z\""}}) {
    rows.push_back({"{\"" + field + "\":" + text + "}", field + micros, {}});
  }
  for (const auto& [field, text] :
       {std::pair<std::string, std::string>{"at", "\"2021-04-30 11:07:33.401381\""},
        {"at_z", "\"2021-04-30T13:07:33.401381+02:00\""},
        {"at_z", "\"2021-04-30T11:07:33.401381000Z\""},
        {"at_micros", "\"2021-04-30 11:07:33.401381\""}}) {
    rows.push_back({"{\"" + field + "\":" + text + "}", field + micros + Raw(field, text), {}});
  }
  for (const std::string text :
       {"\"2021-02-29 11:07:33\"", "\"yesterday\"", "\"\"", "1619780853"}) {
    rows.push_back({"{\"at\":" + text + "}", Raw("at", text), {"at"}});
  }
  Check(rows);
}

TEST_F(JsonToWireTest, DocumentedNullsAndEmptyListsAreNoDrift) {
  std::vector<Row> rows;
  for (const std::string field :
       {"text", "small", "big", "flag", "color", "blob", "money", "quoted_money", "day", "at",
        "inner", "inners", "texts", "bigs", "colors", "moneys"}) {
    rows.push_back({"{\"" + field + "\":null}", Raw(field, "null"), {}});
  }
  for (const std::string field :
       {"inners", "texts", "bigs", "colors", "moneys", "blobs", "flags"}) {
    rows.push_back({"{\"" + field + "\":[]}", Raw(field, "[]"), {}});
  }
  rows.push_back({"{}", "", {}});
  rows.push_back({R"({"inner":{}})", "inner {}", {}});
  rows.push_back({R"({"inners":[{},{}]})", "inners {} inners {}", {}});
  Check(rows);
}

TEST_F(JsonToWireTest, AnArrayWithOneUnfitElementStandsRawWhole) {
  Check({
      {R"({"texts":["a",null]})", Raw("texts", R"(["a",null])"), {"texts"}},
      {R"({"texts":["a",true]})", Raw("texts", R"(["a",true])"), {"texts"}},
      {R"({"texts":["a",["b"]]})", Raw("texts", R"(["a",["b"]])"), {"texts"}},
      {R"({"bigs":[1,2,1.5]})", Raw("bigs", "[1,2,1.5]"), {"bigs"}},
      {R"({"flags":[true,false]})", "flags: [true, false]", {}},
      {R"({"flags":[true,0]})", Raw("flags", "[true,0]"), {"flags"}},
      {R"({"inners":[{"text":"a"},7]})", Raw("inners", R"([{"text":"a"},7])"), {"inners"}},
      {R"({"inners":[{"text":"a","odd":1},7]})",
       Raw("inners", R"([{"text":"a","odd":1},7])"),
       {"inners"}},
      {R"({"inners":{"text":"a"}})", Raw("inners", R"({"text":"a"})"), {"inners"}},
      {R"({"texts":"a"})", Raw("texts", R"("a")"), {"texts"}},
  });
}

TEST_F(JsonToWireTest, TheUnknownStandsRawWhereItWas) {
  Check({
      {R"({"odd":1})", Raw("odd", "1"), {"odd"}},
      {R"({"":1})", Raw("", "1"), {""}},
      {R"({"odd":{"a":[1,{"b":null}]}})", Raw("odd", R"({"a":[1,{"b":null}]})"), {"odd"}},
      {R"({"inner":{"odd":"x"}})", "inner { " + Raw("odd", R"("x")") + " }", {"inner.odd"}},
      {R"({"inner":{"leaf":{"odd":0.10}}})",
       "inner { leaf { " + Raw("odd", "0.10") + " } }",
       {"inner.leaf.odd"}},
      {R"({"inners":[{"odd":1},{"odd":2}]})",
       "inners { " + Raw("odd", "1") + " } inners { " + Raw("odd", "2") + " }",
       {"inners.odd", "inners.odd"}},
      {R"({"inner":5})", Raw("inner", "5"), {"inner"}},
      {R"({"text":{"a":1}})", Raw("text", R"({"a":1})"), {"text"}},
      {R"({"text":true})", Raw("text", "true"), {"text"}},
      {R"({"text":1.5})", Raw("text", "1.5"), {"text"}},
      {R"({"flag":"true"})", Raw("flag", R"("true")"), {"flag"}},
      {R"({"Other Name":"x"})", "renamed: 'x'", {}},
      {R"({"renamed":"x"})", Raw("renamed", R"("x")"), {"renamed"}},
      // The field that holds the unknown has no name upstream.
      {R"({"unmapped":{"a":"b"}})", Raw("unmapped", R"({"a":"b"})"), {"unmapped"}},
  });
}

TEST_F(JsonToWireTest, TextWithALoneSurrogateStandsRawWhole) {
  Check({
      {R"({"text":"\ud83d\ude00"})",
       R"(text: "\360\237\230\200")",
       {},
       "{\"text\":\"\xF0\x9F\x98\x80\"}"},
      {R"({"text":"a\ud800"})", Raw("text", R"("a\\ud800")"), {"text"}},
      {R"({"text":"\udc00a"})", Raw("text", R"("\\udc00a")"), {"text"}},
      {R"({"text":"\ud800\ud800"})", Raw("text", R"("\\ud800\\ud800")"), {"text"}},
      {R"({"text":"\ud800\u0041"})", Raw("text", R"("\\ud800\\u0041")"), {"text"}},
      {R"({"texts":["a","\udfff"]})", Raw("texts", R"(["a","\\udfff"])"), {"texts"}},
      {R"({"color":"\ud800"})", Raw("color", R"("\\ud800")"), {"color"}},
      // A key cannot stand in the map either: the object around it stands whole.
      {R"({"inner":{"\ud800":1,"text":"a"}})",
       Raw("inner", R"({"\\ud800":1,"text":"a"})"),
       {"inner"}},
      {R"({"inners":[{"text":"a"},{"\udc00":1}]})",
       Raw("inners", R"([{"text":"a"},{"\\udc00":1}])"),
       {"inners"}},
  });
}

TEST_F(JsonToWireTest, EscapesAreOneSpelling) {
  Check({
      {R"({"text":"\"\\\/\b\f\n\r\t\u0000\u00e5"})",
       R"(text: "\"\\/\010\014\n\r\t\000\303\245")",
       {},
       "{\"text\":\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\\u0000\xC3\xA5\"}"},
      {R"({"t\u0065xt":"a"})", "text: 'a'", {}, R"({"text":"a"})"},
      {R"({"a\"b\\":1})", R"(unmapped { key: "a\"b\\" value: "1" })", {R"(a"b\)"}},
      {R"({"\u0061\u00e5":1})",
       R"(unmapped { key: "a\303\245" value: "1" })",
       {"a\xC3\xA5"},
       "{\"a\xC3\xA5\":1}"},
      {R"({"a\tb":1})", R"(unmapped { key: "a\tb" value: "1" })", {"a\tb"}, R"({"a\u0009b":1})"},
  });
}

TEST_F(JsonToWireTest, WhiteSpaceIsNotKept) {
  Check({
      {" \t\r\n{ \"text\" : \"a b\" , \"bigs\" : [ 1 , 2 ] }\n ",
       "text: 'a b' bigs: [1, 2]",
       {},
       R"({"text":"a b","bigs":[1,2]})"},
      {"{\"text\"\n:\n\"a\"\n}", "text: 'a'", {}, R"({"text":"a"})"},
      {"{\"odd\" : [ 1 ] }", Raw("odd", "[ 1 ]"), {"odd"}, "{\"odd\":[ 1 ]}"},
      {"{ }", "", {}, "{}"},
      {"{\"texts\":[ ]}", Raw("texts", "[ ]"), {}, "{\"texts\":[ ]}"},
  });
}

TEST_F(JsonToWireTest, TheWireIsCanonicalWhateverTheOrderOfTheKeys) {
  const std::vector<std::string> members = {
      R"("text":"a")", R"("big":"7")", R"("color":"red")",    R"("inner":{"money":1.0,"text":"b"})",
      R"("zzz":[])",   R"("aaa":{})",  R"("Other Name":"c")", R"("far":"d")"};
  const std::string want =
      tables_.Wire("Kinds",
                   "text: 'a' big: 7 color: COLOR_RED inner { text: 'b' money { value: '1.0' } } "
                   "renamed: 'c' far: 'd' unmapped { key: 'aaa' value: '{}' } "
                   "unmapped { key: 'big' value: '\"7\"' } unmapped { key: 'zzz' value: '[]' }");
  std::vector<size_t> order = {0, 1, 2, 3, 4, 5, 6, 7};
  JsonToWire to_wire;
  int permutations = 0;
  do {
    std::string json;
    for (size_t i : order) json += (json.empty() ? "{" : ",") + members[i];
    const Padded padded(json + "}");
    ASSERT_TRUE(to_wire.Translate(tables_.Get("Kinds"), padded.get())) << json;
    ASSERT_EQ(to_wire.wire(), want) << json;
    ++permutations;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(permutations, 40320);
}

TEST_F(JsonToWireTest, LengthsOfEverySize) {
  // Around the places where a length needs one more byte.
  std::vector<Row> rows;
  for (size_t size : {100u, 121u, 122u, 123u, 124u, 125u, 126u, 127u, 128u, 129u, 16370u, 16377u,
                      16383u, 16384u, 16385u, 2097150u, 2097152u}) {
    const std::string text(size, 'x');
    rows.push_back({R"({"inner":{"text":")" + text + R"(","leaf":{"text":")" + text + R"("}}})",
                    "inner { text: '" + text + "' leaf { text: '" + text + "' } }",
                    {}});
    rows.push_back({R"({"odd":")" + text + "\"}", Raw("odd", "\"" + text + "\""), {"odd"}});
    rows.push_back({R"({")" + text + "\":1}", Raw(text, "1"), {text}});
  }
  Check(rows);
}

// The reference's full billogram, read by the generated class.
TEST(BillogramDocument, AgreesWithTheGeneratedClass) {
  std::ifstream file(std::string(BG_SOURCE_DIR) + "/tests/testdata/billogram_full.json");
  std::stringstream text;
  text << file.rdbuf();
  std::string json = text.str();
  const std::string frame = R"({"status":"OK","data":)";
  ASSERT_EQ(json.rfind(frame, 0), 0u);
  TableRegistry registry;
  auto table = registry.Add(billogram::v2::Billogram::descriptor());
  ASSERT_TRUE(table.ok()) << table.status();
  JsonToWire::AnswerShape shape;
  shape.envelope = true;
  shape.response = *table;
  JsonToWire to_wire;
  const Padded padded(json);
  const JsonToWire::Answer answer = to_wire.TranslateAnswer(shape, padded.get());
  ASSERT_EQ(answer.verdict, JsonToWire::Answer::Verdict::kOk) << to_wire.error();
  EXPECT_THAT(to_wire.drift(), IsEmpty());
  billogram::v2::Billogram billogram;
  ASSERT_TRUE(
      billogram.ParseFromArray(to_wire.wire().data(), static_cast<int>(to_wire.wire().size())));
  EXPECT_EQ(billogram.id(), "2kAEEjE");
  EXPECT_EQ(billogram.invoice_no(), 4691);
  EXPECT_EQ(billogram.customer().customer_no(), 12345);
  EXPECT_EQ(billogram.customer().address().administrative_area(), "Stockholms l\xC3\xA4n");
  ASSERT_EQ(billogram.items_size(), 2);
  EXPECT_EQ(billogram.items(0).price().value(), "1500.00");
  EXPECT_EQ(billogram.items(1).count().value(), "2.50");
  EXPECT_EQ(billogram.items(1).regional_sweden().electricity_collection().arsforb(), 12000);
  EXPECT_EQ(billogram.items(1).bookkeeping().unmapped().at("objects"), "[]");
  EXPECT_EQ(billogram.due_date().month(), 2);
  EXPECT_EQ(billogram.delivery_method(), billogram::v2::DELIVERY_METHOD_EMAIL_LETTER);
  EXPECT_EQ(testing::Tables::Serialize(billogram), to_wire.wire());
}

}  // namespace
}  // namespace billing::gateway::translate
