#include "service/gateway/translate/page_token.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace billing::gateway::translate {
namespace {

TEST(PageToken, ComesBackAsItWas) {
  for (const PageState& state : {PageState{1, 1, 0}, PageState{2, 25, 0x123456789ABCDEF0},
                                 PageState{INT32_MAX, 1, UINT64_MAX}, PageState{1, INT32_MAX, 9},
                                 PageState{128, 100, 255, 0xABCDEF0123456789}}) {
    const std::string token = EncodePageToken(state);
    // It must do as a URL parameter and on a command line.
    EXPECT_EQ(
        token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos)
        << token;
    const auto back = DecodePageToken(token);
    ASSERT_TRUE(back) << token;
    EXPECT_EQ(back->page, state.page);
    EXPECT_EQ(back->size, state.size);
    EXPECT_EQ(back->query, state.query);
    EXPECT_EQ(back->before, state.before);
  }
}

TEST(PageToken, APageIsToldFromAnotherAndFromNone) {
  EXPECT_NE(HashPage(""), 0u);
  EXPECT_EQ(HashPage("a page"), HashPage("a page"));
  EXPECT_NE(HashPage("a page"), HashPage("a pagf"));
}

TEST(PageToken, RefusesStatesBeyondItsRange) {
  for (const PageState& state :
       {PageState{0, 25, 7}, PageState{-1, 25, 7}, PageState{int64_t{1} << 31, 25, 7},
        PageState{INT64_MAX, 25, 7}, PageState{INT32_MAX / 25 + 1, 25, 7}, PageState{1, 0, 7},
        PageState{1, -5, 7}}) {
    EXPECT_FALSE(DecodePageToken(EncodePageToken(state))) << state.page << " " << state.size;
  }
}

TEST(PageToken, RefusesGarbage) {
  for (std::string_view bad : {"", "2", "A", "page=2", "AAAA", "////", "=", "not a token",
                               "\xFF\xFF", "AQIZ", "AAIZAQAAAAAAAAA", "null", "0"}) {
    EXPECT_FALSE(DecodePageToken(bad)) << bad;
  }
  EXPECT_FALSE(DecodePageToken(std::string(1 << 20, 'A')));
  EXPECT_FALSE(DecodePageToken(std::string_view("\0\0\0\0", 4)));
}

TEST(PageToken, EveryChangeIsSeenOrAnotherState) {
  const PageState state{3, 25, 0x0123456789ABCDEF, 0xFEDCBA9876543210};
  const std::string token = EncodePageToken(state);
  int refused = 0;
  int other = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(DecodePageToken(token.substr(0, i))) << i;
    for (char c : {'A', 'z', '7', '-', '_', '+', '=', '\0'}) {
      if (token[i] == c) continue;
      std::string changed = token;
      changed[i] = c;
      const auto back = DecodePageToken(changed);
      if (!back) {
        ++refused;
        continue;
      }
      ++other;
      EXPECT_TRUE(back->page != state.page || back->size != state.size ||
                  back->query != state.query || back->before != state.before);
      EXPECT_EQ(EncodePageToken(*back), changed);
    }
  }
  EXPECT_FALSE(DecodePageToken(token + "A"));
  EXPECT_FALSE(DecodePageToken(token + "="));
  EXPECT_FALSE(DecodePageToken(" " + token));
  RecordProperty("refused", refused);
  RecordProperty("other", other);
  EXPECT_GT(refused, 0);
  EXPECT_GT(other, 0);
}

TEST(HashQuery, TellsMethodAccountAndQueryApart) {
  std::set<uint64_t> seen;
  int count = 0;
  for (const char* method : {"/a/B", "/a/C", ""}) {
    for (const char* account : {"acme", "shop", ""}) {
      for (const char* query : {"", "a=1", "a=1&b=2", "acme"}) {
        seen.insert(HashQuery(method, account, query));
        ++count;
      }
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(count));
  EXPECT_NE(HashQuery("ab", "c", "d"), HashQuery("a", "bc", "d"));
  EXPECT_EQ(HashQuery("/a/B", "acme", "a=1"), HashQuery("/a/B", "acme", "a=1"));
}

}  // namespace
}  // namespace billing::gateway::translate
