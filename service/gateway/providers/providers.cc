#include "service/gateway/providers/billogram/billogram.h"
#include "service/gateway/providers/billpro/billpro.h"
#include "service/gateway/providers/provider.h"

namespace billing::gateway::providers {

std::vector<std::unique_ptr<Provider>> AllProviders() {
  std::vector<std::unique_ptr<Provider>> all;
  all.push_back(std::make_unique<Billogram>());
  all.push_back(std::make_unique<BillPro>());
  return all;
}

}  // namespace billing::gateway::providers
