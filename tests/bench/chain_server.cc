// The least that a gateway of one thread can cost: a bare gRPC server that makes one bare libcurl
// fetch for each call and answers with the first bytes of what it got. Nothing is checked, counted
// or given up.
//
//   chain_server --style=blocking|multi --url=URL [--bytes=2718 | --translate]
//
// --translate  does the translation of a GetBillogram where a gateway does it, between the fetch
//              and the answer, so that each of the three finds the caches as the others left them
//
// blocking  fetches in the loop that serves the completion queue, with one handle: a call at a time
// multi     curl_multi_socket_action on epoll, gRPC's own poll set nested in it; what serves the
//           queue and what serves curl alternate on one thread
//
// Both take calls by AsyncGenericService on a completion queue, as echo_server's cq_generic does.
// The line printed is the port. Serves until it is killed.
#include <grpc/support/time.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/grpc_poll_set.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/request.h"
#include "tests/bench/fetcher.h"
#include "tests/bench/fixtures.h"

namespace billing::bench {
namespace {

using gateway::translate::JsonToWire;
using gateway::translate::RequestBuilder;
using gateway::translate::RestRequest;

struct Options {
  std::string style;
  std::string url;
  size_t bytes = 2718;
  bool translate = false;
};

// Calls awaited at a time.
constexpr int kPending = 64;
// As the gateway: a few events reach the queue without waking who waits in its poll set.
constexpr int kLookAtQueueMs = 5;

[[noreturn]] void Fail(std::string_view what) {
  std::fprintf(stderr, "chain_server: %.*s\n", static_cast<int>(what.size()), what.data());
  std::_Exit(1);
}

class Call;

// What becomes of the fetched body: its first bytes, or what the gateway would answer.
class Answerer {
 public:
  explicit Answerer(const Options& options) : bytes_(options.bytes) {
    if (!options.translate) return;
    methods_ = BillogramMethods();
    method_ = &FindMethod(*methods_, "GetBillogram");
  }

  // The view lasts until the next call. `body` has room for the padding that the parser wants.
  std::string_view Answer(const grpc::ByteBuffer& request, bool ok, std::string& body) {
    if (!ok || body.size() < bytes_) Fail("a fetch failed");
    if (method_ == nullptr) return std::string_view(body).substr(0, bytes_);
    const grpc::Slice message = gateway::rpc::Flatten(request);
    RestRequest rest;
    if (!builder_.Build(*method_, "acme", gateway::rpc::View(message), &rest)) {
      Fail("the request is refused");
    }
    const size_t size = body.size();
    body.append(gateway::translate::kJsonPadding, '\0');
    const auto answer = to_wire_.TranslateAnswer(method_->answer, {body.data(), size});
    if (answer.verdict != JsonToWire::Answer::Verdict::kOk) Fail(to_wire_.error());
    return to_wire_.wire();
  }

 private:
  const size_t bytes_;
  std::unique_ptr<gateway::translate::MethodTable> methods_;
  const gateway::translate::Method* method_ = nullptr;
  RequestBuilder builder_;
  JsonToWire to_wire_;
};

// Fetches for a call, and answers it then or later.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  virtual void Fetch(Call& call) = 0;
};

// One call after another, in the same memory.
class Call {
 public:
  Call(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue, Fetcher& fetcher)
      : service_(service), queue_(queue), fetcher_(fetcher) {
    Request();
  }

  void Go(bool ok) {
    switch (state_) {
      case State::kRequested:
        if (!ok) return;
        state_ = State::kReading;
        return stream_->Read(&request_, this);
      case State::kReading:
        state_ = State::kFinishing;
        return fetcher_.Fetch(*this);
      case State::kFinishing:
        return Request();
    }
  }

  void Answer(Answerer& answerer, bool ok, std::string& body) {
    const std::string_view bytes = answerer.Answer(request_, ok, body);
    const grpc::Slice slice(bytes.data(), bytes.size());
    const grpc::ByteBuffer answer(&slice, 1);
    stream_->WriteAndFinish(answer, {}, grpc::Status::OK, this);
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
  Fetcher& fetcher_;
  State state_ = State::kRequested;
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
  grpc::ByteBuffer request_;
};

class BlockingFetcher : public Fetcher {
 public:
  explicit BlockingFetcher(const Options& options)
      : answerer_(options), easy_(MakeEasy(options.url, body_)) {}

  void Fetch(Call& call) override {
    body_.clear();
    const CURLcode code = curl_easy_perform(easy_.get());
    call.Answer(answerer_, IsOk(easy_.get(), code), body_);
  }

 private:
  Answerer answerer_;
  std::string body_;
  const Easy easy_;
};

class LoopFetcher : public Fetcher {
 public:
  explicit LoopFetcher(const Options& options)
      : answerer_(options),
        multi_(options.url, kPending, [this](void* call, bool ok, std::string& body) {
          static_cast<Call*>(call)->Answer(answerer_, ok, body);
        }) {}

  void Fetch(Call& call) override { multi_.Start(&call); }
  MultiFetcher& multi() { return multi_; }

 private:
  Answerer answerer_;
  MultiFetcher multi_;
};

// The server and its calls.
class Chain {
 public:
  explicit Chain(Fetcher& fetcher) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) Fail("cannot listen");
    poll_set_ = gateway::rpc::FindGrpcPollSet("127.0.0.1:" + std::to_string(port));
    if (poll_set_ < 0) Fail("gRPC's poll set is not found");
    for (int i = 0; i < kPending; ++i) {
      calls_.push_back(std::make_unique<Call>(service_, *queue_, fetcher));
    }
    std::printf("%d\n", port);
    std::fflush(stdout);
  }

  int poll_set() const { return poll_set_; }

  void Wait() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_->Next(&tag, &ok)) Fail("the queue ended");
    static_cast<Call*>(tag)->Go(ok);
  }

  void Drain() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
           grpc::CompletionQueue::GOT_EVENT) {
      static_cast<Call*>(tag)->Go(ok);
    }
  }

 private:
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  int poll_set_ = -1;
  std::vector<std::unique_ptr<Call>> calls_;
};

[[noreturn]] void ServeBlocking(const Options& options) {
  BlockingFetcher fetcher(options);
  Chain chain(fetcher);
  for (;;) chain.Wait();
}

[[noreturn]] void ServeLoop(const Options& options) {
  LoopFetcher fetcher(options);
  Chain chain(fetcher);
  fetcher.multi().Watch(chain.poll_set());
  for (;;) {
    if (fetcher.multi().running() == 0) chain.Wait();
    chain.Drain();
    if (fetcher.multi().running() > 0) fetcher.multi().Turn(kLookAtQueueMs);
  }
}

std::optional<Options> ParseFlags(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--translate") {
      options.translate = true;
      continue;
    }
    const size_t equals = flag.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = flag.substr(0, equals);
    const std::string_view value = flag.substr(equals + 1);
    if (name == "--style") {
      options.style = value;
    } else if (name == "--url") {
      options.url = value;
    } else if (name == "--bytes") {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), options.bytes);
      if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (options.url.empty()) return std::nullopt;
  return options;
}

int Main(int argc, char** argv) {
  const std::optional<Options> options = ParseFlags(argc, argv);
  if (options.has_value() && options->style == "blocking") ServeBlocking(*options);
  if (options.has_value() && options->style == "multi") ServeLoop(*options);
  std::fprintf(stderr, "usage: %s --style=blocking|multi --url=URL [--bytes=N | --translate]\n",
               argv[0]);
  return 2;
}

}  // namespace
}  // namespace billing::bench

int main(int argc, char** argv) {
  // As the gateway does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return billing::bench::Main(argc, argv);
}
