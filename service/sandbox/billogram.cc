#include "service/sandbox/billogram.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

constexpr size_t kShownEvents = 100;

Decimal AtLeastZero(const Decimal& value) { return std::max(value, Decimal(0)); }

Json TimeOrNull(const std::optional<absl::Time>& time) {
  return time ? Json::String(FormatTimestamp(*time)) : Json();
}

Json Url(const Billogram& billogram, std::string_view kind) {
  if (billogram.ocr_number.empty()) return Json();
  return Json::String(absl::StrCat("https://billogram.example/", std::string(kind), "/",
                                   billogram.ocr_number, "/", billogram.url_token));
}

Json RenderDetailedSums(const Billogram& billogram) {
  const InvoiceSums& sums = billogram.sums;
  return Json::MakeObject({
      {"credited_sum", Json::Number(-(billogram.credited_principal + billogram.credited_fees))},
      {"net_sum", Json::Number(PrintedSum(sums.net))},
      {"gross_sum", Json::Number(PrintedSum(sums.gross))},
      {"invoice_fee_vat", Json::Number(sums.invoice_fee_vat)},
      {"paid_sum", Json::Number(billogram.collector_paid - billogram.paid)},
      {"interest_fee", Json::Number(billogram.Interest())},
      {"vat_sum", Json::Number(sums.vat)},
      {"reminder_fee", Json::Number(billogram.ReminderFees())},
      {"invoice_fee", Json::Number(sums.invoice_fee)},
      {"rounding", Json::Number(sums.rounding)},
      {"collector_paid_sum", Json::Number(billogram.collector_paid)},
      {"remaining_sum", Json::Number(billogram.Remaining())},
      {"regional_sweden", Json::MakeObject({{"rotavdrag_sum", Json::Number(Decimal())}})},
  });
}

Json RenderFlags(const Billogram& billogram) {
  Json flags = Json::MakeArray();
  const auto add = [&](bool holds, std::string_view flag) {
    if (holds) flags.Append(Json::String(flag));
  };
  add(billogram.IsOpen() && billogram.paid > Decimal(0), "partly paid");
  add(billogram.new_message, "new message");
  add(billogram.delivery_failed, "delivery failed");
  add(billogram.collector_paid > Decimal(0), "paid on collection");
  return flags;
}

Json RenderEvents(const Billogram& billogram) {
  Json events = Json::MakeArray();
  const size_t count = billogram.events.size();
  for (size_t i = count - std::min(count, kShownEvents); i < count; ++i) {
    events.Append(RenderEvent(billogram, billogram.events[i]));
  }
  return events;
}

// The members that are not the caller's: what has become of the billogram.
Json RenderState(const Billogram& billogram) {
  return Json::MakeObject({
      {"id", Json::String(billogram.id)},
      {"invoice_no", billogram.invoice_no ? Json::Integer(*billogram.invoice_no) : Json()},
      {"ocr_number", Json::StringOrNull(billogram.ocr_number)},
      {"respite_date",
       billogram.respite_date ? Json::String(FormatDate(*billogram.respite_date)) : Json()},
      {"interest_fee", Json::Number(billogram.Interest())},
      {"delivery_method", Json::StringOrNull(billogram.delivery_method)},
      {"state", Json::String(billogram.state)},
      {"url", Url(billogram, "c")},
      {"recipient_url", Url(billogram, "r")},
      {"recipient_overview_url", Url(billogram, "o")},
      {"flags", RenderFlags(billogram)},
      {"events", RenderEvents(billogram)},
      {"remaining_sum", Json::Number(billogram.Remaining())},
      {"total_sum", Json::Number(billogram.sums.total)},
      {"rounding_value", Json::Number(billogram.sums.rounding)},
      {"reminder_count", Json::Integer(billogram.reminder_count)},
      {"created_at", Json::String(FormatTimestamp(billogram.created_at))},
      {"attested_at", TimeOrNull(billogram.attested_at)},
      {"updated_at", Json::String(FormatTimestamp(billogram.updated_at))},
      {"detailed_sums", RenderDetailedSums(billogram)},
      {"attachment", Json::StringOrNull(billogram.attachment)},
  });
}

}  // namespace

bool Billogram::IsOpen() const {
  constexpr std::array<std::string_view, 7> kOpen = {
      "Unpaid", "PartlyPaid", "Overdue", "Reminder_1", "Reminder_2", "Reminder_3", "Reminder_Many"};
  return std::find(kOpen.begin(), kOpen.end(), state) != kOpen.end();
}

Decimal Billogram::RemainingPrincipal() const {
  return settled ? Decimal() : AtLeastZero(sums.total - credited_principal - paid);
}

Decimal Billogram::RemainingFees() const {
  if (settled) return Decimal();
  const Decimal surplus = AtLeastZero(paid - AtLeastZero(sums.total - credited_principal));
  return AtLeastZero(ReminderFees() + Interest() - credited_fees - surplus);
}

Decimal Billogram::Surplus() const {
  const Decimal principal = AtLeastZero(sums.total - credited_principal);
  const Decimal fees = AtLeastZero(ReminderFees() + Interest() - credited_fees);
  return AtLeastZero(paid - principal - fees);
}

Decimal Billogram::ReminderFees() const { return AtLeastZero(reminder_fees - written_off_fees); }

Decimal Billogram::Interest() const {
  return interest - AtLeastZero(written_off_fees - reminder_fees);
}

Decimal Billogram::Remaining() const {
  if (IsStandAloneCredit()) return sums.total + used_credit;
  return RemainingPrincipal() + RemainingFees();
}

std::optional<absl::CivilDay> Billogram::LastDay() const {
  const auto due = ParseDate(document.Text("due_date"));
  if (!due || !respite_date) return due;
  return std::max(*due, *respite_date);
}

void Billogram::AddEvent(const Occasion& occasion, std::string_view type, Json data,
                         std::optional<Booking> booking) {
  events.push_back({std::string(type), occasion.at, occasion.random.Uuid(), std::move(data),
                    booking ? std::make_shared<const Booking>(*booking) : nullptr});
  Touch(occasion);
}

void Billogram::EnterState(const Occasion& occasion, std::string_view next) {
  state = next;
  state_since = occasion.at;
  Touch(occasion);
}

void Billogram::Touch(const Occasion& occasion) {
  updated_at = occasion.at;
  rendered.clear();
}

Json SumsOf(const Billogram& billogram) {
  return Json::MakeObject({{"remaining_sum", Json::Number(billogram.Remaining())},
                           {"total_sum", Json::Number(billogram.sums.total)}});
}

Json RenderEvent(const Billogram& billogram, const Event& event) {
  return Json::MakeObject({{"type", Json::String(event.type)},
                           {"created_at", Json::String(FormatTimestamp(event.at))},
                           {"event_uuid", Json::String(event.uuid)},
                           {"billogram_id", Json::String(billogram.id)},
                           {"data", event.data}});
}

Json Render(const Billogram& billogram) {
  Json all = billogram.document.get();
  const Json state = RenderState(billogram);
  for (const auto& [name, value] : state.members()) all.Set(name, value);
  return all;
}

const std::string& RenderText(const Billogram& billogram) {
  if (!billogram.rendered.empty()) return billogram.rendered;
  const Json state = RenderState(billogram);
  const Json::Object& written = billogram.document.get().members();
  const bool shared = billogram.document.is_shared();
  std::string text;
  text.reserve(8 << 10);
  for (size_t i = 0; i < written.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "{\"" : ", \"", written[i].first, "\": ");
    if (const Json* own = state.Find(written[i].first)) {
      own->AppendTo(text);
    } else if (shared) {
      text += billogram.document.MemberTexts()[i];
    } else {
      written[i].second.AppendTo(text);
    }
  }
  text += '}';
  return billogram.rendered = std::string(text);
}

Json RenderCompact(const Billogram& billogram) {
  const Json all = Render(billogram);
  Json compact = Json::MakeObject();
  for (const char* name :
       {"id", "invoice_no", "ocr_number", "creditor_unique_value", "state", "flags", "invoice_date",
        "due_date", "currency", "remaining_sum", "total_sum", "created_at", "updated_at"}) {
    compact.Set(name, *all.Find(name));
  }
  Json customer = Json::MakeObject();
  for (const char* name : {"customer_no", "name", "org_no", "email"}) {
    customer.Set(name, *all.Find("customer")->Find(name));
  }
  compact.Set("customer", std::move(customer));
  return compact;
}

std::string OcrNumber(int64_t invoice_no, Random& random) {
  std::string digits =
      absl::StrCat(random.Text("123456789", 1), absl::StrFormat("%09d", invoice_no % 1000000000));
  digits += '2';  // the length, 12, modulo 10
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  digits += static_cast<char>('0' + (10 - sum % 10) % 10);
  return digits;
}

}  // namespace billing::sandbox
