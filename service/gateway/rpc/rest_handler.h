#ifndef SERVICE_GATEWAY_RPC_REST_HANDLER_H_
#define SERVICE_GATEWAY_RPC_REST_HANDLER_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/gateway/rpc/accounts.h"
#include "service/gateway/rpc/call.h"
#include "service/gateway/rpc/call_context.h"
#include "service/gateway/rpc/call_recorder.h"
#include "service/gateway/rpc/silent_calls.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/request.h"
#include "service/gateway/upstream/upstream_loop.h"

namespace billing::gateway::rpc {

class FileBody;

// Serves every RPC that stands for a REST call: one generic handler, nothing written per method.
//
// Thread-safe. What it is made of must outlive it, and it must outlive the server.
class RestHandler {
 public:
  struct Options {
    size_t max_response_bytes = size_t{32} << 20;
    // The same for an answer with a file, which is passed on as it comes: in base64 as it may be.
    size_t max_file_bytes = size_t{256} << 20;
    int max_json_depth = 64;  // of an answer
    // For calls that come without a deadline.
    absl::Duration default_deadline = absl::Seconds(60);
    absl::Time (*now)() = &absl::Now;
  };

  RestHandler(const Options& options, const translate::MethodTable& methods,
              const AccountBook& accounts, upstream::UpstreamLoop& upstream,
              CallRecorder& recorder);
  ~RestHandler();

  // The handler of a method, null if it is no REST-backed one. Called for every call that comes.
  const Handler* Find(std::string_view method);

 private:
  // Translators with their buffers, reused from call to call.
  struct Translators {
    explicit Translators(int max_depth) : request(max_depth), answer(max_depth) {}
    translate::RequestBuilder request;
    translate::JsonToWire answer;
  };
  class Lease;
  // One call under way.
  struct Run;
  class Export;
  // One try to get a file.
  struct FileAttempt;

  common::Task<void> Serve(ServerCall& call, const translate::Method& method);
  common::Task<void> ServeExport(Run& run);
  common::Task<void> ServeFile(Run& run);
  common::Task<FileAttempt> TryFile(Run& run);
  void JudgeFile(Run& run, FileBody& body, FileAttempt* attempt);
  absl::Time AnswerBy(const CallContext& context) const;
  bool Prepare(Run& run, const grpc::ByteBuffer& message);
  bool BuildTransfer(Run& run);
  common::Task<bool> CheckWholeSet(Run& run);
  bool CompareSet(Run& run, Run& read, upstream::TransferResult& result);
  bool Succeeded(Run& run, upstream::TransferResult& result);
  bool TranslateAnswer(Run& run, upstream::TransferResult& result, grpc::ByteBuffer* reply);
  bool TranslatePage(Run& run, upstream::TransferResult& result,
                     translate::JsonToWire::Answer* answer, std::string* wire);
  bool AcceptNothing(const Run& run, const upstream::TransferResult& result);
  bool Translate(Run& run, upstream::TransferResult& result, Lease& translators,
                 translate::JsonToWire::Answer* answer);
  static void AddOrigin(const Run& run, translate::CallError& error);
  void ReplyEnd(Run& run);
  void Reply(Run& run, const grpc::ByteBuffer& reply);
  void ReplyError(Run& run);

  const Options options_;
  const translate::MethodTable& methods_;
  const AccountBook& accounts_;
  upstream::UpstreamLoop& upstream_;
  CallRecorder& recorder_;
  IdGenerator ids_;
  SilentCalls silent_;
  std::vector<Handler> handlers_;  // by Method::index

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Translators>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_REST_HANDLER_H_
