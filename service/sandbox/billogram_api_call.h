#ifndef SERVICE_SANDBOX_BILLOGRAM_API_CALL_H_
#define SERVICE_SANDBOX_BILLOGRAM_API_CALL_H_

#include <string>
#include <string_view>
#include <vector>

#include "service/common/http/message.h"
#include "service/sandbox/billogram_api.h"

namespace billing::sandbox {

// One authenticated request; for the files that make up BillogramApi only.
struct BillogramApi::Call {
  const common::HttpRequest& request;
  Account& account;
  std::vector<std::string> steps;  // of the path after the prefix, decoded

  bool Is(std::string_view method) const { return request.method == method; }
  Expected<QueryParameters> Query() const;
  // The body; no body is an empty object.
  Expected<Json> Body() const;
};

// {"status": "OK", "data": <data>}.
std::string OkBody(std::string_view data);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_API_CALL_H_
