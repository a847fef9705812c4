#ifndef TESTS_BENCH_GRPC_LOAD_H_
#define TESTS_BENCH_GRPC_LOAD_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace billing::bench {

// Makes unary calls of one kind, a fixed number at a time. One thread, that of the caller.
class GrpcLoad {
 public:
  struct Options {
    std::string address;        // "127.0.0.1:50051"
    std::string method;         // "/package.Service/Method"
    std::string request;        // wire bytes
    size_t response_bytes = 0;  // what every answer must have
    int connections = 1;
  };
  explicit GrpcLoad(const Options& options);
  ~GrpcLoad();
  GrpcLoad(const GrpcLoad&) = delete;
  GrpcLoad& operator=(const GrpcLoad&) = delete;

  // Makes `calls` calls, `in_flight` at a time, and returns the nanoseconds it took. Ends the
  // process if a call fails or its answer has another size.
  int64_t Run(int calls, int in_flight);

  // Starts calls that are not expected to end, and cancels those.
  void Open(int calls);
  void CancelOpen();
  // Serves the connections for a moment.
  void Idle();

 private:
  struct Call;

  void Start(Call& call);
  void Take(Call& call) const;

  const Options options_;
  const grpc::ByteBuffer request_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  size_t next_stub_ = 0;
  std::vector<std::unique_ptr<Call>> open_;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_GRPC_LOAD_H_
