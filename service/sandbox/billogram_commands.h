#ifndef SERVICE_SANDBOX_BILLOGRAM_COMMANDS_H_
#define SERVICE_SANDBOX_BILLOGRAM_COMMANDS_H_

#include <string>
#include <string_view>

#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram.h"
#include "service/sandbox/billogram_store.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// One command on one billogram. A handler changes nothing where it refuses.
struct CommandCall {
  BillogramStore& store;
  Billogram& billogram;
  const Json& body;  // an object
  const Occasion& occasion;
  FieldPath path;  // of the body inside the request: empty, or on_success
};

// Whether there is a command of that name, spelled as in the path ("settle-underpayment").
bool IsCommand(std::string_view name);

// Runs a command (reference, 3.2 and 5.2): checks the body's fields, the state, and acts.
MaybeError RunCommand(std::string_view name, const CommandCall& call);

// The recipient pays: what the control endpoint causes, and the command payment with `manual`.
MaybeError ReceivePayment(const CommandCall& call, const Decimal& amount, std::string_view payer,
                          bool manual);

// Tells what is owed to the payer, where that is more than the surplus there was `before`.
void TellSurplus(Billogram& billogram, const Decimal& before, const Occasion& occasion);

// Ends the billogram in `state` with a BillogramEnded event.
void End(Billogram& billogram, std::string_view state, const Occasion& occasion);

// An amount above zero under `key`.
Expected<Decimal> PositiveAmount(const Json& body, std::string_view key, const FieldPath& path);

// Whether the customer has what a delivery method needs; refused as the provider words it.
MaybeError CheckMethod(const CommandCall& call, std::string_view method, const FieldPath& path);

// "delivery_method", "letter_id" and "invoice_no" of an event; a letter's id is drawn where the
// method prints one.
Json DeliveryData(const Billogram& billogram, std::string_view method, const Occasion& occasion);
// Adds "remaining_sum" and "total_sum".
void AddSums(const Billogram& billogram, Json& data);

// The commands of credit_commands.cc.
MaybeError Credit(const CommandCall& call);
MaybeError CreditAllocate(const CommandCall& call);
MaybeError CreditPayment(const CommandCall& call);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_COMMANDS_H_
