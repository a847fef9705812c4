#include "tests/unit/gateway/upstream/raw_server_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace billing::gateway::upstream {
namespace {

// A socket bound to a free port of the loopback, and that port.
std::pair<int, int> Bind() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  return {fd, ntohs(address.sin_port)};
}

size_t ContentLength(const std::string& head) {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    size_t length = 0;
    if (absl::StartsWithIgnoreCase(line, "content-length:") &&
        absl::SimpleAtoi(line.substr(15), &length)) {
      return length;
    }
  }
  return 0;
}

}  // namespace

RawConnection::~RawConnection() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  close(fd_);
}

bool RawConnection::Handshake() { return ssl_ == nullptr || SSL_accept(ssl_) == 1; }

ssize_t RawConnection::Read(char* to, size_t size) {
  return ssl_ != nullptr ? SSL_read(ssl_, to, static_cast<int>(size)) : recv(fd_, to, size, 0);
}

std::string RawConnection::ReadRequest() {
  char chunk[16 << 10];
  for (;;) {
    size_t end = unread_.find("\r\n\r\n");
    if (end != std::string::npos) {
      size_t whole = end + 4 + ContentLength(unread_.substr(0, end));
      if (unread_.size() >= whole) {
        std::string request = unread_.substr(0, whole);
        unread_.erase(0, whole);
        return request;
      }
    }
    ssize_t got = Read(chunk, sizeof(chunk));
    if (got <= 0) return "";
    unread_.append(chunk, static_cast<size_t>(got));
  }
}

bool RawConnection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                   : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawConnection::WaitClosed() {
  char chunk[16 << 10];
  while (recv(fd_, chunk, sizeof(chunk), 0) > 0) {
  }
}

void RawConnection::Reset() {
  linger abort = {1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

void RawConnection::Unblock() { shutdown(fd_, SHUT_RDWR); }

RawServer::RawServer(Handler handler, SSL_CTX* tls) : handler_(std::move(handler)), tls_(tls) {
  std::tie(listener_, port_) = Bind();
  if (listen(listener_, 1024) != 0) std::abort();
  // OpenSSL writes without MSG_NOSIGNAL.
  if (tls_ != nullptr) std::signal(SIGPIPE, SIG_IGN);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  std::vector<std::thread> workers;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& connection : connections_) {
      if (connection != nullptr) connection->Unblock();
    }
    workers.swap(workers_);
  }
  for (std::thread& worker : workers) worker.join();
}

std::string RawServer::url() const {
  return absl::StrCat(tls_ != nullptr ? "https" : "http", "://127.0.0.1:", port_);
}

void RawServer::Accept() {
  for (;;) {
    int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    SSL* ssl = nullptr;
    if (tls_ != nullptr) {
      ssl = SSL_new(tls_);
      SSL_set_fd(ssl, fd);
    }
    int index = accepted_.fetch_add(1);
    auto connection = std::make_unique<RawConnection>(index, fd, ssl);
    RawConnection& served = *connection;
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    connections_.push_back(std::move(connection));
    workers_.emplace_back([this, &served] { Serve(served); });
  }
}

void RawServer::Serve(RawConnection& connection) {
  if (connection.Handshake()) handler_(connection);
  std::unique_ptr<RawConnection> done;
  absl::MutexLock lock(&mutex_);
  done = std::move(connections_[static_cast<size_t>(connection.index())]);
}

DeafServer::DeafServer(int backlog) {
  std::tie(listener_, port_) = Bind();
  if (listen(listener_, backlog) != 0) std::abort();
}

DeafServer::~DeafServer() { close(listener_); }

std::string DeafServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

int UnusedPort() {
  auto [fd, port] = Bind();
  close(fd);
  return port;
}

std::string Ok(std::string_view body, std::string_view extra) {
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  absl::StrAppend(&answer, body.size(), "\r\n");
  answer.append(extra).append("\r\n").append(body);
  return answer;
}

}  // namespace billing::gateway::upstream
