#include "service/sandbox/json.h"

#include <gtest/gtest.h>

namespace billing::sandbox {
namespace {

TEST(JsonTest, KeepsNumbersAndOrder) {
  const std::string text =
      "{\"z\": 1.50, \"a\": [1e5, -0, 123456789012345678901234567890.10], \"s\": "
      "\"\\u00e5\\ud83d\\ude42\\n\\\"\"}";
  const auto parsed = ParseJson(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ToString(), text);
}

TEST(JsonTest, WritesAsciiOnly) {
  EXPECT_EQ(Json::String("\xC3\xA5\x01/\x7F\xF0\x9F\x99\x82").ToString(),
            "\"\\u00e5\\u0001/\\u007f\\ud83d\\ude42\"");
  EXPECT_EQ(Json::String("bad \xFF").ToString(), "\"bad \\ufffd\"");
}

TEST(JsonTest, ComparesByValue) {
  EXPECT_EQ(*ParseJson(R"({"a": 1.0, "b": [true, null]})"),
            *ParseJson(R"({"b":[true,null],"a":1})"));
  EXPECT_FALSE(*ParseJson(R"({"a": 1})") == *ParseJson(R"({"a": "1"})"));
  EXPECT_FALSE(*ParseJson("[1]") == *ParseJson("[1, 1]"));
}

TEST(JsonTest, RefusesHostileInput) {
  const std::string texts[] = {
      "",
      " ",
      "{",
      "[1",
      "[1,]",
      "{\"a\":1,}",
      "{\"a\"}",
      "{a:1}",
      "nul",
      "truex",
      "1 2",
      "[1]x",
      "\"",
      "\"\x01\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\ud800\"",
      "\"\\ud800\\u0041\"",
      "\"\\udc00\"",
      "\"\xFF\"",
      "\xEF\xBB\xBF{}",
      "\"\xED\xA0\x80\"",
      "\"\xC0\xAF\"",
      "01",
      "1.",
      ".5",
      "+1",
      "-",
      "1e",
      "NaN",
      "Infinity",
      "{\"a\":1,\"a\":2}",
      std::string("1\0", 2),
      std::string("\0", 1),
      std::string(65, '[') + std::string(65, ']'),
      std::string(100000, '['),
      [] {
        std::string many = "{";
        for (int i = 0; i < 2000; ++i) many += "\"k" + std::to_string(i) + "\":1,";
        return many + "\"last\":1}";
      }(),
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(ParseJson(text).status().code(), absl::StatusCode::kInvalidArgument)
        << text.substr(0, 40);
  }
  EXPECT_TRUE(ParseJson(std::string(64, '[') + std::string(64, ']')).ok());
}

}  // namespace
}  // namespace billing::sandbox
