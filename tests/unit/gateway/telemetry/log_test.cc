#include "service/gateway/telemetry/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/gateway/telemetry/utf8_text.h"

namespace billing::gateway::telemetry {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A file that has no name, read back by the test.
class TemporaryFile {
 public:
  TemporaryFile() : file_(std::tmpfile()) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::fclose(file_); }

  int fd() const { return fileno(file_); }

  std::string Content() const {
    std::string content(static_cast<size_t>(lseek(fd(), 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return content;
  }

  std::vector<json> Lines() const {
    const std::string content = Content();
    std::vector<json> lines;
    for (size_t at = 0; at < content.size();) {
      const size_t end = content.find('\n', at);
      EXPECT_NE(end, std::string::npos) << "a line has no end";
      if (end == std::string::npos) break;
      lines.push_back(json::parse(content.substr(at, end - at), nullptr, false));
      EXPECT_FALSE(lines.back().is_discarded()) << content.substr(at, end - at);
      at = end + 1;
    }
    return lines;
  }

 private:
  std::FILE* file_;
};

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseReader();
    close(ends_[1]);
  }
  int writer() const { return ends_[1]; }
  void CloseReader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }
  // Reads until `word` has come, or the end.
  std::string ReadUntil(const std::string& word) {
    std::string text;
    std::array<char, 4096> buffer;
    while (text.find(word) == std::string::npos) {
      const ssize_t got = read(ends_[0], buffer.data(), buffer.size());
      if (got <= 0) break;
      text.append(buffer.data(), static_cast<size_t>(got));
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

Logger::Options To(int fd) {
  Logger::Options options;
  options.fd = fd;
  options.now = [] { return absl::FromUnixMillis(1783931400007); };
  return options;
}

TEST(Logger, WritesOneObjectALine) {
  TemporaryFile file;
  {
    Logger log(To(file.fd()));
    const std::string address = "127.0.0.1:50051";
    log.Info("ready", {{"grpc", address}, {"pid", 42}, {"ok", true}, {"ratio", 0.5}, {"none", ""}});
    log.Warn("second");
  }
  EXPECT_EQ(file.Content(), R"({"level":"info","time":"2026-07-13T08:30:00.007Z","msg":"ready",)"
                            R"("grpc":"127.0.0.1:50051","pid":42,"ok":true,"ratio":0.5,"none":""})"
                            "\n"
                            R"({"level":"warn","time":"2026-07-13T08:30:00.007Z","msg":"second"})"
                            "\n");
}

TEST(Logger, LeavesLessSeriousLinesOut) {
  TemporaryFile file;
  {
    Logger::Options options = To(file.fd());
    options.level = LogLevel::kWarn;
    Logger log(options);
    log.Debug("a");
    log.Info("b");
    log.Access({});
    log.Warn("c");
    log.Error("d");
  }
  const std::vector<json> lines = file.Lines();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0]["msg"], "c");
  EXPECT_EQ(lines[1]["level"], "error");
}

TEST(Logger, NumbersOfEveryKind) {
  TemporaryFile file;
  {
    Logger log(To(file.fd()));
    log.Info("n", {{"min", std::numeric_limits<int64_t>::min()},
                   {"max", std::numeric_limits<uint64_t>::max()},
                   {"nan", std::nan("")},
                   {"inf", -std::numeric_limits<double>::infinity()},
                   {"tiny", 5e-324},
                   {"size", sizeof(int)}});
  }
  const json line = file.Lines().at(0);
  EXPECT_EQ(line["min"].get<int64_t>(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(line["max"].get<uint64_t>(), std::numeric_limits<uint64_t>::max());
  EXPECT_TRUE(line["nan"].is_null());
  EXPECT_TRUE(line["inf"].is_null());
  EXPECT_EQ(line["tiny"].get<double>(), 5e-324);
  EXPECT_EQ(line["size"].get<int>(), 4);
}

TEST(Logger, TimesBeforeAndAfterTheEpoch) {
  for (const auto& [ms, text] :
       std::vector<std::pair<int64_t, std::string>>{{0, "1970-01-01T00:00:00.000Z"},
                                                    {-1, "1969-12-31T23:59:59.999Z"},
                                                    {951782399999, "2000-02-28T23:59:59.999Z"},
                                                    {4102444800000, "2100-01-01T00:00:00.000Z"}}) {
    TemporaryFile file;
    {
      Logger::Options options = To(file.fd());
      options.now = [at = ms] { return absl::FromUnixMillis(at); };
      Logger(options).Info("x");
    }
    EXPECT_EQ(file.Lines().at(0)["time"], text);
  }
}

TEST(Logger, AccessEntriesHaveEveryField) {
  TemporaryFile file;
  {
    Logger log(To(file.fd()));
    AccessEntry entry;
    entry.request_id = "r-1";
    entry.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    entry.account = "acme";
    entry.service = "billogram.v2.BillogramService";
    entry.method = "GetBillogram";
    entry.code = 5;
    entry.reason = "NOT_FOUND";
    entry.attempts = 1;
    entry.duration = absl::Microseconds(12045);
    entry.upstream_status = 404;
    entry.request_bytes = 9;
    entry.response_bytes = 0;
    log.Access(entry);
    log.Access({});
  }
  const std::vector<json> lines = file.Lines();
  EXPECT_EQ(lines.at(0),
            json::parse(R"({"level":"info","time":"2026-07-13T08:30:00.007Z","msg":"call",
      "request_id":"r-1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","account":"acme",
      "service":"billogram.v2.BillogramService","method":"GetBillogram","reason":"NOT_FOUND",
      "code":"NOT_FOUND","attempts":1,"duration_ms":12.045,"upstream_status":404,
      "request_bytes":9,"response_bytes":0})"));
  EXPECT_EQ(lines.at(1),
            json::parse(R"({"level":"info","time":"2026-07-13T08:30:00.007Z","msg":"call",
      "code":"OK","attempts":0,"duration_ms":0,"upstream_status":0,"request_bytes":0,"response_bytes":0})"));
}

TEST(Logger, HostileTextStaysOneValidLine) {
  const std::string long_text = "å" + std::string(100000, 'x');
  const std::vector<std::string> hostile = {"\n{\"level\":\"error\"}\n",
                                            std::string("a\0b", 3),
                                            "\"\\/\b\f\t\r",
                                            "\xff\xfe",
                                            "\xed\xa0\x80",
                                            "\xc3",
                                            "\xf4\x90\x80\x80",
                                            "\xe2\x80\xa8",
                                            "\x7f\x1b[31m",
                                            long_text};
  TemporaryFile file;
  {
    Logger log(To(file.fd()));
    for (const std::string& text : hostile) {
      log.Info(text, {{text, text}});
      AccessEntry entry;
      entry.request_id = text;
      entry.method = text;
      log.Access(entry);
    }
  }
  const std::vector<json> lines = file.Lines();
  ASSERT_THAT(lines, SizeIs(2 * hostile.size()));
  EXPECT_EQ(lines[0]["msg"], hostile[0]);
  EXPECT_EQ(lines[2]["msg"], hostile[1]);
  EXPECT_EQ(lines[4]["msg"], hostile[2]);
  EXPECT_EQ(lines[6]["msg"], "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(lines[18]["msg"], long_text);
  // Cut to 255 bytes.
  EXPECT_EQ(lines[19]["request_id"], long_text.substr(0, 255));
}

TEST(AppendJsonString, RandomBytesReadBackAsTheirValidText) {
  std::mt19937 random(11);
  int replaced = 0, escaped = 0, plain = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int k = static_cast<int>(random() % 12); k > 0; --k) {
      static constexpr const char* kPieces[] = {"a", "\"",   "\\", "å",   "€",
                                                "😀", "\x01", "\n", "\x7f"};
      if (random() % 8 == 0) {
        text += static_cast<char>(random());
      } else {
        text += kPieces[random() % std::size(kPieces)];
      }
    }
    std::string line;
    AppendJsonString(text, line);
    for (const char c : line) ASSERT_GE(static_cast<unsigned char>(c), 0x20);
    const json parsed = json::parse(line, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << line;
    const std::string back = parsed.get<std::string>();
    EXPECT_EQ(back, ToValidUtf8(text));
    if (back != text) {
      ++replaced;
    } else if (line.size() != text.size() + 2) {
      ++escaped;
    } else {
      ++plain;
    }
  }
  std::printf("replaced: %d, escaped: %d, plain: %d\n", replaced, escaped, plain);
  EXPECT_GT(replaced, 200);
  EXPECT_GT(escaped, 200);
  EXPECT_GT(plain, 200);
}

TEST(Logger, FlushWritesWhatWasLogged) {
  TemporaryFile file;
  Logger::Options options = To(file.fd());
  options.max_delay = absl::Hours(1);
  Logger log(options);
  log.Info("first");
  log.Flush();
  EXPECT_THAT(file.Lines(), SizeIs(1));
  log.Flush();
  log.Info("second");
  log.Flush();
  EXPECT_THAT(file.Lines(), SizeIs(2));
}

// Nobody reads: lines are dropped and counted, callers are not held up, and the end comes.
TEST(Logger, DropsLinesWhenTheReaderIsStuck) {
  Pipe pipe;
  constexpr uint64_t kLines = 20000;
  Logger::Options options = To(pipe.writer());
  options.max_queued_bytes = 64 << 10;
  options.patience = absl::Milliseconds(1);
  uint64_t dropped = 0;
  {
    Logger log(options);
    for (uint64_t i = 0; i < kLines; ++i) log.Info("a line that nobody reads", {{"i", i}});
    dropped = log.dropped();
  }
  EXPECT_GT(dropped, kLines / 2);
  EXPECT_LT(dropped, kLines);
}

TEST(Logger, SaysHowManyLinesWereDropped) {
  Pipe pipe;
  // Fills the pipe, so that nothing at all goes out until the test reads.
  ASSERT_EQ(fcntl(pipe.writer(), F_SETFL, O_NONBLOCK), 0);
  const std::string filler(4096, '\n');
  while (write(pipe.writer(), filler.data(), filler.size()) == 4096) {
  }
  Logger::Options options = To(pipe.writer());
  options.max_queued_bytes = 4096;
  Logger log(options);
  uint64_t logged = 0;
  for (; log.dropped() < 5; ++logged) log.Info("line");
  const uint64_t dropped = log.dropped();
  std::string text = pipe.ReadUntil(R"("msg":"log lines dropped")");
  log.Flush();
  log.Info("later");
  text += pipe.ReadUntil(R"("msg":"later"})"
                         "\n");
  uint64_t lines = 0, told = 0;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    if (line.empty()) continue;
    const json parsed = json::parse(line, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << line;
    if (parsed["msg"] == "line") ++lines;
    if (parsed["msg"] == "log lines dropped") told += parsed["count"].get<uint64_t>();
  }
  EXPECT_EQ(lines, logged - dropped);
  EXPECT_EQ(told, dropped);
  EXPECT_EQ(log.dropped(), dropped);
}

TEST(Logger, SurvivesAReaderThatLeft) {
  Pipe pipe;
  pipe.CloseReader();
  Logger log(To(pipe.writer()));
  for (int i = 0; i < 10; ++i) log.Info("x");
  log.Flush();
  EXPECT_EQ(log.dropped(), 10U);
}

TEST(Logger, SurvivesABadDescriptor) {
  Logger log(To(-1));
  log.Info("x");
  AccessEntry entry;
  log.Access(entry);
  log.Flush();
  EXPECT_EQ(log.dropped(), 2U);
}

TEST(Logger, KeepsTheOrderOfEachThread) {
  constexpr int kThreads = 4, kEach = 2000;
  TemporaryFile file;
  {
    Logger::Options options = To(file.fd());
    options.max_queued_bytes = 64 << 20;
    Logger log(options);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        const std::string id = absl::StrCat(t);
        for (int i = 0; i < kEach; ++i) {
          if (i % 2 == 0) {
            log.Info("line", {{"request_id", id}, {"attempts", i}});
          } else {
            AccessEntry entry;
            entry.request_id = id;
            entry.attempts = i;
            log.Access(entry);
          }
        }
      });
    }
    log.Flush();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(log.dropped(), 0U);
  }
  std::vector<int> next(kThreads, 0);
  for (const json& line : file.Lines()) {
    const auto t = static_cast<size_t>(std::stoi(line["request_id"].get<std::string>()));
    EXPECT_EQ(line["attempts"], next[t]++);
  }
  EXPECT_THAT(next, ElementsAre(kEach, kEach, kEach, kEach));
}

}  // namespace
}  // namespace billing::gateway::telemetry
