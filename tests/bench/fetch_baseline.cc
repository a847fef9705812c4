#include "tests/bench/fetch_baseline.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "tests/bench/fetcher.h"

namespace billing::bench {
namespace {

double ThreadCpuMicroseconds() {
  rusage usage = {};
  getrusage(RUSAGE_THREAD, &usage);
  auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

// Counts from its construction until Finish.
class Meter {
 public:
  void Finish(FetchStats& stats) const {
    auto requests = static_cast<double>(std::max<int64_t>(stats.requests, 1));
    std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - wall_;
    stats.wall_us_per_request = wall.count() / requests;
    stats.cpu_us_per_request = (ThreadCpuMicroseconds() - cpu_) / requests;
  }

 private:
  const std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  const double cpu_ = ThreadCpuMicroseconds();
};

void Count(bool ok, const std::string& body, FetchStats& stats) {
  ++stats.requests;
  stats.body_bytes += static_cast<int64_t>(body.size());
  if (!ok) ++stats.failures;
}

}  // namespace

FetchStats RunEasyReused(const std::string& url, int64_t requests,
                         const std::function<void()>& then) {
  std::string body;
  Easy easy = MakeEasy(url, body);
  curl_easy_perform(easy.get());
  FetchStats stats;
  Meter meter;
  for (int64_t i = 0; i < requests; ++i) {
    body.clear();
    const CURLcode code = curl_easy_perform(easy.get());
    Count(IsOk(easy.get(), code), body, stats);
    if (then) then();
  }
  meter.Finish(stats);
  return stats;
}

FetchStats RunMultiSocket(const std::string& url, int64_t requests, int in_flight,
                          const std::function<void()>& then) {
  FetchStats stats;
  int64_t to_start = 0;
  bool counted = false;
  MultiFetcher fetcher(url, in_flight, [&](void*, bool ok, std::string& body) {
    Count(ok, body, stats);
    if (counted && then) then();
    if (to_start == 0) return;
    --to_start;
    fetcher.Start(nullptr);
  });
  const auto run = [&](int64_t count) {
    stats = {};
    const int64_t at_once = std::min<int64_t>(in_flight, count);
    to_start = count - at_once;
    for (int64_t i = 0; i < at_once; ++i) fetcher.Start(nullptr);
    while (fetcher.running() > 0) fetcher.Turn(-1);
  };
  run(in_flight);
  counted = true;
  Meter meter;
  run(requests);
  meter.Finish(stats);
  return stats;
}

}  // namespace billing::bench
