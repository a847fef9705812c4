#include "service/common/http/server.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/common/http/session.h"
#include "service/common/http/worker.h"
#include "service/common/strings.h"

namespace billing::common {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

// How long to leave the accept queue alone when there is no file descriptor or memory for more.
constexpr auto kAcceptPause = std::chrono::milliseconds(50);

absl::StatusOr<Tcp::endpoint> Resolve(asio::io_context& context, std::string_view listen) {
  const size_t colon = listen.rfind(':');
  const std::string problem = absl::StrCat("not an address and port: ", ToAbsl(listen));
  if (colon == std::string_view::npos || colon == 0) return absl::InvalidArgumentError(problem);
  std::string host(listen.substr(0, colon));
  const std::string port(listen.substr(colon + 1));
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return absl::InvalidArgumentError(problem);
  }
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535) {
    return absl::InvalidArgumentError(problem);
  }
  error_code error;
  Tcp::resolver resolver(context);
  const auto results =
      resolver.resolve(host, port, Tcp::resolver::passive | Tcp::resolver::numeric_service, error);
  if (error || results.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(problem, ": ", error.message()));
  }
  return results.begin()->endpoint();
}

}  // namespace

// Accepts on the first worker's loop and deals connections out in turn.
struct HttpServer::Acceptor {
  Acceptor(asio::io_context& context, std::vector<std::shared_ptr<internal::HttpWorker>>& all)
      : socket(context), pause(context), workers(all) {}

  void Accept() {
    const auto worker = workers[next++ % workers.size()];
    socket.async_accept(worker->context(),
                        [this, worker](const error_code& error, Tcp::socket peer) {
                          if (error == asio::error::operation_aborted || !socket.is_open()) return;
                          if (error) return AcceptLater();
                          if (worker->OnThread()) {
                            worker->Adopt(std::move(peer));
                          } else {
                            auto shared = std::make_shared<Tcp::socket>(std::move(peer));
                            worker->Post([worker, shared] { worker->Adopt(std::move(*shared)); });
                          }
                          Accept();
                        });
  }

  void AcceptLater() {
    pause.expires_after(kAcceptPause);
    pause.async_wait([this](const error_code& error) {
      if (!error && socket.is_open()) Accept();
    });
  }

  void Close() {
    error_code ignored;
    socket.close(ignored);
    pause.cancel();
  }

  Tcp::acceptor socket;
  asio::steady_timer pause;
  std::vector<std::shared_ptr<internal::HttpWorker>>& workers;
  size_t next = 0;
};

HttpServer::HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  auto server = std::unique_ptr<HttpServer>(new HttpServer);
  server->state_ = std::make_shared<internal::HttpServerState>();
  server->state_->options = std::move(options);
  server->state_->handler = std::move(handler);
  const Options& settings = server->state_->options;
  if (settings.threads < 1) return absl::InvalidArgumentError("threads must be at least 1");
  for (int i = 0; i < settings.threads; ++i) {
    server->workers_.push_back(std::make_shared<internal::HttpWorker>(server->state_));
  }

  asio::io_context& context = server->workers_.front()->context();
  absl::StatusOr<Tcp::endpoint> endpoint = Resolve(context, settings.listen);
  if (!endpoint.ok()) return endpoint.status();
  server->acceptor_ = std::make_unique<Acceptor>(context, server->workers_);
  Tcp::acceptor& socket = server->acceptor_->socket;
  error_code error;
  socket.open(endpoint->protocol(), error);
  if (!error) socket.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) socket.bind(*endpoint, error);
  if (!error) socket.listen(Tcp::acceptor::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", settings.listen, ": ", error.message()));
  }
  const Tcp::endpoint bound = socket.local_endpoint(error);
  server->port_ = bound.port();
  const std::string host = bound.address().to_string();
  server->address_ = bound.address().is_v6() ? absl::StrCat("[", host, "]:", server->port_)
                                             : absl::StrCat(host, ":", server->port_);
  for (const auto& worker : server->workers_) worker->Start();
  server->workers_.front()->Post([acceptor = server->acceptor_.get()] { acceptor->Accept(); });
  return server;
}

int HttpServer::connections() const { return state_->connections.load(); }

void HttpServer::Stop(absl::Duration grace) {
  if (workers_.empty() || !acceptor_) return;
  const absl::Time deadline = absl::Now() + grace;
  workers_.front()->Post([acceptor = acceptor_.get()] { acceptor->Close(); });
  for (const auto& worker : workers_) {
    worker->Post([&worker = *worker] { worker.Drain(); });
  }
  for (const auto& worker : workers_) {
    if (worker->AwaitEnd(deadline - absl::Now())) continue;
    worker->Post([&worker = *worker] { worker.CloseAll(); });
  }
  for (const auto& worker : workers_) worker->Join();
  acceptor_.reset();
  workers_.clear();
}

HttpServer::~HttpServer() { Stop(); }

}  // namespace billing::common
