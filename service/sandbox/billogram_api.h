#ifndef SERVICE_SANDBOX_BILLOGRAM_API_H_
#define SERVICE_SANDBOX_BILLOGRAM_API_H_

#include <string_view>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/world.h"

namespace billing::sandbox {

// The Billogram API v2 under /api/v2: authentication, routing, envelopes (reference, 1 to 3). Not
// thread-safe.
class BillogramApi {
 public:
  static constexpr std::string_view kPrefix = "/api/v2/";

  explicit BillogramApi(World& world) : world_(world) {}

  common::HttpResponse Answer(const common::HttpRequest& request);

 private:
  Expected<Account*> Authenticate(const common::HttpRequest& request) const;

  World& world_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_API_H_
