#ifndef SERVICE_SANDBOX_BILLPRO_ORDER_REQUEST_H_
#define SERVICE_SANDBOX_BILLPRO_ORDER_REQUEST_H_

#include "service/sandbox/billpro/customer.h"
#include "service/sandbox/billpro/order.h"
#include "service/sandbox/billpro/product.h"
#include "service/sandbox/billpro/refusal.h"
#include "service/sandbox/billpro/settings.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// What an order's request is checked against.
struct OrderContext {
  const CustomerBook& customers;
  const ProductBook& products;
  const Settings& settings;
};

// Checks what stands under "order" and works out its amounts (reference, 3.3, 3.4 and 4.3). The
// order has no ids yet, no dates of its own and no scheduled payments.
Result<Order> ReadOrder(PurchaseType type, const Json& fields, const OrderContext& context);

// The instalments of `balance`: equal to two decimals, the last one taking what is left over.
std::vector<Decimal> SplitBalance(const Decimal& balance, int64_t count);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_ORDER_REQUEST_H_
