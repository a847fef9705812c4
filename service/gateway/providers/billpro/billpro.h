#ifndef SERVICE_GATEWAY_PROVIDERS_BILLPRO_BILLPRO_H_
#define SERVICE_GATEWAY_PROVIDERS_BILLPRO_BILLPRO_H_

#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/providers/provider.h"

namespace billing::gateway::providers {

// BillPro API v1: a bearer token, profile_id in every query, bare documents, errors without codes.
// https://docs.bill.pro/reference-link/billpro-api
//
// What an error means is told by its HTTP status, the shape of its body and the class of the
// operation (billing.gateway.v1.Rest.error_class), never by its text:
// - "list": a list, which refuses nothing but the profile
// - "entity": reads or changes one entity, which may not exist
// - "create": creates a customer or an order from data that upstream judges
// - "action": acts on an order or payment that must be in the right state
class BillPro final : public Provider {
 public:
  std::string_view name() const override { return "billpro"; }
  std::string_view domain() const override { return "bill.pro"; }
  // profile_id among them: a token that reaches several profiles may not go without.
  std::vector<std::string> required_keys() const override;
  absl::StatusOr<std::vector<NameValue>> Headers(
      const billing::gateway::v1::AccountConfig& account) const override;
  std::vector<NameValue> Query(const billing::gateway::v1::AccountConfig& account) const override;
  Fault ReadError(const translate::Method& method, const ErrorAnswer& answer) const override;
};

}  // namespace billing::gateway::providers

#endif  // SERVICE_GATEWAY_PROVIDERS_BILLPRO_BILLPRO_H_
