#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "service/common/task.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Answers every request with `answer`, on a connection that stays.
RawServer::Handler Always(std::string answer) {
  return [answer = std::move(answer)](RawConnection& connection) {
    while (!connection.ReadRequest().empty() && connection.Write(answer)) {
    }
  };
}

// Answers every request with the request itself.
void Echo(RawConnection& connection) {
  for (std::string request; !(request = connection.ReadRequest()).empty();) {
    if (!connection.Write(Ok(request))) return;
  }
}

TEST(FetchTest, PlainAnswer) {
  RawServer server(Always(Ok(R"({"status":"OK"})")));
  auto loop = StartLoop();
  PendingFetch fetch(*loop, MakeGet(MakeTarget(server.url()), "/billogram/x?page=1"));
  TransferResult& result = fetch.Wait();
  EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(result.content_type, "application/json");
  EXPECT_EQ(result.body.view(), R"({"status":"OK"})");
  EXPECT_TRUE(result.request_sent);
  EXPECT_EQ(result.sends, 1);
  EXPECT_EQ(result.error, "");
  EXPECT_GT(result.timings.connect, absl::ZeroDuration());
  EXPECT_GE(result.timings.total, result.timings.connect);
  EXPECT_TRUE(fetch.resumed_on_loop());
}

TEST(FetchTest, SendsWhatWasAskedFor) {
  RawServer server(Echo);
  auto loop = StartLoop();
  auto target = MakeTarget(server.url() + "/api/v2/");
  HeaderList constant;
  ASSERT_TRUE(constant.Add("Authorization", "Basic dXNlcjprZXk=").ok());
  ASSERT_TRUE(constant.Add("Content-Type", "application/json").ok());
  ASSERT_TRUE(constant.Add("Accept", "application/json").ok());
  auto headers = std::make_shared<const HeaderSet>(std::move(constant));

  TransferRequest get = MakeGet(target, "/a%2Fb/../c?q=%20");
  get.account_headers = headers;
  ASSERT_TRUE(get.headers.Add("X-Request-Id", "r-1").ok());
  std::string sent(Fetch(*loop, std::move(get)).body.view());
  EXPECT_THAT(sent, StartsWith("GET /api/v2/a%2Fb/../c?q=%20 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nAuthorization: Basic dXNlcjprZXk=\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Request-Id: r-1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nAccept-Encoding: gzip\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(sent, Not(HasSubstr("Content-Length")));

  TransferRequest post = MakePost(target, "/billogram", R"({"a":1})");
  post.account_headers = headers;
  sent = Fetch(*loop, std::move(post)).body.view();
  EXPECT_THAT(sent, StartsWith("POST /api/v2/billogram HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Length: 7\r\n"));
  EXPECT_THAT(sent, EndsWith("\r\n\r\n{\"a\":1}"));
  EXPECT_EQ(server.accepted(), 1);
}

TEST(FetchTest, EveryMethodWithAndWithoutBody) {
  struct Case {
    HttpMethod method;
    bool has_body;
    std::string length;  // "" for no Content-Length
  };
  const std::vector<Case> cases = {
      {HttpMethod::kGet, false, ""},    {HttpMethod::kDelete, false, ""},
      {HttpMethod::kPost, false, "0"},  {HttpMethod::kPut, false, "0"},
      {HttpMethod::kPatch, false, "0"}, {HttpMethod::kPost, true, "3"},
      {HttpMethod::kPut, true, "3"},    {HttpMethod::kPatch, true, "3"},
      {HttpMethod::kDelete, true, "3"},
  };
  RawServer server(Echo);
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  // Every order of two, as one handle is used for all of them.
  for (const Case& first : cases) {
    for (const Case& second : cases) {
      for (const Case* one : {&first, &second}) {
        TransferRequest request = MakeGet(target, "/x");
        request.method = one->method;
        request.has_body = one->has_body;
        if (one->has_body) request.body = "{ }";
        std::string sent(Fetch(*loop, std::move(request)).body.view());
        ASSERT_THAT(sent, StartsWith(absl::StrCat(std::string(HttpMethodName(one->method)),
                                                  " /x HTTP/1.1\r\n")));
        if (one->length.empty()) {
          ASSERT_THAT(sent, Not(HasSubstr("Content-Length")));
        } else {
          ASSERT_THAT(sent, HasSubstr("\r\nContent-Length: " + one->length + "\r\n"));
        }
        ASSERT_THAT(sent, Not(HasSubstr("Expect")));
        ASSERT_THAT(sent, Not(HasSubstr("Content-Type")));
        ASSERT_THAT(sent, EndsWith(one->has_body ? "\r\n\r\n{ }" : "\r\n\r\n"));
      }
    }
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST(FetchTest, LargeBodyIsSentWhole) {
  RawServer server(Echo);
  auto loop = StartLoop();
  std::string body(3 << 20, '.');
  for (size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
  TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", body));
  ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.body.view().substr(result.body.size() - body.size()), body);
}

TEST(FetchTest, SequentialCallsUseOneConnection) {
  RawServer server(Always(Ok("{}")));
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  for (int i = 0; i < 1000; ++i) {
    TransferResult result = Fetch(*loop, MakeGet(target));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    ASSERT_EQ(result.timings.connect == absl::ZeroDuration(), i > 0);
  }
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(loop->stats().connections_opened, 1);
}

common::Task<> FetchMany(UpstreamLoop& loop, std::shared_ptr<Target> target, int times,
                         std::vector<TransferOutcome>& outcomes, absl::BlockingCounter& done) {
  common::Cancellation cancellation;
  for (int i = 0; i < times; ++i) {
    TransferRequest request = MakeGet(target);
    TransferResult result = co_await loop.Fetch(std::move(request), cancellation);
    outcomes.push_back(result.outcome);
  }
  done.DecrementCount();
}

TEST(FetchTest, ConcurrentCallsStayWithinTheTargetsConnections) {
  constexpr int kCallers = 64;
  constexpr int kTimes = 50;
  constexpr int kConnections = 16;
  RawServer server(Always(Ok("{}")));
  auto loop = StartLoop();
  auto target = MakeTarget(server.url(), kConnections);
  std::vector<std::vector<TransferOutcome>> outcomes(kCallers);
  absl::BlockingCounter done(kCallers);
  for (auto& one : outcomes) common::Spawn(FetchMany(*loop, target, kTimes, one, done));
  done.Wait();
  for (const auto& one : outcomes) {
    EXPECT_EQ(one, std::vector<TransferOutcome>(kTimes, TransferOutcome::kOk));
  }
  EXPECT_LE(server.accepted(), kConnections);
}

TEST(FetchTest, LoopsMaximumHoldsOverAllTargets) {
  constexpr int kCallers = 20;
  RawServer one(Always(Ok("{}")));
  RawServer other(Always(Ok("{}")));
  UpstreamLoop::Options options;
  options.max_connections = 3;
  auto loop = StartLoop(options);
  std::vector<std::vector<TransferOutcome>> outcomes(2 * kCallers);
  absl::BlockingCounter done(2 * kCallers);
  auto first = MakeTarget(one.url());
  auto second = MakeTarget(other.url());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    common::Spawn(FetchMany(*loop, i % 2 == 0 ? first : second, 10, outcomes[i], done));
  }
  done.Wait();
  for (const auto& each : outcomes) {
    EXPECT_EQ(each, std::vector<TransferOutcome>(10, TransferOutcome::kOk));
  }
}

TEST(FetchTest, GzipIsDecoded) {
  // `printf '{"status":"OK","data":{"id":"2kAEEjE"}}' | gzip -n -9`
  const std::array<unsigned char, 58> packed = {
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x2a, 0x2e, 0x49,
      0x2c, 0x29, 0x2d, 0x56, 0xb2, 0x52, 0xf2, 0xf7, 0x56, 0xd2, 0x51, 0x4a, 0x49, 0x2c, 0x49,
      0x54, 0xb2, 0xaa, 0x56, 0xca, 0x4c, 0x01, 0x8a, 0x18, 0x65, 0x3b, 0xba, 0xba, 0x66, 0xb9,
      0x2a, 0xd5, 0xd6, 0x02, 0x00, 0x30, 0x96, 0xa4, 0x6e, 0x27, 0x00, 0x00, 0x00};
  std::string body(packed.begin(), packed.end());
  std::string broken = body;
  broken[30] = static_cast<char>(broken[30] ^ 0x55);
  auto loop = StartLoop();
  {
    RawServer server(Always(Ok(body, "Content-Encoding: gzip\r\n")));
    TransferResult result = Fetch(*loop, MakeGet(MakeTarget(server.url())));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    EXPECT_EQ(result.body.view(), R"({"status":"OK","data":{"id":"2kAEEjE"}})");
  }
  {
    RawServer server(Always(Ok(broken, "Content-Encoding: gzip\r\n")));
    TransferResult result = Fetch(*loop, MakeGet(MakeTarget(server.url())));
    EXPECT_EQ(result.outcome, TransferOutcome::kBroken);
    EXPECT_TRUE(result.body.empty());
  }
}

TEST(FetchTest, ChunkedAnswer) {
  RawServer server(
      Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\nX-Trailer: 1\r\n\r\n"));
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  for (int i = 0; i < 2; ++i) {
    TransferResult result = Fetch(*loop, MakeGet(target));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    EXPECT_EQ(result.body.view(), R"({"a":1})");
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST(FetchTest, StatusesAreHandedOn) {
  struct Case {
    std::string head;
    int status;
    std::string retry_after;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1 429 Slow Down\r\nRetry-After: 17\r\n", 429, "17"},
      {"HTTP/1.1 503 No\r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 503,
       "Wed, 21 Oct 2026 07:28:00 GMT"},
      {"HTTP/1.1 404 Not Found\r\n", 404, ""},
      {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n", 401, ""},
      {"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n", 302, ""},
      {"HTTP/1.1 417 Expectation Failed\r\n", 417, ""},
  };
  auto loop = StartLoop();
  for (const Case& one : cases) {
    RawServer server(Always(one.head + "Content-Length: 2\r\n\r\n{}"));
    TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", "{}"));
    EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    EXPECT_EQ(result.http_status, one.status);
    EXPECT_EQ(result.retry_after, one.retry_after);
    EXPECT_EQ(result.body.view(), "{}");
    EXPECT_EQ(result.sends, 1);
  }
}

TEST(FetchTest, InterimAnswersAndEmptyBodies) {
  auto loop = StartLoop();
  {
    RawServer server(Always("HTTP/1.1 100 Continue\r\n\r\n" + Ok("{}")));
    TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", "{}"));
    EXPECT_EQ(result.http_status, 200);
    EXPECT_EQ(result.body.view(), "{}");
  }
  {
    RawServer server(Always("HTTP/1.1 204 No Content\r\n\r\n"));
    TransferResult result = Fetch(*loop, MakeGet(MakeTarget(server.url())));
    EXPECT_EQ(result.outcome, TransferOutcome::kOk);
    EXPECT_EQ(result.http_status, 204);
    EXPECT_TRUE(result.body.empty());
  }
}

TEST(FetchTest, ForeignAndMalformedUrlsAreRefused) {
  auto loop = StartLoop();
  auto target = MakeTarget("http://127.0.0.1:1");
  for (const char* url : {"http://127.0.0.2:1/", "http://127.0.0.1:1@evil.test/", "", "/x",
                          "http://127.0.0.1:1/a b", "http://127.0.0.1:1/a\r\nX: y"}) {
    TransferRequest request = MakeGet(target);
    request.url = url;
    TransferResult result = Fetch(*loop, std::move(request));
    EXPECT_EQ(result.outcome, TransferOutcome::kBadRequest) << url << ": " << result.error;
    EXPECT_FALSE(result.request_sent);
  }
  TransferRequest request = MakeGet(target);
  request.target = nullptr;
  EXPECT_EQ(Fetch(*loop, std::move(request)).outcome, TransferOutcome::kBadRequest);
}

}  // namespace
}  // namespace billing::gateway::upstream
