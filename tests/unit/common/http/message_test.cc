#include "service/common/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/common/http/gzip.h"

namespace billing::common {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::Pair;

TEST(MessageTest, DecodesPercent) {
  EXPECT_THAT(PercentDecode("a%2Fb+c%C3%a5"), Optional(Eq("a/b+c\xC3\xA5")));
  EXPECT_THAT(PercentDecode("a+b", true), Optional(Eq("a b")));
  for (const char* bad : {"%", "%2", "a%zz", "%2g"})
    EXPECT_EQ(PercentDecode(bad), std::nullopt) << bad;
}

TEST(MessageTest, ParsesQueries) {
  EXPECT_THAT(ParseQuery("a=1&b&&a=%20x=y+z"),
              Optional(ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("a", " x=y z"))));
  EXPECT_THAT(ParseQuery(""), Optional(ElementsAre()));
  EXPECT_EQ(ParseQuery("a=%4"), std::nullopt);
}

TEST(MessageTest, FindsHeadersIgnoringCase) {
  const HttpRequest request{.headers = {{"Accept", "a"}, {"ACCEPT", "b"}}};
  EXPECT_THAT(request.Header("accept"), Optional(Eq("a")));
  EXPECT_EQ(request.Header("other"), std::nullopt);
}

TEST(GzipTest, ReadsAcceptEncoding) {
  for (const char* yes :
       {"gzip", "GZIP", "br, gzip;q=0.5", "*", "deflate, *;q=0.1", " gzip ; q=1"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzipped", "*, gzip;q=0"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

}  // namespace
}  // namespace billing::common
