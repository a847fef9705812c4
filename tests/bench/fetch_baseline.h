#ifndef TESTS_BENCH_FETCH_BASELINE_H_
#define TESTS_BENCH_FETCH_BASELINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace billing::bench {

// Fetches a URL again and again with bare libcurl over HTTP/1.1 with keep-alive: the least that a
// fetch costs. Handles, connections and buffers are kept from run to run; bodies are read into
// memory. On the thread of the caller, one at a time.
class FetchBaseline {
 public:
  struct Stats {
    int64_t wall_nanos = 0;
    int64_t cpu_nanos = 0;  // of the calling thread
  };

  // Every answer must be a 200 with `body_bytes` bytes.
  FetchBaseline(std::string url, size_t body_bytes);
  ~FetchBaseline();
  FetchBaseline(const FetchBaseline&) = delete;
  FetchBaseline& operator=(const FetchBaseline&) = delete;

  // One easy handle, one fetch after another. End the process if a fetch fails, as does the other.
  Stats RunEasy(int fetches);
  // curl_multi_socket_action on epoll, `in_flight` fetches at a time.
  Stats RunMulti(int fetches, int in_flight);

 private:
  class Easy;
  class Multi;

  const std::string url_;
  const size_t body_bytes_;
  std::unique_ptr<Easy> easy_;
  std::unique_ptr<Multi> multi_;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_FETCH_BASELINE_H_
