#ifndef SERVICE_GATEWAY_UPSTREAM_SOCKET_WATCHER_H_
#define SERVICE_GATEWAY_UPSTREAM_SOCKET_WATCHER_H_

#include <atomic>
#include <cstdint>
#include <vector>

namespace billing::gateway::upstream::internal {

// Keeps an epoll set in step with what curl wants to hear of its sockets.
//
// curl takes its interest away whenever a transfer ends and states it anew when the connection is
// used again. Following it would cost two system calls a request; instead a connection that falls
// idle is "parked": it stays registered for reading. Should it become readable meanwhile, the
// server closed it or spoke unasked, and it must never carry a request again: what it said would be
// taken for that request's answer. Not thread-safe.
class SocketWatcher {
 public:
  explicit SocketWatcher(int epoll_fd) : epoll_fd_(epoll_fd) {}
  SocketWatcher(const SocketWatcher&) = delete;
  SocketWatcher& operator=(const SocketWatcher&) = delete;

  // Opens and closes curl's TCP sockets. Open returns -1 where the system refuses.
  int Open(int family, int type, int protocol);
  void Close(int fd);

  // `what` is CURL_POLL_IN, _OUT, _INOUT or _REMOVE. `may_be_parked` is false while the transfer
  // is paused, as its connection is not idle, and while it has not sent anything yet: the number
  // is then that of a new descriptor, perhaps of the resolver's, which curl opens and closes by
  // itself.
  void Want(int fd, int what, bool may_be_parked);

  // Turns an epoll event into the bits of curl_multi_socket_action; 0 where curl does not care.
  int Translate(int fd, uint32_t events);

  // Which of the open sockets is connected from and to these ports; -1 where that cannot be told.
  int Find(int local_port, int remote_port);

  // Sockets opened so far. From any thread.
  int64_t opened() const { return opened_.load(std::memory_order_relaxed); }

 private:
  struct Socket {
    uint32_t registered = 0;  // what epoll was last told
    uint32_t wanted = 0;
    bool ours = false;
    bool parked = false;
    int local_port = 0;   // 0: not known yet
    int remote_port = 0;  // 0: not known yet
  };

  Socket& At(int fd);
  void Register(int fd, Socket& socket, uint32_t events);

  const int epoll_fd_;
  std::atomic<int64_t> opened_{0};
  std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_SOCKET_WATCHER_H_
