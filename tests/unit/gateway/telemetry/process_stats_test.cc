#include "service/gateway/telemetry/process_stats.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/temp_folder.h"

namespace billing::gateway::telemetry {
namespace {

TEST(ProcessStats, AreThoseOfThisProcess) {
  auto before = ReadProcessStats();
  ASSERT_TRUE(before.ok()) << before.status();
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  auto after = ReadProcessStats();
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->open_fds, before->open_fds + 1);
  close(fd);
  EXPECT_GT(after->resident_bytes, 1 << 20);
  // The kernel's other account of it, which grows only; /proc counts in ticks.
  rusage usage{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  const absl::Duration used =
      absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  EXPECT_LE(after->cpu, used + absl::Milliseconds(100));
  EXPECT_LE(after->start, absl::Now() + absl::Seconds(2));
  EXPECT_EQ(after->start, before->start);
}

class FakeProc : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.path() + "/self/fd");
    WriteGood();
  }
  void WriteGood() {
    Write("stat", "cpu  1 2\nbtime 1700000000\nprocesses 5\n");
    Write("self/statm", "1000 500 300 10 0 200 0\n");
    Write("self/stat",
          "42 (a b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 12345 1000000 500\n");
  }
  void Write(std::string_view name, std::string_view text) { folder_.Write(name, text); }
  TempFolder folder_;
};

TEST_F(FakeProc, IsReadAsDescribed) {
  for (const char* name : {"self/fd/0", "self/fd/1", "self/fd/7"}) Write(name, "");
  auto stats = ReadProcessStats(folder_.path());
  ASSERT_TRUE(stats.ok()) << stats.status();
  const long ticks = sysconf(_SC_CLK_TCK);
  EXPECT_EQ(stats->resident_bytes, 500 * sysconf(_SC_PAGESIZE));
  EXPECT_EQ(stats->open_fds, 2);
  EXPECT_EQ(stats->cpu, absl::Seconds(200) / ticks);
  EXPECT_EQ(stats->start, absl::FromUnixSeconds(1700000000) + absl::Seconds(12345) / ticks);
}

TEST_F(FakeProc, OtherTextIsAnError) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"self/stat", ""},        {"self/stat", "42 (a S 1"}, {"self/stat", "42 (a) S 1 2 3"},
      {"self/statm", "1000"},   {"self/statm", "a b c"},    {"stat", "cpu 1\n"},
      {"stat", "btime soon\n"},
  };
  for (const auto& [name, text] : bad) {
    WriteGood();
    ASSERT_TRUE(ReadProcessStats(folder_.path()).ok());
    Write(name, text);
    EXPECT_FALSE(ReadProcessStats(folder_.path()).ok()) << name << ": " << text;
  }
  EXPECT_FALSE(ReadProcessStats(folder_.path() + "/absent").ok());
}

}  // namespace
}  // namespace billing::gateway::telemetry
