#include "service/sandbox/billpro/settings.h"

#include <utility>

#include "service/sandbox/billpro/values.h"

namespace billing::sandbox::billpro {
namespace {

constexpr int64_t kMaxRetryDays = 30;  // reference, 5.2
constexpr size_t kMaxRetries = 3;      // the same
constexpr size_t kMaxCurrencies = 200;

constexpr std::pair<std::string_view, bool Settings::*> kSwitches[] = {
    {"unique_email", &Settings::unique_email},
    {"reject_locked", &Settings::reject_locked},
    {"events_at_activation", &Settings::events_at_activation},
    {"auto_suspend", &Settings::auto_suspend},
    {"underscore_statuses", &Settings::underscore_statuses},
};

const char* ReadProcessor(const Json& value, Settings& settings) {
  settings.stripe = value.text() == "stripe";
  return settings.stripe || value.text() == "cardcorp" ? nullptr : "must be cardcorp or stripe";
}

const char* ReadCurrencies(const Json& value, Settings& settings) {
  if (!value.is_array() || value.elements().size() > kMaxCurrencies) return "must be a list";
  settings.currencies.clear();
  for (const Json& currency : value.elements()) {
    if (!currency.is_string() || currency.text().size() != 3) return "must be of currencies";
    settings.currencies.insert(currency.text());
  }
  return nullptr;
}

const char* ReadRetryDays(const Json& value, Settings& settings) {
  if (!value.is_array() || value.elements().size() > kMaxRetries) {
    return "must be a list of at most three";
  }
  settings.retry_days.clear();
  int64_t last = 0;
  for (const Json& day : value.elements()) {
    const auto days = day.AsInteger();
    if (!days || *days <= last || *days > kMaxRetryDays) return "must rise from 1 to at most 30";
    settings.retry_days.push_back(last = *days);
  }
  return nullptr;
}

const char* ReadRegistrationAmount(const Json& value, Settings& settings) {
  const auto amount = ReadMoney(value);
  if (!amount || *amount == Decimal(0) || *amount >= Decimal(1)) return "must be 0.01 to 0.99";
  settings.registration_amount = *amount;
  return nullptr;
}

constexpr std::pair<std::string_view, const char* (*)(const Json&, Settings&)> kReaders[] = {
    {"processor", ReadProcessor},
    {"currencies", ReadCurrencies},
    {"retry_days", ReadRetryDays},
    {"registration_amount", ReadRegistrationAmount},
};

MaybeError UpdateOne(std::string_view key, const Json& value, Settings& settings) {
  const FieldPath path = FieldPath() / key;
  for (const auto& [name, field] : kSwitches) {
    if (name != key) continue;
    if (!value.is_bool()) return InvalidParameter(path, "must be true or false");
    settings.*field = value.boolean();
    return std::nullopt;
  }
  for (const auto& [name, read] : kReaders) {
    if (name != key) continue;
    if (const char* problem = read(value, settings)) return InvalidParameter(path, problem);
    return std::nullopt;
  }
  return UnknownParameter(path);
}

}  // namespace

Json Settings::ToJson() const {
  Json all = Json::MakeObject({{"processor", Json::String(stripe ? "stripe" : "cardcorp")}});
  Json accepted = Json::MakeArray();
  for (const std::string& currency : currencies) accepted.Append(Json::String(currency));
  Json days = Json::MakeArray();
  for (int64_t day : retry_days) days.Append(Json::Integer(day));
  all.Set("currencies", std::move(accepted));
  all.Set("retry_days", std::move(days));
  all.Set("registration_amount", Money(registration_amount));
  for (const auto& [name, field] : kSwitches) all.Set(name, Json::Bool(this->*field));
  return all;
}

MaybeError UpdateSettings(const Json& fields, const std::set<std::string_view>& ignored,
                          Settings& settings) {
  Settings changed = settings;
  for (const auto& [key, value] : fields.members()) {
    if (ignored.count(key) > 0) continue;
    if (auto error = UpdateOne(key, value, changed)) return error;
  }
  settings = std::move(changed);
  return std::nullopt;
}

}  // namespace billing::sandbox::billpro
