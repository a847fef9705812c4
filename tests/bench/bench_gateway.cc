// What a call through the gateway costs its host, beside the sum of what it is made of: a bare gRPC
// echo of the same sizes, a bare libcurl fetch of the same object and its translation. Prints CPU
// of the servers and wall time per call and memory, with their limits; exit code 1 if one is
// missed.
//
//   bench_gateway              starts all servers by itself, on loopback and free ports
//   bench_gateway --upstream   only the upstream, as the above starts it
//   bench_gateway --load ADDRESS IN_FLIGHT CALLS
//                              only calls to a gateway that runs already, under a profiler say
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "service/gateway/translate/request.h"
#include "tests/bench/child.h"
#include "tests/bench/fetch_baseline.h"
#include "tests/bench/fixtures.h"
#include "tests/bench/gateway_stack.h"
#include "tests/bench/grpc_load.h"
#include "tests/bench/measure.h"
#include "tests/bench/upstream_server.h"

namespace billing::bench {
namespace {

using gateway::translate::JsonToWire;
using gateway::translate::Method;
using gateway::translate::RequestBuilder;
using gateway::translate::RestRequest;

constexpr int kRounds = 9;
constexpr double kCpuLimit = 1.25;  // times the sum of the parts
constexpr double kIdleMibLimit = 40;
constexpr double kStalledMibLimit = 120;
constexpr int kStalledCalls = 1000;
constexpr int kStalledConnections = 10;

constexpr const char* kMethod = "/billogram.v2.BillogramService/GetBillogram";
constexpr const char* kEchoMethod = "/bench.Echo/Call";

// One concurrency at which everything is measured.
struct Load {
  int in_flight;
  int connections;
  int calls;  // in a round
};
constexpr Load kLoads[] = {{1, 1, 1500}, {64, 4, 6000}};

// One thing measured: by round, CPU and wall time per call in µs.
struct Series {
  std::string name;
  std::vector<double> cpu;
  std::vector<double> wall;

  void Add(int64_t cpu_nanos, int64_t wall_nanos, int calls) {
    AddMicros(static_cast<double>(cpu_nanos) / 1000 / calls,
              static_cast<double>(wall_nanos) / 1000 / calls);
  }
  void AddMicros(double cpu_per_call, double wall_per_call) {
    cpu.push_back(cpu_per_call);
    wall.push_back(wall_per_call);
  }
};

// A gRPC server in a process of its own, and who calls it.
struct Server {
  Server(std::string name, const Child& child, const GrpcLoad::Options& options)
      : process(child),
        load(std::make_unique<GrpcLoad>(options)),
        series{std::move(name), {}, {}} {}

  void Measure(const Load& shape) {
    const int64_t cpu = process.CpuNanos();
    const int64_t wall = load->Run(shape.calls, shape.in_flight);
    series.Add(process.CpuNanos() - cpu, wall, shape.calls);
  }

  const Child& process;
  std::unique_ptr<GrpcLoad> load;
  Series series;
};

// The translation of a GetBillogram, both ways, as the gateway does it.
class Translation {
 public:
  Translation(const Method& method, std::string request, const PaddedText& answer)
      : method_(method), request_(std::move(request)), answer_(answer) {}

  size_t Once() {
    RestRequest rest;
    if (!builder_.Build(method_, "acme", request_, &rest)) Die("the request is refused");
    const auto answer = to_wire_.TranslateAnswer(method_.answer, answer_.json());
    if (answer.verdict != JsonToWire::Answer::Verdict::kOk) Die(to_wire_.error());
    return to_wire_.wire().size();
  }

  const std::string& request() const { return request_; }

 private:
  const Method& method_;
  const std::string request_;
  const PaddedText& answer_;
  RequestBuilder builder_;
  JsonToWire to_wire_;
};

// The last is the gateway's own server around nothing; for information, the others are bare gRPC.
constexpr const char* kEchoStyles[] = {"cq_generic", "cq_raw", "callback_generic", "server"};
constexpr size_t kBareStyles = 3;
// Of chain_server. The last two translate as well.
constexpr const char* kChainStyles[] = {"blocking", "multi", "blocking", "multi"};
constexpr size_t kBareChains = 2;

// Everything that runs during the benchmark.
struct Bench {
  Bench()
      : document(TestData("billogram_full.json")),
        methods(BillogramMethods()),
        translation(FindMethod(*methods, "GetBillogram"), Request(), document),
        response_bytes(translation.Once()),
        upstream({BinaryFolder() + "/bench_gateway", "--upstream"}),
        upstream_address("127.0.0.1:" + upstream.ReadLine()),
        fetch_url("http://" + upstream_address + "/api/v2/billogram/2kAEEjE"),
        gateway_quiet(folder, upstream_address, false),
        gateway_logging(folder, upstream_address, true) {
    for (const char* style : kEchoStyles) {
      echoes.push_back(std::make_unique<Child>(
          std::vector<std::string>{BinaryFolder() + "/echo_server", std::string("--style=") + style,
                                   "--bytes=" + std::to_string(response_bytes)}));
      echo_addresses.push_back("127.0.0.1:" + echoes.back()->ReadLine());
    }
    for (const char* style : kChainStyles) {
      chains.push_back(std::make_unique<Child>(std::vector<std::string>{
          BinaryFolder() + "/chain_server", std::string("--style=") + style, "--url=" + fetch_url,
          chains.size() < kBareChains ? "--bytes=" + std::to_string(response_bytes)
                                      : "--translate"}));
      chain_addresses.push_back("127.0.0.1:" + chains.back()->ReadLine());
    }
  }

  static std::string Request(const char* id = "2kAEEjE") {
    billogram::v2::GetBillogramRequest request;
    request.set_id(id);
    return request.SerializeAsString();
  }

  const PaddedText document;
  const std::unique_ptr<gateway::translate::MethodTable> methods;
  Translation translation;
  const size_t response_bytes;
  TempFolder folder;
  Child upstream;
  const std::string upstream_address;
  const std::string fetch_url;
  std::vector<std::unique_ptr<Child>> echoes;
  std::vector<std::string> echo_addresses;
  std::vector<std::unique_ptr<Child>> chains;
  std::vector<std::string> chain_addresses;
  GatewayProcess gateway_quiet;
  GatewayProcess gateway_logging;
};

// All measurements at one concurrency.
class Contest {
 public:
  Contest(Bench& bench, const Load& load) : bench_(bench), load_(load) {
    GrpcLoad::Options options;
    options.method = kEchoMethod;
    options.request = bench.translation.request();
    options.response_bytes = bench.response_bytes;
    options.connections = load.connections;
    for (size_t i = 0; i < bench.echoes.size(); ++i) {
      options.address = bench.echo_addresses[i];
      echoes_.emplace_back(std::string("echo, ") + kEchoStyles[i], *bench.echoes[i], options);
    }
    for (size_t i = 0; i < bench.chains.size(); ++i) {
      options.address = bench.chain_addresses[i];
      if (i == kBareChains) options.method = kMethod;
      chains_.emplace_back(std::string(i < kBareChains ? "chain, echo with a fetch inside, "
                                                       : "chain with the translation inside, ") +
                               kChainStyles[i],
                           *bench.chains[i], options);
    }
    options.method = kMethod;
    for (const auto& [name, gateway] : {std::pair<const char*, const GatewayProcess*>{
                                            "gateway, access log off", &bench.gateway_quiet},
                                        {"gateway, access log on", &bench.gateway_logging}}) {
      options.address = gateway->address();
      gateways_.emplace_back(name, gateway->process(), options);
    }
  }

  // The first round warms up and is not counted.
  void Round(bool counted) {
    for (Server& echo : echoes_) echo.Measure(load_);
    Fetch(fetch_, nullptr);
    Fetch(fetch_and_translation_, [this] { bench_.translation.Once(); });
    const int64_t wall = WallNanos();
    const int64_t cpu = ThreadCpuNanos();
    for (int i = 0; i < load_.calls; ++i) bench_.translation.Once();
    translation_.Add(ThreadCpuNanos() - cpu, WallNanos() - wall, load_.calls);
    for (Server& chain : chains_) chain.Measure(load_);
    for (Server& gateway : gateways_) gateway.Measure(load_);
    if (counted) return;
    for (Series* series : All()) {
      series->cpu.clear();
      series->wall.clear();
    }
  }

  void Print() {
    std::printf(
        "\n%d in flight on %d connection%s, %d calls a round\n  %-40s %10s %17s %10s %10s\n",
        load_.in_flight, load_.connections, load_.connections == 1 ? "" : "s", load_.calls, "",
        "CPU us", "(min..max)", "wall us", "calls/s");
    for (const Series* series : All()) PrintRow(*series);
    const Series sum = Sum();
    PrintRow(sum);
    PrintRow(ChainAndTranslation());
  }

  void Judge(Limits& limits) {
    const Series sum = Sum();
    for (Server& gateway : gateways_) {
      limits.AtMost(
          std::to_string(load_.in_flight) + " in flight: " + gateway.series.name + " / sum",
          SpreadOf(Ratios(gateway.series.cpu, sum.cpu)), kCpuLimit);
    }
    const Series bound = ChainAndTranslation();
    const Series& whole = Cheapest(chains_, kBareChains, chains_.size() - kBareChains);
    Inform(bound, sum);
    Inform(whole, sum);
    for (Server& gateway : gateways_) Inform(gateway.series, bound);
    for (Server& gateway : gateways_) Inform(gateway.series, whole);
  }

 private:
  void Fetch(Series& series, const std::function<void()>& then) {
    const FetchStats stats =
        load_.in_flight == 1 ? RunEasyReused(bench_.fetch_url, load_.calls, then)
                             : RunMultiSocket(bench_.fetch_url, load_.calls, load_.in_flight, then);
    const auto expected = static_cast<int64_t>(bench_.document.view().size()) * stats.requests;
    if (stats.failures != 0 || stats.body_bytes != expected) Die("a bare fetch failed");
    series.AddMicros(stats.cpu_us_per_request, stats.wall_us_per_request);
  }

  std::vector<Series*> All() {
    std::vector<Series*> all;
    for (Server& echo : echoes_) all.push_back(&echo.series);
    all.push_back(&fetch_);
    all.push_back(&translation_);
    all.push_back(&fetch_and_translation_);
    for (Server& chain : chains_) all.push_back(&chain.series);
    for (Server& gateway : gateways_) all.push_back(&gateway.series);
    return all;
  }

  // Of `count` of them from the one at `first` on.
  static const Series& Cheapest(const std::vector<Server>& servers, size_t first, size_t count) {
    const auto cheaper = [](const Server& a, const Server& b) {
      return SpreadOf(a.series.cpu).median < SpreadOf(b.series.cpu).median;
    };
    const auto begin = servers.begin() + static_cast<std::ptrdiff_t>(first);
    return std::min_element(begin, begin + static_cast<std::ptrdiff_t>(count), cheaper)->series;
  }

  // Of the cheapest echo, the fetch and the translation.
  Series Sum() const {
    const Series& echo = Cheapest(echoes_, 0, kBareStyles);
    Series sum{"sum of " + echo.name + ", fetch, translation", {}, {}};
    for (size_t i = 0; i < echo.cpu.size(); ++i) {
      sum.cpu.push_back(echo.cpu[i] + fetch_.cpu[i] + translation_.cpu[i]);
    }
    return sum;
  }

  // What a gateway costs that does nothing but what it must: the cheapest chain and the
  // translation.
  Series ChainAndTranslation() const {
    const Series& chain = Cheapest(chains_, 0, kBareChains);
    Series sum{"chain and translation", {}, {}};
    for (size_t i = 0; i < chain.cpu.size(); ++i) {
      sum.cpu.push_back(chain.cpu[i] + translation_.cpu[i]);
    }
    return sum;
  }

  // A ratio without a limit.
  void Inform(const Series& above, const Series& below) const {
    const auto brief = [](const Series& series) {
      const bool style = series.name.starts_with("chain with");
      return series.name.substr(0, series.name.find(style ? "," : " of "));
    };
    const Spread ratio = SpreadOf(Ratios(above.cpu, below.cpu));
    std::printf("  %2d in flight: %s / %s %.2f  (%.2f..%.2f)\n", load_.in_flight,
                brief(above).c_str(), brief(below).c_str(), ratio.median, ratio.min, ratio.max);
  }

  static void PrintRow(const Series& series) {
    const Spread cpu = SpreadOf(series.cpu);
    std::printf("  %-40s %10.1f %8.1f..%-7.1f", series.name.c_str(), cpu.median, cpu.min, cpu.max);
    if (!series.wall.empty()) {
      const double wall = SpreadOf(series.wall).median;
      std::printf(" %10.1f %10.0f", wall, 1e6 / wall);
    }
    std::printf("\n");
  }

  Bench& bench_;
  const Load load_;
  std::vector<Server> echoes_;
  std::vector<Server> chains_;
  std::vector<Server> gateways_;
  Series fetch_{"fetch, bare libcurl", {}, {}};
  Series translation_{"translation, both ways", {}, {}};
  // For information: the two one after the other, each finding the caches as the other left them.
  Series fetch_and_translation_{"fetch and translation in turn", {}, {}};
};

// Lets the load read its connections until the gateway counts `calls` calls.
void AwaitInFlight(const GatewayProcess& gateway, GrpcLoad& load, int calls) {
  constexpr int kTries = 500;
  for (int i = 0; gateway.CallsInFlight() != calls; ++i) {
    if (i == kTries) Die("the gateway does not get to " + std::to_string(calls) + " calls");
    load.Idle();
  }
}

// Memory of a gateway that nobody has called, and of the same with calls that upstream leaves
// unanswered.
void MeasureMemory(const Bench& bench, Limits& limits) {
  const GatewayProcess gateway(bench.folder, bench.upstream_address, true);
  const double idle = gateway.process().ResidentMib();
  GrpcLoad::Options options;
  options.address = gateway.address();
  options.method = kMethod;
  options.request = Bench::Request("stall");
  options.connections = kStalledConnections;
  GrpcLoad load(options);
  load.Open(kStalledCalls);
  AwaitInFlight(gateway, load, kStalledCalls);
  const double stalled = gateway.process().ResidentMib();
  load.CancelOpen();
  AwaitInFlight(gateway, load, 0);
  std::printf("\nmemory, MiB resident\n");
  limits.AtMost("idle", SpreadOf({idle}), kIdleMibLimit);
  limits.AtMost(std::to_string(kStalledCalls) + " calls in flight, upstream stalled",
                SpreadOf({stalled}), kStalledMibLimit);
  std::printf("  %-52s %8.2f\n", "after they were cancelled", gateway.process().ResidentMib());
}

int LoadOnly(const char* address, int in_flight, int calls) {
  const PaddedText document(TestData("billogram_full.json"));
  const auto methods = BillogramMethods();
  Translation translation(FindMethod(*methods, "GetBillogram"), Bench::Request(), document);
  GrpcLoad::Options options;
  options.address = address;
  options.method = kMethod;
  options.request = translation.request();
  options.response_bytes = translation.Once();
  options.connections = in_flight < 4 ? 1 : 4;
  GrpcLoad load(options);
  const int64_t wall = load.Run(calls, in_flight);
  std::printf("%d calls, %.1f us each\n", calls, static_cast<double>(wall) / 1000 / calls);
  return 0;
}

int Main() {
  Bench bench;
  std::vector<Contest> contests;
  for (const Load& load : kLoads) contests.emplace_back(bench, load);
  for (int round = 0; round <= kRounds; ++round) {
    for (Contest& contest : contests) contest.Round(round > 0);
  }
  std::printf(
      "bench_gateway: GetBillogram, %zu B of JSON from upstream, %zu B answer\n"
      "%d interleaved rounds, CPU of the server's process, medians\n",
      bench.document.view().size(), bench.response_bytes, kRounds);
  for (Contest& contest : contests) contest.Print();
  std::printf("\nratios of one round, median (min..max)\n");
  Limits limits;
  for (Contest& contest : contests) contest.Judge(limits);
  MeasureMemory(bench, limits);
  return limits.Finish();
}

}  // namespace
}  // namespace billing::bench

int main(int argc, char** argv) {
  using namespace billing::bench;  // NOLINT(google-build-using-namespace)
  if (argc == 2 && std::string_view(argv[1]) == "--upstream") {
    ServeUpstream(TestData("billogram_full.json"));
  }
  if (argc == 5 && std::string_view(argv[1]) == "--load") {
    return LoadOnly(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  }
  if (argc != 1) Die("usage: bench_gateway [--upstream | --load ADDRESS IN_FLIGHT CALLS]");
  return Main();
}
