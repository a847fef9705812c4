#include "service/sandbox/report_store.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

// The member of an event's data that says how much money it moves.
std::string_view AmountName(std::string_view event) {
  if (event == "BillogramSent") return "total_sum";
  return event == "PaymentRecalled" ? "recalled_amount" : "amount";
}

// Calls `visit` with every event of those days that money moves by, in the order of the
// billograms.
template <typename Visit>
void VisitEvents(const BillogramStore& billograms, absl::CivilDay first, absl::CivilDay last,
                 Visit visit) {
  for (const auto& billogram : billograms.all()) {
    for (const Event& event : billogram->events) {
      const absl::CivilDay day = DayOf(event.at);
      if (day < first || day > last) continue;
      const Json* amount = event.data.Find(AmountName(event.type));
      const auto value = amount == nullptr ? std::nullopt : amount->AsDecimal();
      if (value) visit(*billogram, event, *value);
    }
  }
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(ToAbsl(text), {{"\"", "'"}, {"\n", " "}}), "\"");
}

std::string Compact(absl::CivilDay day) {
  return absl::StrReplaceAll(FormatDate(day), {{"-", ""}});
}

std::string JournalOf(const BillogramStore& billograms, absl::CivilDay first, absl::CivilDay last) {
  std::string text = "date;billogram;invoice_no;customer_no;event;amount\n";
  VisitEvents(billograms, first, last,
              [&](const Billogram& billogram, const Event& event, const Decimal& amount) {
                absl::StrAppend(&text, FormatDate(DayOf(event.at)), ";", billogram.id, ";",
                                billogram.invoice_no.value_or(0), ";",
                                billogram.document.Find("customer")->Find("customer_no")->text(),
                                ";", event.type, ";", amount.ToFixed(2), "\n");
              });
  return text;
}

// A verification of the account's bookkeeping: rows that come to zero.
class Verification {
 public:
  void Add(const Json* account, const Decimal& amount) {
    if (amount == Decimal(0)) return;
    const std::string name = account == nullptr ? "" : account->text();
    rows_[name.empty() ? "0000" : name] += amount;
  }
  bool empty() const { return rows_.empty(); }
  std::string Render(int number, absl::CivilDay day, std::string_view text) const {
    std::string lines =
        absl::StrCat("#VER \"\" ", number, " ", Compact(day), " ", Quoted(text), "\n{\n");
    for (const auto& [account, amount] : rows_) {
      absl::StrAppend(&lines, "  #TRANS ", account, " {} ", amount.ToFixed(2), "\n");
    }
    return lines + "}\n";
  }

 private:
  std::map<std::string, Decimal> rows_;
};

// An invoice: the receivable against income, VAT and rounding. All income stands on the account of
// the highest rate: rows are not told apart.
void BookInvoice(const Booking& invoice, const Json& accounts, Verification& entry) {
  const auto rounded = [](const Decimal& value) {
    return value.Round(2, Decimal::Ties::kAwayFromZero);
  };
  const Decimal net = rounded(invoice.net);
  const Decimal vat = rounded(invoice.vat);
  entry.Add(accounts.Find("account_receivable_account"), invoice.total);
  entry.Add(accounts.Find("income_account_for_vat_25"), -net);
  entry.Add(accounts.Find("vat_account_for_vat_25"), -vat);
  entry.Add(accounts.Find("rounding_account"), net + vat - invoice.total);
}

// Money that came in, less than zero where it went out again: paid to the creditor or to the
// collector, who owes it from then on.
void BookPayment(const Decimal& amount, bool to_collector, const Json& accounts,
                 Verification& entry) {
  const char* account = to_collector ? "debt_collection_funds_account" : "banking_account";
  entry.Add(accounts.Find(account), amount);
  entry.Add(accounts.Find("account_receivable_account"), -amount);
}

// What an event is in the books; nothing where it moves neither income nor money. An allocated
// credit moves none: both of its invoices are booked already.
void Book(const Event& event, const Decimal& amount, const Json& accounts, Verification& entry) {
  if (event.booking != nullptr) BookInvoice(*event.booking, accounts, entry);
  if (event.type == "Payment") BookPayment(amount, false, accounts, entry);
  if (event.type == "PaymentRecalled") BookPayment(-amount, false, accounts, entry);
  if (event.type == "CollectorPayment") BookPayment(amount, true, accounts, entry);
}

std::string SieOf(const BillogramStore& billograms, const Settings& settings, absl::CivilDay first,
                  absl::CivilDay last, absl::Time now) {
  const Json& accounts = settings.Part("bookkeeping");
  std::string text = absl::StrCat("#FLAGGA 0\n#PROGRAM \"billing-sandbox\" 1\n#FORMAT PC8\n#GEN ",
                                  Compact(DayOf(now)), "\n#SIETYP 4\n#FNAMN ",
                                  Quoted(settings.document().Text("name")), "\n#RAR 0 ",
                                  first.year(), "0101 ", first.year(), "1231\n");
  int number = 0;
  VisitEvents(billograms, first, last,
              [&](const Billogram& billogram, const Event& event, const Decimal& amount) {
                Verification entry;
                Book(event, amount, accounts, entry);
                if (entry.empty()) return;
                const std::string title =
                    absl::StrCat(event.type, " ", billogram.invoice_no.value_or(0));
                text += entry.Render(++number, DayOf(event.at), title);
              });
  return text;
}

}  // namespace

ReportStore::ReportStore(absl::Time now) : month_(DayOf(now)) {}

std::vector<Json> ReportStore::List() const {
  std::vector<Json> all;
  for (const Json* report : reports_.All()) {
    Json shown = Json::MakeObject();
    for (const auto& [name, value] : report->members()) {
      if (name != "content") shown.Set(name, value);
    }
    all.push_back(std::move(shown));
  }
  return all;
}

Expected<const Json*> ReportStore::Make(std::string_view type, absl::CivilDay first,
                                        absl::CivilDay last, absl::Time now,
                                        const BillogramStore& billograms,
                                        const Settings& settings) {
  const bool journal = type == "debtors ledger journal";
  if (!journal && type != "sie4" && type != "sie4 report") {
    return InvalidParameter(FieldPath() / "type", "is not a type of report");
  }
  const std::string days = absl::StrCat(FormatDate(first), "-", FormatDate(last));
  const std::string filename =
      absl::StrCat(absl::StrReplaceAll(ToAbsl(type), {{" ", "-"}}), "-", days,
                   journal          ? ".csv"
                   : type == "sie4" ? ".se"
                                    : ".txt");
  const std::string content =
      journal ? JournalOf(billograms, first, last) : SieOf(billograms, settings, first, last, now);
  return reports_.Put(
      filename, Json::MakeObject({{"filename", Json::String(filename)},
                                  {"type", Json::String(type)},
                                  {"file_type", Json::String(journal ? "text/csv" : "text/plain")},
                                  {"info", Json::String(days)},
                                  {"created_at", Json::String(FormatTimestamp(now))},
                                  {"content", Json::String(absl::Base64Escape(content))}}));
}

absl::Time ReportStore::NextTimer(const BillogramStore& billograms,
                                  const Features& features) const {
  if (billograms.all().empty() || !features.monthly_reports) return absl::InfiniteFuture();
  return absl::FromCivil(month_ + 1, absl::UTCTimeZone());
}

void ReportStore::RunTimer(const BillogramStore& billograms, const Settings& settings) {
  const absl::CivilDay first(month_);
  ++month_;
  const absl::CivilDay last = absl::CivilDay(month_) - 1;
  bool any = false;
  VisitEvents(billograms, first, last,
              [&](const Billogram&, const Event&, const Decimal&) { any = true; });
  if (!any) return;
  const absl::Time now = absl::FromCivil(month_, absl::UTCTimeZone());
  for (const char* type : {"sie4", "sie4 report", "debtors ledger journal"}) {
    // Every one of these types is known.
    static_cast<void>(Make(type, first, last, now, billograms, settings));
  }
}

}  // namespace billing::sandbox
