#ifndef TESTS_UNIT_GATEWAY_UPSTREAM_RAW_SERVER_TESTING_H_
#define TESTS_UNIT_GATEWAY_UPSTREAM_RAW_SERVER_TESTING_H_

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace billing::gateway::upstream {

// One accepted connection, driven by blocking calls on a thread of its own.
class RawConnection {
 public:
  // `ssl` null for plain TCP. Owns both.
  RawConnection(int index, int fd, SSL* ssl) : index_(index), fd_(fd), ssl_(ssl) {}
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection();

  // In the order of acceptance, from 0.
  int index() const { return index_; }

  // Reads a head and as many body bytes as its Content-Length says; empty when the peer closed.
  std::string ReadRequest();
  // False when the peer is gone.
  bool Write(std::string_view bytes);
  // Reads on until the peer closes or resets.
  void WaitClosed();
  // Closes with a reset instead of an orderly end.
  void Reset();

 private:
  friend class RawServer;

  bool Handshake();
  ssize_t Read(char* to, size_t size);
  void Unblock();

  const int index_;
  const int fd_;
  SSL* const ssl_;
  std::string unread_;
};

// An HTTP server made of raw bytes: every connection is given to `handler`, on its own thread. The
// destructor unblocks and joins them all.
class RawServer {
 public:
  using Handler = std::function<void(RawConnection&)>;

  // `tls` may be null; it is not owned.
  explicit RawServer(Handler handler, SSL_CTX* tls = nullptr);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  int port() const { return port_; }
  // "http://127.0.0.1:port", or https.
  std::string url() const;
  int accepted() const { return accepted_.load(); }

 private:
  void Accept();
  void Serve(RawConnection& connection);

  const Handler handler_;
  SSL_CTX* const tls_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<RawConnection>> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> workers_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

// A listening port that accepts in the kernel only: connections succeed, nothing is ever answered.
class DeafServer {
 public:
  // `backlog` connections are accepted, and a few more; then none.
  explicit DeafServer(int backlog);
  DeafServer(const DeafServer&) = delete;
  DeafServer& operator=(const DeafServer&) = delete;
  ~DeafServer();
  std::string url() const;

 private:
  int listener_ = -1;
  int port_ = 0;
};

// A port of the loopback that nobody listens on.
int UnusedPort();

// "HTTP/1.1 200 OK" with Content-Length and the body; `extra` are whole header lines.
std::string Ok(std::string_view body, std::string_view extra = "");

}  // namespace billing::gateway::upstream

#endif  // TESTS_UNIT_GATEWAY_UPSTREAM_RAW_SERVER_TESTING_H_
