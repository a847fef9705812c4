#include "service/gateway/rpc/call_recorder.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

// Values of the label `outcome`: answers by their class, transfers without one by their end.
constexpr std::array<std::string_view, 10> kOutcomes = {
    "2xx",    "3xx",       "4xx",       "5xx",       "connect_failed",
    "broken", "timed_out", "cancelled", "too_large", "internal"};

size_t OutcomeIndex(const CallRecord& record) {
  switch (record.upstream_outcome) {
    case upstream::TransferOutcome::kOk:
      return record.upstream_status < 300   ? 0
             : record.upstream_status < 400 ? 1
             : record.upstream_status < 500 ? 2
                                            : 3;
    case upstream::TransferOutcome::kConnectFailed:
      return 4;
    case upstream::TransferOutcome::kBroken:
      return 5;
    case upstream::TransferOutcome::kTimedOut:
      return 6;
    case upstream::TransferOutcome::kCancelled:
      return 7;
    case upstream::TransferOutcome::kTooLarge:
      return 8;
    default:
      return 9;
  }
}

}  // namespace

struct CallRecorder::AccountSeries {
  telemetry::Counter* attempts = nullptr;
  telemetry::Counter* rejected = nullptr;
  std::vector<std::unique_ptr<telemetry::HistogramRow>> transfers;  // by Method::index
};

CallRecorder::CallRecorder(const Options& options, telemetry::GatewayMetrics& metrics,
                           telemetry::Logger& log, const translate::MethodTable& methods,
                           const AccountBook& accounts)
    : options_(options), metrics_(metrics), log_(log) {
  for (const auto& method : methods.methods()) {
    calls_.emplace_back(
        new telemetry::HistogramRow(metrics_.RpcRow(method->service, method->name)));
  }
  for (const auto& account : accounts.accounts()) {
    const std::string provider(account->provider->name());
    AccountSeries& series = accounts_.emplace_back();
    series.attempts = &metrics_.upstream_attempts_total.Resolve({provider, account->name});
    series.rejected = &metrics_.upstream_credentials_rejected_total.Resolve({account->name});
    for (const auto& method : methods.methods()) {
      series.transfers.push_back(std::make_unique<telemetry::HistogramRow>(
          metrics_.upstream_duration_seconds,
          std::vector<std::string>{provider, account->name, method->service + "/" + method->name},
          kOutcomes));
    }
  }
}

CallRecorder::~CallRecorder() = default;

void CallRecorder::Begin() { metrics_.rpcs_in_flight.Increment(); }

void CallRecorder::Attempt(const translate::Method& method, const Account& account,
                           const CallRecord& record) {
  accounts_[account.index]
      .transfers[method.index]
      ->At(OutcomeIndex(record))
      .Observe(absl::ToDoubleSeconds(record.upstream_duration));
}

void CallRecorder::End(const translate::Method& method, const Account* account,
                       const CallContext& context, const CallRecord& record, absl::Time now) {
  metrics_.rpcs_in_flight.Decrement();
  const absl::Duration duration = now - context.received;
  telemetry::Histogram& calls = calls_[method.index]->At(static_cast<size_t>(record.code));
  if (context.trace.sampled) {
    calls.Observe(absl::ToDoubleSeconds(duration), context.trace.trace_id);
  } else {
    calls.Observe(absl::ToDoubleSeconds(duration));
  }
  if (account != nullptr && context.attempts > 0) {
    accounts_[account->index].attempts->Increment(context.attempts);
    Attempt(method, *account, record);
  }
  if (!options_.access_log) return;
  telemetry::AccessEntry entry;
  entry.request_id = context.request_id;
  entry.trace_id = context.trace.trace_id;
  entry.account = context.account;
  entry.service = method.service;
  entry.method = method.name;
  entry.reason = record.reason;
  entry.code = static_cast<int>(record.code);
  entry.upstream_status = record.upstream_status;
  entry.attempts = context.attempts;
  entry.duration = duration;
  entry.request_bytes = record.request_bytes;
  entry.response_bytes = record.response_bytes;
  log_.Access(entry);
}

void CallRecorder::Drift(const providers::Provider& provider, const translate::Method& method,
                         std::string_view path) {
  const std::string message =
      method.answer.list != nullptr && method.answer.list->message != nullptr
          ? method.answer.list->message->descriptor->name()
          : (method.answer.response != nullptr ? method.answer.response->descriptor->name() : "");
  const std::string label = absl::StrCat(message, ".", common::ToAbsl(path.substr(0, 200)));
  metrics_.upstream_drift_total.Resolve({provider.name(), label}).Increment();
}

void CallRecorder::CredentialsRejected(const Account& account) {
  accounts_[account.index].rejected->Increment();
}

}  // namespace billing::gateway::rpc
