#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/common/http/server.h"
#include "tests/unit/common/http/raw_client_testing.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using common::RawClient;
using common::RawResponse;

// The sandbox behind its server, asked over connections.
class ServingTest : public ::testing::Test {
 protected:
  ServingTest() : sandbox_(Sandbox::Options()) {
    const Account& account = *sandbox_.world().accounts()[0];
    authorization_ = absl::Base64Escape(absl::StrCat(account.user, ":", account.key));
    auto server = common::HttpServer::Start(
        {}, [this](const common::HttpRequest& request, common::HttpResponder responder) {
          sandbox_.Serve(request, std::move(responder));
        });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::string Request(std::string_view method, std::string_view path, std::string_view body = "") {
    return absl::StrCat(std::string(method), " ", std::string(path),
                        " HTTP/1.1\r\nHost: h\r\nAuthorization: Basic ", authorization_,
                        "\r\nContent-Length: ", body.size(), "\r\n\r\n", std::string(body));
  }

  RawResponse Ask(std::string_view method, std::string_view path, std::string_view body = "") {
    RawClient client(server_->port());
    EXPECT_TRUE(client.Send(Request(method, path, body)));
    return client.Read();
  }

  Json Requests() { return *ParseJson(Ask("GET", "/sandbox/requests").body)->Find("data"); }

  Sandbox sandbox_;
  std::string authorization_;
  std::unique_ptr<common::HttpServer> server_;
};

TEST_F(ServingTest, RecordsRequestsAsReceived) {
  Ask("POST", "/api/v2/customer?x=%20", "{\"name\": \"\xC3\xA5\"}");
  Ask("PUT", "/api/v2/customer/1", "\xFF");
  const Json log = Requests();
  ASSERT_EQ(log.Find("requests")->elements().size(), 2);
  const Json& first = log.Find("requests")->elements()[0];
  EXPECT_EQ(Field(first, "index"), "0");
  EXPECT_EQ(Field(first, "method"), "POST");
  EXPECT_EQ(Field(first, "path"), "/api/v2/customer");
  EXPECT_EQ(Field(first, "query"), "x=%20");
  EXPECT_EQ(Field(first, "body"), "{\"name\": \"\xC3\xA5\"}");
  EXPECT_EQ(Field(first, "status"), "200");
  EXPECT_EQ(Field(first, "outcome"), "sent");
  EXPECT_EQ(Field(first, "client_closed"), "false");
  EXPECT_EQ(Field(first.Find("headers")->elements()[0], "name"), "Host");
  EXPECT_EQ(Field(log.Find("requests")->elements()[1], "body_base64"), "/w==");
  EXPECT_EQ(ParseJson(Ask("GET", "/sandbox/requests?from=1").body)
                ->Find("data")
                ->Find("requests")
                ->elements()
                .size(),
            1);
  Ask("DELETE", "/sandbox/requests");
  EXPECT_EQ(Requests().Find("requests")->elements().size(), 0);
}

TEST_F(ServingTest, RecordsWhoGaveUp) {
  Ask("POST", "/sandbox/faults", R"({"delay_ms": 100000})");
  auto client = std::make_unique<RawClient>(server_->port());
  ASSERT_TRUE(client->Send(Request("GET", "/api/v2/customer/1")));
  while (Requests().Find("requests")->elements().empty()) {
  }
  EXPECT_EQ(Field(Requests().Find("requests")->elements()[0], "outcome"), "null");
  client.reset();
  Json log;
  do {
    log = Requests();
  } while (log.Find("requests")->elements()[0].Find("outcome")->is_null());
  EXPECT_EQ(Field(log.Find("requests")->elements()[0], "outcome"), "client_closed");
  EXPECT_EQ(Field(log.Find("requests")->elements()[0], "client_closed"), "true");
  EXPECT_GE(log.Find("requests")->elements()[0].Find("ended_after_ms")->AsInteger(), 0);
}

TEST_F(ServingTest, AThousandStalledRequestsBlockNobody) {
  Ask("POST", "/sandbox/faults", R"({"path": "/api/v2/customer", "delay_ms": 100000})");
  std::deque<RawClient> stalled;
  for (int i = 0; i < 1000; ++i) {
    stalled.emplace_back(server_->port());
    ASSERT_TRUE(stalled.back().Send(Request("GET", "/api/v2/customer?page=1&page_size=1")));
  }
  const RawResponse other = Ask("GET", "/api/v2/billogram?page=1&page_size=1");
  EXPECT_EQ(other.status, 200);
  EXPECT_GE(server_->connections(), 1000);
}

TEST_F(ServingTest, FaultsReachTheWire) {
  Ask("POST", "/sandbox/faults", R"({"reset": true, "count": 1})");
  RawClient reset(server_->port());
  ASSERT_TRUE(reset.Send(Request("GET", "/api/v2/customer?page=1&page_size=1")));
  EXPECT_EQ(reset.Read().status, 0);
  EXPECT_TRUE(reset.was_reset());
  Ask("POST", "/sandbox/faults", R"({"truncate": 5, "count": 1})");
  const RawResponse cut = Ask("GET", "/api/v2/customer?page=1&page_size=1");
  EXPECT_EQ(cut.body.size(), 5);
  EXPECT_FALSE(cut.complete);
  const Json log = Requests();
  EXPECT_EQ(Field(log.Find("requests")->elements()[1], "outcome"), "cut");
}

TEST_F(ServingTest, HugeBodiesAreRefused) {
  RawClient client(server_->port());
  ASSERT_TRUE(client.Send(
      "POST /api/v2/customer HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000000\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 413);
}

}  // namespace
}  // namespace billing::sandbox
