#ifndef SERVICE_GATEWAY_TELEMETRY_METRICS_H_
#define SERVICE_GATEWAY_TELEMETRY_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "service/gateway/telemetry/histogram.h"

// The one wrapper around the metrics library: families with declared labels, series that are
// resolved once and then cost nanoseconds, our own histogram, and a bound on labels that come from
// outside.
//
// Everything here is thread-safe and lives as long as the registry. Names and labels are constants
// of the code: a malformed or repeated one, or a wrong number of label values, ends the process.
namespace billing::gateway::telemetry {

using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;

// What is known of a family before it has any series.
struct FamilyInfo {
  std::string name;
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Untyped;
  std::vector<std::string> labels;
};

// After `most` different values of a label, further ones are counted as "other".
struct LabelLimit {
  std::string label;
  size_t most = 200;
};

// One family as it is now. Series are sorted by their label values.
struct FamilySnapshot {
  prometheus::MetricFamily family;
  // Of histograms: exemplars[series][bucket].
  std::vector<std::vector<std::optional<Exemplar>>> exemplars;
};

// What all families do with label values.
class LabelTable {
 public:
  LabelTable(FamilyInfo info, const std::vector<LabelLimit>& limits);

  const FamilyInfo& info() const { return info_; }

 protected:
  // Text that no other valid label values have.
  using Key = std::string;

  // The values as they may stand: valid UTF-8, within limits.
  std::vector<std::string> Admit(absl::Span<const std::string_view> values)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static Key MakeKey(const std::vector<std::string>& values);

  mutable absl::Mutex mutex_;

 private:
  struct Limited {
    size_t index;
    size_t most;
    absl::flat_hash_set<std::string> values;
  };

  const FamilyInfo info_;
  std::vector<Limited> limited_ ABSL_GUARDED_BY(mutex_);
};

// A family of counters or gauges. Metric is Counter or Gauge.
template <typename Metric>
class Family : public LabelTable {
 public:
  Family(FamilyInfo info, const std::vector<LabelLimit>& limits, prometheus::Family<Metric>& family)
      : LabelTable(std::move(info), limits), family_(family) {}

  // The series with these label values, in the order in which the labels were declared. Takes a
  // lock and a look-up: resolve once, keep the reference.
  Metric& Resolve(absl::Span<const std::string_view> values);

 private:
  prometheus::Family<Metric>& family_;
  absl::flat_hash_map<Key, Metric*> series_ ABSL_GUARDED_BY(mutex_);
};

using CounterFamily = Family<Counter>;
using GaugeFamily = Family<Gauge>;

// A family of histograms with the same buckets.
class HistogramFamily : public LabelTable, public prometheus::Collectable {
 public:
  HistogramFamily(FamilyInfo info, const std::vector<LabelLimit>& limits,
                  std::vector<double> bounds)
      : LabelTable(std::move(info), limits), bounds_(std::move(bounds)) {}

  // As Family::Resolve.
  Histogram& Resolve(absl::Span<const std::string_view> values);

  std::vector<prometheus::MetricFamily> Collect() const override;
  FamilySnapshot Take() const;

 private:
  struct Series {
    std::vector<std::string> values;
    std::unique_ptr<Histogram> histogram;
  };

  const std::vector<double> bounds_;
  absl::flat_hash_map<Key, Series> series_ ABSL_GUARDED_BY(mutex_);
};

// The series of one histogram family that differ in their last label only, whose values are known:
// codes, outcomes. Each is made when it is first needed; afterwards finding it is one load.
class HistogramRow {
 public:
  // `fixed` are the label values before the last; views in `last` are kept.
  HistogramRow(HistogramFamily& family, std::vector<std::string> fixed,
               absl::Span<const std::string_view> last);

  // `index` into `last`; beyond its end: the last of all.
  Histogram& At(size_t index);

 private:
  HistogramFamily& family_;
  const std::vector<std::string> fixed_;
  const std::vector<std::string_view> last_;
  const std::unique_ptr<std::atomic<Histogram*>[]> series_;
};

// Owns every family of the process.
class MetricRegistry {
 public:
  MetricRegistry() = default;
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  CounterFamily& AddCounters(std::string name, std::string help, std::vector<std::string> labels,
                             const std::vector<LabelLimit>& limits = {});
  GaugeFamily& AddGauges(std::string name, std::string help, std::vector<std::string> labels,
                         const std::vector<LabelLimit>& limits = {});
  HistogramFamily& AddHistograms(std::string name, std::string help,
                                 std::vector<std::string> labels, std::vector<double> bounds,
                                 const std::vector<LabelLimit>& limits = {});

  // Counters or gauges without labels whose values are read when somebody looks. `read` gives as
  // many values as there are families, or none if they cannot be read; it must stay callable.
  void AddReader(std::vector<FamilyInfo> families, std::function<std::vector<double>()> read);

  // Every family, with or without series, by name.
  std::vector<FamilySnapshot> Take() const;
  // What was declared, by name.
  std::vector<FamilyInfo> Describe() const;

 private:
  struct Reader {
    std::vector<FamilyInfo> families;
    std::function<std::vector<double>()> read;
  };

  void Declare(const FamilyInfo& info) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Throw};
  mutable absl::Mutex mutex_;
  std::vector<FamilyInfo> declared_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<CounterFamily>> counters_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<GaugeFamily>> gauges_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<HistogramFamily>> histograms_ ABSL_GUARDED_BY(mutex_);
  std::vector<Reader> readers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_METRICS_H_
