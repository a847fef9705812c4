#include "tests/bench/fetch_baseline.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tests/bench/measure.h"

namespace billing::bench {

// A handle with the body it reads.
class FetchBaseline::Easy {
 public:
  Easy(const std::string& url, size_t body_bytes)
      : body_bytes_(body_bytes), easy_(curl_easy_init()) {
    if (easy_ == nullptr) Die("curl does not start");
    body_.reserve(body_bytes + 1);
    curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION,
                     static_cast<long>(CURL_HTTP_VERSION_1_1));  // NOLINT
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  }
  ~Easy() { curl_easy_cleanup(easy_); }
  Easy(const Easy&) = delete;
  Easy& operator=(const Easy&) = delete;

  CURL* handle() const { return easy_; }

  void Begin() { body_.clear(); }

  void Check(CURLcode code) const {
    long status = 0;  // NOLINT(google-runtime-int): curl's type
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) Die(std::string("bare fetch: ") + curl_easy_strerror(code));
    if (status != 200 || body_.size() != body_bytes_)
      Die("bare fetch: another answer than expected");
  }

 private:
  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    static_cast<Easy*>(self)->body_.append(data, size * count);
    return size * count;
  }

  const size_t body_bytes_;
  CURL* const easy_;
  std::string body_;
};

// Many handles on one epoll set. A connection stays registered between two fetches: taking it out
// and putting it back would cost two system calls a fetch.
class FetchBaseline::Multi {
 public:
  Multi(std::string url, size_t body_bytes)
      : url_(std::move(url)), body_bytes_(body_bytes), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    multi_ = curl_multi_init();
    if (multi_ == nullptr || epoll_ < 0) Die("curl does not start");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));  // NOLINT
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 256L);
  }
  ~Multi() {
    handles_.clear();
    curl_multi_cleanup(multi_);
    close(epoll_);
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  void Run(int fetches, int in_flight) {
    const auto slots = static_cast<size_t>(std::min(fetches, in_flight));
    while (handles_.size() < slots) AddHandle();
    left_ = fetches;
    running_ = 0;
    for (size_t i = 0; i < slots; ++i) Start(*handles_[i]);
    while (running_ > 0) Turn();
  }

 private:
  struct Socket {
    uint32_t registered = 0;
    uint32_t wanted = 0;
  };

  void AddHandle() {
    Easy& easy = *handles_.emplace_back(std::make_unique<Easy>(url_, body_bytes_));
    curl_easy_setopt(easy.handle(), CURLOPT_CLOSESOCKETFUNCTION, &OnClose);
    curl_easy_setopt(easy.handle(), CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  }

  void Start(Easy& easy) {
    if (left_ == 0) return;
    --left_;
    ++running_;
    easy.Begin();
    curl_multi_add_handle(multi_, easy.handle());
  }

  void Turn() {
    int still = 0;
    while (timeout_ms_ == 0) {
      timeout_ms_ = -1;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &still);
      Collect();
    }
    if (running_ == 0) return;
    std::array<epoll_event, 128> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(timeout_ms_));
    if (count == 0) timeout_ms_ = 0;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      const uint32_t ready = event.events & (At(event.data.fd).wanted | EPOLLERR | EPOLLHUP);
      int bits = 0;
      if ((ready & ~static_cast<uint32_t>(EPOLLOUT)) != 0) bits |= CURL_CSELECT_IN;
      if ((ready & EPOLLOUT) != 0) bits |= CURL_CSELECT_OUT;
      if (bits != 0) curl_multi_socket_action(multi_, event.data.fd, bits, &still);
    }
    Collect();
  }

  void Collect() {
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      char* self = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
      auto* easy = reinterpret_cast<Easy*>(self);
      easy->Check(message->data.result);
      curl_multi_remove_handle(multi_, easy->handle());
      --running_;
      Start(*easy);
    }
  }

  Socket& At(int fd) {
    const auto index = static_cast<size_t>(fd);
    if (index >= sockets_.size()) sockets_.resize(index + 64);
    return sockets_[index];
  }

  static int OnSocket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*unused*/) {
    auto* multi = static_cast<Multi*>(self);
    Socket& socket = multi->At(fd);
    socket.wanted = 0;
    if ((what & CURL_POLL_IN) != 0) socket.wanted |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) socket.wanted |= EPOLLOUT;
    if (socket.wanted == 0 || socket.wanted == socket.registered) return 0;
    epoll_event event{};
    event.events = socket.wanted;
    event.data.fd = fd;
    epoll_ctl(multi->epoll_, socket.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    socket.registered = socket.wanted;
    return 0;
  }

  static int OnClose(void* self, curl_socket_t fd) {
    static_cast<Multi*>(self)->At(fd) = Socket();
    return close(fd);
  }

  static int OnTimer(CURLM* /*multi*/, long milliseconds, void* self) {  // NOLINT
    static_cast<Multi*>(self)->timeout_ms_ = milliseconds;
    return 0;
  }

  const std::string url_;
  const size_t body_bytes_;
  const int epoll_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<Easy>> handles_;
  std::vector<Socket> sockets_;  // by file descriptor
  long timeout_ms_ = -1;         // NOLINT(google-runtime-int): curl's type
  int left_ = 0;
  int running_ = 0;
};

FetchBaseline::FetchBaseline(std::string url, size_t body_bytes)
    : url_(std::move(url)), body_bytes_(body_bytes) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  easy_ = std::make_unique<Easy>(url_, body_bytes_);
  multi_ = std::make_unique<Multi>(url_, body_bytes_);
}

FetchBaseline::~FetchBaseline() = default;

FetchBaseline::Stats FetchBaseline::RunEasy(int fetches) {
  const int64_t wall = WallNanos();
  const int64_t cpu = ThreadCpuNanos();
  for (int i = 0; i < fetches; ++i) {
    easy_->Begin();
    easy_->Check(curl_easy_perform(easy_->handle()));
  }
  return {WallNanos() - wall, ThreadCpuNanos() - cpu};
}

FetchBaseline::Stats FetchBaseline::RunMulti(int fetches, int in_flight) {
  const int64_t wall = WallNanos();
  const int64_t cpu = ThreadCpuNanos();
  multi_->Run(fetches, in_flight);
  return {WallNanos() - wall, ThreadCpuNanos() - cpu};
}

}  // namespace billing::bench
