#include "service/sandbox/sandbox.h"

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::HttpOutcome;
using common::HttpRequest;
using common::HttpResponse;
using common::ToAbsl;

bool IsUnder(std::string_view prefix, const std::string& path) {
  return absl::StartsWith(path, ToAbsl(prefix));
}

HttpResponse Nowhere(const std::string& path) {
  const ApiError error = NotFound(path);
  HttpResponse response;
  response.status = error.http_status;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = error.Body();
  return response;
}

}  // namespace

Sandbox::Sandbox(Options options)
    : real_time_(options.real_time ? std::move(options.real_time) : [] { return absl::Now(); }),
      world_(options.seed, std::move(options.accounts), real_time_),
      billogram_(world_),
      control_(world_, faults_, log_) {}

void Sandbox::Serve(const HttpRequest& request, common::HttpResponder responder) {
  if (IsUnder(Control::kPrefix, request.path)) return responder.Send(control_.Answer(request));
  const int64_t index = log_.Arrived(request, real_time_());
  responder.OnOutcome(
      [this, index](HttpOutcome outcome) { log_.Ended(index, outcome, real_time_()); });
  HttpResponse response = Answer(request);
  log_.Answered(index, response.status);
  responder.Send(std::move(response));
}

HttpResponse Sandbox::Answer(const HttpRequest& request) {
  if (IsUnder(Control::kPrefix, request.path)) return control_.Answer(request);
  if (!IsUnder(BillogramApi::kPrefix, request.path)) return Nowhere(request.path);
  const auto fault = faults_.Pick(request.method, request.path, world_.random());
  HttpResponse response;
  if (!fault || fault->handle) response = billogram_.Answer(request);
  if (fault) ApplyFault(*fault, world_.random(), response);
  return response;
}

}  // namespace billing::sandbox
