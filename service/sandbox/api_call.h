#ifndef SERVICE_SANDBOX_API_CALL_H_
#define SERVICE_SANDBOX_API_CALL_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/listing.h"
#include "service/sandbox/world.h"

namespace billing::sandbox {

// A success as it goes out.
struct ApiAnswer {
  std::string body;
  int status = 200;
  std::string content_type = "application/json";
};
using ApiResult = Expected<ApiAnswer>;

// One authenticated request.
struct ApiCall {
  const common::HttpRequest& request;
  World& world;
  Account& account;
  std::vector<std::string> steps;  // of the path after the prefix, decoded; never empty

  bool Is(std::string_view method) const { return request.method == method; }
  ApiError WrongMethod() const { return MethodNotAllowed(request.method); }
  Expected<QueryParameters> Query() const;
  // The body; no body and null are an empty object.
  Expected<Json> Body() const;
};

// {"status": "OK", "data": <data>}.
ApiAnswer OkAnswer(std::string_view data);
ApiAnswer OkAnswer(const Json& data);
// 204, without a body.
ApiAnswer NoContent();

// A page of the first `total` objects; `texts` are those of the page. `meta` may hold more than
// the count.
ApiAnswer ListAnswer(std::string_view objects, size_t total, Json meta = Json::MakeObject());
// A list over objects that are kept as answers show them. `read` gives a field of one of them.
ApiResult ListDocuments(const ListQuery& query, const std::vector<const Json*>& stored,
                        Json (*read)(const Json& object, std::string_view field));

// The customer's number in a path step: digits only. Nothing where it is something else.
std::optional<int64_t> CustomerNumber(std::string_view step);

// The resources: each serves every path that starts with its name.
ApiResult ServeBillograms(const ApiCall& call);
ApiResult ServeBillogramEvents(const ApiCall& call);
ApiResult ServeCustomers(const ApiCall& call);
ApiResult ServeBillingTab(const ApiCall& call);  // below /customer/{customer_no}
ApiResult ServeEinvoice(const ApiCall& call);    // below /customer/{customer_no}
ApiResult ServeItems(const ApiCall& call);
ApiResult ServeOffers(const ApiCall& call);
ApiResult ServePaymentSources(const ApiCall& call);
ApiResult ServeSepaMandates(const ApiCall& call);
ApiResult ServeSettings(const ApiCall& call);
ApiResult ServeReports(const ApiCall& call);
ApiResult ServeLogotype(const ApiCall& call);
ApiResult ServeCoverPhoto(const ApiCall& call);

// GET /billogram/{id}.pdf and /billogram/{id}/attachment.pdf.
ApiResult ServePdf(const ApiCall& call, std::string_view id);
ApiResult ServeAttachment(const ApiCall& call);
// GET /billogram.
ApiResult ListBillograms(const ApiCall& call);
ApiResult ListCustomers(const ApiCall& call);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_API_CALL_H_
