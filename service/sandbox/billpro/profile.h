#ifndef SERVICE_SANDBOX_BILLPRO_PROFILE_H_
#define SERVICE_SANDBOX_BILLPRO_PROFILE_H_

#include <cstdint>

#include "absl/time/time.h"
#include "service/sandbox/billpro/customer.h"
#include "service/sandbox/billpro/notification.h"
#include "service/sandbox/billpro/order_book.h"
#include "service/sandbox/billpro/product.h"
#include "service/sandbox/billpro/settings.h"
#include "service/sandbox/occasion.h"

namespace billing::sandbox::billpro {

// A merchant profile: everything that belongs to one merchant (reference, 1.2). Not thread-safe.
struct Profile {
  // `sequences` must outlive it.
  explicit Profile(Sequences& sequences)
      : id(++sequences.profile),
        customers(sequences),
        products(sequences),
        orders({customers, products, settings, notifications, sequences, id}) {}
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  const int64_t id;
  Settings settings;
  NotificationLog notifications;
  CustomerBook customers;
  ProductBook products;
  OrderBook orders;
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_PROFILE_H_
