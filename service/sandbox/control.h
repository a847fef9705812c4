#ifndef SERVICE_SANDBOX_CONTROL_H_
#define SERVICE_SANDBOX_CONTROL_H_

#include <string_view>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/faults.h"
#include "service/sandbox/request_log.h"
#include "service/sandbox/world.h"

namespace billing::sandbox {

// The endpoints under /sandbox: what an outside party would do, and what tests want to know. They
// need no credentials and are never struck by a fault. Not thread-safe.
class Control {
 public:
  static constexpr std::string_view kPrefix = "/sandbox/";

  Control(World& world, FaultBook& faults, RequestLog& log)
      : world_(world), faults_(faults), log_(log) {}

  common::HttpResponse Answer(const common::HttpRequest& request);

 private:
  // The data of a success.
  using Result = Expected<Json>;

  Result Route(const common::HttpRequest& request, std::string_view name);
  Result SetClock(const Json& body);
  Result Pay(const Json& body);
  Result AddFault(const Json& body);
  Result SetFeatures(const Json& body);
  Result Requests(const common::HttpRequest& request) const;
  Result Reset();

  World& world_;
  FaultBook& faults_;
  RequestLog& log_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_CONTROL_H_
