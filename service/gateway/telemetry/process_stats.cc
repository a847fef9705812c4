#include "service/gateway/telemetry/process_stats.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace billing::gateway::telemetry {
namespace {

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty())
    return absl::UnavailableError(absl::StrCat("cannot read ", path));
  return text.str();
}

absl::Status Malformed(const std::string& path) {
  return absl::InternalError(absl::StrCat(path, " is not as proc(5) describes it"));
}

absl::Duration Ticks(int64_t ticks) {
  const int64_t per_second = sysconf(_SC_CLK_TCK);
  return absl::Seconds(1) * ticks / (per_second > 0 ? per_second : 100);
}

absl::StatusOr<int64_t> BootTime(const std::string& proc) {
  const std::string path = absl::StrCat(proc, "/stat");
  absl::StatusOr<std::string> text = ReadAll(path);
  if (!text.ok()) return text.status();
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    int64_t seconds = 0;
    if (absl::StartsWith(line, "btime ") && absl::SimpleAtoi(line.substr(6), &seconds))
      return seconds;
  }
  return Malformed(path);
}

absl::Status ReadStat(const std::string& proc, ProcessStats& stats) {
  const std::string path = absl::StrCat(proc, "/self/stat");
  absl::StatusOr<std::string> text = ReadAll(path);
  if (!text.ok()) return text.status();
  // The second field is the program's name in parentheses, which may hold anything.
  const size_t end = text->rfind(')');
  if (end == std::string::npos) return Malformed(path);
  const std::vector<std::string> fields =
      absl::StrSplit(text->substr(end + 1), absl::ByAnyChar(" \n"), absl::SkipEmpty());
  // Numbers of proc(5), of which the first here is the third.
  constexpr size_t kUserTime = 14 - 3, kSystemTime = 15 - 3, kStartTime = 22 - 3;
  int64_t user = 0, system = 0, start = 0;
  if (fields.size() <= kStartTime || !absl::SimpleAtoi(fields[kUserTime], &user) ||
      !absl::SimpleAtoi(fields[kSystemTime], &system) ||
      !absl::SimpleAtoi(fields[kStartTime], &start)) {
    return Malformed(path);
  }
  absl::StatusOr<int64_t> boot = BootTime(proc);
  if (!boot.ok()) return boot.status();
  stats.cpu = Ticks(user) + Ticks(system);
  stats.start = absl::FromUnixSeconds(*boot) + Ticks(start);
  return absl::OkStatus();
}

absl::Status ReadMemory(const std::string& proc, ProcessStats& stats) {
  const std::string path = absl::StrCat(proc, "/self/statm");
  absl::StatusOr<std::string> text = ReadAll(path);
  if (!text.ok()) return text.status();
  const std::vector<std::string> fields = absl::StrSplit(*text, ' ');
  int64_t pages = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &pages)) return Malformed(path);
  stats.resident_bytes = pages * sysconf(_SC_PAGESIZE);
  return absl::OkStatus();
}

absl::Status ReadDescriptors(const std::string& proc, ProcessStats& stats) {
  const std::string path = absl::StrCat(proc, "/self/fd");
  auto close = [](DIR* folder) { closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(opendir(path.c_str()), close);
  if (folder == nullptr) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  // One of them is this look itself.
  stats.open_fds = -1;
  // Nobody else uses this stream.
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
    if (entry->d_name[0] != '.') ++stats.open_fds;
  }
  rlimit limit{};
  stats.max_fds = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
                      ? static_cast<int64_t>(limit.rlim_cur)
                      : -1;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ProcessStats> ReadProcessStats(const std::string& proc) {
  ProcessStats stats;
  absl::Status status = ReadStat(proc, stats);
  if (status.ok()) status = ReadMemory(proc, stats);
  if (status.ok()) status = ReadDescriptors(proc, stats);
  if (!status.ok()) return status;
  return stats;
}

}  // namespace billing::gateway::telemetry
