#include "service/gateway/telemetry/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "service/gateway/telemetry/utf8_text.h"

namespace billing::gateway::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kOther = "other";

// For mistakes in the code, not in its input.
void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "metric %s\n", what.c_str());
  std::abort();
}

bool IsName(std::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(name.front()) && name.substr(0, 2) != "__" &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

void SortSeries(FamilySnapshot& snapshot) {
  std::vector<size_t> order(snapshot.family.metric.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return snapshot.family.metric[a].label < snapshot.family.metric[b].label;
  });
  FamilySnapshot sorted;
  for (const size_t i : order) {
    sorted.family.metric.push_back(std::move(snapshot.family.metric[i]));
    if (!snapshot.exemplars.empty()) sorted.exemplars.push_back(std::move(snapshot.exemplars[i]));
  }
  snapshot.family.metric = std::move(sorted.family.metric);
  snapshot.exemplars = std::move(sorted.exemplars);
}

}  // namespace

LabelTable::LabelTable(FamilyInfo info, const std::vector<LabelLimit>& limits)
    : info_(std::move(info)) {
  for (const LabelLimit& limit : limits) {
    const auto found = std::find(info_.labels.begin(), info_.labels.end(), limit.label);
    Require(found != info_.labels.end(), info_.name + " has no label " + limit.label);
    limited_.push_back({static_cast<size_t>(found - info_.labels.begin()), limit.most, {}});
  }
}

std::vector<std::string> LabelTable::Admit(absl::Span<const std::string_view> values) {
  Require(values.size() == info_.labels.size(), info_.name + ": wrong number of label values");
  std::vector<std::string> admitted;
  admitted.reserve(values.size());
  for (const std::string_view value : values) admitted.push_back(ToValidUtf8(value));
  for (Limited& limited : limited_) {
    std::string& value = admitted[limited.index];
    if (limited.values.contains(value)) continue;
    if (limited.values.size() < limited.most) {
      limited.values.insert(value);
    } else {
      value = kOther;
    }
  }
  return admitted;
}

LabelTable::Key LabelTable::MakeKey(const std::vector<std::string>& values) {
  Key key;
  for (const std::string& value : values) {
    key += value;
    // Never part of valid UTF-8.
    key += '\xff';
  }
  return key;
}

template <typename Metric>
Metric& Family<Metric>::Resolve(absl::Span<const std::string_view> values) {
  absl::MutexLock lock(&mutex_);
  const std::vector<std::string> admitted = Admit(values);
  Metric*& series = series_[MakeKey(admitted)];
  if (series == nullptr) {
    prometheus::Labels labels;
    for (size_t i = 0; i < admitted.size(); ++i) labels.emplace(info().labels[i], admitted[i]);
    series = &family_.Add(labels);
  }
  return *series;
}

template class Family<Counter>;
template class Family<Gauge>;

Histogram& HistogramFamily::Resolve(absl::Span<const std::string_view> values) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> admitted = Admit(values);
  Series& series = series_[MakeKey(admitted)];
  if (series.histogram == nullptr) {
    series.values = std::move(admitted);
    series.histogram = std::make_unique<Histogram>(bounds_);
  }
  return *series.histogram;
}

FamilySnapshot HistogramFamily::Take() const {
  FamilySnapshot result;
  result.family = {info().name, info().help, MetricType::Histogram, {}};
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, series] : series_) {
    Histogram::Snapshot now = series.histogram->Take();
    ClientMetric metric;
    for (size_t i = 0; i < series.values.size(); ++i) {
      metric.label.push_back({info().labels[i], series.values[i]});
    }
    metric.histogram.sample_count = now.cumulative.back();
    metric.histogram.sample_sum = now.sum;
    for (size_t i = 0; i < now.cumulative.size(); ++i) {
      metric.histogram.bucket.push_back(
          {now.cumulative[i],
           i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity()});
    }
    result.family.metric.push_back(std::move(metric));
    result.exemplars.push_back(std::move(now.exemplars));
  }
  return result;
}

std::vector<MetricFamily> HistogramFamily::Collect() const { return {Take().family}; }

HistogramRow::HistogramRow(HistogramFamily& family, std::vector<std::string> fixed,
                           absl::Span<const std::string_view> last)
    : family_(family),
      fixed_(std::move(fixed)),
      last_(last.begin(), last.end()),
      series_(std::make_unique<std::atomic<Histogram*>[]>(last_.size())) {
  Require(!last_.empty(), family.info().name + ": a row without values");
}

Histogram& HistogramRow::At(size_t index) {
  index = std::min(index, last_.size() - 1);
  Histogram* series = series_[index].load(std::memory_order_acquire);
  if (series == nullptr) {
    std::vector<std::string_view> values(fixed_.begin(), fixed_.end());
    values.push_back(last_[index]);
    // Two threads get the same series here.
    series = &family_.Resolve(values);
    series_[index].store(series, std::memory_order_release);
  }
  return *series;
}

void MetricRegistry::Declare(const FamilyInfo& info) {
  Require(IsName(info.name), info.name + ": not a name");
  Require(!info.help.empty(), info.name + ": no help");
  Require(info.type != MetricType::Counter ||
              (info.name.size() > 6 && info.name.substr(info.name.size() - 6) == "_total"),
          info.name + ": a counter's name ends in _total");
  for (const std::string& label : info.labels) {
    Require(IsName(label) && label != "le", info.name + ": not a label: " + label);
    Require(std::count(info.labels.begin(), info.labels.end(), label) == 1,
            info.name + ": repeats label " + label);
  }
  for (const FamilyInfo& other : declared_) {
    Require(other.name != info.name, info.name + ": declared twice");
  }
  declared_.push_back(info);
}

CounterFamily& MetricRegistry::AddCounters(std::string name, std::string help,
                                           std::vector<std::string> labels,
                                           const std::vector<LabelLimit>& limits) {
  FamilyInfo info{std::move(name), std::move(help), MetricType::Counter, std::move(labels)};
  absl::MutexLock lock(&mutex_);
  Declare(info);
  auto& family = prometheus::BuildCounter().Name(info.name).Help(info.help).Register(registry_);
  return *counters_.emplace_back(std::make_unique<CounterFamily>(std::move(info), limits, family));
}

GaugeFamily& MetricRegistry::AddGauges(std::string name, std::string help,
                                       std::vector<std::string> labels,
                                       const std::vector<LabelLimit>& limits) {
  FamilyInfo info{std::move(name), std::move(help), MetricType::Gauge, std::move(labels)};
  absl::MutexLock lock(&mutex_);
  Declare(info);
  auto& family = prometheus::BuildGauge().Name(info.name).Help(info.help).Register(registry_);
  return *gauges_.emplace_back(std::make_unique<GaugeFamily>(std::move(info), limits, family));
}

HistogramFamily& MetricRegistry::AddHistograms(std::string name, std::string help,
                                               std::vector<std::string> labels,
                                               std::vector<double> bounds,
                                               const std::vector<LabelLimit>& limits) {
  FamilyInfo info{std::move(name), std::move(help), MetricType::Histogram, std::move(labels)};
  absl::MutexLock lock(&mutex_);
  Declare(info);
  Require(std::is_sorted(bounds.begin(), bounds.end(), std::less_equal<>()) &&
              std::all_of(bounds.begin(), bounds.end(), [](double b) { return std::isfinite(b); }),
          info.name + ": bounds must ascend");
  return *histograms_.emplace_back(
      std::make_unique<HistogramFamily>(std::move(info), limits, std::move(bounds)));
}

void MetricRegistry::AddReader(std::vector<FamilyInfo> families,
                               std::function<std::vector<double>()> read) {
  absl::MutexLock lock(&mutex_);
  for (const FamilyInfo& info : families) Declare(info);
  readers_.push_back({std::move(families), std::move(read)});
}

std::vector<FamilySnapshot> MetricRegistry::Take() const {
  absl::MutexLock lock(&mutex_);
  std::map<std::string, FamilySnapshot> by_name;
  for (const FamilyInfo& info : declared_) {
    by_name[info.name].family = {info.name, info.help, info.type, {}};
  }
  // The library leaves families out that have no series yet.
  for (MetricFamily& family : registry_.Collect()) {
    by_name[family.name].family = std::move(family);
  }
  for (const auto& family : histograms_) by_name[family->info().name] = family->Take();
  for (const Reader& reader : readers_) {
    const std::vector<double> values = reader.read();
    for (size_t i = 0; i < reader.families.size() && i < values.size(); ++i) {
      ClientMetric metric;
      // Which of the two counts is said by the family's type.
      metric.counter.value = values[i];
      metric.gauge.value = values[i];
      by_name[reader.families[i].name].family.metric.push_back(std::move(metric));
    }
  }
  std::vector<FamilySnapshot> result;
  for (auto& [name, snapshot] : by_name) {
    SortSeries(snapshot);
    result.push_back(std::move(snapshot));
  }
  return result;
}

std::vector<FamilyInfo> MetricRegistry::Describe() const {
  absl::MutexLock lock(&mutex_);
  std::vector<FamilyInfo> result = declared_;
  std::sort(result.begin(), result.end(),
            [](const FamilyInfo& a, const FamilyInfo& b) { return a.name < b.name; });
  return result;
}

}  // namespace billing::gateway::telemetry
