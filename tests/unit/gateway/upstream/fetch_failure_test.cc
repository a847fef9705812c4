#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Writes `answer` after the request, then closes.
RawServer::Handler Once(std::string answer) {
  return [answer = std::move(answer)](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(answer);
  };
}

TEST(FetchFailureTest, RefusedPortProvesThatNothingWasSent) {
  auto loop = StartLoop();
  auto target = MakeTarget(absl::StrCat("http://127.0.0.1:", UnusedPort()));
  TransferResult result = Fetch(*loop, MakePost(target, "/", "{}"));
  EXPECT_EQ(result.outcome, TransferOutcome::kConnectFailed);
  EXPECT_FALSE(result.request_sent);
  EXPECT_EQ(result.sends, 0);
  EXPECT_NE(result.error, "");
}

TEST(FetchFailureTest, UnreadableAnswers) {
  struct Case {
    const char* name;
    std::string answer;
    int status = 0;
  };
  const std::vector<Case> cases = {
      {"closed without a byte", ""},
      {"garbage", "\x16\x03\x01 not http at all\r\n\r\n"},
      {"garbage after HTTP", "HTTP/1.1 okay\r\n\r\n{}"},
      {"other protocol", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"only a body", "{\"status\":\"OK\"}"},
      {"head cut off", "HTTP/1.1 200 OK\r\nContent-Type: appl", 200},
      {"head cut off between lines", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", 200},
      {"only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", 100},
      {"body cut off", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}", 200},
      {"chunk cut off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"a\"", 200},
      {"last chunk missing", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
       200},
      {"chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
       200},
      {"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}", 200},
      {"no gzip inside", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
       200},
      {"unknown encoding",
       "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 2\r\n\r\n{}", 200},
      {"a header with a NUL", std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n{}", 30), 200},
  };
  auto loop = StartLoop();
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    RawServer server(Once(one.answer));
    TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", "{}"));
    EXPECT_EQ(result.outcome, TransferOutcome::kBroken) << result.error;
    EXPECT_TRUE(result.request_sent);
    EXPECT_EQ(result.sends, 1);
    EXPECT_EQ(result.http_status, one.status);
    EXPECT_TRUE(result.body.empty());
    EXPECT_NE(result.error, "");
    EXPECT_EQ(server.accepted(), 1);
  }
}

TEST(FetchFailureTest, ResetBeforeAndDuringTheAnswer) {
  auto loop = StartLoop();
  for (const std::string& part :
       {std::string(), std::string("HTTP/1.1 200 OK\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"a\"")}) {
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write(part);
      connection.Reset();
    });
    TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", "{}"));
    EXPECT_EQ(result.outcome, TransferOutcome::kBroken) << result.error;
    EXPECT_TRUE(result.request_sent);
    EXPECT_EQ(result.sends, 1);
  }
}

TEST(FetchFailureTest, DeclaredLengthOverTheLimit) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n{");
    connection.WaitClosed();
  });
  auto loop = StartLoop();
  TransferRequest request = MakeGet(MakeTarget(server.url()));
  request.max_response_bytes = 1 << 20;
  TransferResult result = Fetch(*loop, std::move(request));
  EXPECT_EQ(result.outcome, TransferOutcome::kTooLarge);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_TRUE(result.body.empty());
}

TEST(FetchFailureTest, HundredMegabytesWithoutALength) {
  for (const char* head : {"HTTP/1.1 200 OK\r\n\r\n",
                           "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\n"}) {
    size_t written = 0;
    auto server = std::make_unique<RawServer>([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write(head);
      std::string piece(1 << 20, 'x');
      for (int i = 0; i < 100 && connection.Write(piece); ++i) written += piece.size();
    });
    auto loop = StartLoop();
    TransferRequest request = MakeGet(MakeTarget(server->url()));
    request.max_response_bytes = 1 << 20;
    TransferResult result = Fetch(*loop, std::move(request));
    EXPECT_EQ(result.outcome, TransferOutcome::kTooLarge) << result.error;
    server.reset();
    EXPECT_LT(written, size_t{90} << 20) << "the rest was read although it was not wanted";
  }
}

TEST(FetchFailureTest, ExactlyTheLimitIsAllowed) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(Ok(std::string(1000, 'x')));
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  TransferRequest request = MakeGet(target);
  request.max_response_bytes = 1000;
  EXPECT_EQ(Fetch(*loop, std::move(request)).body.size(), 1000U);
  request = MakeGet(target);
  request.max_response_bytes = 999;
  EXPECT_EQ(Fetch(*loop, std::move(request)).outcome, TransferOutcome::kTooLarge);
}

// A gzip member of one fixed-Huffman block: the byte 'x', then `matches` times "258 bytes from one
// back", 13 bits each. There is no trailer.
std::string Bomb(size_t matches) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  unsigned bits = 0;
  int count = 0;
  auto put = [&](unsigned value, int width) {
    bits |= value << count;
    for (count += width; count >= 8; count -= 8, bits >>= 8) {
      out.push_back(static_cast<char>(bits & 0xff));
    }
  };
  auto put_reversed = [&](unsigned code, int width) {
    for (int i = width - 1; i >= 0; --i) put((code >> i) & 1, 1);
  };
  put(0b011, 3);                // last block, fixed codes
  put_reversed(0x30 + 'x', 8);  // literal
  for (size_t i = 0; i < matches; ++i) {
    put_reversed(0xc0 + 285 - 280, 8);  // length 258
    put_reversed(0, 5);                 // distance 1
  }
  put(0, 7);
  put(0, 7);
  return out;
}

TEST(FetchFailureTest, DecompressionBomb) {
  std::string small = Bomb(10);
  std::string bomb = Bomb(400'000);  // 103 MB out of 650 KB
  ASSERT_LT(bomb.size(), 1U << 20);
  RawServer server([&](RawConnection& connection) {
    for (const std::string* body : {&small, &bomb}) {
      connection.ReadRequest();
      connection.Write(Ok(*body, "Content-Encoding: gzip\r\n"));
    }
    connection.WaitClosed();
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  // Shows that the block is what it should be.
  EXPECT_EQ(Fetch(*loop, MakeGet(target)).body.view(), std::string(1 + 10 * 258, 'x'));
  TransferRequest request = MakeGet(target);
  request.max_response_bytes = 1 << 20;
  TransferResult result = Fetch(*loop, std::move(request));
  EXPECT_EQ(result.outcome, TransferOutcome::kTooLarge) << result.error;
}

TEST(FetchFailureTest, HeaderFlood) {
  for (bool one_line : {false, true}) {
    size_t written = 0;
    auto server = std::make_unique<RawServer>([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write("HTTP/1.1 200 OK\r\n");
      std::string piece = one_line ? std::string(1 << 16, 'a') : "";
      while (piece.size() < 1 << 16) absl::StrAppend(&piece, "X-H", piece.size(), ": y\r\n");
      if (one_line) connection.Write("X: ");
      for (int i = 0; i < 1000 && connection.Write(piece); ++i) written += piece.size();
    });
    auto loop = StartLoop();
    TransferResult result = Fetch(*loop, MakeGet(MakeTarget(server->url())));
    EXPECT_NE(result.outcome, TransferOutcome::kOk);
    EXPECT_TRUE(one_line || result.outcome == TransferOutcome::kTooLarge) << result.error;
    server.reset();
    EXPECT_LT(written, size_t{16} << 20);
  }
}

TEST(FetchFailureTest, ErrorsDoNotShowTheRequest) {
  RawServer server(Once(""));
  auto loop = StartLoop();
  HeaderList constant;
  ASSERT_TRUE(constant.Add("Authorization", "Basic c2VjcmV0").ok());
  TransferRequest request = MakePost(MakeTarget(server.url()), "/customer?name=Anna", "b0dy");
  request.account_headers = std::make_shared<const HeaderSet>(std::move(constant));
  std::string error = Fetch(*loop, std::move(request)).error;
  EXPECT_THAT(error, Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(error, Not(HasSubstr("Anna")));
  EXPECT_THAT(error, Not(HasSubstr("b0dy")));
}

TEST(FetchFailureTest, ABrokenConnectionIsNotUsedAgain) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    if (connection.index() % 2 == 0) {
      connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}");
    } else {
      connection.Write(Ok("{}", "Connection: close\r\n"));
    }
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Fetch(*loop, MakeGet(target)).outcome,
              i % 2 == 0 ? TransferOutcome::kBroken : TransferOutcome::kOk);
  }
}

}  // namespace
}  // namespace billing::gateway::upstream
