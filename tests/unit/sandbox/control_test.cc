#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/faults.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

class ControlTest : public SandboxTest {
 protected:
  void AddFault(std::string_view fault) {
    const Reply reply = Control("POST", "faults", fault);
    ASSERT_EQ(reply.status, 200) << reply.text;
  }
};

TEST(SpanTest, ReadsSpans) {
  EXPECT_EQ(ParseSpan("40d"), absl::Hours(960));
  EXPECT_EQ(ParseSpan("1w2d3h4m5s"), absl::Hours(219) + absl::Minutes(4) + absl::Seconds(5));
  EXPECT_EQ(ParseSpan("0s"), absl::ZeroDuration());
  for (const char* bad : {"", "d", "40", "-1d", "1.5d", "1x", "1d ", "99999999999999999999d",
                          "40000d", "999999999999s1"}) {
    EXPECT_FALSE(ParseSpan(bad)) << bad;
  }
}

TEST(MomentTest, ReadsMoments) {
  const auto noon = absl::FromCivil(absl::CivilHour(2026, 3, 1, 12), absl::UTCTimeZone());
  for (const char* text : {"2026-03-01 12:00:00", "2026-03-01T12:00:00", "2026-03-01T12:00:00Z",
                           "2026-03-01T13:00:00+01:00"}) {
    EXPECT_EQ(ParseMoment(text), noon) << text;
  }
  EXPECT_EQ(ParseMoment("2026-03-01"), noon - absl::Hours(12));
  for (const char* bad : {"", "2026", "2026-02-30", "2026-3-1", "infinite-past", "tomorrow"}) {
    EXPECT_FALSE(ParseMoment(bad)) << bad;
  }
}

TEST(GlobTest, Matches) {
  EXPECT_TRUE(GlobMatches("/api/*/command/pay*", "/api/v2/billogram/x/command/payment"));
  EXPECT_TRUE(GlobMatches("a?c*", "abc"));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("*b", "abc"));
}

TEST_F(ControlTest, TurnsTheClock) {
  EXPECT_EQ(Field(Control("GET", "clock").data(), "now"), "2026-03-01 12:00:00");
  EXPECT_EQ(Field(Control("POST", "clock", R"({"advance": "40d"})").data(), "now"),
            "2026-04-10 12:00:00");
  EXPECT_EQ(Field(Control("POST", "clock", R"({"set": "2026-05-01"})").data(), "now"),
            "2026-05-01 00:00:00");
  for (const char* bad : {"{}", R"({"advance": "x"})", R"({"advance": 1})",
                          R"({"set": "2020-01-01"})", R"({"set": "x"})", R"({"set": "9999-01-01"})",
                          R"({"set": "2027-01-01", "advance": "1d"})", R"({"back": 1})"}) {
    EXPECT_EQ(Control("POST", "clock", bad).status, 400) << bad;
  }
  for (int i = 0; i < 80; ++i) Control("POST", "clock", R"({"advance": "36500d"})");
  EXPECT_EQ(Field(Control("GET", "clock").data(), "now").substr(0, 1), "8");
}

TEST_F(ControlTest, PaymentRefusals) {
  const std::string id = AddBillogram();
  for (const std::string& bad :
       {std::string("{}"), std::string(R"({"billogram_id": "x", "amount": 1})"),
        absl::StrCat(R"({"billogram_id": ")", id, R"("})"),
        absl::StrCat(R"({"billogram_id": ")", id, R"(", "amount": "1"})"),
        absl::StrCat(R"({"billogram_id": ")", id, R"(", "amount": 1})"),
        absl::StrCat(R"({"billogram_id": ")", id, R"(", "amount": 1, "x": 1})")}) {
    EXPECT_NE(Control("POST", "payments", bad).status, 200) << bad;
  }
}

TEST_F(ControlTest, ResetEmptiesEverything) {
  AddBillogram();
  AddFault(R"({"status": 500})");
  Control("POST", "clock", R"({"advance": "40d"})");
  const std::string credentials = BasicAuth();
  EXPECT_EQ(Control("POST", "reset").status, 200);
  EXPECT_EQ(BasicAuth(), credentials);
  EXPECT_EQ(Field(Get("customer", "page=1&page_size=1").body, "meta:total_count"), "0");
  EXPECT_EQ(Field(Control("GET", "clock").data(), "now"), "2026-03-01 12:00:00");
}

TEST_F(ControlTest, SameSeedSameIds) {
  const std::string first = AddSent();
  Control("POST", "reset");
  AddCustomer();
  EXPECT_EQ(AddSent(), first);
}

TEST_F(ControlTest, UnknownEndpoints) {
  EXPECT_EQ(Control("GET", "nothing").status, 404);
  EXPECT_EQ(Control("GET", "payments").status, 404);
  EXPECT_EQ(Control("POST", "nothing", "{}").status, 404);
  EXPECT_EQ(Control("POST", "features", R"({"account": "none"})").status, 404);
  EXPECT_EQ(Control("POST", "features", R"({"wings": true})").status, 400);
  EXPECT_EQ(Control("GET", "requests?from=x").status, 400);
}

TEST_F(ControlTest, StatusFaultsDoNotHandle) {
  AddFault(R"({"path": "/api/v2/customer", "method": "post", "status": 503, "count": 2})");
  for (int i = 0; i < 2; ++i) {
    const Reply reply = Post("customer", R"({"name": "a"})");
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.code(), "SERVER_ERROR");
  }
  EXPECT_EQ(Field(Control("GET", "faults").data(), "x"), "null");
  EXPECT_EQ(Control("GET", "faults").data().elements().size(), 0);
  EXPECT_EQ(Field(Post("customer", R"({"name": "a"})").data(), "customer_no"), "1");
}

TEST_F(ControlTest, FaultsMatchPathAndMethod) {
  AddFault(R"({"path": "/api/v2/billogram/*/command/payment", "status": 500})");
  const std::string id = AddSent();
  EXPECT_EQ(Command(id, "payment", R"({"amount": 1})").status, 500);
  EXPECT_EQ(Command(id, "message", R"({"message": "m"})").status, 200);
  EXPECT_EQ(Control("DELETE", "faults").status, 200);
  EXPECT_EQ(Command(id, "payment", R"({"amount": 1})").status, 200);
}

TEST_F(ControlTest, RateIsAFraction) {
  AddFault(R"({"rate": 0.3, "status": 500})");
  int struck = 0;
  constexpr int kTries = 2000;
  for (int i = 0; i < kTries; ++i) struck += Get("nothing").status == 500 ? 1 : 0;
  std::printf("struck %d of %d\n", struck, kTries);
  EXPECT_GT(struck, kTries / 5);
  EXPECT_LT(struck, kTries * 2 / 5);
}

TEST_F(ControlTest, InDoubtFaultsDoTheThing) {
  AddFault(R"({"method": "POST", "reset_after_handling": true, "count": 1})");
  const Reply lost = Post("customer", R"({"name": "a"})");
  EXPECT_TRUE(lost.raw.fault.reset);
  AddFault(R"({"method": "POST", "status": 502, "handle": true, "count": 1})");
  EXPECT_EQ(Post("customer", R"({"name": "b"})").status, 502);
  AddFault(R"({"method": "POST", "reset": true, "count": 1})");
  EXPECT_TRUE(Post("customer", R"({"name": "c"})").raw.fault.reset);
  EXPECT_EQ(Field(Get("customer", "page=1&page_size=9").body, "meta:total_count"), "2");
}

TEST_F(ControlTest, FaultsShapeTheAnswer) {
  AddCustomer();
  AddFault(R"({"retry_after": 7, "count": 1})");
  const Reply slow = Get("customer/1");
  EXPECT_EQ(slow.status, 429);
  EXPECT_EQ(slow.raw.headers.back().value, "7");
  AddFault(R"({"status": 200, "body": "<html>", "content_type": "text/html", "count": 1})");
  const Reply html = Get("customer/1");
  EXPECT_EQ(html.text, "<html>");
  EXPECT_EQ(html.raw.headers[0].value, "text/html");
  AddFault(R"({"body": "[", "repeat": 100000, "count": 1})");
  EXPECT_EQ(Get("customer/1").text, std::string(100000, '['));
  AddFault(R"({"garbage": true, "count": 1})");
  EXPECT_FALSE(ParseJson(Get("customer/1").text).ok());
  AddFault(R"({"truncate": true, "delay_ms": 5, "drip_ms": 2, "count": 1})");
  const Reply cut = Get("customer/1");
  EXPECT_EQ(cut.raw.fault.truncate_after, cut.text.size() / 2);
  EXPECT_EQ(cut.raw.fault.delay, absl::Milliseconds(5));
  EXPECT_EQ(cut.raw.fault.drip, absl::Milliseconds(2));
  AddFault(R"({"truncate": 3, "count": 1})");
  EXPECT_EQ(Get("customer/1").raw.fault.truncate_after, 3);
}

TEST_F(ControlTest, FaultRefusals) {
  for (const char* bad :
       {R"({"status": 99})", R"({"rate": 2})", R"({"rate": "1"})", R"({"count": 0})",
        R"({"truncate": -1})", R"({"truncate": "x"})", R"({"colour": 1})", R"({"delay_ms": -1})",
        R"({"body": "xxxxxxxxxx", "repeat": 1000000000})", "[]"}) {
    EXPECT_EQ(Control("POST", "faults", bad).status, 400) << bad;
  }
}

}  // namespace
}  // namespace billing::sandbox
