#include "service/gateway/gateway.h"

#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "service/gateway/config/config.h"

namespace billing::gateway {
namespace {

// How long operators' requests may take to be answered while the process stops.
constexpr absl::Duration kAdminGrace = absl::Seconds(1);
// How long calls may take to be answered once their requests were given up.
constexpr absl::Duration kLastWords = absl::Seconds(1);

telemetry::GatewayMetrics::Options MetricOptions(std::string_view version,
                                                 const telemetry::Logger& log) {
  telemetry::GatewayMetrics::Options options;
  options.version = std::string(version);
  options.log_lines_dropped = [&log] { return static_cast<double>(log.dropped()); };
  return options;
}

rpc::ServerOptions ServerOptionsOf(const v1::Config& config) {
  rpc::ServerOptions options;
  options.listen = config.grpc().listen();
  options.threads = config.limits().grpc_threads();
  options.max_request_bytes = static_cast<size_t>(config.limits().max_request_bytes());
  options.max_concurrent_calls = config.limits().max_concurrent_calls();
  options.max_streams_per_connection = config.limits().max_streams_per_connection();
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const v1::Config& config,
                                                        std::string_view version,
                                                        telemetry::Logger& log) {
  std::unique_ptr<Gateway> gateway(new Gateway(config, version, log));
  if (absl::Status status = gateway->Wire(); !status.ok()) return status;
  if (absl::Status status = gateway->Serve(); !status.ok()) return status;
  return gateway;
}

Gateway::Gateway(const v1::Config& config, std::string_view version, telemetry::Logger& log)
    : config_(config), log_(log), metrics_(registry_, MetricOptions(version, log)) {}

Gateway::~Gateway() {
  listener_watch_.reset();
  // Calls are resumed by the upstream loop: the server must have seen the last of them first.
  if (server_) server_->Shutdown();
  if (admin_server_) admin_server_->Stop();
  if (upstream_) upstream_->Stop();
}

absl::Status Gateway::Wire() {
  providers_ = providers::AllProviders();
  auto methods = translate::MethodTable::MakeLinked();
  if (!methods.ok()) return methods.status();
  methods_ = *std::move(methods);

  const v1::LimitsConfig& limits = config_.limits();
  auto accounts = rpc::AccountBook::Make(
      config_, {limits.upstream_connections_per_account(), &providers_, methods_.get()});
  if (!accounts.ok()) return accounts.status();
  accounts_ = *std::move(accounts);

  upstream::UpstreamLoop::Options loop;
  loop.max_connections = limits.upstream_connections_per_account() * config_.accounts_size();
  loop.connect_timeout = config::ToDuration(limits.connect_timeout());
  loop.own_thread = limits.grpc_threads() > 1;
  auto upstream = upstream::UpstreamLoop::Start(loop);
  if (!upstream.ok()) return upstream.status();
  upstream_ = *std::move(upstream);

  recorder_ = std::make_unique<rpc::CallRecorder>(
      rpc::CallRecorder::Options{config_.telemetry().access_log()}, metrics_, log_, *methods_,
      *accounts_);
  rpc::RestHandler::Options options;
  options.max_response_bytes = static_cast<size_t>(limits.max_response_bytes());
  options.max_file_bytes = static_cast<size_t>(limits.max_file_bytes());
  options.max_json_depth = limits.max_json_depth();
  options.default_deadline = config::ToDuration(limits.default_deadline());
  rest_ =
      std::make_unique<rpc::RestHandler>(options, *methods_, *accounts_, *upstream_, *recorder_);
  health_service_ = std::make_unique<rpc::HealthService>(health_);
  reflection_ = std::make_unique<rpc::ReflectionService>(methods_->services());
  return absl::OkStatus();
}

absl::Status Gateway::Serve() {
  accounts_->OnChange([this] { UpdateHealth(); });
  UpdateHealth();
  admin_ = std::make_unique<telemetry::AdminHandler>(registry_, [this] { return Readiness(); });
  common::HttpServer::Options http;
  http.listen = config_.admin().listen();
  http.gzip = true;
  auto admin_server = common::HttpServer::Start(http, admin_->AsHandler());
  if (!admin_server.ok()) return admin_server.status();
  admin_server_ = *std::move(admin_server);

  rpc::ServerOptions options = ServerOptionsOf(config_);
  if (options.threads == 1) options.loop = upstream_.get();
  options.on_refused = [this](std::string_view reason) { OnRefused(reason); };
  auto server =
      rpc::Server::Start(options, [this](std::string_view method) { return Find(method); });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  WatchListener();
  ready_ = true;
  return absl::OkStatus();
}

telemetry::Readiness Gateway::Readiness() const {
  if (!accepts_ && !draining_) return {false, "takes no connections", false};
  return {ready_, draining_ ? "draining" : "starting"};
}

void Gateway::OnRefused(std::string_view reason) {
  metrics_.rpcs_refused_total.Resolve({reason}).Increment();
  if (const int64_t calls = refusals_.Count(reason, absl::Now()); calls > 0) {
    log_.Warn("calls refused", {{"reason", reason}, {"calls", calls}});
  }
}

void Gateway::WatchListener() {
  rpc::ListenerWatch::Options options;
  options.address = server_->address();
  options.on_change = [this](bool accepts) {
    accepts_ = accepts;
    if (accepts) {
      log_.Info("takes connections again", {{"grpc", server_->address()}});
    } else {
      log_.Error("takes no connections", {{"grpc", server_->address()}});
    }
  };
  listener_watch_ = std::make_unique<rpc::ListenerWatch>(std::move(options));
}

const rpc::Handler* Gateway::Find(std::string_view method) const {
  if (const rpc::Handler* handler = rest_->Find(method)) return handler;
  if (const rpc::Handler* handler = health_service_->Find(method)) return handler;
  return reflection_->Find(method);
}

// A service serves while an account of its provider has credentials that upstream takes, and the
// server as a whole while any account has.
void Gateway::UpdateHealth() {
  const auto health = [](bool usable) {
    return usable ? rpc::Health::kServing : rpc::Health::kNotServing;
  };
  health_.SetHealth("", health(accounts_->AnyUsable()));
  for (const auto& method : methods_->methods()) {
    health_.SetHealth(method->service, health(accounts_->Usable(method->provider)));
  }
}

void Gateway::Drain() {
  draining_ = true;
  ready_ = false;
  listener_watch_.reset();
  health_.Drain();
  // What is still upstream when the grace is over is given up first, so that its callers are told
  // what that means for them; gRPC's own end of a call says nothing.
  const absl::Duration grace = config::ToDuration(config_.drain().grace());
  absl::Notification drained;
  std::thread end_of_grace([&] {
    if (!drained.WaitForNotificationWithTimeout(grace)) upstream_->Stop();
  });
  server_->Drain(grace + kLastWords);
  drained.Notify();
  end_of_grace.join();
  admin_server_->Stop(kAdminGrace);
}

}  // namespace billing::gateway
