#include "service/sandbox/faults.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "service/common/strings.h"
#include "service/sandbox/schema.h"

namespace billing::sandbox {
namespace {

using common::HttpResponse;
using common::ToAbsl;

constexpr int64_t kMaxRepeatedBody = 256 << 20;

bool IsTrue(const Json* value) { return value != nullptr && value->boolean(); }

int64_t IntegerOr(const Json* value, int64_t otherwise) {
  return value == nullptr ? otherwise : value->AsInteger().value_or(otherwise);
}

// `truncate` is true or a number of bytes, `retry_after` a number of seconds or any text.
const Schema& DescriptionSchema() {
  const auto field = [](std::string_view name, FieldKind kind, int64_t min = 0,
                        int64_t max = 1000000000) {
    return Field{.name = name, .kind = kind, .max_length = 1 << 20, .min = min, .max = max};
  };
  static const Schema kSchema{{
      field("path", FieldKind::kString),
      field("method", FieldKind::kString),
      field("rate", FieldKind::kDecimal, 0, 1),
      field("count", FieldKind::kInteger, 1),
      field("status", FieldKind::kInteger, 200, 599),
      field("delay_ms", FieldKind::kInteger),
      field("reset", FieldKind::kBool),
      field("reset_after_handling", FieldKind::kBool),
      field("handle", FieldKind::kBool),
      field("garbage", FieldKind::kBool),
      field("retry_after", FieldKind::kIdentifier),
      field("body", FieldKind::kString),
      field("repeat", FieldKind::kInteger, 1),
      field("content_type", FieldKind::kString),
      field("drip_ms", FieldKind::kInteger),
  }};
  return kSchema;
}

// What a request gets where a fault names a status but no body.
std::string BodyOfStatus(int64_t status, std::string_view path) {
  if (absl::StartsWith(ToAbsl(path), "/api/v1/")) return R"({"error": "injected fault"})";
  ApiError error;
  error.status = status == 429 ? "TOO_MANY_REQUESTS" : status >= 500 ? "SERVER_ERROR" : "ERROR";
  error.message = "injected fault";
  return error.Body();
}

std::string Repeat(const std::string& text, int64_t times) {
  std::string all;
  all.reserve(text.size() * static_cast<size_t>(times));
  for (int64_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string Garbage(Random& random) {
  std::string bytes = "\xFF{";
  bytes += random.Text("{}[]\",:\\\x01\x7F\xC3\xFE", 200);
  return bytes;
}

bool Matches(const Fault& fault, std::string_view method, std::string_view path) {
  if (!fault.method.empty() && fault.method != method) return false;
  if (fault.path.find_first_of("*?") != std::string::npos) return GlobMatches(fault.path, path);
  return absl::StartsWith(ToAbsl(path), fault.path);
}

}  // namespace

Expected<int64_t> FaultBook::Add(const Json& description) {
  Json rest = Json::MakeObject();
  for (const auto& [name, value] : description.members()) {
    if (name != "truncate") rest.Set(name, value);
  }
  if (auto error = CheckDocument(DescriptionSchema(), rest, nullptr, FieldPath())) return *error;
  Fault fault;
  fault.path = description.Text("path");
  fault.method = absl::AsciiStrToUpper(ToAbsl(description.Text("method")));
  if (const Json* rate = description.Find("rate"); rate != nullptr && rate->is_number()) {
    if (!absl::SimpleAtod(rate->text(), &fault.rate)) fault.rate = 1;
  }
  fault.count = IntegerOr(description.Find("count"), -1);
  fault.status = IntegerOr(description.Find("status"), 0);
  fault.delay = absl::Milliseconds(IntegerOr(description.Find("delay_ms"), 0));
  fault.drip = absl::Milliseconds(IntegerOr(description.Find("drip_ms"), 0));
  const bool reset_after = IsTrue(description.Find("reset_after_handling"));
  fault.reset = reset_after || IsTrue(description.Find("reset"));
  fault.garbage = IsTrue(description.Find("garbage"));
  fault.content_type = description.Text("content_type");
  if (const Json* retry = description.Find("retry_after"); retry != nullptr) {
    fault.retry_after = retry->text();
    if (fault.status == 0) fault.status = 429;
  }
  if (const Json* body = description.Find("body"); body != nullptr && body->is_string()) {
    fault.body = body->text();
  }
  fault.repeat = IntegerOr(description.Find("repeat"), 1);
  if (fault.body && fault.repeat * static_cast<int64_t>(fault.body->size()) > kMaxRepeatedBody) {
    return InvalidParameter(FieldPath() / "repeat", "makes the body too large");
  }
  if (const Json* truncate = description.Find("truncate"); truncate != nullptr) {
    if (!truncate->is_bool() && IntegerOr(truncate, -1) < 0) {
      return InvalidParameter(FieldPath() / "truncate", "must be true or a number of bytes");
    }
    fault.truncate = truncate->is_number() || truncate->boolean();
    fault.truncate_after = IntegerOr(truncate, -1);
  }
  const bool replaced = fault.status != 0 || fault.body || fault.reset;
  fault.handle = reset_after || !replaced;
  if (const Json* handle = description.Find("handle"); handle != nullptr && handle->is_bool()) {
    fault.handle = handle->boolean();
  }
  fault.id = ++last_id_;
  faults_.push_back(fault);
  return fault.id;
}

Json FaultBook::List() const {
  Json all = Json::MakeArray();
  for (const Fault& fault : faults_) {
    all.Append(
        Json::MakeObject({{"id", Json::Integer(fault.id)},
                          {"path", Json::String(fault.path)},
                          {"method", Json::StringOrNull(fault.method)},
                          {"status", fault.status == 0 ? Json() : Json::Integer(fault.status)},
                          {"count", fault.count < 0 ? Json() : Json::Integer(fault.count)}}));
  }
  return all;
}

std::optional<Fault> FaultBook::Pick(std::string_view method, std::string_view path,
                                     Random& random) {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (!Matches(*it, method, path)) continue;
    if (it->rate < 1 && random.Fraction() >= it->rate) continue;
    const Fault picked = *it;
    if (it->count > 0 && --it->count == 0) faults_.erase(it);
    return picked;
  }
  return std::nullopt;
}

void ApplyFault(const Fault& fault, std::string_view path, Random& random, HttpResponse& response) {
  if (fault.status != 0) {
    response.status = static_cast<int>(fault.status);
    response.headers = {{"Content-Type", "application/json"}};
    response.body = BodyOfStatus(fault.status, path);
  }
  if (fault.body) response.body = Repeat(*fault.body, fault.repeat);
  if (fault.garbage) response.body = Garbage(random);
  if (response.headers.empty()) response.headers.push_back({"Content-Type", "application/json"});
  if (!fault.content_type.empty()) response.headers = {{"Content-Type", fault.content_type}};
  if (!fault.retry_after.empty()) response.headers.push_back({"Retry-After", fault.retry_after});
  response.fault.delay = fault.delay;
  response.fault.reset = fault.reset;
  response.fault.drip = fault.drip;
  if (fault.truncate) {
    response.fault.truncate_after = fault.truncate_after >= 0
                                        ? static_cast<size_t>(fault.truncate_after)
                                        : response.body.size() / 2;
  }
}

bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // where to go back to, and how far that star has eaten
  size_t eaten = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      eaten = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++eaten;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

}  // namespace billing::sandbox
