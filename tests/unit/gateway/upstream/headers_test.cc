#include "service/gateway/upstream/headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace billing::gateway::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const curl_slist* chain) {
  std::vector<std::string> lines;
  for (; chain != nullptr; chain = chain->next) lines.emplace_back(chain->data);
  return lines;
}

TEST(HeaderListTest, TakesOrdinaryHeaders) {
  HeaderList list;
  ASSERT_TRUE(list.Add("X-Request-Id", "  r-1 ").ok());
  ASSERT_TRUE(list.Add("traceparent", "00-0af7-00f0-01").ok());
  ASSERT_TRUE(list.Add("X-Note", "\xc3\xa5\ttab").ok());
  ASSERT_TRUE(list.Add("X-Empty", " ").ok());
  EXPECT_THAT(list.lines(), ElementsAre("X-Request-Id: r-1", "traceparent: 00-0af7-00f0-01",
                                        "X-Note: \xc3\xa5\ttab", "X-Empty;"));
}

TEST(HeaderListTest, RefusesInjection) {
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {"X-A", "b\r\nX-Evil: 1"},
      {"X-A", "b\nX-Evil: 1"},
      {"X-A", "b\rX-Evil: 1"},
      {"X-A", std::string("b\0c", 3)},
      {"X-A", "b\x7f"},
      {"X-A\r\nX-Evil", "1"},
      {"X-A: x", "1"},
      {"X A", "1"},
      {"", "1"},
      {std::string("X\0", 2), "1"},
      {"X-\xc3\xa5", "1"},
      {"(x)", "1"},
  };
  for (const auto& [name, value] : hostile) {
    HeaderList list;
    EXPECT_EQ(list.Add(name, value).code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_TRUE(list.empty());
  }
}

TEST(HeaderListTest, RefusesFramingHeaders) {
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect",
                           "TE", "Upgrade", "Accept-Encoding", "Trailer"}) {
    HeaderList list;
    EXPECT_EQ(list.Add(name, "x").code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST(HeaderListTest, ErrorsDoNotShowTheValue) {
  HeaderList list;
  absl::Status status = list.Add("Authorization", "Basic c2VjcmV0\r\n");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("c2VjcmV0")));
}

TEST(HeaderSetTest, ContentTypeGoesWithABodyOnly) {
  HeaderList list;
  ASSERT_TRUE(list.Add("Authorization", "Basic eA==").ok());
  ASSERT_TRUE(list.Add("content-type", "application/json").ok());
  HeaderSet set(std::move(list));
  EXPECT_THAT(Lines(set.Chain(true)),
              ElementsAre("content-type: application/json",
                          "Authorization: Basic eA==", "Content-Type:", "Expect:"));
  EXPECT_THAT(Lines(set.Chain(false)),
              ElementsAre("Authorization: Basic eA==", "Content-Type:", "Expect:"));
}

TEST(HeaderSetTest, LinesThatCurlNeedNotTellApartShareANode) {
  HeaderList list;
  ASSERT_TRUE(list.Add("Authorization", "Basic eA==").ok());
  ASSERT_TRUE(list.Add("ACCEPT", "application/json").ok());
  ASSERT_TRUE(list.Add("X-Empty", "").ok());
  ASSERT_TRUE(list.Add("User-Agent", "a;").ok());
  HeaderSet set(std::move(list));
  EXPECT_THAT(Lines(set.Chain(false)),
              ElementsAre("ACCEPT: application/json",
                          "Authorization: Basic eA==\r\nX-Empty:\r\nUser-Agent: a;",
                          "Content-Type:", "Expect:"));
}

TEST(HeaderChainTest, OwnHeadersStandBeforeTheAccounts) {
  HeaderList constant;
  ASSERT_TRUE(constant.Add("Accept", "application/json").ok());
  HeaderSet set(std::move(constant));
  HeaderList own;
  ASSERT_TRUE(own.Add("X-Request-Id", "1").ok());
  ASSERT_TRUE(own.Add("X-Other", "2").ok());
  HeaderChain chain;
  EXPECT_THAT(Lines(chain.Build(own, &set, true)),
              ElementsAre("X-Request-Id: 1\r\nX-Other: 2", "Accept: application/json",
                          "Content-Type:", "Expect:"));
  EXPECT_THAT(Lines(chain.Build(HeaderList(), &set, true)),
              ElementsAre("Accept: application/json", "Content-Type:", "Expect:"));
  EXPECT_THAT(Lines(chain.Build(HeaderList(), nullptr, false)),
              ElementsAre("Content-Type:", "Expect:"));
}

TEST(HeaderChainTest, AnEmptyHeaderAloneKeepsCurlsForm) {
  HeaderList own;
  ASSERT_TRUE(own.Add("X-Empty", "").ok());
  HeaderChain chain;
  EXPECT_THAT(Lines(chain.Build(own, nullptr, false)),
              ElementsAre("X-Empty;", "Content-Type:", "Expect:"));
  ASSERT_TRUE(own.Add("Accept", "application/pdf").ok());
  ASSERT_TRUE(own.Add("X-Other", "2").ok());
  EXPECT_THAT(
      Lines(chain.Build(own, nullptr, false)),
      ElementsAre("Accept: application/pdf", "X-Empty:\r\nX-Other: 2", "Content-Type:", "Expect:"));
}

}  // namespace
}  // namespace billing::gateway::upstream
