#include "service/gateway/translate/wire_to_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/translate/scalar_text.h"
#include "service/gateway/translate/wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAre;
using testing::Fields;

std::string Len(int number, std::string_view bytes) {
  std::string wire;
  AppendVarint(static_cast<uint64_t>(number) << 3 | 2, &wire);
  AppendVarint(bytes.size(), &wire);
  return wire.append(bytes);
}

std::string Int(int number, uint64_t value) {
  std::string wire;
  AppendVarint(static_cast<uint64_t>(number) << 3, &wire);
  AppendVarint(value, &wire);
  return wire;
}

class WireToJsonTest : public ::testing::Test {
 protected:
  testing::Tables kinds_{testing::KindsFile()};
};

// Any legal wire must read as what the protobuf library makes of it.
TEST_F(WireToJsonTest, NonCanonicalWireReadsAsTheLibraryReadsIt) {
  const MessageTable& table = kinds_.Get("Kinds");
  const std::string entry_a = Len(3000, Len(1, "a") + Len(2, "1"));
  const std::string entry_b = Len(3000, Len(1, "b") + Len(2, "2"));
  struct Case {
    std::string wire;
    std::string json;
  };
  for (const Case& c : {
           Case{Len(1, "a") + Len(1, "b"), R"({"text":"b"})"},
           Case{Int(3, 1) + Len(1, "a"), R"({"text":"a","big":1})"},
           Case{Len(19, "a") + Int(3, 1) + Len(19, "b"), R"({"big":1,"texts":["a","b"]})"},
           Case{Int(20, 1) + Int(20, 2), R"({"bigs":[1,2]})"},
           Case{Len(20, "\x01") + Len(20, "\x02"), R"({"bigs":[1,2]})"},
           Case{Int(21, 1) + Len(21, "\x02"), R"({"colors":["red","Dark+Blue"]})"},
           Case{Len(17, Len(1, "a")) + Len(17, Int(2, 2)), R"({"inner":{"text":"a","big":2}})"},
           Case{Len(17, Int(2, 2) + Len(1, "a")), R"({"inner":{"text":"a","big":2}})"},
           Case{Len(7, Len(1, "1")) + Len(7, Len(1, "2")), R"({"money":2})"},
           Case{Len(7, Len(1, "1") + Len(1, "2.0")), R"({"money":2.0})"},
           Case{Len(10, Int(3, 30) + Int(1, 2021)) + Len(10, Int(2, 4)), R"({"day":"2021-04-30"})"},
           Case{Len(12, Int(2, 0) + Int(1, 1619780853)), R"({"at":"2021-04-30 11:07:33"})"},
           Case{entry_b + entry_a, R"({"a":1,"b":2})"},
           Case{entry_a + Len(1, "t") + entry_b, R"({"text":"t","a":1,"b":2})"},
           Case{Len(20, "") + Len(1, "a"), R"({"text":"a"})"},
           Case{Len(3000, Len(2, "1") + Len(1, "z")), R"({"z":1})"},
           Case{Len(3000, Len(2, "1")), R"({"":1})"},
           Case{Int(2, (uint64_t{1} << 32) + 7), R"({"small":7})"},
           Case{Int(2, UINT64_MAX), R"({"small":-1})"},
           Case{Int(4, 300), R"({"flag":true})"},
           Case{Int(5, UINT64_MAX), R"({"color":"minus"})"},
           Case{std::string("\x98\x00\x05", 3), R"({"big":5})"},
       }) {
    WireToJson to_json;
    ASSERT_TRUE(to_json.Document(table, c.wire)) << c.json << to_json.violations()[0].description;
    EXPECT_EQ(to_json.json(), c.json);
    // The library agrees that this is the message.
    const std::string again = kinds_.Reserialize("Kinds", c.wire);
    ASSERT_TRUE(to_json.Document(table, again));
    EXPECT_EQ(to_json.json(), c.json);
  }
}

TEST_F(WireToJsonTest, DocumentPutsTheRawTextBack) {
  const MessageTable& table = kinds_.Get("Kinds");
  struct Case {
    std::string text;
    std::string json;
  };
  for (const Case& c : {
           Case{"text: 'a' big: 42 unmapped { key: 'big' value: '\"42\"' }",
                R"({"text":"a","big":"42"})"},
           Case{"text: 'a' big: 42 far: 'z' unmapped { key: 'text' value: 'null' }",
                R"({"big":42,"far":"z","text":null})"},
           Case{"texts: ['a', 'b'] bigs: [1] unmapped { key: 'bigs' value: '[\"1\"]' } "
                "unmapped { key: 'texts' value: '[ \"a\",\"b\" ]' }",
                R"({"bigs":["1"],"texts":[ "a","b" ]})"},
           Case{"inner { big: 1 unmapped { key: 'big' value: '1.0' } } big: 2",
                R"({"big":2,"inner":{"big":1.0}})"},
           Case{"renamed: 'a' unmapped { key: 'Other Name' value: '1' }", R"({"Other Name":1})"},
           Case{"renamed: 'a' unmapped { key: 'renamed' value: '1' }",
                R"({"Other Name":"a","renamed":1})"},
       }) {
    WireToJson to_json;
    ASSERT_TRUE(to_json.Document(table, kinds_.Wire("Kinds", c.text))) << c.text;
    EXPECT_EQ(to_json.json(), c.json);
  }
}

TEST_F(WireToJsonTest, TextOfEveryLengthIsCheckedAndEscaped) {
  const MessageTable& table = kinds_.Get("Kinds");
  WireToJson to_json;
  for (size_t size = 0; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (const auto& [c, escaped] : {std::pair<char, std::string>{'"', "\\\""},
                                       {'\\', "\\\\"},
                                       {'\n', "\\u000a"},
                                       {'\0', "\\u0000"},
                                       {'\x1F', "\\u001f"},
                                       {'\x7F', "\x7F"},
                                       {' ', " "},
                                       {'~', "~"}}) {
        std::string text(size, 'x');
        text[at] = c;
        std::string want(size - 1, 'x');
        want.insert(at, escaped);
        ASSERT_TRUE(to_json.Document(table, Len(1, text)));
        ASSERT_EQ(to_json.json(), "{\"text\":\"" + want + "\"}");
      }
      std::string text(size, 'x');
      text[at] = '\xE5';
      ASSERT_FALSE(to_json.Document(table, Len(1, text))) << size << " " << at;
      ASSERT_THAT(Fields(to_json.violations()), ElementsAre("text"));
      text = std::string(size, 'x');
      text.replace(at, 1, "\xC3\xA5");
      ASSERT_TRUE(to_json.Document(table, Len(1, text)));
      ASSERT_EQ(to_json.json(), "{\"text\":\"" + text + "\"}");
    }
  }
}

TEST_F(WireToJsonTest, NumbersAreWrittenInTheTypeTheyHaveUpstream) {
  WireToJson to_json;
  ASSERT_TRUE(to_json.Document(
      kinds_.Get("Kinds"),
      kinds_.Wire("Kinds",
                  "small: -2147483648 big: -9223372036854775808 money { value: '1.0e+05' } "
                  "quoted_money { value: '1.0e+05' } quoted_big: 9223372036854775807 bigs: [0, -1] "
                  "flags: [true, false] blob: '\\000\\377' moneys { value: '0.10' }")));
  EXPECT_EQ(
      to_json.json(),
      R"({"small":-2147483648,"big":-9223372036854775808,"blob":"AP8=","money":1.0e+05,)"
      R"("quoted_money":"1.0e+05","quoted_big":"9223372036854775807","bigs":[0,-1],"moneys":[0.10],)"
      R"("flags":[true,false]})");
}

TEST_F(WireToJsonTest, ScalarTextIsWhatAQueryCarries) {
  const MessageTable& table = kinds_.Get("Kinds");
  struct Case {
    const char* field;
    uint64_t varint;
    std::string bytes;
    const char* text;  // nullptr: refused
  };
  for (const Case& c : {
           Case{"text", 0, "a/b", "a/b"},
           Case{"text", 0, "\xFF", nullptr},
           Case{"small", UINT64_MAX, "", "-1"},
           Case{"big", uint64_t{1} << 63, "", "-9223372036854775808"},
           Case{"flag", 2, "", "true"},
           Case{"flag", 0, "", "false"},
           Case{"color", 2, "", "Dark+Blue"},
           Case{"color", 0, "", nullptr},
           Case{"color", 99, "", nullptr},
           Case{"blob", 0, "f", "Zg=="},
           Case{"money", 0, Len(1, "1.50"), "1.50"},
           Case{"money", 0, Len(1, "1,50"), nullptr},
           Case{"day", 0, Int(1, 2021) + Int(2, 4) + Int(3, 30), "2021-04-30"},
           Case{"slash_day", 0, Int(1, 2021) + Int(2, 4) + Int(3, 30), "30/04/2021"},
           Case{"day", 0, Int(1, 2021), nullptr},
           Case{"at", 0, Int(1, 1619780853), "2021-04-30 11:07:33"},
           Case{"at", 0, Int(1, 1619780853) + Int(2, 1), nullptr},
       }) {
    std::string text;
    std::string why;
    EXPECT_EQ(ScalarText(*table.FindProto(c.field), c.varint, c.bytes, &text, &why),
              c.text != nullptr)
        << c.field;
    EXPECT_EQ(text, c.text == nullptr ? "" : c.text);
    EXPECT_EQ(why.empty(), c.text != nullptr);
  }
}

}  // namespace
}  // namespace billing::gateway::translate
