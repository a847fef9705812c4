#ifndef SERVICE_SANDBOX_BILLPRO_CUSTOMER_H_
#define SERVICE_SANDBOX_BILLPRO_CUSTOMER_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/billpro/book.h"
#include "service/sandbox/billpro/refusal.h"
#include "service/sandbox/json.h"
#include "service/sandbox/occasion.h"

namespace billing::sandbox::billpro {

// Texts of an address or an organisation, in the order of their names.
using Texts = std::array<std::optional<std::string>, 5>;

struct Address {
  int64_t id = 0;
  bool is_shipping = false;
  Texts texts;
  absl::Time created_at;
};

struct Organisation {
  Texts texts;
  absl::Time created_at;
  absl::Time updated_at;
};

// A customer of one profile (reference, 4.1).
struct Customer {
  int64_t id = 0;
  std::string customer_id;  // the merchant's
  std::string first_name;
  std::string last_name;
  std::string email;
  std::optional<std::string> date_of_birth;
  std::optional<std::string> phone;
  std::optional<Organisation> organisation;
  std::vector<Address> addresses;
  bool is_active = true;  // an inactive one cannot be used in a new order; no answer shows it
  absl::Time created_at;
  absl::Time updated_at;

  Json ToJson() const;
};

// The customers of one profile. Not thread-safe.
class CustomerBook {
 public:
  struct Rules {
    bool unique_email = true;
  };

  explicit CustomerBook(Sequences& sequences) : sequences_(sequences) {}

  // `fields` is what stands under "customer". The field map is complete: every field that is not
  // valid is in it. Unknown fields are not looked at, "customer_id" among them: it is always drawn.
  Result<const Customer*> Create(const Json& fields, const Rules& rules, const Occasion& occasion);
  // Fields that are left out keep their values. Addresses are replaced as a set, by new rows
  // (reference, 3.1).
  Result<const Customer*> Update(int64_t id, const Json& fields, const Rules& rules,
                                 const Occasion& occasion);

  // Null where there is none. The pointer stays valid.
  Customer* Find(int64_t id) const { return customers_.Find(id); }
  const Book<Customer>& all() const { return customers_; }

 private:
  void Read(const Json& fields, const Rules& rules, const Occasion& occasion, Customer& customer,
            FieldErrors& errors);
  void ReadEmail(const Json& fields, const Rules& rules, Customer& customer, FieldErrors& errors);

  Sequences& sequences_;
  Book<Customer> customers_;
  std::multimap<std::string, int64_t> by_email_;  // in lower case
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_CUSTOMER_H_
