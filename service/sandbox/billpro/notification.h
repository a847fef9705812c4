#ifndef SERVICE_SANDBOX_BILLPRO_NOTIFICATION_H_
#define SERVICE_SANDBOX_BILLPRO_NOTIFICATION_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/sandbox/billpro/customer.h"
#include "service/sandbox/billpro/order.h"
#include "service/sandbox/json.h"
#include "service/sandbox/random.h"

namespace billing::sandbox::billpro {

// A message as the payment gateway sends it (reference, 6.2): hexadecimal digits in capitals.
struct EncryptedMessage {
  std::string body;
  std::string initialization_vector;  // header X-Initialization-Vector
  std::string authentication_tag;     // header X-Authentication-Tag
};

// AES-256-GCM without additional data. `key` is 64 hexadecimal digits, `initialization_vector` 24;
// InvalidArgument for others.
absl::StatusOr<EncryptedMessage> EncryptMessage(std::string_view plaintext, std::string_view key,
                                                std::string_view initialization_vector);

// One notification of the payment gateway, before encryption.
struct Notification {
  int64_t index = 0;
  int64_t order_id = 0;
  absl::Time at;
  std::string message;  // JSON
  std::string initialization_vector;
};

// What the payment gateway has to tell of one profile, oldest first. Not thread-safe.
class NotificationLog {
 public:
  void Add(int64_t order_id, absl::Time at, const Json& message, Random& random);
  const std::deque<Notification>& all() const { return all_; }

 private:
  static constexpr size_t kMax = 20000;  // the oldest go first

  std::deque<Notification> all_;
  int64_t next_index_ = 0;
};

// The message about a transaction, of type PAYMENT (reference, 6.3). The merchant's ids of order
// and customer are in `merchantTransactionId` and `customer.merchantCustomerId`.
Json PaymentMessage(const Order& order, const Customer& customer, const Transaction& transaction);
// The message about a stored card, of type REGISTRATION. `id` is 32 hexadecimal digits.
Json RegistrationMessage(const Order& order, const Customer& customer, std::string_view id,
                         absl::Time at);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_NOTIFICATION_H_
