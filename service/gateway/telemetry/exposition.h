#ifndef SERVICE_GATEWAY_TELEMETRY_EXPOSITION_H_
#define SERVICE_GATEWAY_TELEMETRY_EXPOSITION_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "service/gateway/telemetry/metrics.h"

namespace billing::gateway::telemetry {

enum class ExpositionFormat {
  kText,         // Prometheus text format 0.0.4
  kOpenMetrics,  // OpenMetrics 1.0.0, with exemplars
};

// What to answer to a request with this Accept header; empty means none. OpenMetrics where the
// client ranks it at least as high as plain text.
ExpositionFormat ChooseFormat(std::string_view accept);

std::string_view ContentType(ExpositionFormat format);

// Writes every family; one without series has its HELP and TYPE lines only. Upper bounds are
// spelled the same in both formats ("1.0"), so that series do not change with the format.
std::string WriteExposition(ExpositionFormat format, absl::Span<const FamilySnapshot> families);

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_EXPOSITION_H_
