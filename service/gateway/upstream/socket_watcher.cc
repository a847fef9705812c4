#include "service/gateway/upstream/socket_watcher.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace billing::gateway::upstream::internal {
namespace {

// Of one end of a socket; 0 where there is none.
int Port(int fd, int (*name_of)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  if (name_of(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(name).sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(name).sin6_port);
  return 0;
}

}  // namespace

int SocketWatcher::Open(int family, int type, int protocol) {
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) return fd;
  At(fd) = Socket{.ours = true};
  opened_.fetch_add(1, std::memory_order_relaxed);
  return fd;
}

void SocketWatcher::Close(int fd) {
  At(fd) = Socket();
  // Closing takes it out of the epoll set.
  close(fd);
}

void SocketWatcher::Want(int fd, int what, bool may_be_parked) {
  Socket& socket = At(fd);
  uint32_t events = 0;  // CURL_POLL_REMOVE has neither bit
  if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  socket.wanted = events;
  bool was_parked = socket.parked && may_be_parked;
  socket.parked = false;
  if (was_parked && events == socket.registered) return;
  if (events == 0 && socket.ours && may_be_parked && socket.registered == EPOLLIN) {
    socket.parked = true;
    return;
  }
  Register(fd, socket, events);
}

int SocketWatcher::Translate(int fd, uint32_t events) {
  Socket& socket = At(fd);
  if (socket.wanted == 0) {
    // From before it was taken out, as a paused transfer's is.
    if (!socket.parked) return 0;
    socket.parked = false;
    Register(fd, socket, 0);
    // curl takes a readable connection for a live one, but not one that is shut.
    if (socket.ours) shutdown(fd, SHUT_RDWR);
    return 0;
  }
  // An error or hang-up is told as readiness: curl's next read or write then meets the error
  // itself and can say what it was.
  constexpr uint32_t kEnd = EPOLLERR | EPOLLHUP;
  int bits = 0;
  if ((socket.wanted & EPOLLIN) != 0 && (events & (EPOLLIN | kEnd)) != 0) bits |= CURL_CSELECT_IN;
  if ((socket.wanted & EPOLLOUT) != 0 && (events & (EPOLLOUT | kEnd)) != 0) {
    bits |= CURL_CSELECT_OUT;
  }
  return bits;
}

int SocketWatcher::Find(int local_port, int remote_port) {
  int found = -1;
  for (size_t i = 0; i < sockets_.size(); ++i) {
    Socket& socket = sockets_[i];
    const int fd = static_cast<int>(i);
    if (!socket.ours) continue;
    if (socket.local_port == 0) socket.local_port = Port(fd, &getsockname);
    if (socket.local_port != local_port) continue;
    // Known once it is connected, and the same from then on.
    if (socket.remote_port == 0) socket.remote_port = Port(fd, &getpeername);
    if (socket.remote_port != remote_port) continue;
    // Two that differ by their addresses only.
    if (found >= 0) return -1;
    found = fd;
  }
  return found;
}

SocketWatcher::Socket& SocketWatcher::At(int fd) {
  auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 64);
  return sockets_[index];
}

void SocketWatcher::Register(int fd, Socket& socket, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (events == 0) {
    if (socket.registered != 0) epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, &event);
  } else if (socket.registered == 0) {
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0 && errno == EEXIST) {
      epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
    }
  } else if (epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
    // The number is a new descriptor's: curl closed the old one without a word.
    epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
  }
  socket.registered = events;
}

}  // namespace billing::gateway::upstream::internal
