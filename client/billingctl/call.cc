#include "client/billingctl/call.h"

#include <google/protobuf/arena.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace billing::ctl {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

grpc::ByteBuffer Bytes(const Message& message) {
  grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

bool Parse(grpc::ByteBuffer& buffer, Message& message) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return false;
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return message.ParseFromString(bytes);
}

// One call over a queue of its own, one operation at a time.
class Exchange {
 public:
  Exchange(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method,
           grpc::ClientContext& context)
      : context_(context),
        stub_(channel),
        call_(stub_.PrepareCall(
            &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()),
            &queue_)) {}

  ~Exchange() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  bool Send(const Message& request) {
    call_->StartCall(nullptr);
    if (!Wait()) return false;
    call_->WriteLast(Bytes(request), grpc::WriteOptions(), nullptr);
    return Wait();
  }

  bool Receive(grpc::ByteBuffer& buffer) {
    buffer.Clear();
    call_->Read(&buffer, nullptr);
    return Wait();
  }

  void Cancel() { context_.TryCancel(); }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return status;
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::ClientContext& context_;
  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace

grpc::Status CallMethod(const std::shared_ptr<grpc::Channel>& channel,
                        const MethodDescriptor& method, const Message& request,
                        grpc::ClientContext& context,
                        const std::function<bool(const Message&)>& answer) {
  const Message* const prototype =
      MessageFactory::generated_factory()->GetPrototype(method.output_type());
  // A page has a hundred thousand small parts, which an arena takes and drops at once.
  google::protobuf::ArenaOptions options;
  options.start_block_size = size_t{16} << 10;
  options.max_block_size = size_t{1} << 20;
  google::protobuf::Arena arena(options);
  Exchange exchange(channel, method, context);
  grpc::ByteBuffer buffer;
  bool sent = exchange.Send(request);
  while (sent && exchange.Receive(buffer)) {
    arena.Reset();
    Message* const message = prototype->New(&arena);
    if (!Parse(buffer, *message)) {
      exchange.Cancel();
      exchange.Finish();
      return {grpc::StatusCode::INTERNAL,
              absl::StrCat("an answer is no ", prototype->GetTypeName())};
    }
    if (!answer(*message)) {
      exchange.Cancel();
      sent = false;
    }
  }
  return exchange.Finish();
}

}  // namespace billing::ctl
