#ifndef TESTS_UNIT_SANDBOX_BILLPRO_BILLPRO_TESTING_H_
#define TESTS_UNIT_SANDBOX_BILLPRO_BILLPRO_TESTING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox::billpro {

// A sandbox asked below /api/v1/ with the first account's token. Its profile has the id 5, its
// clock stands still at 2026-03-01 12:00:00 UTC.
class BillProTest : public SandboxTest {
 protected:
  explicit BillProTest(std::vector<std::string> accounts = {"acme"});

  std::string Token(size_t account = 0) const;
  Reply Api(std::string_view method, std::string_view path, std::string_view body = "",
            std::string_view content_type = "application/json");
  Reply As(size_t account, std::string_view method, std::string_view path,
           std::string_view body = "");

  // The ids of new entities. `fields` are members of a JSON object.
  int64_t AddPerson(std::string_view fields = "");
  int64_t AddProduct(std::string_view fields);
  // An order of the type "single", "instalment", "subscription" or "metered" by a new person, in
  // GBP; `line` are more members of its one product, `fields` more of the order.
  Reply Place(std::string_view type, int64_t product, std::string_view fields = "",
              std::string_view line = "");
  int64_t PlaceOk(std::string_view type, int64_t product, std::string_view fields = "",
                  std::string_view line = "");
  // Ready-made ones, not paid yet: a single order of 20.00; 100.00 with a deposit of 10.00 in
  // three; 10.00 a month; 10.00 at first and then by meter.
  int64_t Single();
  int64_t Instalments();
  int64_t Subscription();
  int64_t Metered();

  // POST /sandbox/orders/{id}/{action}; its data.
  Reply Do(int64_t order, std::string_view action, std::string_view body = "");
  void DoOk(int64_t order, std::string_view action, std::string_view body = "");
  void Setting(std::string_view fields);

  std::string Get(int64_t order, std::string_view field);
  std::string Status(int64_t order) { return Get(order, "status"); }
  // What the scheduled payments say of a field, comma-separated.
  std::string Payments(int64_t order, std::string_view field = "status");
  int64_t PaymentId(int64_t order, size_t index);
  // The types and results of what went through the processor: "DB approved,RF approved".
  std::string Transactions(int64_t order);
  Reply UpdatePayment(int64_t order, size_t index, std::string_view fields);

 private:
  int people_ = 0;
};

}  // namespace billing::sandbox::billpro

#endif  // TESTS_UNIT_SANDBOX_BILLPRO_BILLPRO_TESTING_H_
