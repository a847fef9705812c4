#ifndef SERVICE_GATEWAY_GATEWAY_H_
#define SERVICE_GATEWAY_GATEWAY_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "billing/gateway/v1/config.pb.h"
#include "service/common/http/server.h"
#include "service/gateway/providers/provider.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/rpc/call_recorder.h"
#include "service/gateway/rpc/health.h"
#include "service/gateway/rpc/listener_watch.h"
#include "service/gateway/rpc/reflection.h"
#include "service/gateway/rpc/rest_handler.h"
#include "service/gateway/rpc/server.h"
#include "service/gateway/telemetry/admin.h"
#include "service/gateway/telemetry/gateway_metrics.h"
#include "service/gateway/telemetry/log.h"
#include "service/gateway/telemetry/log_throttle.h"
#include "service/gateway/telemetry/metrics.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway {

// The gateway's parts, wired together: the only place that names concrete classes.
//
// Members are in the order in which they depend on each other; they are destroyed from the last to
// the first.
class Gateway {
 public:
  // Starts everything; `config` has been checked. `log` must outlive the gateway.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const v1::Config& config,
                                                        std::string_view version,
                                                        telemetry::Logger& log);

  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  // Bound addresses.
  const std::string& grpc_address() const { return server_->address(); }
  const std::string& admin_address() const { return admin_server_->address(); }

  // Readiness goes false, no call is taken any more, running ones end within the configured grace
  // period, then everything stops. Blocks.
  void Drain();

 private:
  Gateway(const v1::Config& config, std::string_view version, telemetry::Logger& log);
  absl::Status Wire();
  absl::Status Serve();
  const rpc::Handler* Find(std::string_view method) const;
  void UpdateHealth();
  telemetry::Readiness Readiness() const;
  void OnRefused(std::string_view reason);
  void WatchListener();

  const v1::Config config_;
  telemetry::Logger& log_;
  telemetry::MetricRegistry registry_;
  telemetry::GatewayMetrics metrics_;
  std::vector<std::unique_ptr<providers::Provider>> providers_;
  std::unique_ptr<translate::MethodTable> methods_;
  std::unique_ptr<rpc::AccountBook> accounts_;
  std::unique_ptr<rpc::CallRecorder> recorder_;
  std::unique_ptr<upstream::UpstreamLoop> upstream_;
  rpc::HealthRegistry health_;
  std::unique_ptr<rpc::HealthService> health_service_;
  std::unique_ptr<rpc::ReflectionService> reflection_;
  std::unique_ptr<rpc::RestHandler> rest_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> accepts_{true};
  telemetry::LogThrottle refusals_;
  std::unique_ptr<telemetry::AdminHandler> admin_;
  std::unique_ptr<common::HttpServer> admin_server_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<rpc::ListenerWatch> listener_watch_;
};

}  // namespace billing::gateway

#endif  // SERVICE_GATEWAY_GATEWAY_H_
