#ifndef SERVICE_COMMON_HTTP_SERVER_H_
#define SERVICE_COMMON_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/common/http/message.h"

namespace billing::common {

namespace internal {
class HttpSession;
struct HttpServerState;
class HttpWorker;
}  // namespace internal

// What became of an answer.
enum class HttpOutcome {
  kSent,        // every byte was handed to the kernel
  kPeerClosed,  // the peer closed its connection before that
  kCut,         // we did: a fault, a timeout or the server's end
};

// The right to answer one request, once, from any thread and at any later time. One that is
// dropped unused answers 500, so that no peer waits for ever.
class HttpResponder {
 public:
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&&) = delete;
  ~HttpResponder();

  // Called at most once, on the server's thread or inside Send: when the answer was sent or
  // the connection ended. Set it before Send, on the thread that the handler was called on.
  void OnOutcome(std::function<void(HttpOutcome)> listener);

  // Answers. Later calls do nothing, nor does a call after the connection ended.
  void Send(HttpResponse response);

 private:
  friend class internal::HttpSession;
  explicit HttpResponder(std::shared_ptr<internal::HttpSession> session);

  std::shared_ptr<internal::HttpSession> session_;
};

// An asynchronous HTTP/1.1 server: keep-alive, pipelining (answers in order, one request of a
// connection at a time), Expect: 100-continue, HEAD, chunked requests. Bad input is answered
// 400, 413, 431 or 505 and the connection closed; a slow peer gets 408 or is closed. A peer that
// closes, or half-closes, before its answer has given the answer up.
class HttpServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // "host:port" or "[v6]:port"; port 0: any free one
    size_t max_header_bytes = 16 << 10;
    size_t max_body_bytes = 1 << 20;
    absl::Duration header_timeout = absl::Seconds(10);  // from its first byte to its last header
    absl::Duration body_timeout = absl::Seconds(30);    // from the headers to the body's end
    absl::Duration idle_timeout = absl::Seconds(75);    // between requests
    absl::Duration write_timeout = absl::Seconds(30);   // without progress
    int max_connections = 10000;                        // one more is answered 503 and closed
    int threads = 1;
    bool gzip = false;             // compress where the peer accepts it
    size_t gzip_min_bytes = 1024;  // shorter bodies are sent plain
  };

  // Called on a server thread, which it must not block. With several threads it is called on all
  // of them at once.
  using Handler = std::function<void(HttpRequest, HttpResponder)>;

  // Binds and serves. InvalidArgument for a bad address, Unavailable where it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // Stop() without grace

  int port() const { return port_; }
  // The bound "address:port".
  const std::string& address() const { return address_; }
  // How many connections are open.
  int connections() const;

  // Accepts nothing more, closes idle connections, lets running requests be answered for at most
  // `grace`, then closes the rest. Blocks; not to be called on a server thread. The second call
  // does nothing.
  void Stop(absl::Duration grace = absl::ZeroDuration());

 private:
  struct Acceptor;

  HttpServer();

  std::shared_ptr<internal::HttpServerState> state_;
  std::vector<std::shared_ptr<internal::HttpWorker>> workers_;
  std::unique_ptr<Acceptor> acceptor_;
  int port_ = 0;
  std::string address_;
};

}  // namespace billing::common

#endif  // SERVICE_COMMON_HTTP_SERVER_H_
