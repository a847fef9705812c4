#ifndef SERVICE_SANDBOX_SANDBOX_H_
#define SERVICE_SANDBOX_SANDBOX_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/common/http/message.h"
#include "service/common/http/server.h"
#include "service/sandbox/billogram_api.h"
#include "service/sandbox/control.h"
#include "service/sandbox/faults.h"
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

 private:
  const std::function<absl::Time()> real_time_;
  World world_;
  FaultBook faults_;
  RequestLog log_;
  BillogramApi billogram_;
  Control control_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_SANDBOX_H_
