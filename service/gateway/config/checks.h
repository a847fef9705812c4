#ifndef SERVICE_GATEWAY_CONFIG_CHECKS_H_
#define SERVICE_GATEWAY_CONFIG_CHECKS_H_

#include "billing/gateway/v1/config.pb.h"
#include "service/gateway/config/config.h"
#include "service/gateway/config/problem.h"

namespace billing::gateway::config {

// Checks what types and ranges cannot say, and puts base URLs and paths of secret files into the
// form in which they are used.
void CheckMeaning(const ParseOptions& options, v1::Config& config, Problems& problems);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_CHECKS_H_
