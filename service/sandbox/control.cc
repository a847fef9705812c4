#include "service/sandbox/control.h"

#include <malloc.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

using common::HttpRequest;
using common::HttpResponse;
using common::ToStd;

// The furthest the clock goes; years beyond four digits have no spelling.
const absl::Time& LastMoment() {
  static const absl::Time kLast =
      absl::FromCivil(absl::CivilSecond(9000, 1, 1), absl::UTCTimeZone());
  return kLast;
}

Json Moment(absl::Time time) {
  return Json::MakeObject({{"now", Json::String(FormatTimestamp(time))}});
}

}  // namespace

MaybeError OnlyKeys(const Json& body, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : body.members()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return UnknownParameter(FieldPath() / key);
    }
  }
  return std::nullopt;
}

HttpResponse Control::Answer(const HttpRequest& request) {
  const std::string_view path = request.path;
  const Result result = Route(request, path.substr(kPrefix.size()));
  HttpResponse response;
  response.headers.push_back({"Content-Type", "application/json"});
  if (result.ok()) {
    response.body = absl::StrCat("{\"status\": \"OK\", \"data\": ", result->ToString(), "}\n");
  } else {
    response.status = result.error().http_status;
    response.body = result.error().Body();
  }
  return response;
}

bool Control::ChangesWorld(const HttpRequest& request) {
  return request.method == "POST" && request.path != "/sandbox/faults";
}

Control::Result Control::Route(const HttpRequest& request, std::string_view name) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const bool drop = request.method == "DELETE";
  if (name == "clock" && get) return Moment(world_.Now());
  if (name == "requests" && get) return Requests(request);
  if (name == "faults" && get) return faults_.List();
  if (name == "requests" && drop) {
    log_.Clear();
    return Json();
  }
  if (name == "faults" && drop) {
    faults_.Clear();
    return Json();
  }
  if (name == "reset" && post) return Reset();
  if (name == "billing-tab-failures" && get) return TabFailures();
  if (billpro::WebPages::Serves(name)) return billpro_.Answer(request, name);
  if (!post) return NotFound(request.path);
  const absl::StatusOr<Json> body = ParseJson(request.body);
  if (!body.ok()) return MalformedBody(ToStd(body.status().message()));
  if (!body->is_object()) return MalformedBody("it is something else");
  return Act(request.path, name, *body);
}

Control::Result Control::Act(const std::string& path, std::string_view name, const Json& body) {
  struct Action {
    std::string_view name;
    Result (Control::*act)(const Json& body);
  };
  constexpr Action kActions[] = {
      {"clock", &Control::SetClock},       {"faults", &Control::AddFault},
      {"features", &Control::SetFeatures}, {"settings", &Control::ConfirmSettings},
      {"reports", &Control::MakeReport},   {"payments", &Control::Pay},
      {"recalls", &Control::Recall},       {"messages", &Control::Write},
      {"deliveries", &Control::Deliver},   {"collections", &Control::Collect},
      {"sales", &Control::AcceptOffer},    {"seed", &Control::Seed},
  };
  for (const auto& [known, act] : kActions) {
    if (name == known) return (this->*act)(body);
  }
  return NotFound(path);
}

Expected<Account*> Control::AccountOf(const Json& body) const {
  const std::string_view name = body.Text("account");
  if (name.empty()) return world_.accounts().front().get();
  Account* account = world_.FindAccount(name);
  if (account == nullptr) return NotFound(name);
  return account;
}

Control::Result Control::SetClock(const Json& body) {
  if (auto error = OnlyKeys(body, {"advance", "set"})) return *error;
  const FieldPath root;
  const bool advances = body.Find("advance") != nullptr;
  if (advances == (body.Find("set") != nullptr)) {
    return InvalidCombination(root / "advance", "give either advance or set");
  }
  absl::Time target;
  if (advances) {
    const auto span = ParseSpan(body.Text("advance"));
    if (!span) return InvalidParameter(root / "advance", "must look like 40d, 1d12h or 90m");
    target = world_.Now() + *span;
  } else {
    const auto moment = ParseMoment(body.Text("set"));
    if (!moment) return InvalidParameter(root / "set", "must be a date or a time");
    if (*moment < world_.Now()) return InvalidParameter(root / "set", "is in the past");
    target = *moment;
  }
  if (target > LastMoment()) return InvalidParameter(root / "advance", "is too far ahead");
  world_.TurnTo(target);
  return Moment(world_.Now());
}

Control::Result Control::AddFault(const Json& body) {
  const Expected<int64_t> id = faults_.Add(body);
  if (!id.ok()) return id.error();
  return Json::MakeObject({{"id", Json::Integer(*id)}});
}

Control::Result Control::SetFeatures(const Json& body) {
  const Expected<Account*> account = AccountOf(body);
  if (!account.ok()) return account.error();
  Features& features = (*account)->features;
  world_.Tick();
  if (auto error = UpdateFeatures(body, "account", features)) return *error;
  (*account)->billograms.RescheduleAll();
  Json answer = Json::MakeObject({{"account", Json::String((*account)->name)}});
  const Json all = RenderFeatures(features);
  for (const auto& [name, value] : all.members()) answer.Set(name, value);
  return answer;
}

Control::Result Control::ConfirmSettings(const Json& body) {
  if (auto error = OnlyKeys(body, {"account", "confirm"})) return *error;
  const Expected<Account*> account = AccountOf(body);
  if (!account.ok()) return account.error();
  const Json* confirm = body.Find("confirm");
  if (confirm == nullptr || !confirm->boolean()) {
    return InvalidParameter(FieldPath() / "confirm", "must be true");
  }
  return Json::MakeObject({{"confirmed", Json::Bool((*account)->settings.Confirm())}});
}

Control::Result Control::MakeReport(const Json& body) {
  if (auto error = OnlyKeys(body, {"account", "type"})) return *error;
  const Expected<Account*> account = AccountOf(body);
  if (!account.ok()) return account.error();
  world_.Tick();
  const absl::CivilDay today = DayOf(world_.Now());
  const absl::CivilDay first(absl::CivilMonth{today});
  const auto made = (*account)->reports.Make(body.Text("type"), first, today, world_.Now(),
                                             (*account)->billograms, (*account)->settings);
  if (!made.ok()) return made.error();
  return **made;
}

Control::Result Control::TabFailures() const {
  Json all = Json::MakeArray();
  for (const auto& account : world_.accounts()) {
    for (const Json& failure : account->tabs.failures()) all.Append(failure);
  }
  return all;
}

Control::Result Control::Requests(const HttpRequest& request) const {
  int64_t from = 0;
  const auto query = common::ParseQuery(request.query);
  if (!query) return InvalidQueryParameter("query", "is not percent-encoded correctly");
  for (const auto& [name, value] : *query) {
    if (name != "from") return InvalidQueryParameter(name, "is unknown");
    if (!absl::SimpleAtoi(value, &from)) return InvalidQueryParameter(name, "must be an integer");
  }
  return Json::MakeObject(
      {{"requests", log_.List(from)}, {"dropped", Json::Integer(log_.dropped())}});
}

Control::Result Control::Reset() {
  world_.Reset();
  faults_.Clear();
  log_.Clear();
  // What a hundred thousand objects took is free now, but not yet the system's again.
  malloc_trim(0);
  return Moment(world_.Now());
}

}  // namespace billing::sandbox
