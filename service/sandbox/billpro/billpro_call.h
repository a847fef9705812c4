#ifndef SERVICE_SANDBOX_BILLPRO_BILLPRO_CALL_H_
#define SERVICE_SANDBOX_BILLPRO_BILLPRO_CALL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/common/http/message.h"
#include "service/sandbox/billpro/book.h"
#include "service/sandbox/billpro/profile.h"
#include "service/sandbox/billpro/refusal.h"
#include "service/sandbox/occasion.h"

namespace billing::sandbox::billpro {

// A success: its status and its body, which is JSON.
struct Answer {
  int status = 200;
  std::string body;
};

// One authenticated request of one profile.
struct Call {
  const common::HttpRequest& request;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> steps;  // of the path after the prefix, decoded; never empty
  Profile& profile;
  Occasion occasion;

  bool Is(std::string_view method, size_t step_count) const {
    return request.method == method && steps.size() == step_count;
  }
  // A parameter of the query, the last where it is repeated; null where there is none.
  const std::string* Query(std::string_view name) const;
  // The id that a step of the path spells; 0 where it is no number, and no entity has that.
  int64_t Id(size_t step) const;
  // What stands in the body under `key`. 400 where the body cannot be read or lacks it.
  Result<Json> Body(std::string_view key) const;
};

constexpr size_t kPageSize = 25;  // reference, 2.1

// Where the page that `call` asks for begins among entities; anything but a positive number counts
// as the first.
size_t PageStart(const Call& call);

// The page of those that `fits`, as a bare array.
template <typename T, typename Fits, typename Write>
Answer ListAnswer(const Call& call, const Book<T>& all, Fits fits, Write write) {
  size_t skip = PageStart(call);
  size_t left = kPageSize;
  std::string body = "[";
  for (const auto& entity : all) {
    if (left == 0) break;
    if (!fits(*entity)) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    if (left-- < kPageSize) body += ", ";
    body += write(*entity).ToString();
  }
  return {200, body + "]"};
}

// The resources: each serves every path that starts with its name.
Result<Answer> ServeCustomers(const Call& call);
Result<Answer> ServeProducts(const Call& call);
Result<Answer> ServeOrders(const Call& call);
Result<Answer> ServeCheckouts(const Call& call);
// The flat alternative to the path below an order (reference, 3).
Result<Answer> ServeScheduledPayments(const Call& call);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_BILLPRO_CALL_H_
