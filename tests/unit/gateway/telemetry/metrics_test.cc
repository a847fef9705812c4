#include "service/gateway/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/gateway/telemetry/exposition.h"
#include "service/gateway/telemetry/gateway_metrics.h"
#include "service/gateway/telemetry/grpc_code.h"
#include "tests/unit/gateway/telemetry/exposition_parser.h"

namespace billing::gateway::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using Labels = std::vector<std::pair<std::string, std::string>>;

std::string Write(const MetricRegistry& registry, ExpositionFormat format) {
  return WriteExposition(format, registry.Take());
}

// Samples of a family by "name{label=value,…}".
std::map<std::string, double> Samples(const MetricRegistry& registry) {
  const std::string text = Write(registry, ExpositionFormat::kText);
  std::map<std::string, double> result;
  for (const ParsedSample& sample : ExpositionParser(text).Parse().samples) {
    std::string key = sample.name;
    for (const auto& [name, value] : sample.labels) absl::StrAppend(&key, ",", name, "=", value);
    EXPECT_TRUE(result.emplace(key, sample.value).second) << key;
  }
  return result;
}

TEST(MetricRegistry, ResolvesTheSameSeriesForTheSameLabels) {
  MetricRegistry registry;
  CounterFamily& family = registry.AddCounters("a_total", "Help.", {"x", "y"});
  Counter& counter = family.Resolve({"1", "2"});
  EXPECT_EQ(&family.Resolve({"1", "2"}), &counter);
  EXPECT_NE(&family.Resolve({"12", ""}), &counter);
  EXPECT_NE(&family.Resolve({"", "12"}), &family.Resolve({"12", ""}));
  counter.Increment(3);
  family.Resolve({"12", ""}).Increment();
  EXPECT_THAT(Samples(registry), ElementsAre(Pair("a_total,x=,y=12", 0), Pair("a_total,x=1,y=2", 3),
                                             Pair("a_total,x=12,y=", 1)));
}

TEST(MetricRegistry, LimitsLabelsFromOutside) {
  MetricRegistry registry;
  CounterFamily& family =
      registry.AddCounters("drift_total", "Help.", {"provider", "path"}, {{"path", 200}});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i) {
      family.Resolve({i % 2 == 0 ? "a" : "b", absl::StrCat("path", i / 2)}).Increment();
    }
  }
  const auto samples = Samples(registry);
  // 200 paths and "other", for two providers.
  EXPECT_EQ(samples.size(), 402U);
  EXPECT_EQ(samples.at("drift_total,path=path199,provider=b"), 2);
  EXPECT_EQ(samples.count("drift_total,path=path200,provider=a"), 0U);
  EXPECT_EQ(samples.at("drift_total,path=other,provider=a"), 600);
}

TEST(MetricRegistry, LabelValuesAreMadeUtf8) {
  MetricRegistry registry;
  registry.AddGauges("g", "Help.", {"x"})
      .Resolve({"a\xff"
                "b"})
      .Set(-2.5);
  EXPECT_THAT(Samples(registry), ElementsAre(Pair("g,x=a\xef\xbf\xbd"
                                                  "b",
                                                  -2.5)));
}

TEST(MetricRegistry, FamiliesWithoutSeriesAreShown) {
  MetricRegistry registry;
  registry.AddCounters("a_total", "A.", {"x"});
  registry.AddHistograms("b_seconds", "B.", {"x"}, {1});
  EXPECT_EQ(Write(registry, ExpositionFormat::kText),
            "# HELP a_total A.\n# TYPE a_total counter\n"
            "# HELP b_seconds B.\n# TYPE b_seconds histogram\n");
}

TEST(MetricRegistry, ReadersAreAskedAtEveryLook) {
  MetricRegistry registry;
  double value = 1;
  registry.AddReader({{"r_total", "R.", prometheus::MetricType::Counter, {}},
                      {"s", "S.", prometheus::MetricType::Gauge, {}}},
                     [&value]() -> std::vector<double> {
                       if (value < 0) return {};
                       return {value, 2 * value};
                     });
  EXPECT_THAT(Samples(registry), ElementsAre(Pair("r_total", 1), Pair("s", 2)));
  value = 5;
  EXPECT_THAT(Samples(registry), ElementsAre(Pair("r_total", 5), Pair("s", 10)));
  value = -1;
  EXPECT_THAT(Samples(registry), ElementsAre());
}

TEST(MetricRegistryDeathTest, MistakesInTheCodeEndTheProcess) {
  MetricRegistry registry;
  EXPECT_DEATH(registry.AddCounters("a", "H.", {}), "_total");
  EXPECT_DEATH(registry.AddCounters("a-b_total", "H.", {}), "not a name");
  EXPECT_DEATH(registry.AddGauges("g", "", {}), "no help");
  EXPECT_DEATH(registry.AddHistograms("h", "H.", {"le"}, {}), "not a label");
  EXPECT_DEATH(registry.AddHistograms("h", "H.", {}, {2, 1}), "ascend");
  EXPECT_DEATH(registry.AddCounters("a_total", "H.", {}, {{"x", 1}}), "no label x");
  GaugeFamily& family = registry.AddGauges("g", "H.", {"x"});
  EXPECT_DEATH(family.Resolve({}), "wrong number");
  EXPECT_DEATH(registry.AddGauges("g", "H.", {}), "declared twice");
}

TEST(Exposition, TextIsAsDescribed) {
  MetricRegistry registry;
  registry.AddCounters("calls_total", "Calls \\ made.\nBy \"x\".", {"x"})
      .Resolve({"q\"uo\\te\nline"})
      .Increment(1e15);
  registry.AddHistograms("time_seconds", "Time.", {"m"}, {0.001, 1}).Resolve({"get"}).Observe(0.5);
  EXPECT_EQ(Write(registry, ExpositionFormat::kText),
            R"(# HELP calls_total Calls \\ made.\nBy "x".
# TYPE calls_total counter
calls_total{x="q\"uo\\te\nline"} 1e+15
# HELP time_seconds Time.
# TYPE time_seconds histogram
time_seconds_bucket{m="get",le="0.001"} 0
time_seconds_bucket{m="get",le="1.0"} 1
time_seconds_bucket{m="get",le="+Inf"} 1
time_seconds_sum{m="get"} 0.5
time_seconds_count{m="get"} 1
)");
}

TEST(Exposition, OpenMetricsIsAsDescribed) {
  MetricRegistry registry;
  registry.AddCounters("calls_total", "Calls by \"x\".", {}).Resolve({}).Increment();
  registry.AddHistograms("time_seconds", "Time.", {}, {1})
      .Resolve({})
      .Observe(0.25, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(Write(registry, ExpositionFormat::kOpenMetrics),
            R"(# HELP calls Calls by \"x\".
# TYPE calls counter
calls_total 1
# HELP time_seconds Time.
# TYPE time_seconds histogram
time_seconds_bucket{le="1.0"} 1 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.25
time_seconds_bucket{le="+Inf"} 1
time_seconds_sum 0.25
time_seconds_count 1
# EOF
)");
}

TEST(Exposition, FormatByAccept) {
  using enum ExpositionFormat;
  EXPECT_EQ(ChooseFormat(""), kText);
  EXPECT_EQ(ChooseFormat("*/*"), kText);
  EXPECT_EQ(ChooseFormat("text/html"), kText);
  // What Prometheus 2.42 sends.
  EXPECT_EQ(ChooseFormat("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                         "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            kOpenMetrics);
  EXPECT_EQ(ChooseFormat("Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.3"), kOpenMetrics);
  EXPECT_EQ(ChooseFormat("application/openmetrics-text"), kOpenMetrics);
  EXPECT_EQ(ChooseFormat("application/openmetrics-text;version=0.0.1"), kText);
  EXPECT_EQ(ChooseFormat("application/openmetrics-text;q=0"), kText);
  EXPECT_EQ(ChooseFormat("application/openmetrics-text;q=0.2,text/plain;q=0.3"), kText);
  EXPECT_EQ(ChooseFormat("application/openmetrics-text;q=nonsense,;;,q=,=;"), kText);
  EXPECT_EQ(ChooseFormat(std::string(100000, ',')), kText);
}

// Labels, helps and values come back as they went in, whatever they are.
TEST(Exposition, RoundTripsThroughAnIndependentParser) {
  const std::vector<std::string> nasty = {"",  "\\",        "\"",  "\n", "\\n",        "a,b",
                                          "}", "{x=\"y\"}", " # ", "å😀", "\\\"\n\\\\", "# EOF"};
  MetricRegistry registry;
  CounterFamily& counters = registry.AddCounters("c_total", "H\\ \n\".", {"x", "y"});
  for (const std::string& x : nasty) {
    for (const std::string& y : nasty)
      counters.Resolve({x, y}).Increment(static_cast<double>(x.size()));
  }
  for (const ExpositionFormat format : {ExpositionFormat::kText, ExpositionFormat::kOpenMetrics}) {
    const std::string text = Write(registry, format);
    const ParsedExposition parsed = ExpositionParser(text).Parse();
    EXPECT_EQ(parsed.ended, format == ExpositionFormat::kOpenMetrics);
    ASSERT_EQ(parsed.samples.size(), nasty.size() * nasty.size());
    std::set<Labels> seen;
    for (const ParsedSample& sample : parsed.samples) {
      EXPECT_EQ(sample.value, static_cast<double>(sample.labels[0].second.size()));
      seen.insert(sample.labels);
    }
    for (const std::string& x : nasty) {
      for (const std::string& y : nasty) EXPECT_EQ(seen.count(Labels{{"x", x}, {"y", y}}), 1U);
    }
    EXPECT_EQ(parsed.help.begin()->second, "H\\ \n\".");
  }
}

TEST(MetricRegistry, IsSafeUnderThreads) {
  constexpr int kThreads = 4, kEach = 500;
  MetricRegistry registry;
  CounterFamily& counters = registry.AddCounters("c_total", "C.", {"x"}, {{"x", 20}});
  HistogramFamily& histograms = registry.AddHistograms("h", "H.", {"m", "code"}, {1, 2});
  HistogramRow row(histograms, {"m"}, kGrpcCodeNames);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        counters.Resolve({absl::StrCat(i % 40)}).Increment();
        row.At(static_cast<size_t>(i) % 20).Observe(i % 3);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const std::string text = Write(registry, ExpositionFormat::kOpenMetrics);
    EXPECT_TRUE(ExpositionParser(text).Parse().ended);
  }
  for (std::thread& thread : threads) thread.join();
  double counted = 0, observed = 0;
  for (const auto& [key, value] : Samples(registry)) {
    if (key.rfind("c_total", 0) == 0) counted += value;
    if (key.rfind("h_count", 0) == 0) observed += value;
  }
  EXPECT_EQ(counted, kThreads * kEach);
  EXPECT_EQ(observed, kThreads * kEach);
}

TEST(HistogramRow, FindsSeriesByTheirLastLabel) {
  MetricRegistry registry;
  HistogramFamily& family = registry.AddHistograms("h", "H.", {"m", "code"}, {1});
  HistogramRow row(family, {"get"}, kGrpcCodeNames);
  EXPECT_EQ(&row.At(5), &family.Resolve({"get", "NOT_FOUND"}));
  EXPECT_EQ(&row.At(5), &row.At(5));
  EXPECT_EQ(&row.At(99), &family.Resolve({"get", "UNAUTHENTICATED"}));
}

const char* TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "gauge";
  }
}

TEST(GatewayMetrics, AreThoseOfTheGoldenList) {
  MetricRegistry registry;
  const GatewayMetrics metrics(registry, {"1.2.3", [] { return 7.0; }});
  std::string listing;
  for (const FamilyInfo& info : registry.Describe()) {
    absl::StrAppend(&listing, info.name, "\t", TypeName(info.type), "\t",
                    absl::StrJoin(info.labels, ","), "\t", info.help, "\n");
  }
  std::ifstream file(BG_SOURCE_DIR "/tests/testdata/metrics.golden");
  const std::string golden((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  EXPECT_EQ(listing, golden);
}

TEST(GatewayMetrics, ShowWhatTheyMeasure) {
  MetricRegistry registry;
  GatewayMetrics metrics(registry, {"1.2.3", [] { return 7.0; }});
  HistogramRow row = metrics.RpcRow("billogram.v2.BillogramService", "GetBillogram");
  row.At(0).Observe(0.002);
  row.At(5).Observe(31);
  metrics.rpcs_in_flight.Increment();
  metrics.upstream_duration_seconds.Resolve({"billogram", "acme", "GetBillogram", "ok"})
      .Observe(0.1);
  metrics.upstream_attempts_total.Resolve({"billogram", "acme"}).Increment();
  metrics.upstream_drift_total.Resolve({"billogram", "data.new_field"}).Increment();
  metrics.upstream_credentials_rejected_total.Resolve({"acme"}).Increment();
  const auto samples = Samples(registry);
  const std::string rpc = ",service=billogram.v2.BillogramService,method=GetBillogram,code=";
  const std::string name = "billing_gateway_rpc_duration_seconds";
  EXPECT_EQ(samples.at(absl::StrCat(name, "_bucket", rpc, "OK,le=0.0025")), 1);
  EXPECT_EQ(samples.at(absl::StrCat(name, "_bucket", rpc, "OK,le=0.001")), 0);
  EXPECT_EQ(samples.at(absl::StrCat(name, "_bucket", rpc, "NOT_FOUND,le=30.0")), 0);
  EXPECT_EQ(samples.at(absl::StrCat(name, "_count", rpc, "NOT_FOUND")), 1);
  EXPECT_EQ(samples.at("billing_gateway_rpcs_in_flight"), 1);
  EXPECT_EQ(samples.at("billing_gateway_upstream_attempts_total,account=acme,provider=billogram"),
            1);
  EXPECT_EQ(
      samples.at("billing_gateway_upstream_drift_total,path=data.new_field,provider=billogram"), 1);
  EXPECT_EQ(samples.at("billing_gateway_upstream_credentials_rejected_total,account=acme"), 1);
  EXPECT_EQ(samples.at("billing_gateway_build_info,version=1.2.3"), 1);
  EXPECT_EQ(samples.at("billing_gateway_log_lines_dropped_total"), 7);
  EXPECT_GT(samples.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(samples.at("process_open_fds"), 2);
  EXPECT_GT(samples.at("process_start_time_seconds"), 1.7e9);
}

TEST(GrpcCodeName, NamesEveryCode) {
  EXPECT_EQ(GrpcCodeName(0), "OK");
  EXPECT_EQ(GrpcCodeName(3), "INVALID_ARGUMENT");
  EXPECT_EQ(GrpcCodeName(14), "UNAVAILABLE");
  EXPECT_EQ(GrpcCodeName(16), "UNAUTHENTICATED");
  EXPECT_EQ(GrpcCodeName(17), "UNKNOWN");
  EXPECT_EQ(GrpcCodeName(-1), "UNKNOWN");
}

}  // namespace
}  // namespace billing::gateway::telemetry
