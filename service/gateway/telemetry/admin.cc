#include "service/gateway/telemetry/admin.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "service/gateway/telemetry/exposition.h"

namespace billing::gateway::telemetry {
namespace {

using common::HttpRequest;
using common::HttpResponse;

HttpResponse Plain(int status, std::string body) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          std::move(body) + "\n",
          {}};
}

}  // namespace

AdminHandler::AdminHandler(const MetricRegistry& registry, std::function<Readiness()> readiness)
    : registry_(registry), readiness_(std::move(readiness)) {}

common::HttpServer::Handler AdminHandler::AsHandler() const {
  return [this](const HttpRequest& request, common::HttpResponder responder) {
    responder.Send(Answer(request));
  };
}

HttpResponse AdminHandler::Answer(const HttpRequest& request) const {
  const bool known =
      request.path == "/metrics" || request.path == "/livez" || request.path == "/readyz";
  if (!known) return Plain(404, "not found");
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = Plain(405, "method not allowed");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  if (request.path == "/metrics") return Metrics(request);
  Readiness now = readiness_();
  const bool good = request.path == "/livez" ? now.live : now.ready;
  return good ? Plain(200, "ok") : Plain(503, std::move(now.reason));
}

HttpResponse AdminHandler::Metrics(const HttpRequest& request) const {
  std::string accept;
  // A header that comes twice means the same as one with both values (RFC 9110, 5.3).
  for (const common::HttpHeader& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.name, "accept")) {
      accept += accept.empty() ? "" : ",";
      accept += header.value;
    }
  }
  const ExpositionFormat format = ChooseFormat(accept);
  const std::vector<FamilySnapshot> families = registry_.Take();
  return {200,
          {{"Content-Type", std::string(ContentType(format))}, {"Vary", "Accept"}},
          WriteExposition(format, families),
          {}};
}

}  // namespace billing::gateway::telemetry
