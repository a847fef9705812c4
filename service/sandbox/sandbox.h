#ifndef SERVICE_SANDBOX_SANDBOX_H_
#define SERVICE_SANDBOX_SANDBOX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/common/http/message.h"
#include "service/common/http/server.h"
#include "service/sandbox/billogram_api.h"
#include "service/sandbox/billpro/billpro_api.h"
#include "service/sandbox/control.h"
#include "service/sandbox/faults.h"
#include "service/sandbox/journal.h"
#include "service/sandbox/request_log.h"
#include "service/sandbox/world.h"

namespace billing::sandbox {

// The simulated providers behind one HTTP server. Not thread-safe: all requests are to come from
// one thread.
class Sandbox {
 public:
  struct Options {
    uint64_t seed = 1;  // of credentials, ids and fault rates
    std::vector<std::string> accounts = {"acme"};
    std::function<absl::Time()> real_time;  // absl::Now where it is empty
  };

  explicit Sandbox(Options options);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // Serves a request; the sandbox must outlive the responder's server.
  void Serve(const common::HttpRequest& request, common::HttpResponder responder);

  // What a request gets, faults included, without a connection.
  common::HttpResponse Answer(const common::HttpRequest& request);

  const World& world() const { return world_; }

  // Keeps everything in a directory from now on, after bringing back what it holds already; to be
  // called before the first request. Errors as of Journal::Open().
  absl::Status KeepIn(const std::string& directory);

 private:
  common::HttpResponse AnswerNow(const common::HttpRequest& request);
  // What the provider whose path it is answers.
  common::HttpResponse AnswerAsProvider(const common::HttpRequest& request);
  // Notes a request that may change something; what went wrong, as an answer.
  std::optional<common::HttpResponse> Note(const common::HttpRequest& request);

  const Journal::Origin origin_;
  const std::function<absl::Time()> real_time_;
  // While a request is served time stands still: what it causes depends on one moment only.
  std::optional<absl::Time> moment_;
  World world_;
  FaultBook faults_;
  RequestLog log_;
  BillogramApi billogram_;
  billpro::BillProApi billpro_;
  Control control_;
  std::unique_ptr<Journal> journal_;  // null: kept in memory alone
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_SANDBOX_H_
