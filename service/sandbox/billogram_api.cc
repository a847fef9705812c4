#include "service/sandbox/billogram_api.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/sandbox/api_call.h"

namespace billing::sandbox {
namespace {

using common::HttpRequest;
using common::HttpResponse;
using common::ToAbsl;
using common::ToStd;

HttpResponse Respond(const ApiError& error) {
  HttpResponse response;
  response.status = error.http_status;
  response.headers.push_back({"Content-Type", "application/json"});
  if (error.http_status == 401) {
    response.headers.push_back({"WWW-Authenticate", "Basic realm=\"Billogram\""});
  }
  response.body = error.Body();
  return response;
}

HttpResponse Respond(const ApiAnswer& answer) {
  HttpResponse response;
  response.status = answer.status;
  if (!answer.content_type.empty()) {
    response.headers.push_back({"Content-Type", answer.content_type});
  }
  response.body = answer.body;
  return response;
}

Expected<std::vector<std::string>> SplitPath(std::string_view path) {
  std::vector<std::string> steps;
  for (absl::string_view step : absl::StrSplit(ToAbsl(path), '/')) {
    auto decoded = common::PercentDecode(ToStd(step));
    if (!decoded) return NotFound(path);
    steps.push_back(*std::move(decoded));
  }
  return steps;
}

ApiResult Route(const ApiCall& call) {
  struct Resource {
    std::string_view name;
    ApiResult (*serve)(const ApiCall& call);
  };
  constexpr Resource kResources[] = {
      {"billogram", ServeBillograms},
      {"billogram_event", ServeBillogramEvents},
      {"customer", ServeCustomers},
      {"item", ServeItems},
      {"offer", ServeOffers},
      {"payment_source", ServePaymentSources},
      {"sepa_dd_mandate", ServeSepaMandates},
      {"settings", ServeSettings},
      {"report", ServeReports},
      {"logotype", ServeLogotype},
      {"coverphoto", ServeCoverPhoto},
  };
  for (const auto& [name, serve] : kResources) {
    if (call.steps[0] == name) return serve(call);
  }
  return NotFound(call.request.path);
}

}  // namespace

Expected<Account*> BillogramApi::Authenticate(const HttpRequest& request) const {
  const auto header = request.Header("Authorization");
  if (!header) return MissingAuth();
  std::string credentials;
  if (!absl::StartsWithIgnoreCase(ToAbsl(*header), "Basic ") ||
      !absl::Base64Unescape(ToAbsl(header->substr(6)), &credentials)) {
    return InvalidAuth();
  }
  for (const auto& account : world_.accounts()) {
    if (credentials == absl::StrCat(account->user, ":", account->key)) return account.get();
  }
  return InvalidAuth();
}

HttpResponse BillogramApi::Answer(const HttpRequest& request) {
  world_.Tick();
  const Expected<Account*> account = Authenticate(request);
  if (!account.ok()) return Respond(account.error());
  const std::string_view path = request.path;
  const auto steps = SplitPath(path.substr(kPrefix.size()));
  if (!steps.ok()) return Respond(steps.error());
  const ApiResult result = Route({request, world_, **account, *steps});
  return result.ok() ? Respond(*result) : Respond(result.error());
}

}  // namespace billing::sandbox
