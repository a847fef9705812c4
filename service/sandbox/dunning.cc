#include "service/sandbox/dunning.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/sandbox/billogram_commands.h"
#include "service/sandbox/billogram_store.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

// How long collection and factoring partners take to answer.
constexpr absl::Duration kPartnerDelay = absl::Hours(24);
// A letter follows when an e-mail is not opened in this time; printing takes half of it.
constexpr absl::Duration kLetterAfterEmail = absl::Hours(48);
constexpr absl::Duration kPrinting = absl::Hours(24);

absl::Time StartOf(absl::CivilDay day) { return absl::FromCivil(day, absl::UTCTimeZone()); }

struct PlannedReminder {
  int64_t delay_days;
  std::string message;
  bool with_fee;
};

int64_t DaysOf(const Json& reminder) {
  int64_t days = 0;
  return absl::SimpleAtoi(reminder.Find("delay_days")->text(), &days) ? days : 0;
}

void AddPlanned(const Json& reminders, bool with_fee, std::vector<PlannedReminder>& plan) {
  for (const Json& reminder : reminders.elements()) {
    plan.push_back({DaysOf(reminder), std::string(reminder.Text("message")), with_fee});
  }
}

// The automatic reminders of a billogram, in the order of their delays.
std::vector<PlannedReminder> PlanOf(const Billogram& billogram, const Settings& settings) {
  std::vector<PlannedReminder> plan;
  const Json* automatic = billogram.document.Find("automatic_reminders");
  if (!automatic->boolean()) return plan;
  const Json* own = billogram.document.Find("automatic_reminders_settings");
  if (own->is_array()) {
    AddPlanned(*own, true, plan);
  } else {
    const Json& invoices = settings.Part("invoices");
    AddPlanned(*invoices.Find("automatic_reminders"), true, plan);
    AddPlanned(*invoices.Find("reminders_without_fee"), false, plan);
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const auto& a, const auto& b) { return a.delay_days < b.delay_days; });
  return plan;
}

// Whether the account's rules let an automatic reminder of it go out.
bool MayRemind(const Billogram& billogram, const Settings& settings) {
  const Json& invoices = settings.Part("invoices");
  const auto least =
      invoices.Find("automatic_reminders_minimum_principal_sum")->AsDecimal().value_or(Decimal());
  const bool partly = invoices.Find("use_automatic_reminders_partly_paid")->boolean();
  return billogram.RemainingPrincipal() >= std::max(least, Decimal(0)) &&
         billogram.Remaining() > Decimal(0) && (partly || billogram.paid == Decimal(0));
}

std::optional<absl::Time> NextReminder(const Billogram& billogram, absl::CivilDay last_day,
                                       const Settings& settings, const Features& features) {
  const std::vector<PlannedReminder> plan = PlanOf(billogram, settings);
  const auto sent = static_cast<size_t>(billogram.automatic_reminders_sent);
  if (sent >= plan.size() || !MayRemind(billogram, settings)) return std::nullopt;
  absl::CivilDay from = last_day;
  if (features.reminders_after_previous && sent > 0 && billogram.last_reminder) {
    from = std::max(from, *billogram.last_reminder);
  }
  absl::CivilDay day = from + std::max<int64_t>(plan[sent].delay_days, 1);
  if (billogram.last_reminder && day <= *billogram.last_reminder) {
    day = *billogram.last_reminder + 1;
  }
  return StartOf(day);
}

// When the billogram goes to collection by itself, as its own or the account's rule says.
std::optional<absl::Time> NextCollection(const Billogram& billogram, absl::CivilDay last_day,
                                         const Settings& settings, const Features& features) {
  if (!features.collection) return std::nullopt;
  const Json* rule = billogram.document.Find("automatic_collection");
  if (rule->Find("delay_days")->is_null()) {
    if (!rule->Find("use_default_settings")->boolean()) return std::nullopt;
    rule = settings.Part("invoices").Find("automatic_collection");
  }
  const auto days = rule->Find("delay_days")->AsInteger();
  const Decimal least = rule->Find("amount")->AsDecimal().value_or(Decimal());
  if (!days || billogram.Remaining() <= Decimal(0) || billogram.Remaining() < least) {
    return std::nullopt;
  }
  const absl::CivilDay from =
      billogram.last_reminder ? std::max(last_day, *billogram.last_reminder) : last_day;
  return StartOf(from + std::max<int64_t>(*days, 1));
}

void SendLetter(Billogram& billogram, const Occasion& occasion) {
  billogram.letter_due.reset();
  billogram.AddEvent(occasion, "LetterSent",
                     Json::MakeObject({{"letter_id", Json::StringOrNull(billogram.letter_id)},
                                       {"scanning_central", Json()}}));
}

void SendPlanned(BillogramStore& store, Billogram& billogram, const Occasion& occasion) {
  const auto plan = PlanOf(billogram, store.settings());
  const PlannedReminder& next = plan[static_cast<size_t>(billogram.automatic_reminders_sent++)];
  const Decimal fee = billogram.document.Find("reminder_fee")->AsDecimal().value_or(Decimal());
  SendReminder({billogram.delivery_method, Json::StringOrNull(next.message),
                next.with_fee ? fee : Decimal()},
               billogram, occasion);
}

// The state of one that is partly paid or reminded says so still: "Overdue" is for those that
// nothing was paid of. One that was reopened after the day is in that state already.
void BecomeOverdue(const Features& features, Billogram& billogram, const Occasion& occasion) {
  billogram.overdue = true;
  if (billogram.state != "Overdue") {
    if (billogram.state == "Unpaid") billogram.EnterState(occasion, "Overdue");
    billogram.AddEvent(occasion, "Overdue", SumsOf(billogram));
  }
  const Json& rate = *billogram.document.Find("interest_rate");
  if (!features.interest || rate.AsDecimal().value_or(Decimal()) <= Decimal(0)) return;
  billogram.interest_from = DayOf(occasion.at);
  billogram.AddEvent(occasion, "InterestStarted", Json::MakeObject({{"interest_rate", rate}}));
}

void HearFromPartner(Billogram& billogram, const Occasion& occasion) {
  if (billogram.state == "Collecting") {
    billogram.EnterState(occasion, "Collection");
    billogram.AddEvent(occasion, "CollectionStatusUpdate",
                       Json::MakeObject({{"type", Json::String("accepted")}, {"message", Json()}}));
    return;
  }
  billogram.EnterState(occasion, "Sold");
  billogram.AddEvent(occasion, "BillogramSold",
                     Json::MakeObject({{"factoring_method", Json::String("nonrecourse")},
                                       {"factoring_reference", Json::String(billogram.id)},
                                       {"sold_for", Json::Number(billogram.sums.total)}}));
}

std::string ReminderState(int64_t count) {
  return count <= 3 ? absl::StrCat("Reminder_", count) : "Reminder_Many";
}

}  // namespace

std::optional<Deadline> NextDeadline(const Billogram& billogram, const Settings& settings,
                                     const Features& features) {
  using What = Deadline::What;
  std::optional<Deadline> next;
  const auto consider = [&](std::optional<absl::Time> at, What what) {
    if (!at) return;
    const absl::Time due = std::max(*at, billogram.updated_at);
    if (!next || due < next->at) next = {due, what};
  };
  if (billogram.state == "Collecting" || billogram.state == "Factoring") {
    consider(billogram.state_since + kPartnerDelay, What::kPartnerReply);
  }
  if (!billogram.IsOpen()) return next;
  consider(billogram.letter_due, What::kLetter);
  const auto last_day = billogram.LastDay();
  if (!last_day || billogram.IsStandAloneCredit()) return next;
  const bool told = billogram.overdue && billogram.state != "Unpaid";
  if (!told) consider(StartOf(*last_day + 1), What::kOverdue);
  if (billogram.state == "Unpaid") return next;
  const auto reminder = NextReminder(billogram, *last_day, settings, features);
  consider(reminder, What::kReminder);
  if (!reminder) {
    consider(NextCollection(billogram, *last_day, settings, features), What::kCollection);
  }
  return next;
}

void Meet(const Deadline& deadline, BillogramStore& store, Billogram& billogram,
          const Occasion& occasion) {
  switch (deadline.what) {
    case Deadline::What::kOverdue:
      return BecomeOverdue(store.features(), billogram, occasion);
    case Deadline::What::kReminder:
      AccrueInterest(billogram, store.features(), occasion.at);
      return SendPlanned(store, billogram, occasion);
    case Deadline::What::kCollection:
      AccrueInterest(billogram, store.features(), occasion.at);
      return StartCollection(billogram, occasion);
    case Deadline::What::kPartnerReply:
      return HearFromPartner(billogram, occasion);
    case Deadline::What::kLetter:
      return SendLetter(billogram, occasion);
  }
}

void SendReminder(const Reminder& reminder, Billogram& billogram, const Occasion& occasion) {
  billogram.last_reminder = DayOf(occasion.at);
  ++billogram.reminder_count;
  billogram.reminder_fees += reminder.fee;
  billogram.EnterState(occasion, ReminderState(billogram.reminder_count));
  Json data = DeliveryData(billogram, reminder.method, occasion);
  data.Set("reminder_fee", Json::Number(reminder.fee));
  data.Set("reminder_count", Json::Integer(billogram.reminder_count));
  data.Set("message", reminder.message);
  AddSums(billogram, data);
  billogram.AddEvent(occasion, "ReminderSent", std::move(data));
}

void StartCollection(Billogram& billogram, const Occasion& occasion) {
  billogram.EnterState(occasion, "Collecting");
  billogram.AddEvent(occasion, "Collection",
                     Json::MakeObject({{"collector_method", Json::String("collection")},
                                       {"collector_reference", Json::String(billogram.id)}}));
}

void CollectorPays(Billogram& billogram, const Decimal& amount, const Occasion& occasion) {
  billogram.paid += amount;
  billogram.collector_paid += amount;
  billogram.AddEvent(occasion, "CollectorPayment",
                     Json::MakeObject({{"amount", Json::Number(amount)}}));
  if (billogram.Remaining() == Decimal(0)) CollectorEnds(billogram, occasion);
}

void CollectorEnds(Billogram& billogram, const Occasion& occasion) {
  billogram.AddEvent(occasion, "CollectionEnded",
                     Json::MakeObject({{"collector_reference", Json::String(billogram.id)}}));
  End(billogram, "CollectorEnded", occasion);
}

void CollectorCancels(Billogram& billogram, const Occasion& occasion) {
  billogram.EnterState(occasion, OpenState(billogram, DayOf(occasion.at)));
  // The rule that sent it there would send it back at once.
  billogram.document.Set("automatic_collection",
                         Json::MakeObject({{"delay_days", Json()},
                                           {"amount", Json()},
                                           {"use_default_settings", Json::Bool(false)}}));
  billogram.AddEvent(occasion, "CollectionCancelled",
                     Json::MakeObject({{"collector_reference", Json::String(billogram.id)}}));
}

std::string OpenState(const Billogram& billogram, absl::CivilDay today) {
  if (billogram.reminder_count > 0) return ReminderState(billogram.reminder_count);
  if (billogram.paid > Decimal(0)) return "PartlyPaid";
  const auto last_day = billogram.LastDay();
  return last_day && today > *last_day ? "Overdue" : "Unpaid";
}

Decimal AccruedInterest(const Billogram& billogram, const Features& features, absl::Time at) {
  const bool running =
      billogram.IsOpen() || billogram.state == "Collecting" || billogram.state == "Collection";
  if (!features.interest || !billogram.interest_from || !running) return Decimal();
  const int64_t days = DayOf(at) - *billogram.interest_from;
  if (days <= 0) return Decimal();
  const Decimal rate = billogram.document.Find("interest_rate")->AsDecimal().value_or(Decimal());
  const Decimal yearly = (billogram.RemainingPrincipal() * rate).Percent() * Decimal(days);
  return yearly.DividedBy(365, 2);
}

void AccrueInterest(Billogram& billogram, const Features& features, absl::Time at) {
  billogram.interest += AccruedInterest(billogram, features, at);
  if (billogram.interest_from) {
    billogram.interest_from = std::max(*billogram.interest_from, DayOf(at));
  }
  billogram.rendered.clear();
}

std::optional<absl::Time> LetterTime(std::string_view method, absl::Time sent_at) {
  if (method == "Letter") return sent_at + kPrinting;
  const bool both = method == "Email+Letter" || method == "SMS+Letter";
  return both ? std::optional(sent_at + kLetterAfterEmail) : std::nullopt;
}

}  // namespace billing::sandbox
