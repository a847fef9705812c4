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
// idle is "parked": it stays registered for reading, and is taken out only if it becomes readable
// meanwhile, which means that the server closed it. Not thread-safe.
class SocketWatcher {
 public:
  explicit SocketWatcher(int epoll_fd) : epoll_fd_(epoll_fd) {}
  SocketWatcher(const SocketWatcher&) = delete;
  SocketWatcher& operator=(const SocketWatcher&) = delete;

  // Opens and closes curl's TCP sockets. Open returns -1 where the system refuses.
  int Open(int family, int type, int protocol);
  void Close(int fd);

  // `what` is CURL_POLL_IN, _OUT, _INOUT or _REMOVE. `may_be_parked` is false while the transfer
  // has not sent anything yet: the number is then that of a new descriptor, perhaps of the
  // resolver's, which curl opens and closes by itself.
  void Want(int fd, int what, bool may_be_parked);

  // Turns an epoll event into the bits of curl_multi_socket_action; 0 where curl does not care.
  int Translate(int fd, uint32_t events);

  // Sockets opened so far. From any thread.
  int64_t opened() const { return opened_.load(std::memory_order_relaxed); }

 private:
  struct Socket {
    uint32_t registered = 0;  // what epoll was last told
    uint32_t wanted = 0;
    bool ours = false;
    bool parked = false;
  };

  Socket& At(int fd);
  void Register(int fd, Socket& socket, uint32_t events);

  const int epoll_fd_;
  std::atomic<int64_t> opened_{0};
  std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_SOCKET_WATCHER_H_
