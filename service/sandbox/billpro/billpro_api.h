#ifndef SERVICE_SANDBOX_BILLPRO_BILLPRO_API_H_
#define SERVICE_SANDBOX_BILLPRO_BILLPRO_API_H_

#include <string_view>

#include "service/common/http/message.h"
#include "service/sandbox/world.h"

namespace billing::sandbox::billpro {

// The BillPro API v1 under /api/v1: tokens, profiles, routing, bodies (reference, 1 to 3). Not
// thread-safe.
class BillProApi {
 public:
  static constexpr std::string_view kPrefix = "/api/v1/";

  explicit BillProApi(World& world) : world_(world) {}

  common::HttpResponse Answer(const common::HttpRequest& request);

 private:
  World& world_;
};

// The "host:port" that a request was sent to, which payment links lead back to.
std::string_view HostOf(const common::HttpRequest& request);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_BILLPRO_API_H_
