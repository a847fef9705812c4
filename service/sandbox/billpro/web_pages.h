#ifndef SERVICE_SANDBOX_BILLPRO_WEB_PAGES_H_
#define SERVICE_SANDBOX_BILLPRO_WEB_PAGES_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billpro/profile.h"
#include "service/sandbox/json.h"
#include "service/sandbox/world.h"

namespace billing::sandbox::billpro {

// The endpoints under /sandbox that do what BillPro's checkout and web pages do: customers who pay,
// staff who make products and look after orders. Not thread-safe.
class WebPages {
 public:
  using Result = Expected<Json>;

  explicit WebPages(World& world) : world_(world) {}

  // Whether `name`, the path after /sandbox/, is one of these.
  static bool Serves(std::string_view name);
  // The data of a success. `name` is the path after /sandbox/.
  Result Answer(const common::HttpRequest& request, std::string_view name);

  // Fills a profile: {"customers", "orders", "account", "profile_id"}.
  Result Seed(const Json& body);

 private:
  struct Target {
    Profile* profile;
    Order* order;
  };
  using Action = Result (WebPages::*)(const Target& target, const Json& body);

  Result Get(const common::HttpRequest& request, const std::vector<std::string>& steps);
  Result Post(const common::HttpRequest& request, const std::vector<std::string>& steps,
              const Json& body);
  Result ActOn(const std::vector<std::string>& steps, const Json& body);

  Result WriteProduct(const std::vector<std::string>& steps, const Json& body);
  Result WriteCustomer(const std::vector<std::string>& steps, const Json& body);
  Result WriteProfile(const Json& body);
  Result CreateOrder(const Json& body);

  Result Attempt(const Target& target, const Json& body, Outcome outcome);
  Result Approve(const Target& target, const Json& body);
  Result DeclinePayment(const Target& target, const Json& body);
  Result UpdateCard(const Target& target, const Json& body);
  Result Refund(const Target& target, const Json& body);
  Result ChargeBack(const Target& target, const Json& body);
  Result Capture(const Target& target, const Json& body);
  Result Reverse(const Target& target, const Json& body);
  Result SendLink(const Target& target, const Json& body);
  Result Complete(const Target& target, const Json& body);
  Result Resume(const Target& target, const Json& body);
  Result Merge(const Target& target, const Json& body);
  Result Charge(const Target& target, const Json& body);
  Result SetOutcomes(const Target& target, const Json& body);

  Result Profiles() const;
  Result Notifications(const common::HttpRequest& request) const;
  Result Link(std::string_view token) const;
  Result Finish(const Target& target, const MaybeRefusal& refusal) const;

  // The profile that "account" or "profile_id" name, the first one where neither is given.
  Expected<Profile*> ProfileOf(const Json& body) const;
  Expected<Target> FindOrder(std::string_view id) const;

  World& world_;
  std::string host_;  // of the request being served, for payment links
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_WEB_PAGES_H_
