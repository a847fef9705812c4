#include "service/gateway/telemetry/gateway_metrics.h"

#include <utility>
#include <vector>

#include "service/gateway/telemetry/grpc_code.h"
#include "service/gateway/telemetry/process_stats.h"

namespace billing::gateway::telemetry {
namespace {

using prometheus::MetricType;

// 14 bounds, their overflow and the sum fill two cache lines of each processor.
std::vector<double> DurationBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30};
}

void AddProcess(MetricRegistry& registry) {
  registry.AddReader(
      {{"process_cpu_seconds_total",
        "User and system CPU time of the process.",
        MetricType::Counter,
        {}},
       {"process_max_fds",
        "Most file descriptors that the process may have open.",
        MetricType::Gauge,
        {}},
       {"process_open_fds", "File descriptors that the process has open.", MetricType::Gauge, {}},
       {"process_resident_memory_bytes",
        "Memory of the process that is in RAM.",
        MetricType::Gauge,
        {}},
       {"process_start_time_seconds",
        "When the process started, since the epoch.",
        MetricType::Gauge,
        {}}},
      []() -> std::vector<double> {
        const absl::StatusOr<ProcessStats> stats = ReadProcessStats();
        if (!stats.ok()) return {};
        return {absl::ToDoubleSeconds(stats->cpu), static_cast<double>(stats->max_fds),
                static_cast<double>(stats->open_fds), static_cast<double>(stats->resident_bytes),
                absl::ToDoubleSeconds(stats->start - absl::UnixEpoch())};
      });
}

}  // namespace

GatewayMetrics::GatewayMetrics(MetricRegistry& registry, Options options)
    : rpc_duration_seconds(registry.AddHistograms(
          "billing_gateway_rpc_duration_seconds",
          "Time from the arrival of a call to its status, by method and status code.",
          {"service", "method", "code"}, DurationBounds())),
      rpcs_in_flight(registry
                         .AddGauges("billing_gateway_rpcs_in_flight",
                                    "Calls that have arrived and have no status yet.", {})
                         .Resolve({})),
      rpcs_refused_total(registry.AddCounters(
          "billing_gateway_rpcs_refused_total",
          "Calls turned away before their method saw them, by reason.", {"reason"})),
      upstream_duration_seconds(registry.AddHistograms(
          "billing_gateway_upstream_duration_seconds",
          "Time of one attempt at a provider, waiting for a connection included, by its outcome.",
          {"provider", "account", "method", "outcome"}, DurationBounds())),
      upstream_attempts_total(registry.AddCounters("billing_gateway_upstream_attempts_total",
                                                   "Attempts made at a provider.",
                                                   {"provider", "account"})),
      upstream_drift_total(registry.AddCounters(
          "billing_gateway_upstream_drift_total",
          "Fields, enum values and types in answers of a provider that the API here does not know, "
          "by their path; paths beyond the first 200 count as \"other\".",
          {"provider", "path"}, {{"path", 200}})),
      upstream_credentials_rejected_total(registry.AddCounters(
          "billing_gateway_upstream_credentials_rejected_total",
          "Answers in which the provider refused the credentials of an account.", {"account"})) {
  registry.AddGauges("billing_gateway_build_info", "Always 1; the version is a label.", {"version"})
      .Resolve({options.version})
      .Set(1);
  registry.AddReader({{"billing_gateway_log_lines_dropped_total",
                       "Log lines given up because standard output did not take them.",
                       MetricType::Counter,
                       {}}},
                     [read = std::move(options.log_lines_dropped)]() -> std::vector<double> {
                       return {read ? read() : 0};
                     });
  AddProcess(registry);
}

HistogramRow GatewayMetrics::RpcRow(std::string_view service, std::string_view method) const {
  return HistogramRow(rpc_duration_seconds, {std::string(service), std::string(method)},
                      kGrpcCodeNames);
}

}  // namespace billing::gateway::telemetry
