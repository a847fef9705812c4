#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/sandbox/billogram_commands.h"
#include "service/sandbox/dunning.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

// What a credit takes off the invoice and off the fees.
struct CreditAmount {
  Decimal principal;
  Decimal fees;
  std::optional<NetByRate> rows = std::nullopt;  // all that are credited with it, by mode items
  Decimal total() const { return principal + fees; }
};

// What is left of the fees, the interest included that the credit itself charges.
Decimal FeesLeft(const CommandCall& call) {
  return call.billogram.RemainingFees() +
         AccruedInterest(call.billogram, call.store.features(), call.occasion.at);
}

// Takes `amount` off the principal first.
Expected<CreditAmount> Split(const CommandCall& call, const Decimal& amount,
                             const FieldPath& path) {
  const Decimal principal = call.billogram.sums.total - call.billogram.credited_principal;
  const Decimal fees = FeesLeft(call);
  if (amount > principal + fees) return InvalidParameter(path, "is more than can be credited");
  const Decimal from_principal = std::min(amount, principal);
  return CreditAmount{from_principal, amount - from_principal};
}

// The rows of mode items, checked.
Expected<Json> CreditedRows(const CommandCall& call) {
  const FieldPath path = call.path / "items";
  const Json* given = call.body.Find("items");
  if (given == nullptr || given->is_null()) {
    return InvalidCombination(path, "items are required with mode items");
  }
  Json rows = call.store.items().Complete(*given);
  static const Schema kWrapper{
      {{.name = "items", .kind = FieldKind::kObjects, .object = &ItemSchema()}}};
  const Json wrapped = Json::MakeObject({{"items", rows}});
  if (auto error = CheckDocument(kWrapper, wrapped, nullptr, call.path)) return *error;
  if (rows.elements().empty()) return InvalidParameter(path, "must not be empty");
  if (rows.elements().size() > 1000) return InvalidParameter(path, "too many items");
  for (size_t i = 0; i < rows.elements().size(); ++i) {
    if (*rows.elements()[i].Find("count")->AsDecimal() >= Decimal(0)) {
      return InvalidParameter(path / i / "count", "must be negative in a credit");
    }
  }
  return rows;
}

// Whether a credit of so much leaves the invoice's own rounding alone: what is missing of an
// invoice that was rounded up, or too much for one that was rounded down.
bool LeavesRounding(const InvoiceSums& sums, const Decimal& gross, const Decimal& left) {
  const Decimal rounding = sums.total - sums.gross.Round(2, Decimal::Ties::kAwayFromZero);
  const Decimal rest = left - gross;
  return rounding < Decimal(0) ? rest < Decimal(0) && rest >= rounding
                               : rest > Decimal(0) && rest <= rounding;
}

Expected<CreditAmount> CreditOfItems(const CommandCall& call) {
  const Expected<Json> items = CreditedRows(call);
  if (!items.ok()) return items.error();
  const Billogram& billogram = call.billogram;
  const bool reversed_vat = billogram.document.Find("reversed_vat")->boolean();
  NetByRate rows = billogram.credited_rows;
  AddRows(items->elements(), rows);
  // The VAT is that of all rows credited so far: parts of an invoice come to the whole of it.
  const Decimal gross =
      GrossOfRows(billogram.credited_rows, reversed_vat) - GrossOfRows(rows, reversed_vat);
  const FieldPath path = call.path / "items";
  if (gross <= Decimal(0)) return InvalidParameter(path, "must come to less than zero");
  const Decimal left = billogram.sums.total - billogram.credited_principal;
  const bool all = LeavesRounding(billogram.sums, gross, left);
  Expected<CreditAmount> credit = all ? CreditAmount{left, Decimal()} : Split(call, gross, path);
  if (!credit.ok()) return credit;
  return CreditAmount{credit->principal, credit->fees, std::move(rows)};
}

Expected<CreditAmount> AmountOfMode(const CommandCall& call, std::string_view mode) {
  const Billogram& billogram = call.billogram;
  const FieldPath amount_path = call.path / "amount";
  const bool has_amount = call.body.Find("amount") != nullptr;
  if (has_amount && mode != "amount") {
    return InvalidCombination(amount_path, "amount goes with mode amount only");
  }
  if (call.body.Find("items") != nullptr && mode != "items") {
    return InvalidCombination(call.path / "items", "items go with mode items only");
  }
  if (mode == "items") return CreditOfItems(call);
  if (mode == "amount") {
    if (!has_amount) return InvalidCombination(amount_path, "mode amount needs an amount");
    const Expected<Decimal> amount = PositiveAmount(call.body, "amount", call.path);
    if (!amount.ok()) return amount.error();
    return Split(call, *amount, amount_path);
  }
  CreditAmount credit;
  if (mode == "full") {
    credit = {billogram.sums.total - billogram.credited_principal, FeesLeft(call)};
  } else {
    if (mode != "rest") credit.principal = billogram.RemainingPrincipal();
    if (mode != "principal") credit.fees = FeesLeft(call);
  }
  return credit;
}

Expected<std::string> ModeOf(const CommandCall& call) {
  constexpr std::array<std::string_view, 6> kModes = {"full",   "items",     "remaining",
                                                      "amount", "principal", "rest"};
  const FieldPath path = call.path / "mode";
  const Json* mode = call.body.Find("mode");
  if (mode == nullptr || mode->is_null()) {
    return InvalidParameter(path, "missing required parameter: mode");
  }
  if (!mode->is_string() || std::find(kModes.begin(), kModes.end(), mode->text()) == kModes.end()) {
    return InvalidParameter(path, "is not a credit mode");
  }
  return mode->text();
}

Json CreditData(const CommandCall& call, const Decimal& amount, std::string_view method) {
  Json data = Json::MakeObject({{"invoice_no", Json::Integer(call.store.NextInvoiceNumber())},
                                {"amount", Json::Number(amount)},
                                {"delivery_method", Json::StringOrNull(method)},
                                {"letter_id", Json()}});
  AddSums(call.billogram, data);
  return data;
}

// The stand-alone credit that a command names, as far as it is one that can be used.
MaybeError CheckUsable(const Billogram& credit, std::string_view event) {
  if (credit.IsStandAloneCredit() && credit.IsOpen()) return std::nullopt;
  return InvalidObjectState(event, credit.state);
}

// The stand-alone credit that credit-allocate names, where it can be used for this debit.
Expected<Billogram*> AllocationSource(const CommandCall& call) {
  const Billogram& debit = call.billogram;
  const FieldPath path = call.path / "source_id";
  const Json* id = call.body.Find("source_id");
  if (id == nullptr || id->is_null()) {
    return InvalidParameter(path, "missing required parameter: source_id");
  }
  if (!id->is_string()) return InvalidParameter(path, "must be a string");
  Billogram* source = call.store.Find(id->text());
  if (source == nullptr) return InvalidParameter(path, "there is no such billogram");
  if (!debit.IsOpen() || debit.IsStandAloneCredit()) {
    return InvalidObjectState("CreditAllocate", debit.state);
  }
  if (auto error = CheckUsable(*source, "CreditAllocate")) return *error;
  if (!(*debit.document.Find("customer")->Find("customer_no") ==
        *source->document.Find("customer")->Find("customer_no"))) {
    return InvalidParameter(path, "belongs to another customer");
  }
  if (debit.document.Text("currency") != source->document.Text("currency")) {
    return InvalidParameter(path, "has another currency");
  }
  return source;
}

}  // namespace

MaybeError Credit(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  const Expected<std::string> mode = ModeOf(call);
  if (!mode.ok()) return mode.error();
  std::string method = billogram.delivery_method;
  if (const Json* given = call.body.Find("method"); given != nullptr && !given->is_null()) {
    // The only command whose documentation has the older name of Einvoice as well.
    if (!given->is_string() || (given->text() != "Efaktura" && !IsDeliveryMethod(given->text()))) {
      return InvalidParameter(call.path / "method", "is not a delivery method");
    }
    method = given->text();
  }
  const bool ended = billogram.state == "Paid" || billogram.state == "Credited" ||
                     billogram.state == "Ended" || billogram.state == "CollectorEnded" ||
                     billogram.state == "Sold";
  if ((!billogram.IsOpen() && !ended) || billogram.IsStandAloneCredit()) {
    return InvalidObjectState("Credit", billogram.state);
  }
  const Expected<CreditAmount> credit = AmountOfMode(call, *mode);
  if (!credit.ok()) return credit.error();
  if (credit->total() <= Decimal(0)) return InvalidObjectState("Credit", billogram.state);

  const bool was_open = billogram.IsOpen();
  AccrueInterest(billogram, call.store.features(), call.occasion.at);
  const Decimal surplus = billogram.Surplus();
  billogram.credited_principal += credit->principal;
  billogram.credited_fees += credit->fees;
  if (credit->rows) billogram.credited_rows = *credit->rows;
  billogram.AddEvent(call.occasion, "Credit", CreditData(call, credit->total(), method),
                     Booking{-credit->total(), Decimal(), -credit->total()});
  TellSurplus(billogram, surplus, call.occasion);
  if (was_open && billogram.Remaining() == Decimal(0)) {
    End(billogram, "Credited", call.occasion);
  } else if (billogram.state == "Paid" && billogram.credited_principal == billogram.sums.total) {
    billogram.EnterState(call.occasion, "Credited");
  }
  return std::nullopt;
}

MaybeError CreditAllocate(const CommandCall& call) {
  Billogram& debit = call.billogram;
  const Expected<Decimal> amount = PositiveAmount(call.body, "amount", call.path);
  if (!amount.ok()) return amount.error();
  const Expected<Billogram*> found = AllocationSource(call);
  if (!found.ok()) return found.error();
  Billogram& source = **found;
  const FieldPath amount_path = call.path / "amount";
  if (*amount >
      debit.Remaining() + AccruedInterest(debit, call.store.features(), call.occasion.at)) {
    return InvalidParameter(amount_path, "is more than the debt");
  }
  if (*amount > -source.Remaining()) {
    return InvalidParameter(amount_path, "is more than is left of the credit");
  }

  AccrueInterest(debit, call.store.features(), call.occasion.at);
  const Decimal principal = std::min(*amount, debit.RemainingPrincipal());
  debit.credited_principal += principal;
  debit.credited_fees += *amount - principal;
  debit.AddEvent(call.occasion, "Credit", CreditData(call, *amount, ""));
  if (debit.Remaining() == Decimal(0)) End(debit, "Credited", call.occasion);
  source.used_credit += *amount;
  Json data = Json::MakeObject({{"amount", Json::Number(*amount)}});
  AddSums(source, data);
  source.AddEvent(call.occasion, "CreditAllocated", std::move(data));
  if (source.Remaining() == Decimal(0)) End(source, "Ended", call.occasion);
  call.store.Reschedule(source);
  return std::nullopt;
}

MaybeError CreditPayment(const CommandCall& call) {
  Billogram& credit = call.billogram;
  const FieldPath mode_path = call.path / "mode";
  const Json* mode = call.body.Find("mode");
  if (mode == nullptr || mode->is_null()) {
    return InvalidParameter(mode_path, "missing required parameter: mode");
  }
  const bool by_amount = mode->is_string() && mode->text() == "amount";
  if (!by_amount && !(mode->is_string() && mode->text() == "remaining")) {
    return InvalidParameter(mode_path, "must be remaining or amount");
  }
  const bool has_amount = call.body.Find("amount") != nullptr;
  if (has_amount != by_amount) {
    return InvalidCombination(call.path / "amount", "amount goes with mode amount");
  }
  Decimal amount = -credit.Remaining();
  if (by_amount) {
    const Expected<Decimal> given = PositiveAmount(call.body, "amount", call.path);
    if (!given.ok()) return given.error();
    amount = *given;
  }
  if (auto error = CheckUsable(credit, "CreditPayment")) return error;
  if (amount > -credit.Remaining()) {
    return InvalidParameter(call.path / "amount", "is more than is left of the credit");
  }
  credit.used_credit += amount;
  Json data = Json::MakeObject({{"amount", Json::Number(-amount)}, {"manual", Json::Bool(true)}});
  AddSums(credit, data);
  credit.AddEvent(call.occasion, "Payment", std::move(data));
  if (credit.Remaining() == Decimal(0)) End(credit, "Ended", call.occasion);
  return std::nullopt;
}

}  // namespace billing::sandbox
