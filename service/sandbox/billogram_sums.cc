#include "service/sandbox/billogram_sums.h"

#include <string_view>

namespace billing::sandbox {
namespace {

using Ties = Decimal::Ties;

Decimal NumberOf(const Json& object, std::string_view key) {
  const Json* value = object.Find(key);
  return value == nullptr ? Decimal() : value->AsDecimal().value_or(Decimal());
}

// What a row costs without VAT: the discount is an amount, not a percentage.
Decimal NetOfItem(const Json& item) {
  return NumberOf(item, "count") * NumberOf(item, "price") - NumberOf(item, "discount");
}

Decimal VatOf(const NetByRate& net_by_rate) {
  Decimal vat;
  for (const auto& [rate, net] : net_by_rate) {
    vat += (net * rate).Percent().Round(2, Ties::kAwayFromZero);
  }
  return vat;
}

}  // namespace

InvoiceSums ComputeSums(const Json& billogram) {
  InvoiceSums sums;
  NetByRate net_by_rate;
  AddRows(billogram.Find("items")->elements(), net_by_rate);
  const Json* reversed = billogram.Find("reversed_vat");
  const bool without_vat = reversed != nullptr && reversed->boolean();
  const Decimal fee_rate = without_vat ? Decimal() : NumberOf(billogram, "invoice_fee_vat");
  sums.invoice_fee = NumberOf(billogram, "invoice_fee");
  sums.invoice_fee_vat = (sums.invoice_fee * fee_rate).Percent().Round(2, Ties::kAwayFromZero);
  net_by_rate[NumberOf(billogram, "invoice_fee_vat")] += sums.invoice_fee;

  for (const auto& [rate, net] : net_by_rate) sums.net += net;
  if (!without_vat) sums.vat = VatOf(net_by_rate);
  sums.gross = sums.net + sums.vat;
  const int digits = billogram.Text("currency") == "SEK" ? 0 : 2;
  sums.total = sums.gross.Round(digits, Ties::kAwayFromZero);
  sums.rounding = sums.total - sums.gross;
  return sums;
}

void AddRows(const Json::Array& items, NetByRate& net_by_rate) {
  for (const Json& item : items) net_by_rate[NumberOf(item, "vat")] += NetOfItem(item);
}

Decimal GrossOfRows(const NetByRate& net_by_rate, bool reversed_vat) {
  Decimal gross = reversed_vat ? Decimal() : VatOf(net_by_rate);
  for (const auto& [rate, net] : net_by_rate) gross += net;
  return gross.Round(2, Ties::kAwayFromZero);
}

Decimal PrintedSum(const Decimal& sum) { return sum.Round(2, Ties::kTowardZero); }

}  // namespace billing::sandbox
