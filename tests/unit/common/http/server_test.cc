#include "service/common/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <deque>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/unit/common/http/raw_client_testing.h"

namespace billing::common {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<HttpServer> StartOrDie(HttpServer::Options options, HttpServer::Handler handler) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

// Answers with what it saw.
void Echo(HttpRequest request, HttpResponder responder) {
  HttpResponse response;
  response.headers.push_back({"Content-Type", "text/plain"});
  response.body =
      absl::StrCat(request.method, " ", request.path, "?", request.query, " ", request.body);
  responder.Send(std::move(response));
}

std::string Gunzip(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// Keeps responders until the test answers them.
class Held {
 public:
  HttpServer::Handler Handler() {
    return [this](HttpRequest, HttpResponder responder) {
      responder.OnOutcome([this](HttpOutcome outcome) {
        absl::MutexLock lock(&mutex_);
        outcomes_.push_back(outcome);
      });
      absl::MutexLock lock(&mutex_);
      responders_.push_back(std::move(responder));
    };
  }
  HttpResponder Take() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::deque<HttpResponder>* held) { return !held->empty(); }, &responders_));
    HttpResponder first = std::move(responders_.front());
    responders_.pop_front();
    return first;
  }
  HttpOutcome AwaitOutcome() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::deque<HttpOutcome>* all) { return !all->empty(); }, &outcomes_));
    const HttpOutcome first = outcomes_.front();
    outcomes_.pop_front();
    return first;
  }
  void AwaitHeld(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return responders_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
  }

 private:
  absl::Mutex mutex_;
  std::deque<HttpResponder> responders_ ABSL_GUARDED_BY(mutex_);
  std::deque<HttpOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
};

TEST(HttpServerTest, KeepsConnectionAlive) {
  auto server = StartOrDie({}, Echo);
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        client.Send("POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"));
    const RawResponse response = client.Read();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST /a%20b?x=1&y body");
    EXPECT_EQ(response.headers.count("connection"), 0);
    EXPECT_EQ(response.headers.at("date").size(), 29);
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  auto server = StartOrDie({}, Echo);
  RawClient client(server->port());
  std::string all;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&all, "GET /", i, " HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.Read().body, absl::StrCat("GET /", i, "? "));
}

TEST(HttpServerTest, ReadsRequestsByteByByte) {
  auto server = StartOrDie({}, Echo);
  RawClient client(server->port());
  const std::string request =
      "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
  for (char c : request) ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
  EXPECT_EQ(client.Read().body, "POST /slow? abcd");
}

TEST(HttpServerTest, HeadHasNoBody) {
  auto server = StartOrDie({}, Echo);
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.Read(true).headers.at("content-length"), "9");
  EXPECT_EQ(client.Read().body, "GET /y? ");
}

TEST(HttpServerTest, ClosesAfterHttp10AndConnectionClose) {
  auto server = StartOrDie({}, Echo);
  RawClient old(server->port());
  ASSERT_TRUE(old.Send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(old.ReadToEnd(), HasSubstr("Connection: close\r\n"));
  RawClient closing(server->port());
  ASSERT_TRUE(closing.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(closing.ReadToEnd(), HasSubstr("200 OK"));
  RawClient kept(server->port());
  ASSERT_TRUE(kept.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(kept.Read().headers.at("connection"), "keep-alive");
}

TEST(HttpServerTest, AsksForTheBody) {
  auto server = StartOrDie({}, Echo);
  RawClient client(server->port());
  ASSERT_TRUE(client.Send(
      "PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  ASSERT_TRUE(client.Send("ok"));
  EXPECT_EQ(client.Read().body, "PUT /e? ok");
}

struct BadInput {
  const char* name;
  std::string request;
  int status;
};

class HttpServerBadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(HttpServerBadInputTest, IsRefusedAndClosed) {
  auto server = StartOrDie({.max_header_bytes = 1000, .max_body_bytes = 100}, Echo);
  RawClient client(server->port());
  client.Send(GetParam().request);
  const RawResponse response = client.Read();
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(response.headers.count("connection"), 1);
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_FALSE(client.was_reset());
}

INSTANTIATE_TEST_SUITE_P(
    All, HttpServerBadInputTest,
    ::testing::Values(
        BadInput{"garbage", std::string("\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n", 11), 400},
        BadInput{"no_version", "GET /\r\n\r\n", 400},
        BadInput{"old_version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        BadInput{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        BadInput{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadInput{"absolute_target", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadInput{"space_in_name", "GET / HTTP/1.1\r\nHost: h\r\nA B: c\r\n\r\n", 400},
        BadInput{"bad_length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400},
        BadInput{"negative_length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
                 400},
        BadInput{"two_lengths",
                 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                 400},
        BadInput{"length_and_chunks",
                 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 400},
        BadInput{"bad_chunk",
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        BadInput{"long_body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", 413},
        BadInput{"long_chunks",
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                     std::string(101, 'x') + "\r\n0\r\n\r\n",
                 413},
        BadInput{"long_header",
                 "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(1200, 'x') + "\r\n\r\n", 431},
        BadInput{"long_target", "GET /" + std::string(1200, 'x') + " HTTP/1.1\r\n\r\n", 431},
        BadInput{"many_headers",
                 "GET / HTTP/1.1\r\nHost: h\r\n" +
                     [] {
                       std::string many;
                       for (int i = 0; i < 100; ++i) many += "Header-Name: v\r\n";
                       return many;
                     }() +
                     "\r\n",
                 431}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HttpServerTest, AnswersFromAnotherThread) {
  Held held;
  auto server = StartOrDie({}, held.Handler());
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
  held.Take().Send({.body = "one"});
  EXPECT_EQ(client.Read().body, "one");
  EXPECT_EQ(held.AwaitOutcome(), HttpOutcome::kSent);
  held.Take().Send({.status = 204});
  const RawResponse second = client.Read();
  EXPECT_EQ(second.status, 204);
  EXPECT_EQ(second.headers.count("content-length"), 0);
}

TEST(HttpServerTest, DroppedResponderAnswers500) {
  auto server = StartOrDie({}, [](HttpRequest, HttpResponder) {});
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 500);
}

TEST(HttpServerTest, NoticesPeersThatGiveUp) {
  Held held;
  auto server = StartOrDie({}, held.Handler());
  auto client = std::make_unique<RawClient>(server->port());
  ASSERT_TRUE(client->Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  HttpResponder responder = held.Take();
  client.reset();
  EXPECT_EQ(held.AwaitOutcome(), HttpOutcome::kPeerClosed);
  responder.Send({.body = "too late"});
}

TEST(HttpServerTest, RespondersOutliveTheServer) {
  Held held;
  auto server = StartOrDie({}, held.Handler());
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  HttpResponder responder = held.Take();
  server->Stop();
  EXPECT_EQ(held.AwaitOutcome(), HttpOutcome::kCut);
  server.reset();
  responder.Send({.body = "nobody"});
}

TEST(HttpServerTest, StopsGracefully) {
  Held held;
  auto server = StartOrDie({}, held.Handler());
  RawClient idle(server->port());
  RawClient busy(server->port());
  ASSERT_TRUE(busy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  HttpResponder responder = held.Take();
  std::thread stopper([&] { server->Stop(absl::Seconds(20)); });
  EXPECT_EQ(idle.ReadToEnd(), "");  // closed: the server is draining
  responder.Send({.body = "last"});
  const RawResponse response = busy.Read();
  EXPECT_EQ(response.body, "last");
  EXPECT_EQ(response.headers.at("connection"), "close");
  busy.Close();
  stopper.join();
  RawClient late(server->port());
  EXPECT_FALSE(late.Send("GET / HTTP/1.1\r\n\r\n"));
}

TEST(HttpServerTest, SlowPeersTimeOut) {
  auto server = StartOrDie({.header_timeout = absl::Milliseconds(40),
                            .body_timeout = absl::Milliseconds(40),
                            .idle_timeout = absl::Milliseconds(40)},
                           Echo);
  RawClient idle(server->port());
  EXPECT_EQ(idle.ReadToEnd(), "");
  RawClient head(server->port());
  ASSERT_TRUE(head.Send("GET / HT"));
  EXPECT_EQ(head.Read().status, 408);
  RawClient body(server->port());
  ASSERT_TRUE(body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"));
  EXPECT_EQ(body.Read().status, 408);
}

TEST(HttpServerTest, PeerThatDoesNotReadTimesOut) {
  Held held;
  auto server = StartOrDie({.write_timeout = absl::Milliseconds(40)}, held.Handler());
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  held.Take().Send({.body = std::string(64 << 20, 'x')});
  EXPECT_EQ(held.AwaitOutcome(), HttpOutcome::kCut);
}

TEST(HttpServerTest, RefusesConnectionsAboveTheLimit) {
  auto server = StartOrDie({.max_connections = 2}, Echo);
  RawClient first(server->port());
  RawClient second(server->port());
  ASSERT_TRUE(first.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_EQ(first.Read().status, 200);
  ASSERT_TRUE(second.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_EQ(second.Read().status, 200);
  RawClient third(server->port());
  EXPECT_EQ(third.Read().status, 503);
}

TEST(HttpServerTest, HoldsManyConnections) {
  Held held;
  constexpr int kCount = 1000;
  auto server = StartOrDie({.threads = 2}, held.Handler());
  std::deque<RawClient> clients;
  for (int i = 0; i < kCount; ++i) {
    clients.emplace_back(server->port());
    ASSERT_TRUE(clients.back().Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  }
  held.AwaitHeld(kCount);
  for (int i = 0; i < kCount; ++i) held.Take().Send({.body = "x"});
  for (RawClient& client : clients) EXPECT_EQ(client.Read().body, "x");
}

TEST(HttpServerTest, CompressesWhereAccepted) {
  const std::string text(5000, 'a');
  auto server = StartOrDie({.gzip = true}, [&](HttpRequest request, HttpResponder responder) {
    responder.Send({.body = request.path == "/short" ? "short" : text});
  });
  RawClient client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: br, gzip\r\n\r\n"));
  const RawResponse packed = client.Read();
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(Gunzip(packed.body), text);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip;q=0\r\n\r\n"));
  EXPECT_EQ(client.Read().body, text);
  ASSERT_TRUE(client.Send("GET /short HTTP/1.1\r\nHost: h\r\nAccept-Encoding: *\r\n\r\n"));
  EXPECT_EQ(client.Read().body, "short");
}

TEST(HttpServerTest, FaultsReachThePeer) {
  auto server = StartOrDie({}, [](HttpRequest request, HttpResponder responder) {
    HttpResponse response{.body = "0123456789"};
    if (request.path == "/reset") response.fault.reset = true;
    if (request.path == "/cut") response.fault.truncate_after = 4;
    if (request.path == "/drip") response.fault.drip = absl::Milliseconds(1);
    if (request.path == "/late") response.fault.delay = absl::Milliseconds(30);
    responder.Send(std::move(response));
  });
  RawClient reset(server->port());
  ASSERT_TRUE(reset.Send("GET /reset HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(reset.Read().status, 0);
  EXPECT_TRUE(reset.was_reset());
  RawClient cut(server->port());
  ASSERT_TRUE(cut.Send("GET /cut HTTP/1.1\r\nHost: h\r\n\r\n"));
  const RawResponse part = cut.Read();
  EXPECT_EQ(part.body, "0123");
  EXPECT_FALSE(part.complete);
  RawClient slow(server->port());
  absl::Time start = absl::Now();
  ASSERT_TRUE(slow.Send("GET /drip HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(slow.Read().body, "0123456789");
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(9));
  start = absl::Now();
  ASSERT_TRUE(slow.Send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(slow.Read().status, 200);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(30));
}

TEST(HttpServerTest, RefusesBadAddresses) {
  for (const char* bad :
       {"", "8080", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80"}) {
    const auto server = HttpServer::Start({.listen = bad}, Echo);
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  auto first = StartOrDie({}, Echo);
  EXPECT_EQ(HttpServer::Start({.listen = first->address()}, Echo).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(HttpServer::Start({.threads = 0}, Echo).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace billing::common
