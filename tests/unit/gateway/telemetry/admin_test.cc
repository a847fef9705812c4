#include "service/gateway/telemetry/admin.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "tests/unit/gateway/telemetry/exposition_parser.h"

namespace billing::gateway::telemetry {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Admin : public testing::Test {
 protected:
  void SetUp() override {
    registry_.AddCounters("calls_total", "Calls.", {}).Resolve({}).Increment();
    auto server = common::HttpServer::Start({}, admin_.AsHandler());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // The whole answer to one request on a connection of its own.
  std::string Ask(const std::string& method, const std::string& path,
                  const std::string& headers = "") {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(server_->port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    const std::string request = absl::StrCat(
        method, " ", path, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", headers, "\r\n");
    EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    std::array<char, 4096> buffer;
    ssize_t got = 0;
    while ((got = recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
      answer.append(buffer.data(), static_cast<size_t>(got));
    }
    close(fd);
    return answer;
  }

  static std::string Body(const std::string& answer) {
    const size_t end = answer.find("\r\n\r\n");
    return end == std::string::npos ? "" : answer.substr(end + 4);
  }

  MetricRegistry registry_;
  std::atomic<bool> ready_{false};
  AdminHandler admin_{registry_, [this] { return Readiness{ready_.load(), "starting"}; }};
  std::unique_ptr<common::HttpServer> server_;
};

TEST_F(Admin, ServesMetricsAsText) {
  const std::string answer = Ask("GET", "/metrics");
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n")));
  const std::string body = Body(answer);
  EXPECT_EQ(ExpositionParser(body).Parse().type.at("calls_total"), "counter");
}

TEST_F(Admin, ServesOpenMetricsToThoseWhoAsk) {
  const std::string answer =
      Ask("GET", "/metrics?x=1",
          "accept: text/plain;q=0.5\r\nACCEPT: application/openmetrics-text; version=1.0.0\r\n");
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0")));
  const std::string body = Body(answer);
  EXPECT_TRUE(ExpositionParser(body).Parse().ended);
}

TEST_F(Admin, IsAliveBeforeItIsReady) {
  EXPECT_THAT(Ask("GET", "/livez"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(Ask("GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\n\r\nstarting\n")));
  ready_ = true;
  EXPECT_THAT(Ask("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\n\r\nok\n")));
}

TEST_F(Admin, BothProbesTellWhatOnlyANewStartMends) {
  const AdminHandler admin(registry_, [] { return Readiness{false, "stuck", false}; });
  common::HttpRequest request;
  request.method = "GET";
  for (const char* path : {"/livez", "/readyz"}) {
    request.path = path;
    const common::HttpResponse answer = admin.Answer(request);
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_EQ(answer.body, "stuck\n") << path;
  }
}

TEST_F(Admin, HeadHasNoBody) {
  for (const char* path : {"/metrics", "/livez", "/readyz"}) {
    const std::string answer = Ask("HEAD", path);
    EXPECT_THAT(answer, AllOf(HasSubstr("Content-Length: "), Not(HasSubstr("Content-Length: 0"))));
    EXPECT_EQ(Body(answer), "") << path;
  }
}

TEST_F(Admin, RefusesTheRest) {
  for (const char* path :
       {"/", "/metrics/", "/METRICS", "/metrics%20", "/../metrics", "/readyz/x"}) {
    EXPECT_THAT(Ask("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "BREW"}) {
    EXPECT_THAT(Ask(method, "/metrics", "Content-Length: 0\r\n"),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD")))
        << method;
  }
}

}  // namespace
}  // namespace billing::gateway::telemetry
