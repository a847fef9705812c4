#ifndef SERVICE_GATEWAY_PROVIDERS_BILLOGRAM_BILLOGRAM_H_
#define SERVICE_GATEWAY_PROVIDERS_BILLOGRAM_BILLOGRAM_H_

#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/providers/provider.h"

namespace billing::gateway::providers {

// Billogram API v2: HTTP Basic authentication, {status, data, meta} envelope, codes in `status`.
// https://docs.billogram.com/guides/requests-and-responses
class Billogram final : public Provider {
 public:
  std::string_view name() const override { return "billogram"; }
  std::string_view domain() const override { return "billogram.com"; }
  std::vector<std::string> required_keys() const override;
  absl::StatusOr<std::vector<NameValue>> Headers(
      const billing::gateway::v1::AccountConfig& account) const override;
  std::vector<NameValue> Query(const billing::gateway::v1::AccountConfig& account) const override;
  Fault ReadError(const translate::Method& method, const ErrorAnswer& answer) const override;
};

}  // namespace billing::gateway::providers

#endif  // SERVICE_GATEWAY_PROVIDERS_BILLOGRAM_BILLOGRAM_H_
