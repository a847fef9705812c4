#ifndef SERVICE_SANDBOX_BILLOGRAM_SUMS_H_
#define SERVICE_SANDBOX_BILLOGRAM_SUMS_H_

#include <map>

#include "service/sandbox/decimal.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// The sums of an invoice (reference, 4.4), exact: what is printed is rounded by PrintedSum().
struct InvoiceSums {
  Decimal net;    // rows and invoice fee, without VAT
  Decimal vat;    // rounded to two decimals per VAT rate
  Decimal gross;  // net + vat
  Decimal rounding;
  Decimal total;  // gross + rounding: whole kronor for SEK, two decimals for other currencies
  Decimal invoice_fee;
  Decimal invoice_fee_vat;  // the VAT on the fee, as money
};

// The sums of a complete billogram document (its items, invoice_fee, invoice_fee_vat, currency and
// reversed_vat).
InvoiceSums ComputeSums(const Json& billogram);

// What item rows come to without VAT, by VAT rate.
using NetByRate = std::map<Decimal, Decimal>;

// Adds item rows, which have been checked.
void AddRows(const Json::Array& items, NetByRate& net_by_rate);

// net + VAT of rows alone, to two decimals.
Decimal GrossOfRows(const NetByRate& net_by_rate, bool reversed_vat);

// To two decimals; exactly half a hundredth is rounded toward zero, as recorded.
Decimal PrintedSum(const Decimal& sum);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_SUMS_H_
