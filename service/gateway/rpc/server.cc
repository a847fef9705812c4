#include "service/gateway/rpc/server.h"

#include <grpc/grpc.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/gateway/rpc/call_context.h"
#include "service/gateway/rpc/grpc_poll_set.h"
#include "service/gateway/rpc/local_error.h"

namespace billing::gateway::rpc {
namespace {

// What gRPC itself lets through, so that the handler gets to see, and to refuse with details, what
// is too large by less than that.
int HardLimit(size_t limit_of_ours) {
  constexpr size_t kFactor = 4;
  constexpr size_t kSlack = size_t{64} << 10;
  const size_t limit = limit_of_ours * kFactor + kSlack;
  return static_cast<int>(std::min<size_t>(limit, std::numeric_limits<int>::max()));
}

int Millis(absl::Duration duration) {
  return static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, std::numeric_limits<int>::max()));
}

void SetArguments(const ServerOptions& options, grpc::ServerBuilder& builder) {
  // Else a second server shares the port in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, HardLimit(options.max_metadata_bytes));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Millis(options.min_client_ping_interval));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Millis(options.handshake_timeout));
  builder.SetMaxReceiveMessageSize(HardLimit(options.max_request_bytes));
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
}

// gRPC takes the port modulo 65536.
bool LegalPort(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (listen.starts_with("unix") || colon == std::string::npos) return true;
  int port = 0;
  return absl::SimpleAtoi(listen.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

std::string BoundAddress(const std::string& listen, int port) {
  const size_t colon = listen.rfind(':');
  if (listen.starts_with("unix") || colon == std::string::npos) return listen;
  return absl::StrCat(listen.substr(0, colon + 1), port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      HandlerLookup lookup) {
  auto server = std::unique_ptr<Server>(new Server(options, std::move(lookup)));
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

Server::Server(const ServerOptions& options, HandlerLookup lookup)
    : options_(options), lookup_(std::move(lookup)) {}

Server::~Server() { Shutdown(); }

absl::Status Server::Listen() {
  if (options_.loop != nullptr && options_.threads != 1) {
    return absl::InvalidArgumentError("an upstream loop is driven by one polling thread");
  }
  grpc::ServerBuilder builder;
  SetArguments(options_, builder);
  builder.AddListeningPort(
      options_.listen,
      options_.credentials ? options_.credentials : grpc::InsecureServerCredentials(), &port_);
  builder.RegisterAsyncGenericService(&service_);
  for (int i = 0; i < options_.threads; ++i) queues_.push_back(builder.AddCompletionQueue());
  if (LegalPort(options_.listen)) server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on ", options_.listen, ": not an address, or it is taken"));
  }
  address_ = BoundAddress(options_.listen, port_);
  const int poll_set = options_.loop != nullptr ? FindGrpcPollSet(address_) : -1;
  for (const auto& queue : queues_) {
    pollers_.push_back(std::make_unique<Poller>(*queue, options_.loop, poll_set));
  }
  for (size_t at = 0; at < queues_.size(); ++at) {
    for (int i = 0; i < options_.pending_requests; ++i) Request(queues_[at].get());
    threads_.emplace_back([poller = pollers_[at].get()] { poller->Run(); });
  }
  return absl::OkStatus();
}

int Server::running_calls() const {
  absl::MutexLock lock(&mutex_);
  return running_;
}

void Server::Request(grpc::ServerCompletionQueue* queue) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    ++calls_;
  }
  auto* call = new ServerCall(*this, queue, options_.max_request_bytes);
  call->context_.AsyncNotifyWhenDone(&call->done_tag_);
  service_.RequestCall(&call->context_, &call->stream_, queue, queue, &call->request_tag_);
}

void Server::Accept(ServerCall* call) {
  Request(call->queue_);
  const Handler* handler = lookup_(call->method());
  if (handler == nullptr) return Refuse(call, "METHOD_UNKNOWN", MethodUnknown(call->method()));
  if (const size_t size = call->MetadataBytes(); size > options_.max_metadata_bytes) {
    return Refuse(call, "METADATA_TOO_LARGE", MetadataTooLarge(size, options_.max_metadata_bytes));
  }
  if (!Admit(call, *handler)) return Refuse(call, "TOO_MANY_CALLS", TooManyCalls());
  call->Hold();
  common::Spawn([](ServerCall* served, const Handler* with) -> common::Task<void> {
    co_await with->run(*served);
    served->OnHandlerEnd();
  }(call, handler));
}

void Server::Refuse(ServerCall* call, std::string_view reason, const grpc::Status& status) {
  if (const auto id = call->Metadata("x-request-id"); id && IsRequestId(*id)) {
    call->AddInitialMetadata("x-request-id", *id);
  }
  call->Finish(status);
  if (options_.on_refused) options_.on_refused(reason);
}

bool Server::Admit(ServerCall* call, const Handler& handler) {
  absl::MutexLock lock(&mutex_);
  if (!handler.always_admitted) {
    if (running_ >= options_.max_concurrent_calls) return false;
    ++running_;
    call->counted_ = true;
  }
  if (handler.cancelled_on_drain) {
    cancelled_on_drain_.insert(call);
    call->listed_ = true;
    if (stopping_) call->context_.TryCancel();
  }
  return true;
}

void Server::Nudge() {
  for (const auto& poller : pollers_) poller->Nudge();
}

void Server::Retire(ServerCall* call) {
  const bool counted = call->counted_;
  if (call->listed_) {
    absl::MutexLock lock(&mutex_);
    cancelled_on_drain_.erase(call);
  }
  delete call;
  absl::MutexLock lock(&mutex_);
  --calls_;
  if (counted) --running_;
}

void Server::CancelListed() {
  absl::MutexLock lock(&mutex_);
  for (ServerCall* call : cancelled_on_drain_) call->context_.TryCancel();
}

void Server::Drain(absl::Duration grace) {
  absl::MutexLock draining(&drain_mutex_);
  if (std::exchange(drained_, true) || server_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  CancelListed();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  {
    // Handlers may still hold calls that are over; their queues must last until then.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* calls) { return *calls == 0; }, &calls_));
  }
  for (const auto& poller : pollers_) poller->Shutdown();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace billing::gateway::rpc
