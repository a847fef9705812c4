#ifndef TESTS_BENCH_FETCH_BASELINE_H_
#define TESTS_BENCH_FETCH_BASELINE_H_

#include <cstdint>
#include <functional>
#include <string>

namespace billing::bench {

// What fetching costs with nothing but libcurl around it. CPU is the calling thread's, so other
// threads of the process do not count; the server should be another process.
struct FetchStats {
  int64_t requests = 0;
  int64_t failures = 0;  // not a complete 200
  int64_t body_bytes = 0;
  double wall_us_per_request = 0;
  double cpu_us_per_request = 0;
};

// GETs `url` `requests` times, one after another, with one easy handle. Connections are opened
// before the counting begins. `then`, where given, runs after each request and counts with it.
FetchStats RunEasyReused(const std::string& url, int64_t requests,
                         const std::function<void()>& then = nullptr);

// The same with `in_flight` handles at a time in one multi handle, by curl_multi_socket_action on
// epoll. Handles and connections are reused, and an idle connection stays in the epoll set, which
// saves two system calls a request.
FetchStats RunMultiSocket(const std::string& url, int64_t requests, int in_flight,
                          const std::function<void()>& then = nullptr);

}  // namespace billing::bench

#endif  // TESTS_BENCH_FETCH_BASELINE_H_
