#include "service/sandbox/control.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billogram_commands.h"
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

MaybeError OnlyKeys(const Json& body, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : body.members()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return UnknownParameter(FieldPath() / key);
    }
  }
  return std::nullopt;
}

}  // namespace

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
  if (!post) return NotFound(request.path);
  const absl::StatusOr<Json> body = ParseJson(request.body);
  if (!body.ok()) return MalformedBody(ToStd(body.status().message()));
  if (!body->is_object()) return MalformedBody("it is something else");
  if (name == "clock") return SetClock(*body);
  if (name == "payments") return Pay(*body);
  if (name == "faults") return AddFault(*body);
  if (name == "features") return SetFeatures(*body);
  return NotFound(request.path);
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

Control::Result Control::Pay(const Json& body) {
  if (auto error = OnlyKeys(body, {"billogram_id", "amount", "payer_name"})) return *error;
  const FieldPath root;
  const std::string_view id = body.Text("billogram_id");
  if (id.empty()) {
    return InvalidParameter(root / "billogram_id", "missing required parameter: billogram_id");
  }
  const Expected<Decimal> amount = PositiveAmount(body, "amount", root);
  if (!amount.ok()) return amount.error();
  const std::string_view given = body.Text("payer_name");
  const std::string_view payer = given.empty() ? "A Payer" : given;
  world_.Tick();
  for (const auto& account : world_.accounts()) {
    Billogram* billogram = account->billograms.Find(id);
    if (billogram == nullptr) continue;
    const Occasion now = world_.Present();
    const CommandCall call{account->billograms, *billogram, body, now, root};
    if (auto error = ReceivePayment(call, *amount, payer, false)) return *error;
    account->billograms.Reschedule(*billogram);
    return Render(*billogram);
  }
  return NotFound(id);
}

Control::Result Control::AddFault(const Json& body) {
  const Expected<int64_t> id = faults_.Add(body);
  if (!id.ok()) return id.error();
  return Json::MakeObject({{"id", Json::Integer(*id)}});
}

Control::Result Control::SetFeatures(const Json& body) {
  const std::string_view name = body.Text("account");
  Account* account = name.empty() ? world_.accounts().front().get() : world_.FindAccount(name);
  if (account == nullptr) return NotFound(name);
  Features features = account->features;
  for (const auto& [key, value] : body.members()) {
    bool* feature = key == "collection"            ? &features.collection
                    : key == "factoring"           ? &features.factoring
                    : key == "stand_alone_credits" ? &features.stand_alone_credits
                    : key == "compact_lists"       ? &features.compact_lists
                                                   : nullptr;
    if (feature == nullptr && key != "account") return UnknownParameter(FieldPath() / key);
    if (feature == nullptr) continue;
    if (!value.is_bool()) return InvalidParameter(FieldPath() / key, "must be true or false");
    *feature = value.boolean();
  }
  account->features = features;
  return Json::MakeObject({{"account", Json::String(account->name)},
                           {"collection", Json::Bool(features.collection)},
                           {"factoring", Json::Bool(features.factoring)},
                           {"stand_alone_credits", Json::Bool(features.stand_alone_credits)},
                           {"compact_lists", Json::Bool(features.compact_lists)}});
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
  return Moment(world_.Now());
}

}  // namespace billing::sandbox
