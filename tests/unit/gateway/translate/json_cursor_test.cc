#include "service/gateway/translate/json_cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using testing::Padded;
using Fit = JsonCursor::Fit;

TEST(JsonCursor, TakesEachPieceAndMovesBehindIt) {
  const Padded padded(
      "{ \"a\" : \"x y\" , \"b\\n\":[1.50 ,-3, true,null], \"c\":{\"d\":[{}]},\"e\":{ } }");
  JsonCursor cursor(64);
  ASSERT_TRUE(cursor.Begin(padded.get())) << cursor.why();
  std::string_view text;
  NumberToken number;
  bool ok = false;
  EXPECT_EQ(cursor.Here(), '{');
  EXPECT_FALSE(cursor.TakeEmpty('}'));
  cursor.Step();
  ASSERT_EQ(cursor.TakeKey(&text), Fit::kOk);
  EXPECT_EQ(text, "a");
  EXPECT_EQ(cursor.PeekString(), "x y");
  ASSERT_EQ(cursor.TakeText(&text), Fit::kOk);
  EXPECT_EQ(text, "x y");
  EXPECT_TRUE(cursor.More('}', &ok));

  std::string_view key;
  ASSERT_EQ(cursor.TakeKey(&key), Fit::kOk);
  cursor.Step();
  ASSERT_TRUE(cursor.TakeNumber(&number, &text));
  EXPECT_EQ(text, "1.50");
  EXPECT_TRUE(cursor.More(']', &ok));
  ASSERT_TRUE(cursor.TakeNumber(&number, &text));
  EXPECT_EQ(text, "-3");
  EXPECT_TRUE(number.integer);
  EXPECT_TRUE(cursor.More(']', &ok));
  EXPECT_FALSE(cursor.TakeLiteral("false"));
  EXPECT_TRUE(cursor.TakeLiteral("true"));
  EXPECT_TRUE(cursor.More(']', &ok));
  EXPECT_TRUE(cursor.TakeLiteral("null"));
  EXPECT_FALSE(cursor.More(']', &ok));
  EXPECT_TRUE(ok);
  EXPECT_TRUE(cursor.More('}', &ok));

  ASSERT_EQ(cursor.TakeKey(&text), Fit::kOk);
  const JsonCursor::Mark mark = cursor.mark();
  for (int time = 0; time < 2; ++time) {
    cursor.Rewind(mark);
    ASSERT_TRUE(cursor.TakeRaw(&text));
    EXPECT_EQ(text, "{\"d\":[{}]}");
  }
  EXPECT_TRUE(cursor.More('}', &ok));
  ASSERT_EQ(cursor.TakeKey(&text), Fit::kOk);
  EXPECT_TRUE(cursor.TakeEmpty('}'));
  EXPECT_FALSE(cursor.More('}', &ok));
  EXPECT_TRUE(ok);
  EXPECT_TRUE(cursor.AtEnd());
  EXPECT_EQ(key, "b\n") << "stays as long as the document";
}

TEST(JsonCursor, SaysWhyADocumentCannotBeRead) {
  JsonCursor cursor(2);
  EXPECT_FALSE(cursor.Begin({"", 0}));
  EXPECT_STREQ(cursor.why(), "empty document");
  const Padded latin("\"\xE5\"");
  EXPECT_FALSE(cursor.Begin(latin.get()));
  EXPECT_STREQ(cursor.why(), "not UTF-8");
  const Padded open("\"abc");
  EXPECT_FALSE(cursor.Begin(open.get()));
  EXPECT_STREQ(cursor.why(), kMalformedJson);

  std::string_view text;
  const Padded deep("[[[1]]]");
  ASSERT_TRUE(cursor.Begin(deep.get()));
  EXPECT_FALSE(cursor.TakeRaw(&text));
  EXPECT_STREQ(cursor.why(), kJsonTooDeep);
  const Padded twice("{\"a\":1,\"a\":1}");
  ASSERT_TRUE(cursor.Begin(twice.get()));
  EXPECT_STREQ(cursor.why(), kMalformedJson) << "what went before is forgotten";
  EXPECT_FALSE(cursor.TakeRaw(&text));
  EXPECT_STREQ(cursor.why(), kJsonKeyTwice);
}

TEST(JsonCursor, RefusesWhatIsNoPiece) {
  JsonCursor cursor(64);
  std::string_view text;
  NumberToken number;
  for (const char* json : {"1x", "01", "1.", "-", "+1", "1e", ".5", "nul", "[1"}) {
    const Padded padded(json);
    ASSERT_TRUE(cursor.Begin(padded.get())) << json;
    EXPECT_FALSE(cursor.TakeNumber(&number, &text)) << json;
    EXPECT_FALSE(cursor.TakeLiteral("null")) << json;
  }
  for (const char* json : {"\"a\" 1", "\"a\"\"b\"", "\"\\x\":1", "\"\\u12\":1", "\"a\""}) {
    const Padded padded(json);
    ASSERT_TRUE(cursor.Begin(padded.get())) << json;
    EXPECT_EQ(cursor.TakeKey(&text), Fit::kMalformed) << json;
  }
  const Padded half("\"\\ud800\":\"\\ud800\"");
  ASSERT_TRUE(cursor.Begin(half.get()));
  EXPECT_EQ(cursor.TakeKey(&text), Fit::kUnfit);
  EXPECT_EQ(cursor.TakeText(&text), Fit::kUnfit);
}

}  // namespace
}  // namespace billing::gateway::translate
