#ifndef SERVICE_SANDBOX_BILLPRO_REFUSAL_H_
#define SERVICE_SANDBOX_BILLPRO_REFUSAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// What BillPro refuses with (reference, 2.4): a message or a map of fields, neither with a code.
struct Refusal {
  int http_status = 422;
  Json body;
  // What was wrong, which the body of a message never says; for the people who use the sandbox. It
  // goes out as a header: nothing of a request may stand in it.
  std::string reason;
};

using MaybeRefusal = std::optional<Refusal>;
template <typename T>
using Result = Expected<T, Refusal>;

// {"error": "Bad Request"}: 400 for a request that cannot be read, 422 for all the rest, entities
// that do not exist included.
Refusal Unreadable(std::string_view reason);
Refusal Unprocessable(std::string_view reason);
// 401 {"error": "Unauthorized"} and 404 {"error": "Not Found"}; no page tells of either (reference,
// 1.2).
Refusal Unauthorized();
Refusal NoSuchPath();

// The field map of a customer: each field with its messages. Not thread-safe.
class FieldErrors {
 public:
  void Add(std::string_view field, std::string_view message);
  bool empty() const { return map_.members().empty(); }
  Refusal ToRefusal() const;

 private:
  Json map_ = Json::MakeObject();
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_REFUSAL_H_
