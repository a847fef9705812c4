#include "service/sandbox/billogram_commands.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/dunning.h"
#include "service/sandbox/field_checks.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

MaybeError WrongState(std::string_view event, const CommandCall& call) {
  return InvalidObjectState(event, call.billogram.state);
}

// A string under `key` that is there and not empty.
Expected<std::string> RequiredText(const CommandCall& call, std::string_view key) {
  const FieldPath path = call.path / key;
  const Json* value = call.body.Find(key);
  if (value == nullptr || value->is_null()) {
    return InvalidParameter(path, absl::StrCat("missing required parameter: ", ToAbsl(key)));
  }
  if (!value->is_string()) return InvalidParameter(path, "must be a string");
  if (value->text().empty()) return InvalidParameter(path, "must not be empty");
  return value->text();
}

// The method of resend and remind; the one it was sent by where none is given.
Expected<std::string> RepeatMethod(const CommandCall& call) {
  const Json* value = call.body.Find("method");
  if (value == nullptr || value->is_null()) return call.billogram.delivery_method;
  const FieldPath path = call.path / "method";
  constexpr std::array<std::string_view, 3> kMethods = {"Email", "SMS", "Letter"};
  if (!value->is_string() ||
      std::find(kMethods.begin(), kMethods.end(), value->text()) == kMethods.end()) {
    return InvalidParameter(path, "must be Email, SMS or Letter");
  }
  if (auto error = CheckMethod(call, value->text(), path)) return *error;
  return value->text();
}

// A letter's id where the method prints one.
Json LetterId(std::string_view method, const Occasion& occasion) {
  if (!absl::StrContains(ToAbsl(method), "Letter")) return Json();
  return Json::String(occasion.random.Text(kDigits, 8));
}

// The dates of a billogram that is sent today rather than on the day it was written.
void AttestDates(Billogram& billogram, absl::Time now) {
  if (billogram.invoice_date_given) return;
  const absl::CivilDay today = DayOf(now);
  billogram.document.Set("invoice_date", Json::String(FormatDate(today)));
  if (billogram.due_date_given) return;
  const int64_t days = billogram.document.Find("due_days")->AsInteger().value_or(30);
  billogram.document.Set("due_date", Json::String(FormatDate(today + days)));
}

void Attest(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  AttestDates(billogram, call.occasion.at);
  billogram.invoice_no = call.store.NextInvoiceNumber();
  billogram.ocr_number = OcrNumber(*billogram.invoice_no, call.occasion.random);
  billogram.url_token = call.occasion.random.Text(kLettersAndDigits, 12);
  billogram.attested_at = call.occasion.at;
}

MaybeError Send(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  const Expected<std::string> method = RequiredText(call, "method");
  if (!method.ok()) return method.error();
  const FieldPath path = call.path / "method";
  if (!IsDeliveryMethod(*method)) return InvalidParameter(path, "is not a delivery method");
  if (billogram.state != "Unattested") return WrongState("Send", call);
  if (auto error = CheckMethod(call, *method, path)) return error;

  Attest(call);
  billogram.delivery_method = *method;
  billogram.letter_due = LetterTime(*method, call.occasion.at);
  billogram.EnterState(call.occasion, "Unpaid");
  Json data = DeliveryData(billogram, *method, call.occasion);
  billogram.letter_id = data.Text("letter_id");
  AddSums(billogram, data);
  data.Set("scanning_central", Json());
  data.Set("original_delivery_method", Json::String(*method));
  data.Set("delivery_redirected", Json::Bool(false));
  const InvoiceSums& sums = billogram.sums;
  billogram.AddEvent(call.occasion, "BillogramSent", std::move(data),
                     Booking{sums.net, sums.vat, sums.total});
  if (billogram.sums.total == Decimal(0)) End(billogram, "Ended", call.occasion);
  return std::nullopt;
}

MaybeError Sell(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  if (!call.store.features().factoring) {
    return PermissionDenied("there is no factoring agreement");
  }
  if (billogram.state != "Unattested" || billogram.sums.total <= Decimal(0)) {
    return WrongState("Sell", call);
  }
  Attest(call);
  billogram.EnterState(call.occasion, "Factoring");
  billogram.AddEvent(call.occasion, "FactoringRequest",
                     Json::MakeObject({{"factoring_method", Json::String("nonrecourse")},
                                       {"factoring_reference", Json::String(billogram.id)},
                                       {"sells_for", Json::Number(billogram.sums.total)}}));
  return std::nullopt;
}

MaybeError Resend(const CommandCall& call) {
  const Expected<std::string> method = RepeatMethod(call);
  if (!method.ok()) return method.error();
  if (!call.billogram.IsOpen()) return WrongState("Resend", call);
  call.billogram.AddEvent(call.occasion, "Resent",
                          DeliveryData(call.billogram, *method, call.occasion));
  return std::nullopt;
}

MaybeError Remind(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  const Expected<std::string> method = RepeatMethod(call);
  if (!method.ok()) return method.error();
  const Json* message = call.body.Find("message");
  if (message != nullptr && !message->is_null() && !message->is_string()) {
    return InvalidParameter(call.path / "message", "must be a string");
  }
  const absl::CivilDay today = DayOf(call.occasion.at);
  if (!billogram.IsOpen() || billogram.IsStandAloneCredit() || billogram.last_reminder == today) {
    return WrongState("Remind", call);
  }
  AccrueInterest(billogram, call.store.features(), call.occasion.at);
  const Decimal fee = billogram.document.Find("reminder_fee")->AsDecimal().value_or(Decimal());
  SendReminder({*method, message == nullptr ? Json() : *message, fee}, billogram, call.occasion);
  return std::nullopt;
}

MaybeError Collect(const CommandCall& call) {
  if (!call.store.features().collection) {
    return PermissionDenied("there is no collection agreement");
  }
  if (!call.billogram.IsOpen() || call.billogram.IsStandAloneCredit()) {
    return WrongState("Collect", call);
  }
  AccrueInterest(call.billogram, call.store.features(), call.occasion.at);
  StartCollection(call.billogram, call.occasion);
  return std::nullopt;
}

MaybeError Payment(const CommandCall& call) {
  const Expected<Decimal> amount = PositiveAmount(call.body, "amount", call.path);
  if (!amount.ok()) return amount.error();
  if (!call.billogram.IsOpen()) return WrongState("Payment", call);
  return ReceivePayment(call, *amount, "", true);
}

MaybeError SettleUnderpayment(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  if (!billogram.IsOpen() || billogram.paid <= Decimal(0)) {
    return WrongState("SettleUnderpayment", call);
  }
  const Decimal rest = billogram.Remaining();
  billogram.settled = true;
  billogram.AddEvent(call.occasion, "SettleUnderpayment",
                     Json::MakeObject({{"amount", Json::Number(rest)}}));
  End(billogram, "Paid", call.occasion);
  return std::nullopt;
}

MaybeError ConfirmedLoss(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  if (!billogram.IsOpen() || billogram.IsStandAloneCredit()) {
    return WrongState("ConfirmedLoss", call);
  }
  const Decimal rest = billogram.Remaining();
  billogram.settled = true;
  billogram.AddEvent(call.occasion, "ConfirmedLoss",
                     Json::MakeObject({{"amount", Json::Number(rest)}}));
  End(billogram, "Ended", call.occasion);
  return std::nullopt;
}

MaybeError Writeoff(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  const Decimal fees = billogram.RemainingFees();
  if (!billogram.IsOpen() || fees == Decimal(0)) return WrongState("Writeoff", call);
  billogram.written_off_fees += fees;
  billogram.AddEvent(call.occasion, "Writeoff", Json::MakeObject({{"amount", Json::Number(fees)}}));
  if (billogram.Remaining() == Decimal(0)) End(billogram, "Paid", call.occasion);
  return std::nullopt;
}

MaybeError Writedown(const CommandCall& call) {
  // Nobody owes a credit: it is no loss.
  if (!call.billogram.IsOpen() || call.billogram.written_down ||
      call.billogram.IsStandAloneCredit()) {
    return WrongState("Writedown", call);
  }
  call.billogram.written_down = true;
  call.billogram.AddEvent(call.occasion, "Writedown",
                          Json::MakeObject({{"amount", Json::Number(call.billogram.Remaining())}}));
  return std::nullopt;
}

MaybeError RevertWritedown(const CommandCall& call) {
  if (!call.billogram.IsOpen() || !call.billogram.written_down) {
    return WrongState("RevertWritedown", call);
  }
  call.billogram.written_down = false;
  call.billogram.AddEvent(call.occasion, "RevertWritedown",
                          Json::MakeObject({{"amount", Json::Number(call.billogram.Remaining())}}));
  return std::nullopt;
}

MaybeError Respite(const CommandCall& call) {
  const Expected<std::string> text = RequiredText(call, "date");
  if (!text.ok()) return text.error();
  const FieldPath path = call.path / "date";
  const auto date = ParseDate(*text);
  if (!date) return InvalidParameter(path, "must be a date");
  if (!call.billogram.IsOpen()) return WrongState("Respite", call);
  const auto due = ParseDate(call.billogram.document.Text("due_date"));
  if (due && *date <= *due) return InvalidParameter(path, "must be later than the due date");
  call.billogram.respite_date = date;
  call.billogram.AddEvent(call.occasion, "Respite",
                          Json::MakeObject({{"date", Json::String(FormatDate(*date))}}));
  return std::nullopt;
}

MaybeError RemoveRespite(const CommandCall& call) {
  Billogram& billogram = call.billogram;
  if (!billogram.IsOpen() || !billogram.respite_date) return WrongState("RemoveRespite", call);
  const std::string date = FormatDate(*billogram.respite_date);
  billogram.respite_date.reset();
  billogram.AddEvent(call.occasion, "RespiteRemoved",
                     Json::MakeObject({{"date", Json::String(date)}}));
  return std::nullopt;
}

MaybeError Message(const CommandCall& call) {
  const Expected<std::string> text = RequiredText(call, "message");
  if (!text.ok()) return text.error();
  call.billogram.new_message = false;
  call.billogram.AddEvent(call.occasion, "CreditorMessage",
                          Json::MakeObject({{"message", Json::String(*text)}}));
  return std::nullopt;
}

MaybeError Attach(const CommandCall& call) {
  const Expected<std::string> filename = RequiredText(call, "filename");
  if (!filename.ok()) return filename.error();
  const Expected<std::string> content = RequiredText(call, "content");
  if (!content.ok()) return content.error();
  if (const char* problem = CheckPdf(Json::String(*content))) {
    return InvalidParameter(call.path / "content", problem);
  }
  Billogram& billogram = call.billogram;
  if (billogram.state != "Unattested" && !billogram.IsOpen()) return WrongState("Attach", call);
  billogram.attachment = *filename;
  billogram.attachment_content = *content;
  billogram.Touch(call.occasion);
  return std::nullopt;
}

struct Command {
  std::string_view name;
  std::vector<std::string_view> parameters;
  MaybeError (*run)(const CommandCall& call);
};

const std::vector<Command>& Commands() {
  static const std::vector<Command> kCommands = {
      {"send", {"method"}, Send},
      {"resend", {"method"}, Resend},
      {"remind", {"method", "message"}, Remind},
      {"collect", {}, Collect},
      {"payment", {"amount"}, Payment},
      {"settle-underpayment", {}, SettleUnderpayment},
      {"credit", {"mode", "amount", "items", "method"}, Credit},
      {"credit-allocate", {"amount", "source_id"}, CreditAllocate},
      {"credit-payment", {"mode", "amount"}, CreditPayment},
      {"writeoff", {}, Writeoff},
      {"writedown", {}, Writedown},
      {"revert-writedown", {}, RevertWritedown},
      {"confirmed-loss", {}, ConfirmedLoss},
      {"respite", {"date"}, Respite},
      {"remove-respite", {}, RemoveRespite},
      {"message", {"message"}, Message},
      {"attach", {"filename", "content"}, Attach},
      {"sell", {}, Sell},
  };
  return kCommands;
}

const Command* FindCommand(std::string_view name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace

bool IsCommand(std::string_view name) { return FindCommand(name) != nullptr; }

MaybeError RunCommand(std::string_view name, const CommandCall& call) {
  const Command* command = FindCommand(name);
  if (command == nullptr) return NotFound(name);
  for (const auto& [key, value] : call.body.members()) {
    const auto& known = command->parameters;
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return UnknownParameter(call.path / key);
    }
  }
  return command->run(call);
}

MaybeError ReceivePayment(const CommandCall& call, const Decimal& amount, std::string_view payer,
                          bool manual) {
  Billogram& billogram = call.billogram;
  const bool payable =
      billogram.IsOpen() || billogram.state == "Collecting" || billogram.state == "Collection";
  if (!payable || billogram.IsStandAloneCredit()) return WrongState("Payment", call);
  AccrueInterest(billogram, call.store.features(), call.occasion.at);
  const Decimal surplus = billogram.Surplus();
  billogram.paid += amount;
  const bool done = billogram.Remaining() == Decimal(0);
  if (!done && billogram.IsOpen()) billogram.EnterState(call.occasion, "PartlyPaid");
  Json data = Json::MakeObject({{"amount", Json::Number(amount)},
                                {"banking_amount", manual ? Json() : Json::Number(amount)},
                                {"manual", Json::Bool(manual)},
                                {"payer_name", Json::StringOrNull(payer)},
                                {"payment_flags", Json::MakeArray()}});
  AddSums(billogram, data);
  billogram.AddEvent(call.occasion, "Payment", std::move(data));
  TellSurplus(billogram, surplus, call.occasion);
  if (done) End(billogram, "Paid", call.occasion);
  return std::nullopt;
}

Json DeliveryData(const Billogram& billogram, std::string_view method, const Occasion& occasion) {
  return Json::MakeObject(
      {{"delivery_method", Json::StringOrNull(method)},
       {"letter_id", LetterId(method, occasion)},
       {"invoice_no", billogram.invoice_no ? Json::Integer(*billogram.invoice_no) : Json()}});
}

void AddSums(const Billogram& billogram, Json& data) {
  const Json sums = SumsOf(billogram);
  for (const auto& [name, value] : sums.members()) data.Set(name, value);
}

void TellSurplus(Billogram& billogram, const Decimal& before, const Occasion& occasion) {
  const Decimal surplus = billogram.Surplus() - before;
  if (surplus <= Decimal(0)) return;
  billogram.AddEvent(occasion, "OverpaymentCustomerLiability",
                     Json::MakeObject({{"amount", Json::Number(surplus)}}));
}

void End(Billogram& billogram, std::string_view state, const Occasion& occasion) {
  billogram.EnterState(occasion, state);
  billogram.AddEvent(occasion, "BillogramEnded", SumsOf(billogram));
}

Expected<Decimal> PositiveAmount(const Json& body, std::string_view key, const FieldPath& path) {
  const FieldPath here = path / key;
  const Json* value = body.Find(key);
  if (value == nullptr || value->is_null()) {
    return InvalidParameter(here, absl::StrCat("missing required parameter: ", ToAbsl(key)));
  }
  if (!value->is_number()) return InvalidParameter(here, "must be a number");
  const auto amount = value->AsDecimal();
  if (!amount) return InvalidParameter(here, "is out of range or has too many digits");
  if (*amount <= Decimal(0)) return InvalidParameter(here, "must be greater than zero");
  if (amount->fraction_digits() > 2) {
    return InvalidParameter(here, "must have at most two decimals");
  }
  return *amount;
}

MaybeError CheckMethod(const CommandCall& call, std::string_view method, const FieldPath& path) {
  const Json& customer = *call.billogram.document.Find("customer");
  const Json& address = *customer.Find("address");
  const auto needs = [&](std::string_view part) {
    return absl::StrContains(ToAbsl(method), ToAbsl(part));
  };
  std::string_view missing;
  if (needs("Email") && customer.Text("email").empty()) missing = "email";
  if (needs("SMS") && customer.Text("phone").empty()) missing = "phone";
  if (needs("Letter") && (address.Text("zipcode").empty() || address.Text("city").empty())) {
    missing = "address";
  }
  if (needs("Einvoice")) {
    const auto number = customer.Find("customer_no")->AsInteger();
    const bool registered = number && call.store.recipients().HasEinvoice(*number);
    if (!registered && call.store.features().einvoice_needs_registration) {
      missing = "registration";
    } else if (!registered && customer.Text("org_no").empty()) {
      missing = "org_no";
    }
  }
  if (needs("EDI") && customer.Find("edi")->Find("electronic_id")->is_null()) missing = "edi";
  if (missing.empty()) return std::nullopt;
  return InvalidParameter(path,
                          absl::StrCat("invalid delivery method, ", ToAbsl(missing), " missing"));
}

}  // namespace billing::sandbox
