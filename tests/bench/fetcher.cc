#include "tests/bench/fetcher.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace billing::bench {
namespace {

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

}  // namespace

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

bool IsOk(CURL* easy, CURLcode code) {
  long status = 0;  // NOLINT(google-runtime-int): curl's type
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return code == CURLE_OK && status == 200;
}

MultiFetcher::MultiFetcher(std::string url, int connections, Done done)
    : url_(std::move(url)),
      done_(std::move(done)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));  // NOLINT
}

MultiFetcher::~MultiFetcher() {
  slots_.clear();
  curl_multi_cleanup(multi_);
  close(epoll_);
}

MultiFetcher::Slot* MultiFetcher::TakeSlot() {
  if (free_.empty()) {
    Slot* slot = slots_.emplace_back(std::make_unique<Slot>()).get();
    slot->easy = MakeEasy(url_, slot->body);
    CURL* easy = slot->easy.get();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(slot));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpen);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &OnClose);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
    return slot;
  }
  Slot* slot = free_.back();
  free_.pop_back();
  return slot;
}

void MultiFetcher::Start(void* user) {
  Slot* slot = TakeSlot();
  slot->user = user;
  slot->body.clear();
  ++running_;
  curl_multi_add_handle(multi_, slot->easy.get());
}

void MultiFetcher::Watch(int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = watched_ = fd;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void MultiFetcher::RunTimer() {
  int alive = 0;
  timeout_ms_ = -1;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &alive);
  CollectFinished();
}

void MultiFetcher::CollectFinished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    CURL* easy = message->easy_handle;
    const bool ok = IsOk(easy, message->data.result);
    char* slot = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    auto* done = reinterpret_cast<Slot*>(slot);
    curl_multi_remove_handle(multi_, easy);
    free_.push_back(done);
    --running_;
    done_(done->user, ok, done->body);
  }
}

void MultiFetcher::Turn(int at_most_ms) {
  if (timeout_ms_ == 0) {
    RunTimer();
    if (timeout_ms_ == 0 || running_ == 0) return;
  }
  int timeout = timeout_ms_;
  if (at_most_ms >= 0) timeout = timeout < 0 ? at_most_ms : std::min(timeout, at_most_ms);
  std::array<epoll_event, 128> events;
  int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
  if (count == 0 && timeout == timeout_ms_) timeout_ms_ = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.fd == watched_) continue;
    int bits = ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
               ((event.events & ~EPOLLOUT) != 0 ? CURL_CSELECT_IN : 0);
    int alive = 0;
    curl_multi_socket_action(multi_, event.data.fd, bits, &alive);
  }
  CollectFinished();
}

uint32_t& MultiFetcher::Registered(int fd) {
  auto index = static_cast<size_t>(fd);
  if (index >= registered_.size()) registered_.resize(index + 64);
  return registered_[index];
}

int MultiFetcher::OnSocket(CURL* /*easy*/, curl_socket_t fd, int what, void* self,
                           void* /*unused*/) {
  auto* fetcher = static_cast<MultiFetcher*>(self);
  uint32_t wanted =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  uint32_t& registered = fetcher->Registered(fd);
  if (what == CURL_POLL_REMOVE || wanted == registered) return 0;
  epoll_event event = {};
  event.events = wanted;
  event.data.fd = fd;
  epoll_ctl(fetcher->epoll_, registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
  registered = wanted;
  return 0;
}

int MultiFetcher::OnTimer(CURLM* /*multi*/, long milliseconds, void* self) {  // NOLINT: curl's type
  static_cast<MultiFetcher*>(self)->timeout_ms_ = static_cast<int>(milliseconds);
  return 0;
}

curl_socket_t MultiFetcher::OnOpen(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0) static_cast<MultiFetcher*>(self)->Registered(fd) = 0;
  return fd;
}

int MultiFetcher::OnClose(void* self, curl_socket_t fd) {
  static_cast<MultiFetcher*>(self)->Registered(fd) = 0;
  return close(fd);
}

}  // namespace billing::bench
