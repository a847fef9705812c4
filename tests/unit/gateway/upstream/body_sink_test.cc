// Bodies that go to a sink piece by piece, and that stand still when the sink says so.
#include "service/gateway/upstream/body_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;

constexpr size_t kUnlimited = SIZE_MAX / 2;

// Takes pieces while it has taken less than its allowance, then pauses.
class Meter final : public BodySink {
 public:
  explicit Meter(size_t allowance = kUnlimited) : allowance_(allowance) {}

  void OnHead(int http_status, std::string_view content_type) override {
    absl::MutexLock lock(&mutex_);
    heads_ += absl::StrCat(http_status, " ", std::string(content_type), ";");
  }
  Verdict OnBytes(std::string_view bytes) override {
    absl::MutexLock lock(&mutex_);
    if (taken_.size() >= refuse_at_) return Verdict::kRefuse;
    if (taken_.size() >= allowance_) {
      paused_ = true;
      return Verdict::kPause;
    }
    taken_.append(bytes);
    return Verdict::kTaken;
  }

  void RefuseAt(size_t size) {
    absl::MutexLock lock(&mutex_);
    refuse_at_ = size;
  }
  void WaitForPause() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&paused_));
  }
  bool paused() const {
    absl::MutexLock lock(&mutex_);
    return paused_;
  }
  // Lets it take `more` bytes.
  void Allow(size_t more) {
    absl::MutexLock lock(&mutex_);
    paused_ = false;
    allowance_ = taken_.size() + more;
  }
  std::string taken() const {
    absl::MutexLock lock(&mutex_);
    return taken_;
  }
  std::string heads() const {
    absl::MutexLock lock(&mutex_);
    return heads_;
  }

 private:
  mutable absl::Mutex mutex_;
  size_t allowance_ ABSL_GUARDED_BY(mutex_);
  size_t refuse_at_ ABSL_GUARDED_BY(mutex_) = kUnlimited;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  std::string taken_ ABSL_GUARDED_BY(mutex_);
  std::string heads_ ABSL_GUARDED_BY(mutex_);
};

// Bytes that are the same nowhere near.
std::string Pattern(size_t size) {
  std::string text;
  for (uint32_t i = 0; text.size() < size; ++i) absl::StrAppend(&text, i, ",");
  text.resize(size);
  return text;
}

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  for (char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string LittleEndian(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

// A gzip member of stored blocks (RFC 1951, section 3.2.4).
std::string Gzip(std::string_view bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (size_t at = 0; at < bytes.size();) {
    const std::string_view block = bytes.substr(at, 65535);
    at += block.size();
    const auto size = static_cast<uint32_t>(block.size());
    out += at == bytes.size() ? '\1' : '\0';
    out += LittleEndian(size, 2) + LittleEndian(~size, 2);
    out.append(block);
  }
  return out + LittleEndian(Crc32(bytes), 4) + LittleEndian(static_cast<uint32_t>(bytes.size()), 4);
}

std::string Chunked(std::string_view bytes) {
  std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t at = 0; at < bytes.size(); at += 50000) {
    const std::string_view chunk = bytes.substr(at, 50000);
    absl::StrAppend(&out, absl::Hex(chunk.size()), "\r\n", std::string(chunk), "\r\n");
  }
  return out + "0\r\n\r\n";
}

TransferRequest GetInto(const std::shared_ptr<Target>& target,
                        const std::shared_ptr<BodySink>& sink) {
  TransferRequest request = MakeGet(target);
  request.sink = sink;
  request.max_sink_bytes = size_t{1} << 30;
  return request;
}

TEST(BodySinkTest, TakesTheBodyOfASuccess) {
  const std::string body = Pattern(1 << 20);
  RawServer server([&](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Write(Ok(body, "Content-Type: application/pdf\r\n"));
    }
  });
  auto loop = StartLoop();
  auto sink = std::make_shared<Meter>();
  TransferResult result = Fetch(*loop, GetInto(MakeTarget(server.url()), sink));
  EXPECT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.content_type, "application/pdf");
  EXPECT_TRUE(result.body.empty());
  EXPECT_EQ(sink->heads(), "200 application/pdf;");
  EXPECT_EQ(sink->taken(), body);
}

TEST(BodySinkTest, CompressionIsAskedForWithoutASinkOnly) {
  std::vector<std::string> sent;
  {
    RawServer server([&](RawConnection& connection) {
      for (std::string request = connection.ReadRequest(); !request.empty();
           request = connection.ReadRequest()) {
        sent.push_back(request);
        connection.Write(Ok("x"));
      }
    });
    auto loop = StartLoop();
    const auto target = MakeTarget(server.url());
    for (const bool with_sink : {false, true, true, false}) {
      const auto sink = with_sink ? std::make_shared<Meter>() : nullptr;
      EXPECT_EQ(Fetch(*loop, GetInto(target, sink)).outcome, TransferOutcome::kOk);
    }
  }
  EXPECT_THAT(sent, ElementsAre(HasSubstr("\r\nAccept-Encoding: gzip\r\n"),
                                HasSubstr("\r\nAccept-Encoding: identity\r\n"),
                                HasSubstr("\r\nAccept-Encoding: identity\r\n"),
                                HasSubstr("\r\nAccept-Encoding: gzip\r\n")));
}

TEST(BodySinkTest, OtherBodiesAreCollected) {
  for (const char* status : {"404 Not Found", "503 No", "304 Same"}) {
    const bool has_body = status[0] != '3';
    RawServer server([&](RawConnection& connection) {
      connection.ReadRequest();
      connection.Write(absl::StrCat("HTTP/1.1 ", status, "\r\n",
                                    has_body ? "Content-Length: 4\r\n\r\ngone" : "\r\n"));
    });
    auto loop = StartLoop();
    auto sink = std::make_shared<Meter>();
    TransferResult result = Fetch(*loop, GetInto(MakeTarget(server.url()), sink));
    EXPECT_EQ(result.outcome, TransferOutcome::kOk);
    EXPECT_EQ(result.body.view(), has_body ? "gone" : "");
    EXPECT_THAT(sink->heads(), IsEmpty());
    EXPECT_THAT(sink->taken(), IsEmpty());
  }
}

TEST(BodySinkTest, AnEmptyBodyIsNotTold) {
  RawServer server([](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(Ok("", "Content-Type: text/csv\r\n"));
  });
  auto loop = StartLoop();
  auto sink = std::make_shared<Meter>();
  TransferResult result = Fetch(*loop, GetInto(MakeTarget(server.url()), sink));
  EXPECT_EQ(result.outcome, TransferOutcome::kOk);
  EXPECT_EQ(result.content_type, "text/csv");
  EXPECT_THAT(sink->heads(), IsEmpty());
}

struct Framing {
  const char* name;
  std::string (*answer)(std::string_view body);
  bool keeps_alive;
};

class PausedFramingTest : public ::testing::TestWithParam<Framing> {};

// Every piece is paused once: each comes a second time, and none is lost, repeated or out of order.
TEST_P(PausedFramingTest, GoesOnWhereItStopped) {
  const std::string body = Pattern(700'001);
  RawServer server([&](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) {
      connection.Write(GetParam().answer(body));
      if (!GetParam().keeps_alive) return;
    }
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  for (int round = 0; round < 2; ++round) {
    auto sink = std::make_shared<Meter>(0);
    PendingFetch fetch(*loop, GetInto(target, sink));
    int pauses = 0;
    while (!fetch.done()) {
      if (!sink->paused()) {
        std::this_thread::yield();
        continue;
      }
      ++pauses;
      sink->Allow(1);
      loop->Resume(sink);
    }
    EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kOk) << fetch.Wait().error;
    EXPECT_TRUE(sink->taken() == body);
    EXPECT_GT(pauses, 10);
  }
  EXPECT_EQ(server.accepted(), GetParam().keeps_alive ? 1 : 2);
}

INSTANTIATE_TEST_SUITE_P(
    Framings, PausedFramingTest,
    ::testing::Values(Framing{"Length", [](std::string_view body) { return Ok(body); }, true},
                      Framing{"Chunks", &Chunked, true},
                      Framing{"Close",
                              [](std::string_view body) {
                                return absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
                                                    std::string(body));
                              },
                              false},
                      Framing{"Gzip",
                              [](std::string_view body) {
                                return Ok(Gzip(body), "Content-Encoding: gzip\r\n");
                              },
                              true}),
    [](const auto& framing) { return framing.param.name; });

// One transfer's turn can pause another one while news of the other's socket is still to be handed
// on.
TEST(BodySinkTest, ManyPauseAndGoOnTogether) {
  constexpr int kTransfers = 40;
  const std::string body = Pattern(1'000'000);
  RawServer server([&](RawConnection& connection) {
    connection.ReadRequest();
    connection.Write(Ok(body));
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  std::vector<std::shared_ptr<Meter>> sinks;
  std::vector<std::unique_ptr<PendingFetch>> fetches;
  for (int i = 0; i < kTransfers; ++i) {
    sinks.push_back(std::make_shared<Meter>(0));
    fetches.push_back(std::make_unique<PendingFetch>(*loop, GetInto(target, sinks.back())));
  }
  for (bool all_done = false; !all_done;) {
    all_done = true;
    for (size_t i = 0; i < fetches.size(); ++i) {
      if (sinks[i]->paused()) {
        sinks[i]->Allow(100'000);
        loop->Resume(sinks[i]);
      }
      all_done &= fetches[i]->done();
    }
  }
  for (size_t i = 0; i < fetches.size(); ++i) {
    EXPECT_EQ(fetches[i]->Wait().outcome, TransferOutcome::kOk) << fetches[i]->Wait().error;
    EXPECT_TRUE(sinks[i]->taken() == body);
  }
}

// Writes without end and counts what the other side took.
class Fountain {
 public:
  Fountain() : server_([this](RawConnection& connection) { Serve(connection); }) {}
  std::string url() const { return server_.url(); }
  size_t written() const { return written_.load(); }
  void WaitForClose() { closed_.WaitForNotification(); }

 private:
  void Serve(RawConnection& connection) {
    const std::string request = connection.ReadRequest();
    if (request.find("GET /small") == 0) {
      connection.Write(Ok("small"));
      return;
    }
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    const std::string piece(1 << 18, 'x');
    while (written_ < 1'000'000'000 && connection.Write(piece)) written_ += piece.size();
    closed_.Notify();
  }

  std::atomic<size_t> written_{0};
  absl::Notification closed_;
  RawServer server_;
};

TEST(BodySinkTest, APausedTransferRestsAndDisturbsNobody) {
  Fountain fountain;
  auto loop = StartLoop({.own_thread = false});
  UpstreamLoop::Driver driver(*loop, [] {});
  auto target = MakeTarget(fountain.url());
  auto sink = std::make_shared<Meter>(1 << 20);
  PendingFetch fetch(*loop, GetInto(target, sink));
  while (!sink->paused()) driver.Turn(absl::Minutes(1));
  driver.Turn(absl::ZeroDuration());

  // Bytes wait in the socket, and yet there is nothing to do.
  const absl::Time begin = absl::Now();
  driver.Turn(absl::Milliseconds(50));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(49));
  PendingFetch other(*loop, MakeGet(target, "/small"));
  while (!other.done()) driver.Turn(absl::Minutes(1));
  EXPECT_EQ(other.Wait().body.view(), "small");
  EXPECT_FALSE(fetch.done());
  EXPECT_LT(sink->taken().size(), size_t{2} << 20);
  EXPECT_THAT(fountain.written(), Lt(size_t{100} << 20));

  sink->Allow(8 << 20);
  loop->Resume(sink);
  while (!sink->paused()) driver.Turn(absl::Minutes(1));
  EXPECT_GE(sink->taken().size(), size_t{9} << 20);
  fetch.Cancel();
  while (!fetch.done()) driver.Turn(absl::Minutes(1));
  EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kCancelled);
  fountain.WaitForClose();
}

class PausedAbortTest : public ::testing::Test {
 protected:
  // Starts a fetch and waits until it rests.
  void StartAndPause(absl::Duration timeout) {
    TransferRequest request = GetInto(MakeTarget(fountain_.url()), sink_);
    request.deadline = absl::Now() + timeout;
    fetch_ = std::make_unique<PendingFetch>(*loop_, std::move(request));
    sink_->WaitForPause();
  }
  // Late news for a transfer that is gone.
  void ResumeInVain() {
    loop_->Resume(sink_);
    EXPECT_EQ(sink_->taken().size(), size_before_);
  }
  void Note() { size_before_ = sink_->taken().size(); }

  Fountain fountain_;
  std::shared_ptr<Meter> sink_ = std::make_shared<Meter>(100'000);
  std::unique_ptr<UpstreamLoop> loop_ = StartLoop();
  std::unique_ptr<PendingFetch> fetch_;
  size_t size_before_ = 0;
};

TEST_F(PausedAbortTest, Cancelled) {
  StartAndPause(absl::Minutes(1));
  Note();
  fetch_->Cancel();
  EXPECT_EQ(fetch_->Wait().outcome, TransferOutcome::kCancelled);
  EXPECT_EQ(fetch_->Wait().http_status, 200);
  fountain_.WaitForClose();
  ResumeInVain();
}

TEST_F(PausedAbortTest, TheDeadlinePasses) {
  StartAndPause(absl::Milliseconds(500));
  Note();
  EXPECT_EQ(fetch_->Wait().outcome, TransferOutcome::kTimedOut);
  fountain_.WaitForClose();
  ResumeInVain();
}

TEST_F(PausedAbortTest, TheLoopStops) {
  StartAndPause(absl::Minutes(1));
  Note();
  loop_->Stop();
  EXPECT_EQ(fetch_->Wait().outcome, TransferOutcome::kStopped);
  fountain_.WaitForClose();
  ResumeInVain();
}

TEST_F(PausedAbortTest, ResumedAndCancelledAtOnce) {
  StartAndPause(absl::Minutes(1));
  sink_->Allow(1);
  loop_->Resume(sink_);
  fetch_->Cancel();
  EXPECT_EQ(fetch_->Wait().outcome, TransferOutcome::kCancelled);
}

// The sink changes its mind while the transfer rests: it is asked again as it is resumed.
TEST_F(PausedAbortTest, RefusedWhenResumed) {
  StartAndPause(absl::Minutes(1));
  sink_->RefuseAt(0);
  loop_->Resume(sink_);
  EXPECT_EQ(fetch_->Wait().outcome, TransferOutcome::kRefused);
  fountain_.WaitForClose();
}

TEST_F(PausedAbortTest, RefusedInTheStream) {
  sink_->Allow(kUnlimited);
  sink_->RefuseAt(1 << 20);
  TransferResult result = Fetch(*loop_, GetInto(MakeTarget(fountain_.url()), sink_));
  EXPECT_EQ(result.outcome, TransferOutcome::kRefused);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_TRUE(result.request_sent);
  fountain_.WaitForClose();
}

TEST(BodySinkTest, ResumingWhatDoesNotRestDoesNothing) {
  const std::string body = Pattern(300'000);
  RawServer server([&](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(Ok(body));
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  auto sink = std::make_shared<Meter>();
  loop->Resume(sink);
  PendingFetch fetch(*loop, GetInto(target, sink));
  while (!fetch.done()) loop->Resume(sink);
  EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kOk);
  EXPECT_TRUE(sink->taken() == body);
  loop->Resume(sink);
  EXPECT_EQ(Fetch(*loop, MakeGet(target)).body.size(), body.size());
}

TEST(BodySinkTest, ABodyThatEndsEarlyIsBroken) {
  for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186A1\r\n"}) {
    for (const bool paused : {false, true}) {
      auto server = std::make_unique<RawServer>([&](RawConnection& connection) {
        connection.ReadRequest();
        connection.Write(head);
        connection.Write(std::string(100'000, 'x'));
        if (paused) connection.Reset();
      });
      auto loop = StartLoop();
      auto sink = std::make_shared<Meter>(paused ? 1 : kUnlimited);
      PendingFetch fetch(*loop, GetInto(MakeTarget(server->url()), sink));
      if (paused) {
        sink->WaitForPause();
        server.reset();
        sink->Allow(kUnlimited);
        loop->Resume(sink);
      }
      EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kBroken) << fetch.Wait().error;
      EXPECT_EQ(fetch.Wait().http_status, 200);
    }
  }
}

TEST(BodySinkTest, EachKindOfBodyHasItsBound) {
  RawServer server([&](RawConnection& connection) {
    for (;;) {
      const std::string request = connection.ReadRequest();
      if (request.empty()) return;
      if (request.find("GET /chunked") == 0) {
        connection.Write(Chunked(std::string(1001, 'x')));
      } else if (request.find("GET /error") == 0) {
        connection.Write("HTTP/1.1 500 No\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
      } else {
        connection.Write(Ok(std::string(request.find("GET /more") == 0 ? 1001 : 1000, 'x')));
      }
    }
  });
  auto loop = StartLoop();
  auto target = MakeTarget(server.url());
  const auto outcome = [&](std::string_view path) {
    TransferRequest request = MakeGet(target, path);
    request.sink = std::make_shared<Meter>();
    request.max_sink_bytes = 1000;
    request.max_response_bytes = 100;
    return Fetch(*loop, std::move(request)).outcome;
  };
  EXPECT_EQ(outcome("/"), TransferOutcome::kOk);
  EXPECT_EQ(outcome("/more"), TransferOutcome::kTooLarge);
  EXPECT_EQ(outcome("/chunked"), TransferOutcome::kTooLarge);
  EXPECT_EQ(outcome("/error"), TransferOutcome::kTooLarge);
}

}  // namespace
}  // namespace billing::gateway::upstream
