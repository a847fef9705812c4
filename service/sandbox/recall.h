#ifndef SERVICE_SANDBOX_RECALL_H_
#define SERVICE_SANDBOX_RECALL_H_

#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// What can be recalled: all that was paid, but not to the collector.
Decimal RecallableSum(const Billogram& billogram);

// Whether that much of the billogram's payments can be recalled by the payer's bank.
MaybeError CheckRecall(const Billogram& billogram, const Decimal& amount, const FieldPath& path);

// Takes back that much of its payments and reopens it; CheckRecall has allowed it. The billogram's
// part of the callback's "payables" (reference, 6.3).
Json RecallPayment(Billogram& billogram, const Decimal& amount, const Occasion& occasion);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_RECALL_H_
