#include "service/gateway/translate/json_text.h"

#include <gtest/gtest.h>

#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

TEST(IsJsonValue, TakesEveryKindOfValue) {
  for (std::string_view good :
       {"null", "true", "false", "0", "-1.5e-7", "\"\"", "\"a\\u00e5\\n\"", "[]", "{}",
        "[1,[2],{}]", "{\"a\":{\"b\":[null]}}", " \t\r\n[ 1 , 2 ]\n", "{ \"a\" : 1 , \"b\" : 2 }",
        "\"\\ud800\"", "\"\xF0\x9F\x98\x80\"",
        "123456789012345678901234567890123456789012345678901234567890"}) {
    EXPECT_TRUE(IsJsonValue(good, 64)) << good;
  }
}

TEST(IsJsonValue, IsStrict) {
  for (std::string_view bad : {"",
                               " ",
                               "nul",
                               "nulll",
                               "True",
                               "01",
                               "+1",
                               ".5",
                               "1.",
                               "1 2",
                               "NaN",
                               "'a'",
                               "\"a",
                               "\"\\x\"",
                               "\"\\u12\"",
                               "\"a\nb\"",
                               "[",
                               "]",
                               "[1,]",
                               "[,1]",
                               "[1 2]",
                               "{",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "{a:1}",
                               "{1:1}",
                               "[}",
                               "{]",
                               "1,",
                               "{}{}",
                               "// x",
                               "\"\xFF\"",
                               "\xEF\xBB\xBF"
                               "1",
                               "\x0B"
                               "1",
                               "\x0C"
                               "1",
                               "\"\xED\xA0\x80\"",
                               "tru",
                               "-",
                               "[1}"}) {
    EXPECT_FALSE(IsJsonValue(bad, 64)) << bad;
  }
  for (std::string_view bad : {std::string_view("1\0", 2),
                               std::string_view("\0"
                                                "1",
                                                2),
                               std::string_view("\"\0\"", 3), std::string_view("[1\0]", 4),
                               std::string_view("null\0", 5)}) {
    EXPECT_FALSE(IsJsonValue(bad, 64)) << bad;
  }
}

TEST(IsJsonValue, RefusesAKeyTwiceAtAnyDepth) {
  EXPECT_TRUE(IsJsonValue(R"({"a":1,"b":{"a":1}})", 64));
  for (const char* bad :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"\u0061":3})", R"([{"x":{"a":1,"a":2}}])",
        R"({"":0,"":0})", R"({"\ud800":1,"\uD800":2})"}) {
    EXPECT_FALSE(IsJsonValue(bad, 64)) << bad;
  }
}

TEST(IsJsonValue, CountsLevels) {
  EXPECT_TRUE(IsJsonValue(testing::Nested(64), 64));
  EXPECT_FALSE(IsJsonValue(testing::Nested(65), 64));
  EXPECT_TRUE(IsJsonValue("1", 0));
  EXPECT_FALSE(IsJsonValue("[]", 0));
  EXPECT_TRUE(IsJsonValue("{\"a\":{\"b\":1}}", 2));
  EXPECT_FALSE(IsJsonValue("{\"a\":{\"b\":[]}}", 2));
  EXPECT_FALSE(IsJsonValue(std::string(1000000, '['), 64));
}

TEST(SkipJsonValue, StopsBehindTheValue) {
  for (std::string_view text : {"1,", "null]", "\"a\" x", "{\"a\":[1]}}", "[ ],1", "-2.5e3}"}) {
    const char* end = SkipJsonValue(text.data(), text.data() + text.size(), 64);
    ASSERT_NE(end, nullptr) << text;
    const std::string_view value(text.data(), static_cast<size_t>(end - text.data()));
    EXPECT_TRUE(IsJsonValue(value, 64)) << value;
    EXPECT_LT(value.size(), text.size());
  }
}

TEST(UnescapeJson, KnowsEveryEscape) {
  struct Case {
    std::string_view inside;
    std::string_view text;
    Unescaped result;
  };
  for (const Case& c : {
           Case{"", "", Unescaped::kText},
           Case{"plain \xC3\xA5", "plain \xC3\xA5", Unescaped::kText},
           Case{R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t", Unescaped::kText},
           Case{R"(\u0041\u00E5\u20ac)", "A\xC3\xA5\xE2\x82\xAC", Unescaped::kText},
           Case{R"(\ud83d\ude00)", "\xF0\x9F\x98\x80", Unescaped::kText},
           Case{R"(\uDBFF\uDFFF)", "\xF4\x8F\xBF\xBF", Unescaped::kText},
           Case{R"(\u0000)", std::string_view("\0", 1), Unescaped::kText},
           Case{R"(\ud800)", "\xED\xA0\x80", Unescaped::kLoneSurrogate},
           Case{R"(\udfffx)", "\xED\xBF\xBFx", Unescaped::kLoneSurrogate},
           Case{R"(\ud800\ud83d\ude00)", "\xED\xA0\x80\xF0\x9F\x98\x80", Unescaped::kLoneSurrogate},
           Case{R"(\ud800A)",
                "\xED\xA0\x80"
                "A",
                Unescaped::kLoneSurrogate},
           Case{R"(\ud800\n)", "\xED\xA0\x80\n", Unescaped::kLoneSurrogate},
       }) {
    std::string out;
    EXPECT_EQ(UnescapeJson(c.inside, &out), c.result) << c.inside;
    EXPECT_EQ(out, c.text) << c.inside;
  }
  for (std::string_view bad : {"\\", "\\x", "\\u", "\\u12", "\\u12g4", "\\U0041", "a\\", "\\'",
                               "\\ud800\\u1", "\\ud800\\uzzzz", "\\ud800\\"}) {
    std::string out;
    EXPECT_EQ(UnescapeJson(bad, &out), Unescaped::kMalformed) << bad;
  }
}

TEST(AppendJsonString, EscapesWhatMustBeEscaped) {
  std::string out;
  AppendJsonString(std::string_view("a\"\\/\0\x1F\x7F\n\xC3\xA5", 10), &out);
  EXPECT_EQ(out, "\"a\\\"\\\\/\\u0000\\u001f\x7F\\u000a\xC3\xA5\"");
}

TEST(FindJsonMemberTest, FindsTheValueOfAKey) {
  const std::string_view object =
      R"( { "a" : 1, "b\"}":"x\\\"}" ,"c":{"d":[1,{"d":2}],"e":"]"},"\u0066":null, "" : [] } )";
  EXPECT_EQ(FindJsonMember(object, "a"), "1");
  EXPECT_EQ(FindJsonMember(object, "b\"}"), R"("x\\\"}")");
  EXPECT_EQ(FindJsonMember(object, "c"), R"({"d":[1,{"d":2}],"e":"]"})");
  EXPECT_EQ(FindJsonMember(object, "f"), "null");
  EXPECT_EQ(FindJsonMember(object, ""), "[]");
  for (const char* none : {"d", "e", "1", "x", "A", "\\u0066"}) {
    EXPECT_EQ(FindJsonMember(object, none).data(), nullptr) << none;
  }
  for (const char* no_object :
       {"", " ", "null", "[{\"a\":1}]", "\"a\"", "{}", "{", "{\"", "{\"a"}) {
    EXPECT_EQ(FindJsonMember(no_object, "a").data(), nullptr) << no_object;
  }
}

}  // namespace
}  // namespace billing::gateway::translate
