#include "tests/bench/fetch_baseline.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace billing::bench {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

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

size_t KeepBody(char* data, size_t size, size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

// The same lines as the gateway sends, in as few nodes as curl allows: it compares every node with
// every header it could add by itself.
curl_slist* RequestHeaders() {
  static curl_slist others = {
      const_cast<char*>("Authorization: Basic YmVuY2g6bm90LWEta2V5\r\n"
                        "User-Agent: billing-gateway\r\n"
                        "X-Request-Id: 0af7651916cd43dd8448eb211c80319c\r\n"
                        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
      nullptr};
  static curl_slist accept = {const_cast<char*>("Accept: application/json"), &others};
  return &accept;
}

Easy MakeEasy(const std::string& url, std::string& body) {
  Easy easy(curl_easy_init());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, RequestHeaders());
  curl_easy_setopt(easy.get(), CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &KeepBody);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, static_cast<void*>(&body));
  return easy;
}

void Count(CURL* easy, CURLcode code, const std::string& body, FetchStats& stats) {
  long status = 0;  // NOLINT(google-runtime-int): curl's type
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  ++stats.requests;
  stats.body_bytes += static_cast<int64_t>(body.size());
  if (code != CURLE_OK || status != 200) ++stats.failures;
}

class MultiRun {
 public:
  MultiRun(const std::string& url, int in_flight);
  MultiRun(const MultiRun&) = delete;
  MultiRun& operator=(const MultiRun&) = delete;
  ~MultiRun();

  FetchStats Run(int64_t requests, const std::function<void()>& then);

 private:
  struct Slot {
    std::string body;
    Easy easy;
  };

  void StartOne(Slot& slot);
  void CollectFinished();
  void Turn();

  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);  // NOLINT: curl's type
  static curl_socket_t OnOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* self, curl_socket_t fd);
  uint32_t& Registered(int fd);

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  CURLM* const multi_ = curl_multi_init();
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<uint32_t> registered_;  // by descriptor
  std::function<void()> then_;
  int64_t to_start_ = 0;
  int64_t running_ = 0;
  int timeout_ms_ = -1;
  FetchStats stats_;
};

MultiRun::MultiRun(const std::string& url, int in_flight) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(in_flight));  // NOLINT
  for (int i = 0; i < in_flight; ++i) {
    auto slot = std::make_unique<Slot>();
    slot->easy = MakeEasy(url, slot->body);
    CURL* easy = slot->easy.get();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(slot.get()));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpen);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &OnClose);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
    slots_.push_back(std::move(slot));
  }
}

MultiRun::~MultiRun() {
  slots_.clear();
  curl_multi_cleanup(multi_);
  close(epoll_);
}

FetchStats MultiRun::Run(int64_t requests, const std::function<void()>& then) {
  stats_ = {};
  then_ = then;
  to_start_ = requests;
  Meter meter;
  for (auto& slot : slots_) StartOne(*slot);
  while (running_ > 0) Turn();
  meter.Finish(stats_);
  return stats_;
}

void MultiRun::StartOne(Slot& slot) {
  if (to_start_ == 0) return;
  --to_start_;
  ++running_;
  slot.body.clear();
  curl_multi_add_handle(multi_, slot.easy.get());
}

void MultiRun::CollectFinished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    CURL* easy = message->easy_handle;
    CURLcode code = message->data.result;
    char* slot = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    auto& done = *reinterpret_cast<Slot*>(slot);
    Count(easy, code, done.body, stats_);
    if (then_) then_();
    curl_multi_remove_handle(multi_, easy);
    --running_;
    StartOne(done);
  }
}

void MultiRun::Turn() {
  int alive = 0;
  if (timeout_ms_ == 0) {
    timeout_ms_ = -1;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &alive);
    CollectFinished();
    if (timeout_ms_ == 0 || running_ == 0) return;
  }
  std::array<epoll_event, 128> events;
  int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms_);
  if (count == 0) timeout_ms_ = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    int bits = ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
               ((event.events & ~EPOLLOUT) != 0 ? CURL_CSELECT_IN : 0);
    curl_multi_socket_action(multi_, event.data.fd, bits, &alive);
  }
  CollectFinished();
}

uint32_t& MultiRun::Registered(int fd) {
  auto index = static_cast<size_t>(fd);
  if (index >= registered_.size()) registered_.resize(index + 64);
  return registered_[index];
}

int MultiRun::OnSocket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*unused*/) {
  auto* run = static_cast<MultiRun*>(self);
  uint32_t wanted =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  uint32_t& registered = run->Registered(fd);
  if (what == CURL_POLL_REMOVE || wanted == registered) return 0;
  epoll_event event = {};
  event.events = wanted;
  event.data.fd = fd;
  epoll_ctl(run->epoll_, registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
  registered = wanted;
  return 0;
}

int MultiRun::OnTimer(CURLM* /*multi*/, long milliseconds, void* self) {  // NOLINT: curl's type
  static_cast<MultiRun*>(self)->timeout_ms_ = static_cast<int>(milliseconds);
  return 0;
}

curl_socket_t MultiRun::OnOpen(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0) static_cast<MultiRun*>(self)->Registered(fd) = 0;
  return fd;
}

int MultiRun::OnClose(void* self, curl_socket_t fd) {
  static_cast<MultiRun*>(self)->Registered(fd) = 0;
  return close(fd);
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
    CURLcode code = curl_easy_perform(easy.get());
    Count(easy.get(), code, body, stats);
    if (then) then();
  }
  meter.Finish(stats);
  return stats;
}

FetchStats RunMultiSocket(const std::string& url, int64_t requests, int in_flight,
                          const std::function<void()>& then) {
  MultiRun run(url, in_flight);
  run.Run(in_flight, nullptr);
  return run.Run(requests, then);
}

}  // namespace billing::bench
