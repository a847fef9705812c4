#include "service/sandbox/features.h"

#include "service/sandbox/field_checks.h"

namespace billing::sandbox {
namespace {

struct Switch {
  std::string_view name;
  bool Features::*field;
};
constexpr Switch kSwitches[] = {
    {"collection", &Features::collection},
    {"factoring", &Features::factoring},
    {"stand_alone_credits", &Features::stand_alone_credits},
    {"compact_lists", &Features::compact_lists},
    {"raw_pdf", &Features::raw_pdf},
    {"confirm_settings", &Features::confirm_settings},
    {"repeat_deduplicated", &Features::repeat_deduplicated},
    {"einvoice_needs_registration", &Features::einvoice_needs_registration},
    {"interest", &Features::interest},
    {"reminders_after_previous", &Features::reminders_after_previous},
    {"monthly_reports", &Features::monthly_reports},
};

struct Number {
  std::string_view name;
  int64_t Features::*field;
  int64_t max;
};
constexpr Number kNumbers[] = {
    {"pdf_bytes", &Features::pdf_bytes, 256 << 20},
    {"pdf_delay_ms", &Features::pdf_delay_ms, 86400000},
    {"due_days", &Features::due_days, 3650},
};

struct Text {
  std::string_view name;
  std::string Features::*field;
  const char* (*check)(const Json& value);
};
constexpr Text kTexts[] = {
    {"billing_frequency", &Features::billing_frequency, CheckFrequency},
    {"delivery_method", &Features::delivery_method, CheckDeliveryMethod},
};

MaybeError UpdateOne(std::string_view key, const Json& value, Features& features) {
  const FieldPath path = FieldPath() / key;
  for (const auto& [name, field] : kSwitches) {
    if (name != key) continue;
    if (!value.is_bool()) return InvalidParameter(path, "must be true or false");
    features.*field = value.boolean();
    return std::nullopt;
  }
  for (const auto& [name, field, max] : kNumbers) {
    if (name != key) continue;
    const auto number = value.AsInteger();
    if (!number || *number < 0 || *number > max) return InvalidParameter(path, "is out of range");
    features.*field = *number;
    return std::nullopt;
  }
  for (const auto& [name, field, check] : kTexts) {
    if (name != key) continue;
    if (!value.is_string()) return InvalidParameter(path, "must be a string");
    if (const char* problem = check(value)) return InvalidParameter(path, problem);
    features.*field = value.text();
    return std::nullopt;
  }
  return UnknownParameter(path);
}

}  // namespace

Json RenderFeatures(const Features& features) {
  Json all = Json::MakeObject();
  for (const auto& [name, field] : kSwitches) all.Set(name, Json::Bool(features.*field));
  for (const auto& [name, field, max] : kNumbers) all.Set(name, Json::Integer(features.*field));
  for (const auto& [name, field, check] : kTexts) all.Set(name, Json::String(features.*field));
  return all;
}

MaybeError UpdateFeatures(const Json& body, std::string_view ignored, Features& features) {
  Features changed = features;
  for (const auto& [key, value] : body.members()) {
    if (key == ignored) continue;
    if (auto error = UpdateOne(key, value, changed)) return error;
  }
  features = changed;
  return std::nullopt;
}

}  // namespace billing::sandbox
