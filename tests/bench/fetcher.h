#ifndef TESTS_BENCH_FETCHER_H_
#define TESTS_BENCH_FETCHER_H_

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace billing::bench {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

// A handle that GETs `url` with the header lines that the gateway sends and appends the answer to
// `body`, which must outlive it.
Easy MakeEasy(const std::string& url, std::string& body);

// Whether the handle's last transfer, which ended with `code`, was a complete 200.
bool IsOk(CURL* easy, CURLcode code);

// libcurl with as little around it as can be: curl_multi_socket_action on epoll. Handles and
// connections are reused, and an idle connection stays in the epoll set, which saves two system
// calls a request. Not thread-safe.
class MultiFetcher {
 public:
  // Told of the end of each fetch: what Start was given, whether it was a complete 200, and the
  // body, which is the callee's until the next Start.
  using Done = std::function<void(void* user, bool ok, std::string& body)>;

  // Keeps `connections` open at most.
  MultiFetcher(std::string url, int connections, Done done);
  MultiFetcher(const MultiFetcher&) = delete;
  MultiFetcher& operator=(const MultiFetcher&) = delete;
  ~MultiFetcher();

  // Begins a fetch; the next Turn sends it.
  void Start(void* user);
  int running() const { return running_; }

  // Ends the waiting of turns whenever `fd` is readable. At most one.
  void Watch(int fd);

  // Does what is to be done; waits for it if there is nothing yet, `at_most_ms` so long, -1 for
  // ever.
  void Turn(int at_most_ms);

 private:
  struct Slot {
    std::string body;
    Easy easy;
    void* user = nullptr;
  };

  Slot* TakeSlot();
  void RunTimer();
  void CollectFinished();
  uint32_t& Registered(int fd);

  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);  // NOLINT: curl's type
  static curl_socket_t OnOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* self, curl_socket_t fd);

  const std::string url_;
  const Done done_;
  const int epoll_;
  CURLM* const multi_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<uint32_t> registered_;  // by descriptor
  int watched_ = -1;
  int running_ = 0;
  int timeout_ms_ = -1;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_FETCHER_H_
