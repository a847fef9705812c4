#ifndef SERVICE_GATEWAY_RPC_SERVER_H_
#define SERVICE_GATEWAY_RPC_SERVER_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/gateway/rpc/call.h"
#include "service/gateway/rpc/poller.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway::rpc {

struct ServerOptions {
  // "host:port", "[v6]:port" or "unix:path"; port 0 takes a free one.
  std::string listen = "127.0.0.1:0";
  // Insecure where null.
  std::shared_ptr<grpc::ServerCredentials> credentials;

  // Polling threads, each with a completion queue of its own. Handlers run on them. One is the
  // cheapest per call, as nothing then crosses threads; more carry more calls.
  int threads = 1;

  // Driven by the polling thread, of which there must then be one. May be null; else it has no
  // thread of its own and outlives the server.
  upstream::UpstreamLoop* loop = nullptr;

  // Largest request message that handlers serve, see ServerCall::max_request_bytes.
  size_t max_request_bytes = size_t{4} << 20;
  // Largest sum of all header bytes of a request. gRPC itself, which ends every call of a
  // connection with one that is larger, takes several times as much.
  size_t max_metadata_bytes = size_t{16} << 10;
  int max_streams_per_connection = 1000;
  // Calls running at the same time, streams included; more are refused at once.
  int max_concurrent_calls = 4096;
  // Calls that each queue is ready to take before it polls again, about 3 KiB of memory each.
  int pending_requests = 64;

  // The server pings a silent connection, and closes it when no answer comes: a client that
  // vanished is noticed after the sum of both.
  absl::Duration keepalive_time = absl::Seconds(60);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // A client that pings more often than this is disconnected.
  absl::Duration min_client_ping_interval = absl::Seconds(10);
  // For a connection to complete its TLS and HTTP/2 handshake.
  absl::Duration handshake_timeout = absl::Seconds(20);

  // Told the reason of each call that no handler gets to see. On polling threads, must not block.
  std::function<void(std::string_view reason)> on_refused;
};

// The handler of a method, null where there is none. Called on polling threads, thread-safe.
using HandlerLookup = std::function<const Handler*(std::string_view method)>;

// A gRPC server on raw bytes: one generic service on completion queues, for calls of all kinds.
// Thread-safe.
//
// Compressed requests are refused (UNIMPLEMENTED, as the protocol has it), because gRPC bounds the
// size of a message only before it inflates it.
class Server {
 public:
  // Listens and serves. FAILED_PRECONDITION when the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       HandlerLookup lookup);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Shuts down.
  ~Server();

  // The bound address, with the port that was taken: "127.0.0.1:50051".
  const std::string& address() const { return address_; }
  // The bound port, 0 for a unix socket.
  int port() const { return port_; }

  // Calls being served at the moment.
  int running_calls() const;

  // Takes no more calls, lets those running end, cancels the rest after `grace`, and returns when
  // all are gone. Every handler must therefore end soon once its call is cancelled. Blocks; not to
  // be called by a handler. A second call waits for the first.
  void Drain(absl::Duration grace);
  void Shutdown() { Drain(absl::ZeroDuration()); }

 private:
  friend class ServerCall;
  friend class Wake;

  Server(const ServerOptions& options, HandlerLookup lookup);
  absl::Status Listen();

  // Asks for one more call on `queue`, unless the server stops.
  void Request(grpc::ServerCompletionQueue* queue);
  // Begins to serve a call that arrived.
  void Accept(ServerCall* call);
  // Answers a call that no handler gets to see.
  void Refuse(ServerCall* call, std::string_view reason, const grpc::Status& status);
  // Whether there is room to run the call; counts and lists it if so.
  bool Admit(ServerCall* call, const Handler& handler);
  // Frees a call, or one that never arrived.
  void Retire(ServerCall* call);
  void CancelListed();
  // See Poller::Nudge.
  void Nudge();

  const ServerOptions options_;
  const HandlerLookup lookup_;
  std::string address_;
  int port_ = 0;

  grpc::AsyncGenericService service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<Poller>> pollers_;
  std::vector<std::thread> threads_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Calls that exist, awaited ones included, and those that count against the limit.
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<ServerCall*> cancelled_on_drain_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex drain_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  bool drained_ ABSL_GUARDED_BY(drain_mutex_) = false;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_SERVER_H_
