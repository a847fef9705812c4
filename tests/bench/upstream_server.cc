#include "tests/bench/upstream_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace billing::bench {
namespace {

// A loopback socket takes an answer of a few kilobytes at once: what it does not take is a reason
// to give up rather than to wait.
class UpstreamServer {
 public:
  explicit UpstreamServer(std::string_view document) {
    answer_ =
        "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(document.size()) + "\r\nConnection: keep-alive\r\n\r\n";
    answer_.append(document);
  }

  void Listen() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, length) != 0 || listen(listener_, SOMAXCONN) != 0 ||
        getsockname(listener_, generic, &length) != 0) {
      Die("the upstream cannot listen");
    }
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Watch(listener_);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void Serve() {
    std::array<epoll_event, 128> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == listener_) {
          Accept();
        } else if (!Read(fd)) {
          At(fd).clear();
          close(fd);
        }
      }
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  // What was read of the request under way on a connection.
  std::string& At(int fd) {
    const auto index = static_cast<size_t>(fd);
    if (index >= connections_.size()) connections_.resize(index + 64);
    return connections_[index];
  }

  void Accept() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    At(fd).clear();
    Watch(fd);
  }

  // False when the connection is over.
  bool Read(int fd) {
    std::array<char, 8192> bytes;
    const ssize_t count = read(fd, bytes.data(), bytes.size());
    if (count <= 0) return false;
    std::string& request = At(fd);
    request.append(bytes.data(), static_cast<size_t>(count));
    for (size_t end; (end = request.find("\r\n\r\n")) != std::string::npos;) {
      const std::string_view line(request.data(), request.find("\r\n"));
      const bool stalled = line.find("/stall ") != std::string_view::npos;
      request.erase(0, end + 4);
      if (stalled) continue;
      if (send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(answer_.size())) {
        return false;
      }
    }
    return true;
  }

  std::string answer_;
  int listener_ = -1;
  int epoll_ = -1;
  std::vector<std::string> connections_;  // by file descriptor
};

}  // namespace

void ServeUpstream(std::string_view document) {
  UpstreamServer server(document);
  server.Listen();
  server.Serve();
}

}  // namespace billing::bench
