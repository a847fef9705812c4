#include "service/sandbox/billpro/billpro_api.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/billpro_call.h"
#include "service/sandbox/billpro/form.h"

namespace billing::sandbox::billpro {
namespace {

using common::HttpRequest;
using common::HttpResponse;
using common::ToAbsl;
using common::ToStd;

constexpr int64_t kMaxPage = 1000000000;

HttpResponse Respond(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  response.body = std::move(body);
  return response;
}

HttpResponse Respond(const Refusal& refusal) {
  HttpResponse response = Respond(refusal.http_status, refusal.body.ToString());
  response.headers.push_back({"X-Sandbox-Reason", refusal.reason});
  return response;
}

// The number that digits spell; nothing where `text` is something else.
std::optional<int64_t> Number(std::string_view text) { return ReadInteger(Json::String(text)); }

const Account* Authenticate(const World& world, const HttpRequest& request) {
  const auto header = request.Header("Authorization");
  if (!header || !absl::StartsWithIgnoreCase(ToAbsl(*header), "Bearer ")) return nullptr;
  const std::string_view token = header->substr(7);
  for (const auto& account : world.accounts()) {
    if (token == account->token) return account.get();
  }
  return nullptr;
}

// The profile that a request names; one that reaches only one may leave it out.
Profile* FindProfile(const Account& account, const std::string* profile_id) {
  if (profile_id == nullptr) {
    return account.profiles.size() == 1 ? account.profiles[0].get() : nullptr;
  }
  const auto id = Number(*profile_id);
  for (const auto& profile : account.profiles) {
    if (id && profile->id == *id) return profile.get();
  }
  return nullptr;
}

const std::string* LastOf(const std::vector<std::pair<std::string, std::string>>& query,
                          std::string_view name) {
  for (auto it = query.rbegin(); it != query.rend(); ++it) {
    if (it->first == name) return &it->second;
  }
  return nullptr;
}

std::optional<std::vector<std::string>> SplitPath(std::string_view path) {
  std::vector<std::string> steps;
  for (absl::string_view step : absl::StrSplit(ToAbsl(path), '/')) {
    auto decoded = common::PercentDecode(ToStd(step));
    if (!decoded) return std::nullopt;
    steps.push_back(*std::move(decoded));
  }
  return steps;
}

Result<Answer> Route(const Call& call) {
  constexpr std::pair<std::string_view, Result<Answer> (*)(const Call&)> kResources[] = {
      {"customers", ServeCustomers},
      {"products", ServeProducts},
      {"orders", ServeOrders},
      {"order_checkouts", ServeCheckouts},
      {"scheduled_payments", ServeScheduledPayments},
  };
  for (const auto& [name, serve] : kResources) {
    if (call.steps[0] == name) return serve(call);
  }
  return NoSuchPath();
}

}  // namespace

std::string_view HostOf(const HttpRequest& request) {
  const std::string_view host = request.Header("Host").value_or("");
  const bool fits = !host.empty() && host.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789.-:[]") == std::string_view::npos;
  return fits ? host : "127.0.0.1";
}

const std::string* Call::Query(std::string_view name) const { return LastOf(query, name); }

int64_t Call::Id(size_t step) const { return Number(steps[step]).value_or(0); }

Result<Json> Call::Body(std::string_view key) const {
  const std::string_view type = request.Header("Content-Type").value_or("");
  const absl::StatusOr<Json> body = ParseBody(type, request.body);
  if (!body.ok()) return Unreadable(ToStd(body.status().message()));
  const Json* fields = body->Find(key);
  if (fields == nullptr || !fields->is_object()) return Unreadable("the body lacks its outer key");
  return *fields;
}

size_t PageStart(const Call& call) {
  const std::string* const page = call.Query("page");
  const auto number = page == nullptr ? std::nullopt : Number(*page);
  if (!number || *number < 1) return 0;
  return static_cast<size_t>(std::min(*number, kMaxPage) - 1) * kPageSize;
}

HttpResponse BillProApi::Answer(const HttpRequest& request) {
  world_.Tick();
  const Account* const account = Authenticate(world_, request);
  if (account == nullptr) return Respond(Unauthorized());
  auto query = common::ParseQuery(request.query);
  if (!query) return Respond(Unreadable("the query is not percent-encoded correctly"));
  Profile* const profile = FindProfile(*account, LastOf(*query, "profile_id"));
  if (profile == nullptr) return Respond(Unprocessable("no such profile_id, or one is needed"));
  const std::string_view path = request.path;
  auto steps = SplitPath(path.substr(kPrefix.size()));
  if (!steps) return Respond(NoSuchPath());
  const Result<billpro::Answer> answer =
      Route({request, *std::move(query), *std::move(steps), *profile, world_.Present()});
  return answer.ok() ? Respond(answer->status, answer->body) : Respond(answer.error());
}

}  // namespace billing::sandbox::billpro
