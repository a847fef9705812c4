#ifndef SERVICE_SANDBOX_BILLOGRAM_API_H_
#define SERVICE_SANDBOX_BILLOGRAM_API_H_

#include <string>
#include <string_view>
#include <vector>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/listing.h"
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
  struct Call;
  // The whole body of a success.
  using Result = Expected<std::string>;

  Expected<Account*> Authenticate(const common::HttpRequest& request) const;
  Result Route(const Call& call);
  Result Billograms(const Call& call);
  Result OneBillogram(const Call& call);
  Result Command(const Call& call);
  Result Pdf(const Call& call, std::string_view id);
  Result Attachment(const Call& call);
  Result Customers(const Call& call);
  Result OneCustomer(const Call& call);
  Result ListBillograms(const Call& call);
  Result ListCustomers(const Call& call);
  Result ListEvents(const Call& call);

  World& world_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_API_H_
