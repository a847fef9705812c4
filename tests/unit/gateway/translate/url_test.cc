#include "service/gateway/translate/url.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace billing::gateway::translate {
namespace {

std::string Encoded(std::string_view text) {
  std::string out;
  AppendPercentEncoded(text, &out);
  return out;
}

TEST(AppendPercentEncoded, LeavesOnlyTheUnreservedAlone) {
  // RFC 3986, section 2.3.
  const std::string unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(Encoded(unreserved), unreserved);
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (byte != 0 && unreserved.find(c) != std::string::npos) continue;
    char want[4];
    std::snprintf(want, sizeof want, "%%%02X", static_cast<unsigned>(byte));
    EXPECT_EQ(Encoded(std::string_view(&c, 1)), want);
  }
}

TEST(AppendPercentEncoded, KeepsAValueInItsPlace) {
  EXPECT_EQ(Encoded("a/b"), "a%2Fb");
  EXPECT_EQ(Encoded("../../x?y=1&z#f"), "..%2F..%2Fx%3Fy%3D1%26z%23f");
  EXPECT_EQ(Encoded("100%"), "100%25");
  EXPECT_EQ(Encoded("%2F"), "%252F");
  EXPECT_EQ(Encoded("a b+c"), "a%20b%2Bc");
  EXPECT_EQ(Encoded("\xC3\xA5\xE2\x82\xAC"), "%C3%A5%E2%82%AC");
  EXPECT_EQ(Encoded(""), "");
}

TEST(WhyNotPathSegment, RefusesWhatWouldLeaveItsSegment) {
  for (std::string_view good : {"2kAEEjE", "a/b", "...", ".a", "a.", "a..b", " ", "%2e%2e",
                                "\xC3\xA5", "?", "a.PDF", "pdf", ".pdf.x"}) {
    EXPECT_EQ(WhyNotPathSegment(good, {".pdf"}), nullptr) << good;
  }
  for (std::string_view bad : {"", ".", "..", "a\n", "\r", "a\tb", "\x7F", "\x1F", "a.pdf", ".pdf",
                               "\xFF", "\xC3", "\xED\xA0\x80"}) {
    EXPECT_NE(WhyNotPathSegment(bad, {".pdf"}), nullptr) << bad;
  }
  EXPECT_NE(WhyNotPathSegment(std::string_view("a\0b", 3), {}), nullptr);
  EXPECT_EQ(WhyNotPathSegment("a.pdf", {}), nullptr);
  EXPECT_NE(WhyNotPathSegment(std::string(100000, 'x'), {}), nullptr);
}

TEST(PathTemplate, SplitsLiteralsAndVariables) {
  auto path = PathTemplate::Parse("/billogram/{id}/command/{command_no}");
  ASSERT_TRUE(path.ok()) << path.status();
  ASSERT_EQ(path->parts.size(), 2u);
  EXPECT_EQ(path->parts[0].literal, "/billogram/");
  EXPECT_EQ(path->parts[0].variable, "id");
  EXPECT_EQ(path->parts[1].literal, "/command/");
  EXPECT_EQ(path->parts[1].variable, "command_no");

  path = PathTemplate::Parse("/billogram/{id}/command/send");
  ASSERT_TRUE(path.ok());
  ASSERT_EQ(path->parts.size(), 2u);
  EXPECT_EQ(path->parts[1].literal, "/command/send");
  EXPECT_EQ(path->parts[1].variable, "");
}

TEST(PathTemplate, RefusesWhatItCannotHonour) {
  for (const char* bad :
       {"", "billogram", "{id}", "/{id", "/id}", "/{}", "/{id=*}", "/{a.b}", "/{id}.pdf", "/x{id}",
        "/{a}{b}", "/*", "/**", "/{id}:cancel", "/a?b=c", "/a#b", "/{i d}", "/{{id}}"}) {
    EXPECT_FALSE(PathTemplate::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace billing::gateway::translate
