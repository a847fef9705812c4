#include "tests/bench/measure.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace billing::bench {
namespace {

int64_t Read(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return -1;
  return int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

}  // namespace

int64_t WallNanos() { return Read(CLOCK_MONOTONIC); }
int64_t ThreadCpuNanos() { return Read(CLOCK_THREAD_CPUTIME_ID); }

int64_t ProcessCpuNanos(pid_t pid) {
  clockid_t clock;
  return clock_getcpuclockid(pid, &clock) == 0 ? Read(clock) : -1;
}

Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

std::vector<double> Ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) ratios.push_back(a[i] / b[i]);
  return ratios;
}

void Limits::AtLeast(std::string_view what, const Spread& ratio, double limit) {
  Check(what, ratio, ">=", limit, ratio.median >= limit);
}

void Limits::AtMost(std::string_view what, const Spread& ratio, double limit) {
  Check(what, ratio, "<=", limit, ratio.median <= limit);
}

void Limits::Check(std::string_view what, const Spread& ratio, const char* sign, double limit,
                   bool kept) {
  std::printf("  %-52.*s %8.2f  (%.2f..%.2f)  limit %s %g  %s\n", static_cast<int>(what.size()),
              what.data(), ratio.median, ratio.min, ratio.max, sign, limit,
              kept ? "kept" : "MISSED");
  if (!kept) missed_.emplace_back(what);
}

int Limits::Finish() const {
  for (const std::string& what : missed_) std::printf("limit missed: %s\n", what.c_str());
  if (missed_.empty()) std::printf("all limits kept\n");
  return missed_.empty() ? 0 : 1;
}

void Die(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

}  // namespace billing::bench
