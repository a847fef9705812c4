#include "tests/unit/gateway/rpc/client_testing.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "google/rpc/status.pb.h"

namespace billing::gateway::rpc {
namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

grpc::ByteBuffer ToBuffer(const std::string& text) {
  const grpc::Slice slice(text);
  return {&slice, 1};
}

std::string ToText(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

std::multimap<std::string, std::string> Copy(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  std::multimap<std::string, std::string> copy;
  for (const auto& [key, value] : metadata) {
    copy.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return copy;
}

template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return std::nullopt;
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

}  // namespace

ClientStream::ClientStream(grpc::GenericStub& stub, const std::string& method,
                           const ClientOptions& options) {
  context_.set_deadline(absl::ToChronoTime(options.deadline));
  if (options.gzip) context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  for (const auto& [key, value] : options.metadata) context_.AddMetadata(key, value);
  stream_ = stub.PrepareCall(&context_, method, &queue_);
  stream_->StartCall(this);
  Wait();
}

ClientStream::~ClientStream() {
  if (!finished_) {
    context_.TryCancel();
    Finish();
  }
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool ClientStream::Wait() {
  void* tag = nullptr;
  bool ok = false;
  return queue_.Next(&tag, &ok) && ok;
}

bool ClientStream::Write(const std::string& message) {
  stream_->Write(ToBuffer(message), this);
  return Wait();
}

bool ClientStream::WritesDone() {
  closed_ = true;
  stream_->WritesDone(this);
  return Wait();
}

std::optional<std::string> ClientStream::Read() {
  grpc::ByteBuffer message;
  stream_->Read(&message, this);
  if (!Wait()) return std::nullopt;
  return ToText(message);
}

grpc::Status ClientStream::Finish() {
  if (!closed_) WritesDone();
  while (Read().has_value()) {
  }
  grpc::Status status;
  stream_->Finish(&status, this);
  Wait();
  finished_ = true;
  return status;
}

Client::Client(const std::string& address) : stub_(Connect(address)) {}

std::unique_ptr<ClientStream> Client::Open(const std::string& method,
                                           const ClientOptions& options) {
  return std::make_unique<ClientStream>(stub_, method, options);
}

Reply Client::Call(const std::string& method, const std::vector<std::string>& requests,
                   const ClientOptions& options) {
  const auto stream = Open(method, options);
  for (const std::string& request : requests) {
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  Reply reply;
  while (std::optional<std::string> message = stream->Read()) reply.messages.push_back(*message);
  reply.status = stream->Finish();
  reply.initial = Copy(stream->context().GetServerInitialMetadata());
  reply.trailing = Copy(stream->context().GetServerTrailingMetadata());
  return reply;
}

google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
  return DetailOf<google::rpc::ErrorInfo>(status).value_or(google::rpc::ErrorInfo());
}

std::optional<google::rpc::RetryInfo> RetryInfoOf(const grpc::Status& status) {
  return DetailOf<google::rpc::RetryInfo>(status);
}

}  // namespace billing::gateway::rpc
