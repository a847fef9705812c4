#include "service/sandbox/billogram_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/billogram_commands.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/dunning.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

// Decimal's bounds hold for this many rows.
constexpr size_t kMaxItems = 1000;

bool Given(const Json& document, std::string_view key) {
  const Json* value = document.Find(key);
  return value != nullptr && !value->is_null();
}

// Rules that span several fields of a request.
MaybeError CheckTogether(const Json& given) {
  const FieldPath root;
  if (Given(given, "due_date") && Given(given, "due_days")) {
    return InvalidCombination(root / "due_date", "due_date and due_days exclude each other");
  }
  const Json* items = given.Find("items");
  if (items == nullptr) return std::nullopt;
  if (items->elements().empty()) return InvalidParameter(root / "items", "must not be empty");
  if (items->elements().size() > kMaxItems) {
    return InvalidParameter(root / "items", "too many items");
  }
  for (size_t i = 0; i < items->elements().size(); ++i) {
    if (auto error = CheckPeriod(items->elements()[i], root / "items" / i)) return error;
  }
  return std::nullopt;
}

// On an update a full object may be sent back: what it repeats does not count as given, nor does
// null for one of the two parts that a billogram cannot be without.
Json OnlyChanges(const Json& update, const Json& stored) {
  Json changes = Json::MakeObject();
  for (const auto& [name, value] : update.members()) {
    const Json* before = stored.Find(name);
    const bool ignored = value.is_null() && (name == "customer" || name == "items");
    if (!ignored && (before == nullptr || !(*before == value))) changes.Set(name, value);
  }
  return changes;
}

// The request with its rows completed from stored items.
Json WithStoredItems(const Json& request, const ItemStore& items) {
  const Json* rows = request.Find("items");
  if (rows == nullptr || !rows->is_array()) return request;
  Json completed = request;
  completed.Set("items", items.Complete(*rows));
  return completed;
}

void SetReminders(const Json& given, Json& document) {
  const Json* settings = given.Find("automatic_reminders_settings");
  if (settings == nullptr || settings->is_null()) return;
  if (settings->elements().empty()) {
    document.Set("automatic_reminders", Json::Bool(false));
  } else if (!Given(given, "automatic_reminders")) {
    document.Set("automatic_reminders", Json::Bool(true));
  }
}

// The due date follows from the days, and the days from a date that was given.
MaybeError SetDates(Billogram& billogram, const Json& given, absl::Time now) {
  Json& document = billogram.document.Edit();
  if (given.Find("invoice_date") != nullptr) {
    billogram.invoice_date_given = Given(given, "invoice_date");
  }
  if (given.Find("due_date") != nullptr) billogram.due_date_given = Given(given, "due_date");
  if (Given(given, "due_days")) billogram.due_date_given = false;
  if (!billogram.invoice_date_given && !billogram.attested_at) {
    document.Set("invoice_date", Json::String(FormatDate(DayOf(now))));
  }
  const FieldPath path = FieldPath() / "invoice_date";
  const auto invoice_date = ParseDate(document.Text("invoice_date"));
  if (!invoice_date) return InvalidParameter(path, "must be a date");
  if (!billogram.due_date_given) {
    const int64_t days = document.Find("due_days")->AsInteger().value_or(30);
    const absl::CivilDay due_date = *invoice_date + days;
    if (due_date.year() > 9999) return InvalidParameter(path, "the due date is past the year 9999");
    document.Set("due_date", Json::String(FormatDate(due_date)));
    return std::nullopt;
  }
  const auto due_date = ParseDate(document.Text("due_date"));
  if (!due_date || *due_date < *invoice_date) {
    return InvalidParameter(FieldPath() / "due_date", "must not be before the invoice date");
  }
  document.Set("due_days", Json::Integer(*due_date - *invoice_date));
  return std::nullopt;
}

void SetAttachment(Billogram& billogram, const Json& given) {
  const Json* attachment = given.Find("attachment");
  if (attachment != nullptr && attachment->is_null()) {
    billogram.attachment.clear();
    billogram.attachment_content.clear();
  }
  if (Given(given, "attachment_content")) {
    billogram.attachment = "attachment.pdf";
    billogram.attachment_content = given.Text("attachment_content");
  }
}

// A credit never becomes a debit (reference, 3.2), nor a debit a credit; what is left of a credit
// that was used in part follows from its sum as it was sent.
MaybeError CheckSentSum(const Billogram& before, const Billogram& after) {
  const FieldPath path = FieldPath() / "items";
  if (before.IsStandAloneCredit()) {
    if (after.sums.total == before.sums.total) return std::nullopt;
    return InvalidParameter(path, "must not change the sum of a sent credit");
  }
  if (after.IsStandAloneCredit()) {
    return InvalidParameter(path, "must not come to less than zero once it is sent");
  }
  // The difference is credited as well: together it would be more than was ever invoiced.
  if (after.sums.total < before.credited_principal) {
    return InvalidParameter(path, "must not come to less than what is credited");
  }
  return std::nullopt;
}

// Invoices that were sent are in their currency; what is left of a credit is its customer's.
MaybeError CheckSentTerms(const Billogram& before, const Json& after) {
  if (after.Text("currency") != before.document.Text("currency")) {
    return ReadOnlyParameter(FieldPath() / "currency");
  }
  const Json& customer = *before.document.Find("customer");
  if (before.IsStandAloneCredit() &&
      !(*after.Find("customer")->Find("customer_no") == *customer.Find("customer_no"))) {
    return ReadOnlyParameter(FieldPath() / "customer" / "customer_no");
  }
  return std::nullopt;
}

// A changed sent billogram: the service makes a debit or credit invoice of the difference.
void InvoiceDifference(Billogram& billogram, const Billogram& before, int64_t invoice_no,
                       const Occasion& occasion) {
  const Decimal difference = billogram.sums.total - before.sums.total;
  Json data = Json::MakeObject({{"invoice_no", Json::Integer(invoice_no)},
                                {"letter_id", Json()},
                                {"delivery_method", Json::StringOrNull(billogram.delivery_method)},
                                {"amount", Json::Number(difference)}});
  AddSums(billogram, data);
  const bool debit = difference > Decimal(0);
  if (!debit) data.Set("amount", Json::Number(-difference));
  const InvoiceSums& sums = billogram.sums;
  billogram.AddEvent(occasion, debit ? "InvoiceSent" : "Credit", std::move(data),
                     Booking{sums.net - before.sums.net, sums.vat - before.sums.vat, difference});
  TellSurplus(billogram, before.Surplus(), occasion);
  if (billogram.Remaining() == Decimal(0)) {
    End(billogram, billogram.paid > Decimal(0) ? "Paid" : "Credited", occasion);
  }
}

}  // namespace

MaybeError CheckPeriod(const Json& item, const FieldPath& path) {
  const auto start = ParseDate(item.Text("start_date").substr(0, 10));
  const auto end = ParseDate(item.Text("end_date").substr(0, 10));
  if (!start || !end || *end >= *start) return std::nullopt;
  return InvalidCombination(path / "end_date", "ends before it starts");
}

MaybeError BillogramStore::SetCustomer(const Json& given, Json& document) const {
  const FieldPath path = FieldPath() / "customer";
  const Json* customer_given = given.Find("customer");
  if (customer_given == nullptr || customer_given->is_null()) return std::nullopt;
  const Json* number = customer_given->Find("customer_no");
  const Json* before = document.Find("customer");
  const bool new_customer =
      number != nullptr && !(before->is_object() && *before->Find("customer_no") == *number);
  if (number == nullptr && (before == nullptr || before->Find("customer_no")->is_null())) {
    return InvalidParameter(path / "customer_no", "missing required parameter: customer_no");
  }
  if (!new_customer) {
    document.Set("customer", Merge(BillogramCustomerSchema(), *before, *customer_given));
    return std::nullopt;
  }
  const Json* customer = around_.customers.Find(number->AsInteger().value_or(0));
  if (customer == nullptr) {
    return InvalidParameter(path / "customer_no", "there is no such customer");
  }
  document.Set("customer",
               Merge(BillogramCustomerSchema(), CustomerSnapshot(*customer), *customer_given));
  return std::nullopt;
}

MaybeError BillogramStore::CheckUnique(const Billogram& billogram, const Json& given) const {
  const auto taken = by_unique_value_.find(ToAbsl(given.Text("creditor_unique_value")));
  if (taken == by_unique_value_.end() || taken->second->id == billogram.id) return std::nullopt;
  return NotUnique("creditor_unique_value",
                   "Billogram with same creditor_unique_value already exists");
}

Expected<Billogram*> BillogramStore::Create(const Json& request, const Occasion& occasion) {
  const FieldPath root;
  const Json document = around_.settings.WithDefaults(WithStoredItems(request, around_.items));
  if (auto error = CheckDocument(BillogramSchema(), document, nullptr, root)) return *error;
  for (const char* name : {"customer", "items"}) {
    if (Given(document, name)) continue;
    return InvalidParameter(root / name, absl::StrCat("missing required parameter: ", name));
  }
  if (auto error = CheckTogether(document)) return *error;
  auto owned = std::make_unique<Billogram>();
  Billogram& billogram = *owned;
  Json rest = document;
  rest.Set("customer", Json());
  billogram.document = Complete(BillogramSchema(), rest);
  Json& edited = billogram.document.Edit();
  if (auto error = SetCustomer(document, edited)) return *error;
  if (auto error = CheckUnique(billogram, document)) return *error;
  if (auto error = SetDates(billogram, document, occasion.at)) return *error;
  SetReminders(request, edited);
  SetAttachment(billogram, document);
  billogram.sums = ComputeSums(edited);
  if (billogram.IsStandAloneCredit() && !around_.features.stand_alone_credits) {
    return PermissionDenied("stand-alone credit invoices are not switched on");
  }

  DrawId(billogram, occasion.random);
  billogram.created_at = occasion.at;
  billogram.EnterState(occasion, "Unattested");
  billogram.AddEvent(occasion, "BillogramCreated", Json());
  if (const Json* next = document.Find("on_success"); next != nullptr && !next->is_null()) {
    const FieldPath path = root / "on_success";
    if (next->Text("command") != "send") {
      return InvalidParameter(path / "command", "must be send");
    }
    const Json body = Json::MakeObject({{"method", *next->Find("method")}});
    if (auto error = RunCommand("send", {*this, billogram, body, occasion, path})) return *error;
  }
  Index(std::move(owned));
  return &billogram;
}

void BillogramStore::DrawId(Billogram& billogram, Random& random) const {
  do {
    billogram.id = random.BillogramId();
  } while (by_id_.contains(billogram.id));
}

void BillogramStore::Index(std::unique_ptr<Billogram> owned) {
  Billogram& billogram = *owned;
  billogram.sequence = ++last_sequence_;
  by_id_[billogram.id] = &billogram;
  const std::string_view unique = billogram.document.Text("creditor_unique_value");
  if (!unique.empty()) by_unique_value_[ToAbsl(unique)] = &billogram;
  billograms_.push_back(std::move(owned));
  Reschedule(billogram);
}

void BillogramStore::AddCopies(const Billogram& original, int64_t count, const Occasion& occasion) {
  billograms_.reserve(billograms_.size() + static_cast<size_t>(count));
  by_id_.reserve(billograms_.size() + static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    auto copy = std::make_unique<Billogram>(original);
    copy->timer.reset();
    copy->counted = Decimal();
    copy->rendered.clear();
    DrawId(*copy, occasion.random);
    if (copy->invoice_no) {
      copy->invoice_no = NextInvoiceNumber();
      copy->ocr_number = OcrNumber(*copy->invoice_no, occasion.random);
    }
    for (Event& event : copy->events) {
      event.uuid = occasion.random.Uuid();
      if (copy->invoice_no && event.data.Find("invoice_no") != nullptr) {
        event.data.Set("invoice_no", Json::Integer(*copy->invoice_no));
      }
    }
    Index(std::move(copy));
  }
}

Expected<Billogram*> BillogramStore::Update(std::string_view id, const Json& request,
                                            const Occasion& occasion) {
  Billogram* found = Find(id);
  if (found == nullptr) return NotFound(id);
  const Json stored = Render(*found);
  const Json update =
      around_.settings.WithDefaultsForNulls(WithStoredItems(request, around_.items));
  if (auto error = CheckDocument(BillogramSchema(), update, &stored, FieldPath())) return *error;
  if (found->state != "Unattested" && !found->IsOpen()) {
    return InvalidObjectState("Update", found->state);
  }
  const Json changes = OnlyChanges(update, stored);
  if (auto error = CheckTogether(changes)) return *error;
  if (auto error = CheckUnique(*found, changes)) return *error;

  Billogram changed = *found;
  AccrueInterest(changed, around_.features, occasion.at);
  Json rest = changes;
  rest.Set("customer", Json());
  changed.document = Merge(BillogramSchema(), found->document.get(), rest);
  Json& edited = changed.document.Edit();
  if (auto error = SetCustomer(changes, edited)) return *error;
  if (auto error = SetDates(changed, changes, occasion.at)) return *error;
  SetReminders(changes, edited);
  SetAttachment(changed, update);
  changed.sums = ComputeSums(edited);
  const bool sent = changed.attested_at.has_value();
  if (sent) {
    if (auto error = CheckSentTerms(*found, edited)) return *error;
    if (auto error = CheckSentSum(*found, changed)) return *error;
  } else if (changed.IsStandAloneCredit() && !around_.features.stand_alone_credits) {
    return PermissionDenied("stand-alone credit invoices are not switched on");
  }

  by_unique_value_.erase(ToAbsl(found->document.Text("creditor_unique_value")));
  std::swap(*found, changed);
  const Billogram& before = changed;
  const std::string_view unique = found->document.Text("creditor_unique_value");
  if (!unique.empty()) by_unique_value_[ToAbsl(unique)] = found;
  found->Touch(occasion);
  if (sent && found->sums.total != before.sums.total) {
    InvoiceDifference(*found, before, NextInvoiceNumber(), occasion);
  }
  Reschedule(*found);
  return found;
}

MaybeError BillogramStore::Delete(std::string_view id) {
  Billogram* found = Find(id);
  if (found == nullptr) return NotFound(id);
  if (found->state != "Unattested") return InvalidObjectState("Delete", found->state);
  if (found->timer) timers_.erase({*found->timer, found->sequence});
  by_unique_value_.erase(ToAbsl(found->document.Text("creditor_unique_value")));
  remaining_sum_ -= found->counted;
  ++version_;
  by_id_.erase(found->id);
  billograms_.erase(PlaceOf(found->sequence));
  return std::nullopt;
}

Billogram* BillogramStore::Find(std::string_view id) const {
  const auto it = by_id_.find(ToAbsl(id));
  return it == by_id_.end() ? nullptr : it->second;
}

std::vector<std::unique_ptr<Billogram>>::iterator BillogramStore::PlaceOf(int64_t sequence) {
  return std::lower_bound(
      billograms_.begin(), billograms_.end(), sequence,
      [](const auto& billogram, int64_t wanted) { return billogram->sequence < wanted; });
}

void BillogramStore::Reschedule(Billogram& billogram) {
  ++version_;
  const Decimal remaining = billogram.Remaining();
  remaining_sum_ += remaining - billogram.counted;
  billogram.counted = remaining;
  if (billogram.timer) timers_.erase({*billogram.timer, billogram.sequence});
  billogram.timer.reset();
  if (const auto next = NextDeadline(billogram, around_.settings, around_.features)) {
    billogram.timer = next->at;
    timers_.insert({next->at, billogram.sequence});
  }
}

void BillogramStore::RescheduleAll() {
  for (const auto& billogram : billograms_) Reschedule(*billogram);
}

absl::Time BillogramStore::NextTimer() const {
  return timers_.empty() ? absl::InfiniteFuture() : timers_.begin()->first;
}

void BillogramStore::RunTimers(const Occasion& occasion) {
  while (NextTimer() <= occasion.at) {
    const auto [at, sequence] = *timers_.begin();
    Billogram& billogram = **PlaceOf(sequence);
    if (const auto next = NextDeadline(billogram, around_.settings, around_.features)) {
      Meet(*next, *this, billogram, {at, occasion.random});
    }
    Reschedule(billogram);
  }
}

}  // namespace billing::sandbox
