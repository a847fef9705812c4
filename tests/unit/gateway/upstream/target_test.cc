#include "service/gateway/upstream/target.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/gateway/upstream/fetch_testing.h"

namespace billing::gateway::upstream {
namespace {

TEST(TargetTest, TakesHttpUrls) {
  for (const char* url : {"https://billogram.com/api/v2", "https://billogram.com/api/v2/",
                          "http://127.0.0.1:8081", "http://[::1]:8081/api"}) {
    Target::Options options;
    options.base_url = url;
    auto target = Target::Create(options);
    ASSERT_TRUE(target.ok()) << url << ": " << target.status();
    EXPECT_NE((*target)->base_url().back(), '/');
  }
}

TEST(TargetTest, RefusesOtherUrls) {
  for (std::string url :
       {std::string(""), std::string("billogram.com"), std::string("ftp://billogram.com/"),
        std::string("file:///etc/passwd"), std::string("https://"), std::string("http:///path"),
        std::string("https://user:key@billogram.com/"), std::string("https://user@billogram.com/"),
        std::string("https://billogram.com/?a=b"), std::string("https://billogram.com/#x"),
        std::string("https://billogram.com/\r\nHost: x"), std::string("https://billo gram.com/"),
        std::string("https://billogram.com:99999/"), std::string("https://b\0.com/", 15)}) {
    Target::Options options;
    options.base_url = url;
    EXPECT_EQ(Target::Create(options).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
  Target::Options options;
  options.base_url = "https://billogram.com";
  options.max_connections = 0;
  EXPECT_FALSE(Target::Create(options).ok());
}

TEST(TargetTest, OwnsWhatIsUnderItsBase) {
  auto target = MakeTarget("https://billogram.com/api/v2/");
  EXPECT_TRUE(target->Owns("https://billogram.com/api/v2"));
  EXPECT_TRUE(target->Owns("https://billogram.com/api/v2/billogram/x"));
  EXPECT_TRUE(target->Owns("https://billogram.com/api/v2?page=1"));
  EXPECT_FALSE(target->Owns("https://billogram.com/api/v20"));
  EXPECT_FALSE(target->Owns("https://billogram.com/api/v1/billogram"));
  EXPECT_FALSE(target->Owns("http://billogram.com/api/v2/billogram"));
  EXPECT_FALSE(target->Owns(std::string("https://billogram.com/api/v2/\0x", 31)));
  EXPECT_FALSE(target->Owns(""));
  auto bare = MakeTarget("https://billogram.com");
  EXPECT_FALSE(bare->Owns("https://billogram.com@evil.test/"));
  EXPECT_FALSE(bare->Owns("https://billogram.com.evil.test/"));
  EXPECT_FALSE(bare->Owns("https://billogram.com:1/"));
}

}  // namespace
}  // namespace billing::gateway::upstream
