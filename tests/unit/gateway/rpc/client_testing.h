#ifndef TESTS_UNIT_GATEWAY_RPC_CLIENT_TESTING_H_
#define TESTS_UNIT_GATEWAY_RPC_CLIENT_TESTING_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"

namespace billing::gateway::rpc {

struct ClientOptions {
  absl::Time deadline = absl::Now() + absl::Seconds(60);
  std::multimap<std::string, std::string> metadata;
  bool gzip = false;
};

// One RPC of any kind on raw bytes, by gRPC's own client; every method blocks.
class ClientStream {
 public:
  ClientStream(grpc::GenericStub& stub, const std::string& method, const ClientOptions& options);
  // Cancels the call if it is not finished.
  ~ClientStream();

  bool Write(const std::string& message);
  bool WritesDone();
  std::optional<std::string> Read();
  // Half-closes, and drops what was not read.
  grpc::Status Finish();
  void Cancel() { context_.TryCancel(); }

  grpc::ClientContext& context() { return context_; }

 private:
  bool Wait();

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  bool closed_ = false;
  bool finished_ = false;
};

struct Reply {
  grpc::Status status;
  std::vector<std::string> messages;
  std::multimap<std::string, std::string> initial;
  std::multimap<std::string, std::string> trailing;
};

// A client with a connection of its own. Thread-safe.
class Client {
 public:
  explicit Client(const std::string& address);

  std::unique_ptr<ClientStream> Open(const std::string& method, const ClientOptions& options = {});
  // Sends the requests, half-closes, reads to the end.
  Reply Call(const std::string& method, const std::vector<std::string>& requests,
             const ClientOptions& options = {});

 private:
  grpc::GenericStub stub_;
};

// The google.rpc.ErrorInfo among the details of a status; empty where there is none.
google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status);
std::optional<google::rpc::RetryInfo> RetryInfoOf(const grpc::Status& status);

}  // namespace billing::gateway::rpc

#endif  // TESTS_UNIT_GATEWAY_RPC_CLIENT_TESTING_H_
