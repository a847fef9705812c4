#include "client/billingctl/node.h"

#include <gtest/gtest.h>

#include <string>

namespace billing::ctl {
namespace {

std::string Error(const absl::StatusOr<Node>& node) {
  return node.ok() ? "" : std::string(node.status().message());
}

TEST(ReadJsonTest, KnowsWhereEverythingStands) {
  const auto node = ReadJson("{\n  \"a\": [1, -2.50e3],\n  \"b\": \"x\"\n}\n");
  ASSERT_TRUE(node.ok()) << node.status();
  ASSERT_EQ(node->kind, Node::Kind::kMap);
  ASSERT_EQ(node->keys.size(), 2u);
  EXPECT_EQ(node->keys[1].text, "b");
  EXPECT_EQ(node->keys[1].line, 3);
  EXPECT_EQ(node->keys[1].column, 3);
  const Node& number = node->children[0].children[1];
  EXPECT_EQ(number.kind, Node::Kind::kNumber);
  EXPECT_EQ(number.text, "-2.50e3");
  EXPECT_EQ(number.line, 2);
  EXPECT_EQ(number.column, 12);
}

TEST(ReadJsonTest, ReadsEscapes) {
  const auto node = ReadJson(R"("\u00e5\ud83d\ude00\n\/\\")");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(node->text, "å😀\n/\\");
}

TEST(ReadJsonTest, RefusesWithLineAndColumn) {
  const std::pair<std::string, std::string> rows[] = {
      {"", "1:1: the text ends too early"},
      {"{\n \"a\": 1,\n}", "3:1: a key in quotes is expected"},
      {"{\"a\" 1}", "1:6: ':' is expected"},
      {"{\"a\": 1 \"b\"}", "1:9: ',' or '}' is expected"},
      {"[1 2]", "1:4: ',' or ']' is expected"},
      {"{\"a\": 1, \"a\": 2}", "1:10: 'a' is there twice"},
      {"[01]", "1:3: a number does not begin with 0"},
      {"[1.]", "1:4: a digit is expected after the point"},
      {"[1e]", "1:4: a digit is expected in the exponent"},
      {"[nul]", "1:2: a value is expected"},
      {"\"abc", "1:5: the text has no closing quote"},
      {"\"a\nb\"", "1:3: the text has no closing quote"},
      {"\"\\x\"", "1:3: unknown escape"},
      {"\"\\ud800\"", "1:8: half of a surrogate pair"},
      {"\"\\ud800\\u0041\"", "1:14: half of a surrogate pair"},
      {"\"\\udc00\"", "1:8: half of a surrogate pair"},
      {"\"\xFF\"", "1:2: not UTF-8"},
      {"1 2", "1:3: more text after the document"},
      {std::string("\"\0\"", 3), "1:2: control character in a text"},
  };
  for (const auto& [text, error] : rows) EXPECT_EQ(Error(ReadJson(text)), error) << text;
}

TEST(ReadJsonTest, DepthIsLimited) {
  EXPECT_TRUE(ReadJson(std::string(60, '[') + std::string(60, ']')).ok());
  EXPECT_NE(Error(ReadJson(std::string(100'000, '['))).find("nested deeper"), std::string::npos);
  EXPECT_NE(Error(ReadYaml(std::string(1000, '['))).find("nested deeper"), std::string::npos);
}

TEST(ReadYamlTest, KnowsWhereEverythingStands) {
  const auto node = ReadYaml("a: 1\nitems:\n  - title: Arbete\n    price: '12.50'\n");
  ASSERT_TRUE(node.ok()) << node.status();
  const Node& item = node->children[1].children[0];
  EXPECT_EQ(item.keys[1].text, "price");
  EXPECT_EQ(item.keys[1].line, 4);
  EXPECT_EQ(item.keys[1].column, 5);
  EXPECT_EQ(item.children[0].kind, Node::Kind::kPlain);
  EXPECT_EQ(item.children[1].kind, Node::Kind::kText);
}

TEST(ReadYamlTest, RefusesWithLine) {
  const std::pair<std::string, std::string> rows[] = {
      {"a: 1\nb: &x 2\n", "2:"},
      {"a: 1\na: 2\n", "2:1: 'a' is there twice"},
      {"a: !!str 1\n", "1:"},
      {"a: 1\n---\nb: 2\n", "3:1: more than one document"},
      {"a: [1\n", "2:"},
      {"a: \xC0\n", "1:4: not UTF-8"},
      {"a: 1\nb: \x01\n", "2:4: control character"},
      {"? [a]\n: 1\n", "1:3: a key is expected"},
  };
  for (const auto& [text, begin] : rows) {
    EXPECT_EQ(Error(ReadYaml(text)).substr(0, begin.size()), begin) << text;
  }
}

TEST(ReadYamlTest, ColumnsAreCharacters) {
  const std::pair<std::string, int> rows[] = {
      {"items: [{title: \"åäö\", count: x}]", 31},
      {"\xEF\xBB\xBFitems: [{title: åäö, count: x}]", 29},
      {"ö: å\nitems: [{title: 😀€, count: x}]", 28},
  };
  for (const auto& [text, column] : rows) {
    const auto node = ReadYaml(text);
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_EQ(node->children.back().children[0].children[1].column, column) << text;
  }
  EXPECT_EQ(Error(ReadYaml("a: [åäö, &x 2]")).substr(0, 6), "1:10: ");
  EXPECT_EQ(Error(ReadYaml("åäö: \x01")), "1:6: control character");
  EXPECT_EQ(Error(ReadYaml("a: å\nåäö: \xFF")), "2:6: not UTF-8");
}

TEST(ReadJsonTest, ColumnsAreCharacters) {
  const auto node = ReadJson("{\"å\": \"ä\",\n \"ö\": [\"😀€\", 1]}");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(node->children[0].column, 7);
  EXPECT_EQ(node->keys[1].column, 2);
  EXPECT_EQ(node->children[1].children[1].column, 14);
  EXPECT_EQ(Error(ReadJson("[\"åäö\", x]")), "1:9: a value is expected");
  EXPECT_EQ(Error(ReadJson("[\"åäö\xFF\"]")), "1:6: not UTF-8");
}

TEST(ReadYamlTest, NothingIsNull) {
  for (const char* text : {"", "# nothing\n", "~", "null"}) {
    const auto node = ReadYaml(text);
    ASSERT_TRUE(node.ok()) << text;
    EXPECT_EQ(node->kind, Node::Kind::kNull) << text;
  }
}

TEST(ReadJsonOrYamlTest, ByTheFirstCharacters) {
  EXPECT_TRUE(ReadJsonOrYaml("{title: Arbete, count: 1}").ok());
  EXPECT_TRUE(ReadJsonOrYaml(" \n{\"a\": 1}").ok());
  EXPECT_TRUE(ReadJsonOrYaml("a: 1").ok());
  // Meant as JSON, so told as JSON.
  EXPECT_EQ(Error(ReadJsonOrYaml("{\"a\": 1,}")), "1:9: a key in quotes is expected");
}

}  // namespace
}  // namespace billing::ctl
