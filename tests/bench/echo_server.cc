// A bare gRPC server for the benchmark: answers every call with the same bytes.
//
//   echo_server --style=cq_generic|cq_raw|callback_generic|server [--bytes=2718] [--threads=1]
//
// cq_generic  AsyncGenericService on completion queues, the style of the gateway, nothing around it
// cq_raw      one registered method on completion queues; its request comes with the call
// callback_generic  CallbackGenericService on gRPC's own threads
// server      billing::gateway::rpc::Server
//
// The first line printed is the port. SIGUSR1 prints calls and CPU since the last such line,
// SIGTERM does so once more and ends.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/async_unary_call.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/server.h"

namespace billing::bench {
namespace {

struct Options {
  std::string style = "cq_generic";
  int bytes = 2718;
  int threads = 1;
};

// Calls awaited at a time on each queue.
constexpr int kPending = 64;

struct Echo {
  grpc::ByteBuffer answer;
  std::atomic<int64_t> calls{0};
  void Count() { calls.fetch_add(1, std::memory_order_relaxed); }
};

// One call of cq_generic; its memory serves call after call.
class GenericCall {
 public:
  GenericCall(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue, Echo& echo)
      : service_(service), queue_(queue), echo_(echo) {
    Request();
  }

  void Go(bool ok) {
    switch (state_) {
      case State::kRequested:
        if (!ok) return;
        state_ = State::kReading;
        return stream_->Read(&request_, this);
      case State::kReading:
        echo_.Count();
        state_ = State::kFinishing;
        return stream_->WriteAndFinish(echo_.answer, {}, grpc::Status::OK, this);
      case State::kFinishing:
        return Request();
    }
  }

 private:
  enum class State { kRequested, kReading, kFinishing };

  void Request() {
    state_ = State::kRequested;
    stream_.reset();
    stream_.emplace(&context_.emplace());
    request_.Clear();
    service_.RequestCall(&*context_, &*stream_, &queue_, &queue_, this);
  }

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  Echo& echo_;
  State state_ = State::kRequested;
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
  grpc::ByteBuffer request_;
};

class RawService : public grpc::Service {
 public:
  RawService() {
    AddMethod(new grpc::internal::RpcServiceMethod("/bench.Echo/Call",
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

// One call of cq_raw.
class RawCall {
 public:
  RawCall(RawService& service, grpc::ServerCompletionQueue& queue, Echo& echo)
      : service_(service), queue_(queue), echo_(echo) {
    Request();
  }

  void Go(bool ok) {
    if (answered_) return Request();
    if (!ok) return;
    answered_ = true;
    echo_.Count();
    writer_->Finish(echo_.answer, grpc::Status::OK, this);
  }

 private:
  void Request() {
    answered_ = false;
    writer_.reset();
    writer_.emplace(&context_.emplace());
    request_.Clear();
    service_.RequestAsyncUnary(0, &*context_, &request_, &*writer_, &queue_, &queue_, this);
  }

  RawService& service_;
  grpc::ServerCompletionQueue& queue_;
  Echo& echo_;
  bool answered_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer request_;
};

class CallbackService : public grpc::CallbackGenericService {
 public:
  explicit CallbackService(Echo& echo) : echo_(echo) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Reactor(echo_);
  }

 private:
  class Reactor : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(Echo& echo) : echo_(echo) { StartRead(&request_); }
    void OnReadDone(bool /*ok*/) override {
      echo_.Count();
      StartWriteAndFinish(&echo_.answer, {}, grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    Echo& echo_;
    grpc::ByteBuffer request_;
  };

  Echo& echo_;
};

// Serves the queue with calls of one kind until the process ends.
template <typename Call, typename Service>
void Poll(Service& service, grpc::ServerCompletionQueue& queue, Echo& echo) {
  std::vector<std::unique_ptr<Call>> calls;
  calls.reserve(kPending);
  for (int i = 0; i < kPending; ++i) {
    calls.push_back(std::make_unique<Call>(service, queue, echo));
  }
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<Call*>(tag)->Go(ok);
}

double CpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

// Prints on every signal; ends on SIGTERM.
[[noreturn]] void Report(const Echo& echo, const sigset_t& signals) {
  int64_t calls = 0;
  double cpu = CpuMicros();
  for (int signal = 0; signal != SIGTERM;) {
    sigwait(&signals, &signal);
    const int64_t new_calls = echo.calls.load() - calls;
    const double new_cpu = CpuMicros() - cpu;
    std::printf("calls=%lld cpu_us=%.0f cpu_us_per_call=%.2f\n", static_cast<long long>(new_calls),
                new_cpu, new_calls == 0 ? 0.0 : new_cpu / static_cast<double>(new_calls));
    std::fflush(stdout);
    calls += new_calls;
    cpu += new_cpu;
  }
  // The polling threads are idle, and there is nothing to save.
  _exit(0);
}

void PrintPort(int port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
}

int ServeBare(const Options& options, Echo& echo, const sigset_t& signals) {
  grpc::AsyncGenericService generic;
  RawService raw;
  CallbackService callback(echo);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  if (options.style == "callback_generic") {
    builder.RegisterCallbackGenericService(&callback);
  } else {
    for (int i = 0; i < options.threads; ++i) queues.push_back(builder.AddCompletionQueue());
  }
  if (options.style == "cq_generic") builder.RegisterAsyncGenericService(&generic);
  if (options.style == "cq_raw") builder.RegisterService(&raw);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::vector<std::thread> threads;
  for (const auto& queue : queues) {
    if (options.style == "cq_raw") {
      threads.emplace_back([&] { Poll<RawCall>(raw, *queue, echo); });
    } else {
      threads.emplace_back([&] { Poll<GenericCall>(generic, *queue, echo); });
    }
  }
  PrintPort(port);
  Report(echo, signals);
}

int ServeOurs(const Options& options, Echo& echo, const sigset_t& signals) {
  namespace rpc = gateway::rpc;
  const rpc::Handler handler = {.run = [&echo](rpc::ServerCall& call) -> common::Task<void> {
    const std::optional<grpc::ByteBuffer> request = co_await call.Read();
    echo.Count();
    call.WriteAndFinish(echo.answer, grpc::Status::OK);
  }};
  auto server = rpc::Server::Start({.threads = options.threads},
                                   [&handler](std::string_view) { return &handler; });
  if (!server.ok()) return 1;
  PrintPort((*server)->port());
  Report(echo, signals);
}

std::optional<Options> ParseFlags(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const size_t equals = flag.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = flag.substr(0, equals);
    const std::string_view value = flag.substr(equals + 1);
    if (name == "--style") {
      options.style = value;
      continue;
    }
    int* const number = name == "--bytes"     ? &options.bytes
                        : name == "--threads" ? &options.threads
                                              : nullptr;
    if (number == nullptr) return std::nullopt;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *number);
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  }
  for (const std::string_view style : {"cq_generic", "cq_raw", "callback_generic", "server"}) {
    if (options.style == style) return options;
  }
  return std::nullopt;
}

int Main(int argc, char** argv) {
  const std::optional<Options> options = ParseFlags(argc, argv);
  if (!options.has_value()) {
    std::fprintf(stderr,
                 "usage: %s --style=cq_generic|cq_raw|callback_generic|server [--bytes=N] "
                 "[--threads=N]\n",
                 argv[0]);
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const grpc::Slice slice(std::string(static_cast<size_t>(options->bytes), 'x'));
  Echo echo;
  echo.answer = grpc::ByteBuffer(&slice, 1);
  if (options->style == "server") return ServeOurs(*options, echo, signals);
  return ServeBare(*options, echo, signals);
}

}  // namespace
}  // namespace billing::bench

int main(int argc, char** argv) {
  // As the gateway does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return billing::bench::Main(argc, argv);
}
