#include "service/sandbox/settings.h"

#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

bool Given(const Json& document, std::string_view key) {
  const Json* value = document.Find(key);
  return value != nullptr && !value->is_null();
}

// An account begins with somewhere to be paid to.
Json Initial() {
  return Json::MakeObject(
      {{"payment", Json::MakeObject({{"bankgiro", Json::String("999-9991")}})}});
}

// Invoices need somewhere to be paid to.
MaybeError CheckPayment(const Json& settings) {
  const Json& payment = *settings.Find("payment");
  const bool any = !payment.Text("bankgiro").empty() || !payment.Text("plusgiro").empty() ||
                   !payment.Find("domestic_bank_account")->Text("account_no").empty();
  if (any) return std::nullopt;
  return InvalidCombination(FieldPath() / "payment",
                            "needs a bankgiro, a plusgiro or a domestic bank account");
}

// A billogram's field and the setting that it defaults to.
struct Default {
  const char* field;
  const char* setting;
};
constexpr Default kDefaults[] = {{"interest_rate", "default_interest_rate"},
                                 {"reminder_fee", "default_reminder_fee"},
                                 {"invoice_fee", "default_invoice_fee"}};

}  // namespace

Settings::Settings(const Features& features)
    : features_(features), document_(Complete(SettingsSchema(), Initial())) {}

MaybeError Settings::Update(const Json& update) {
  if (auto error = CheckDocument(SettingsSchema(), update, &document_, FieldPath())) return error;
  Json changed = Merge(SettingsSchema(), document_, update);
  if (auto error = CheckPayment(changed)) return error;
  if (features_.confirm_settings) {
    for (const char* name : {"name", "payment"}) {
      const Json& before = *document_.Find(name);
      if (*changed.Find(name) == before) continue;
      pending_.Set(name, *changed.Find(name));
      changed.Set(name, before);
    }
  }
  document_ = std::move(changed);
  return std::nullopt;
}

bool Settings::Confirm() {
  const bool any = !pending_.members().empty();
  for (const auto& [name, value] : pending_.members()) document_.Set(name, value);
  pending_ = Json::MakeObject();
  return any;
}

Json Settings::WithDefaults(const Json& billogram) const {
  const Json& invoices = Part("invoices");
  Json completed = billogram;
  for (const auto& [field, setting] : kDefaults) {
    if (!Given(billogram, field)) completed.Set(field, *invoices.Find(setting));
  }
  if (!Given(billogram, "due_days") && !Given(billogram, "due_date")) {
    completed.Set("due_days", Json::Integer(features_.due_days));
  }
  if (!Given(billogram, "automatic_reminders") &&
      !Given(billogram, "automatic_reminders_settings")) {
    const bool any = !invoices.Find("automatic_reminders")->elements().empty() ||
                     !invoices.Find("reminders_without_fee")->elements().empty();
    completed.Set("automatic_reminders", Json::Bool(any));
  }
  if (!Given(billogram, "show_item_gross_prices") &&
      invoices.Find("show_item_gross_prices")->boolean()) {
    completed.Set("show_item_gross_prices", Json::Bool(true));
  }
  const std::string_view message = invoices.Text("default_message");
  Json info = Given(billogram, "info") ? *billogram.Find("info") : Json::MakeObject();
  if (!message.empty() && info.is_object() && !Given(info, "message")) {
    info.Set("message", Json::String(message));
    completed.Set("info", std::move(info));
  }
  Json pdf = Given(billogram, "pdf") ? *billogram.Find("pdf") : Json::MakeObject();
  if (pdf.is_object() && !Given(pdf, "template")) {
    pdf.Set("template", *invoices.Find("pdf")->Find("template"));
    completed.Set("pdf", std::move(pdf));
  }
  return completed;
}

Json Settings::WithDefaultsForNulls(const Json& update) const {
  Json completed = update;
  const auto is_null = [&](std::string_view name) {
    const Json* value = update.Find(name);
    return value != nullptr && value->is_null();
  };
  for (const auto& [field, setting] : kDefaults) {
    if (is_null(field)) completed.Set(field, *Part("invoices").Find(setting));
  }
  if (is_null("due_days") && !Given(update, "due_date")) {
    completed.Set("due_days", Json::Integer(features_.due_days));
  }
  return completed;
}

}  // namespace billing::sandbox
