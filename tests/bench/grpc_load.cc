#include "tests/bench/grpc_load.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "tests/bench/measure.h"

namespace billing::bench {
namespace {

grpc::ByteBuffer ToByteBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

}  // namespace

struct GrpcLoad::Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
};

GrpcLoad::GrpcLoad(const Options& options)
    : options_(options), request_(ToByteBuffer(options.request)) {
  for (int i = 0; i < options_.connections; ++i) {
    grpc::ChannelArguments arguments;
    // Else channels to one address share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
    auto channel =
        grpc::CreateCustomChannel(options_.address, grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
      Die("cannot connect to " + options_.address);
    }
    stubs_.push_back(std::make_unique<grpc::GenericStub>(channel));
  }
}

GrpcLoad::~GrpcLoad() {
  CancelOpen();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

int64_t GrpcLoad::Run(int calls, int in_flight) {
  std::vector<Call> slots(static_cast<size_t>(std::min(calls, in_flight)));
  const int64_t begin = WallNanos();
  int started = 0;
  for (Call& call : slots) {
    Start(call);
    ++started;
  }
  for (int done = 0; done < calls; ++done) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) Die("the queue of the load has ended");
    Call& call = *static_cast<Call*>(tag);
    Take(call);
    if (started == calls) continue;
    Start(call);
    ++started;
  }
  return WallNanos() - begin;
}

void GrpcLoad::Open(int calls) {
  for (int i = 0; i < calls; ++i) {
    open_.push_back(std::make_unique<Call>());
    Start(*open_.back());
  }
}

void GrpcLoad::CancelOpen() {
  for (const auto& call : open_) call->context->TryCancel();
  for (size_t i = 0; i < open_.size(); ++i) {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
  }
  open_.clear();
}

void GrpcLoad::Idle() {
  void* tag = nullptr;
  bool ok = false;
  const auto until = std::chrono::system_clock::now() + std::chrono::milliseconds(20);
  if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::TIMEOUT) {
    Die(options_.method + ": a call ended that should not");
  }
}

void GrpcLoad::Start(Call& call) {
  call.reader.reset();
  call.context.emplace();
  call.response.Clear();
  grpc::GenericStub& stub = *stubs_[next_stub_];
  next_stub_ = (next_stub_ + 1) % stubs_.size();
  call.reader = stub.PrepareUnaryCall(&*call.context, options_.method, request_, &queue_);
  call.reader->StartCall();
  call.reader->Finish(&call.response, &call.status, &call);
}

void GrpcLoad::Take(Call& call) const {
  if (!call.status.ok()) {
    Die(options_.method + ": " + call.status.error_message() + " (" +
        std::to_string(call.status.error_code()) + ")");
  }
  if (call.response.Length() != options_.response_bytes) {
    Die(options_.method + ": an answer of " + std::to_string(call.response.Length()) + " bytes");
  }
}

}  // namespace billing::bench
