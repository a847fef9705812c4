#ifndef SERVICE_SANDBOX_CONTROL_H_
#define SERVICE_SANDBOX_CONTROL_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billpro/web_pages.h"
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
      : world_(world), faults_(faults), log_(log), billpro_(world) {}

  common::HttpResponse Answer(const common::HttpRequest& request);

  // Whether a request may change the world, rather than the faults and the log alone.
  static bool ChangesWorld(const common::HttpRequest& request);

 private:
  // The data of a success.
  using Result = Expected<Json>;

  Result Route(const common::HttpRequest& request, std::string_view name);
  Result Act(const std::string& path, std::string_view name, const Json& body);
  Result SetClock(const Json& body);
  Result AddFault(const Json& body);
  Result SetFeatures(const Json& body);
  Result ConfirmSettings(const Json& body);
  Result MakeReport(const Json& body);
  Result TabFailures() const;

  // control_recipient.cc: what recipients, banks and partners do to billograms.
  struct Target;
  Expected<Target> FindTarget(const Json& body, const FieldPath& path) const;
  Result Pay(const Json& body);
  Result Recall(const Json& body);
  Result Write(const Json& body);
  Result Deliver(const Json& body);
  Result Collect(const Json& body);
  Result AcceptOffer(const Json& body);

  // control_seed.cc
  Result Seed(const Json& body);

  // The account that a body names by "account", the first one where it names none.
  Expected<Account*> AccountOf(const Json& body) const;
  Result Requests(const common::HttpRequest& request) const;
  Result Reset();

  World& world_;
  FaultBook& faults_;
  RequestLog& log_;
  billpro::WebPages billpro_;
};

// Refuses a body with other keys.
MaybeError OnlyKeys(const Json& body, std::initializer_list<std::string_view> known);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_CONTROL_H_
