#include "service/sandbox/billpro/web_pages.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/billpro_api.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/control.h"

namespace billing::sandbox::billpro {
namespace {

using common::HttpRequest;
using common::ToAbsl;
using common::ToStd;

constexpr size_t kMaxProfiles = 100;

std::vector<std::string> Steps(std::string_view name) { return absl::StrSplit(ToAbsl(name), '/'); }

int64_t IdOf(std::string_view step) { return ReadInteger(Json::String(step)).value_or(0); }

// A description without the keys that say where it belongs.
Json Without(const Json& body, std::initializer_list<std::string_view> keys) {
  Json rest = Json::MakeObject();
  for (const auto& [key, value] : body.members()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) rest.Set(key, value);
  }
  return rest;
}

Expected<bool> Flag(const Json& body, std::string_view key) {
  const Json* value = body.Find(key);
  if (value == nullptr) return false;
  if (!value->is_bool()) return InvalidParameter(FieldPath() / key, "must be true or false");
  return value->boolean();
}

}  // namespace

bool WebPages::Serves(std::string_view name) {
  for (const char* first :
       {"products", "orders", "customers", "profiles", "notifications", "links"}) {
    if (Steps(name)[0] == first) return true;
  }
  return false;
}

WebPages::Result WebPages::Answer(const HttpRequest& request, std::string_view name) {
  world_.Tick();
  host_ = HostOf(request);
  const std::vector<std::string> steps = Steps(name);
  if (request.method == "GET") return Get(request, steps);
  if (request.method != "POST") return MethodNotAllowed(request.method);
  if (request.body.empty()) return Post(request, steps, Json::MakeObject());
  const absl::StatusOr<Json> body = ParseJson(request.body);
  if (!body.ok()) return MalformedBody(ToStd(body.status().message()));
  if (!body->is_object()) return MalformedBody("it is something else");
  return Post(request, steps, *body);
}

WebPages::Result WebPages::Get(const HttpRequest& request, const std::vector<std::string>& steps) {
  if (steps.size() == 1 && steps[0] == "profiles") return Profiles();
  if (steps.size() == 1 && steps[0] == "notifications") return Notifications(request);
  if (steps.size() == 2 && steps[0] == "links") return Link(steps[1]);
  if (steps.size() == 2 && steps[0] == "orders") {
    const Expected<Target> target = FindOrder(steps[1]);
    if (!target.ok()) return target.error();
    return Finish(*target, std::nullopt);
  }
  return NotFound(request.path);
}

WebPages::Result WebPages::Post(const HttpRequest& request, const std::vector<std::string>& steps,
                                const Json& body) {
  if (steps[0] == "products" && steps.size() <= 2) return WriteProduct(steps, body);
  if (steps[0] == "customers" && steps.size() == 2) return WriteCustomer(steps, body);
  if (steps[0] == "profiles" && steps.size() == 1) return WriteProfile(body);
  if (steps[0] == "orders" && steps.size() == 1) return CreateOrder(body);
  if (steps[0] == "orders" && steps.size() == 3) return ActOn(steps, body);
  return NotFound(request.path);
}

Expected<Profile*> WebPages::ProfileOf(const Json& body) const {
  const std::string_view name = body.Text("account");
  const Json* wanted = body.Find("profile_id");
  const auto id = wanted == nullptr ? std::nullopt : ReadInteger(*wanted);
  for (const auto& account : world_.accounts()) {
    if (!name.empty() && account->name != name) continue;
    for (const auto& profile : account->profiles) {
      if (wanted == nullptr || profile->id == id) return profile.get();
    }
  }
  return NotFound(wanted == nullptr ? std::string(name) : wanted->ToString());
}

Expected<WebPages::Target> WebPages::FindOrder(std::string_view id) const {
  for (const auto& account : world_.accounts()) {
    for (const auto& profile : account->profiles) {
      if (Order* order = profile->orders.Find(IdOf(id))) return Target{profile.get(), order};
    }
  }
  return NotFound(id);
}

WebPages::Result WebPages::WriteProduct(const std::vector<std::string>& steps, const Json& body) {
  const Json fields = Without(body, {"account", "profile_id"});
  if (steps.size() == 1) {
    const Expected<Profile*> profile = ProfileOf(body);
    if (!profile.ok()) return profile.error();
    const auto product = (*profile)->products.Create(fields, world_.Present());
    if (!product.ok()) return product.error();
    return (*product)->ToJson();
  }
  for (const auto& account : world_.accounts()) {
    for (const auto& profile : account->profiles) {
      if (profile->products.Find(IdOf(steps[1])) == nullptr) continue;
      const auto product = profile->products.Update(IdOf(steps[1]), fields, world_.Present());
      if (!product.ok()) return product.error();
      return (*product)->ToJson();
    }
  }
  return NotFound(steps[1]);
}

WebPages::Result WebPages::WriteCustomer(const std::vector<std::string>& steps, const Json& body) {
  if (auto error = OnlyKeys(body, {"active"})) return *error;
  const Json* active = body.Find("active");
  if (active == nullptr || !active->is_bool()) {
    return InvalidParameter(FieldPath() / "active", "must be true or false");
  }
  for (const auto& account : world_.accounts()) {
    for (const auto& profile : account->profiles) {
      Customer* const customer = profile->customers.Find(IdOf(steps[1]));
      if (customer == nullptr) continue;
      customer->is_active = active->boolean();
      return customer->ToJson();
    }
  }
  return NotFound(steps[1]);
}

WebPages::Result WebPages::WriteProfile(const Json& body) {
  const Expected<bool> add = Flag(body, "add");
  if (!add.ok()) return add.error();
  Settings settings;
  const std::set<std::string_view> ignored = {"add", "account", "profile_id"};
  if (!*add) {
    const Expected<Profile*> profile = ProfileOf(body);
    if (!profile.ok()) return profile.error();
    if (auto error = UpdateSettings(body, ignored, (*profile)->settings)) return *error;
    return Profiles();
  }
  const std::string_view name = body.Text("account");
  Account* const account =
      name.empty() ? world_.accounts().front().get() : world_.FindAccount(name);
  if (account == nullptr) return NotFound(name);
  if (account->profiles.size() >= kMaxProfiles) {
    return InvalidParameter(FieldPath() / "add", "there are too many");
  }
  if (auto error = UpdateSettings(body, ignored, settings)) return *error;
  world_.AddProfile(*account).settings = settings;
  return Profiles();
}

WebPages::Result WebPages::Profiles() const {
  Json all = Json::MakeArray();
  for (const auto& account : world_.accounts()) {
    for (const auto& profile : account->profiles) {
      Json one = Json::MakeObject(
          {{"account", Json::String(account->name)}, {"profile_id", Json::Integer(profile->id)}});
      const Json settings = profile->settings.ToJson();
      for (const auto& [key, value] : settings.members()) one.Set(key, value);
      all.Append(std::move(one));
    }
  }
  return all;
}

WebPages::Result WebPages::Notifications(const HttpRequest& request) const {
  Json where = Json::MakeObject();
  const auto query = common::ParseQuery(request.query);
  if (!query) return InvalidQueryParameter("query", "is not percent-encoded correctly");
  int64_t from = 0;
  for (const auto& [name, value] : *query) {
    if (name == "account" || name == "profile_id") {
      where.Set(name, Json::String(value));
    } else if (name != "from" || !absl::SimpleAtoi(value, &from)) {
      return InvalidQueryParameter(name, "is unknown, or no number");
    }
  }
  const Expected<Profile*> profile = ProfileOf(where);
  if (!profile.ok()) return profile.error();
  std::string key;
  for (const auto& account : world_.accounts()) {
    for (const auto& held : account->profiles) {
      if (held.get() == *profile) key = account->notification_key;
    }
  }
  Json all = Json::MakeArray();
  for (const Notification& one : (*profile)->notifications.all()) {
    if (one.index < from) continue;
    const auto sent = EncryptMessage(one.message, key, one.initialization_vector);
    if (!sent.ok()) return MalformedBody(ToStd(sent.status().message()));
    all.Append(Json::MakeObject(
        {{"index", Json::Integer(one.index)},
         {"order_id", Json::Integer(one.order_id)},
         {"at", Timestamp(one.at)},
         {"plaintext", Json::String(one.message)},
         {"headers",
          Json::MakeObject({{"X-Initialization-Vector", Json::String(sent->initialization_vector)},
                            {"X-Authentication-Tag", Json::String(sent->authentication_tag)}})},
         {"body", Json::String(sent->body)}}));
  }
  return all;
}

WebPages::Result WebPages::Link(std::string_view token) const {
  for (const auto& account : world_.accounts()) {
    for (const auto& profile : account->profiles) {
      for (const auto& order : profile->orders.all()) {
        if (order->link_token != token) continue;
        // The link leads to the order portal once a payment is approved, and nowhere after a
        // cancellation.
        const char* const leads_to = order->status == OrderStatus::kCancelled ? "nothing"
                                     : order->IsPreliminary()                 ? "checkout"
                                                                              : "portal";
        return Json::MakeObject(
            {{"order_id", Json::Integer(order->id)},
             {"leads_to", Json::String(leads_to)},
             {"amount", order->IsPreliminary() ? Money(order->initial_amount) : Json()},
             {"currency", Json::String(order->currency)}});
      }
    }
  }
  return NotFound(token);
}

}  // namespace billing::sandbox::billpro
