#ifndef SERVICE_GATEWAY_TELEMETRY_GATEWAY_METRICS_H_
#define SERVICE_GATEWAY_TELEMETRY_GATEWAY_METRICS_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/gateway/telemetry/metrics.h"

namespace billing::gateway::telemetry {

// Every series of the gateway, declared in one place. tests/testdata/metrics.golden lists the same
// names; what is measured where is said by the help texts.
//
// Label values are the gateway's own words (methods, accounts, codes), never a caller's; paths of
// drift come from the providers and are limited.
struct GatewayMetrics {
  struct Options {
    std::string version;
    // Log lines that were given up; called at every scrape.
    std::function<double()> log_lines_dropped;
  };

  // `registry` must outlive this.
  GatewayMetrics(MetricRegistry& registry, Options options);

  HistogramFamily& rpc_duration_seconds;
  Gauge& rpcs_in_flight;
  CounterFamily& rpcs_refused_total;
  HistogramFamily& upstream_duration_seconds;
  CounterFamily& upstream_attempts_total;
  CounterFamily& upstream_drift_total;
  CounterFamily& upstream_credentials_rejected_total;

  // The histograms of one method for each status code: At(code). A code that is none counts as the
  // highest, UNAUTHENTICATED.
  HistogramRow RpcRow(std::string_view service, std::string_view method) const;
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_GATEWAY_METRICS_H_
