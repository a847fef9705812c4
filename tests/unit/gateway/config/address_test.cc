#include "service/gateway/config/address.h"

#include <gtest/gtest.h>

#include <string>

namespace billing::gateway::config {
namespace {

TEST(CheckListenAddress, TakesAddressesAndPorts) {
  for (const char* good : {"127.0.0.1:0", "0.0.0.0:50051", "[::]:65535", "[::1]:1", "localhost:80",
                           "[::ffff:1.2.3.4]:080"}) {
    EXPECT_TRUE(CheckListenAddress(good).ok()) << good;
  }
  for (const char* bad :
       {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:1x", "::1:80", "[::1]", "[::1", "[127.0.0.1]:80", "127.1:80", "example.com:80",
        "unix:/tmp/x", "[::1]x:80", "127.0.0.1:80:80", "127.0.0.1: 80", "127.0.0.1:0000080"}) {
    EXPECT_FALSE(CheckListenAddress(bad).ok()) << bad;
  }
}

TEST(Overlap, TellsAddressesThatExcludeEachOther) {
  struct Case {
    const char* one;
    const char* other;
    bool overlap;
  };
  for (const Case& c : {
           Case{"127.0.0.1:80", "127.0.0.1:80", true},
           Case{"127.0.0.1:80", "127.0.0.1:080", true},
           Case{"127.0.0.1:80", "127.0.0.1:81", false},
           Case{"127.0.0.1:0", "127.0.0.1:0", false},
           Case{"127.0.0.1:80", "127.0.0.2:80", false},
           Case{"127.0.0.1:80", "0.0.0.0:80", true},
           Case{"[::1]:80", "[::]:80", true},
           Case{"[::]:80", "10.0.0.1:80", true},
           Case{"[::1]:80", "[0:0::1]:80", true},
           Case{"[::1]:80", "127.0.0.1:80", false},
           Case{"[::ffff:10.0.0.1]:80", "10.0.0.1:80", true},
           Case{"localhost:80", "127.0.0.1:80", true},
           Case{"localhost:80", "[::1]:80", true},
           Case{"localhost:80", "localhost:80", true},
           Case{"localhost:80", "10.0.0.1:80", false},
       }) {
    EXPECT_EQ(Overlap(c.one, c.other), c.overlap) << c.one << " " << c.other;
    EXPECT_EQ(Overlap(c.other, c.one), c.overlap) << c.one << " " << c.other;
  }
}

TEST(ParseBaseUrl, TellsLoopbackFromTheRest) {
  struct Case {
    const char* text;
    const char* url;
    bool https;
    bool loopback;
  };
  for (const Case& c : {
           Case{"https://billogram.com/api/v2", "https://billogram.com/api/v2", true, false},
           Case{"https://billogram.com/api/v2//", "https://billogram.com/api/v2", true, false},
           Case{"https://billogram.com", "https://billogram.com", true, false},
           Case{"HTTP://LocalHost:8081/", "http://LocalHost:8081", false, true},
           Case{"hTTpS://A/B", "https://A/B", true, false},
           Case{"http://127.255.0.9:1", "http://127.255.0.9:1", false, true},
           Case{"http://[::1]:8081/a", "http://[::1]:8081/a", false, true},
           Case{"http://[::2]:8081/a", "http://[::2]:8081/a", false, false},
           Case{"http://127.0.0.1.example.com/", "http://127.0.0.1.example.com", false, false},
           Case{"http://localhost.example.com/", "http://localhost.example.com", false, false},
           Case{"http://0x7f.0.0.1/", "http://0x7f.0.0.1", false, false},
           Case{"http://127.1/", "http://127.1", false, false},
       }) {
    auto url = ParseBaseUrl(c.text);
    ASSERT_TRUE(url.ok()) << c.text;
    EXPECT_EQ(url->url, c.url);
    EXPECT_EQ(url->https, c.https) << c.text;
    EXPECT_EQ(url->loopback, c.loopback) << c.text;
  }
}

TEST(ParseBaseUrl, RefusesWhatWouldGoElsewhere) {
  for (const std::string& bad : {std::string(),
                                 std::string("billogram.com"),
                                 std::string("ftp://a"),
                                 std::string("file:///etc"),
                                 std::string("https://"),
                                 std::string("https:///path"),
                                 std::string("https://a@b/"),
                                 std::string("http://127.0.0.1@example.com/"),
                                 std::string("https://u:p@b"),
                                 std::string("https://a/?q=1"),
                                 std::string("https://a#f"),
                                 std::string("https://a:0/"),
                                 std::string("https://a:65536"),
                                 std::string("https://a:/"),
                                 std::string("https://a b/"),
                                 std::string("https://a/b c"),
                                 std::string("https://a/\r\nX: y"),
                                 std::string("https://[::1"),
                                 std::string("https://[localhost]/"),
                                 std::string("https://a\\b/"),
                                 std::string("https://a..b/"),
                                 std::string("https://a/\xc3\xa5"),
                                 "https://" + std::string(300, 'a'),
                                 std::string("https://%41/")}) {
    EXPECT_FALSE(ParseBaseUrl(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace billing::gateway::config
