#ifndef SERVICE_GATEWAY_TELEMETRY_ADMIN_H_
#define SERVICE_GATEWAY_TELEMETRY_ADMIN_H_

#include <functional>
#include <string>

#include "service/common/http/server.h"
#include "service/gateway/telemetry/metrics.h"

namespace billing::gateway::telemetry {

// Whether the process wants calls.
struct Readiness {
  bool ready = false;
  // For a person: "starting", "draining".
  std::string reason;
  // False when only a new start can help. Then it is not ready either.
  bool live = true;
};

// Answers the operators' port:
//   GET /metrics  every series, as text or OpenMetrics by the Accept header
//   GET /livez    200 "ok", or 503 with the reason when the process should be started anew
//   GET /readyz   200 "ok", or 503 with the reason
// HEAD is answered like GET; other methods 405, other paths 404. Thread-safe, nothing of it blocks
// for longer than a scrape takes.
class AdminHandler {
 public:
  // `registry` must outlive this; `readiness` is called for every /livez and /readyz, from any
  // thread.
  AdminHandler(const MetricRegistry& registry, std::function<Readiness()> readiness);

  // For HttpServer::Start: the handler must outlive the server.
  common::HttpServer::Handler AsHandler() const;

  common::HttpResponse Answer(const common::HttpRequest& request) const;

 private:
  common::HttpResponse Metrics(const common::HttpRequest& request) const;

  const MetricRegistry& registry_;
  const std::function<Readiness()> readiness_;
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_ADMIN_H_
