#include "service/sandbox/billogram_api.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/sandbox/billogram_api_call.h"
#include "service/sandbox/billogram_commands.h"

namespace billing::sandbox {
namespace {

using common::HttpRequest;
using common::HttpResponse;
using common::ToAbsl;
using common::ToStd;

// How long the provider takes to make the PDF of an invoice.
constexpr absl::Duration kPdfDelay = absl::Seconds(2);

HttpResponse Respond(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json"});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Basic realm=\"Billogram\""});
  response.body = std::move(body);
  return response;
}

HttpResponse Respond(const ApiError& error) { return Respond(error.http_status, error.Body()); }

Expected<std::vector<std::string>> SplitPath(std::string_view path) {
  std::vector<std::string> steps;
  for (absl::string_view step : absl::StrSplit(ToAbsl(path), '/')) {
    auto decoded = common::PercentDecode(ToStd(step));
    if (!decoded) return NotFound(path);
    steps.push_back(*std::move(decoded));
  }
  return steps;
}

// A document that says which invoice it is of; no viewer would complain.
std::string PdfOf(const Billogram& billogram, std::string_view invoice_no) {
  return absl::StrCat("%PDF-1.4\n% Invoice ", ToAbsl(invoice_no), " of billogram ", billogram.id,
                      "\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                      "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
                      "trailer<</Root 1 0 R>>\n%%EOF\n");
}

}  // namespace

std::string OkBody(std::string_view data) {
  return absl::StrCat("{\"status\": \"OK\", \"data\": ", ToAbsl(data), "}");
}

Expected<QueryParameters> BillogramApi::Call::Query() const {
  auto parameters = common::ParseQuery(request.query);
  if (!parameters) return InvalidQueryParameter("query", "is not percent-encoded correctly");
  for (const auto& [name, value] : *parameters) {
    if (!IsUtf8(name) || !IsUtf8(value)) return InvalidQueryParameter("query", "is not UTF-8");
  }
  return *std::move(parameters);
}

Expected<Json> BillogramApi::Call::Body() const {
  if (request.body.empty()) return Json::MakeObject();
  absl::StatusOr<Json> body = ParseJson(request.body);
  if (!body.ok()) return MalformedBody(ToStd(body.status().message()));
  if (!body->is_object()) return MalformedBody("it is something else");
  return *std::move(body);
}

Expected<Account*> BillogramApi::Authenticate(const HttpRequest& request) const {
  const auto header = request.Header("Authorization");
  if (!header) return MissingAuth();
  std::string credentials;
  if (!absl::StartsWithIgnoreCase(ToAbsl(*header), "Basic ") ||
      !absl::Base64Unescape(ToAbsl(header->substr(6)), &credentials)) {
    return InvalidAuth();
  }
  for (const auto& account : world_.accounts()) {
    if (credentials == absl::StrCat(account->user, ":", account->key)) return account.get();
  }
  return InvalidAuth();
}

HttpResponse BillogramApi::Answer(const HttpRequest& request) {
  world_.Tick();
  const Expected<Account*> account = Authenticate(request);
  if (!account.ok()) return Respond(account.error());
  const std::string_view path = request.path;
  const auto steps = SplitPath(path.substr(kPrefix.size()));
  if (!steps.ok()) return Respond(steps.error());
  const Result result = Route({request, **account, *steps});
  return result.ok() ? Respond(200, *result) : Respond(result.error());
}

BillogramApi::Result BillogramApi::Route(const Call& call) {
  const std::vector<std::string>& steps = call.steps;
  if (steps[0] == "billogram" && steps.size() == 1) return Billograms(call);
  if (steps[0] == "billogram" && steps.size() == 2) return OneBillogram(call);
  if (steps[0] == "billogram" && steps.size() == 3 && steps[2] == "attachment.pdf") {
    return Attachment(call);
  }
  if (steps[0] == "billogram" && steps.size() == 4 && steps[2] == "command") return Command(call);
  if (steps[0] == "billogram_event" && steps.size() == 1) {
    return call.Is("GET") ? ListEvents(call) : MethodNotAllowed(call.request.method);
  }
  if (steps[0] == "customer" && steps.size() == 1) return Customers(call);
  if (steps[0] == "customer" && steps.size() == 2) return OneCustomer(call);
  return NotFound(call.request.path);
}

BillogramApi::Result BillogramApi::Billograms(const Call& call) {
  if (call.Is("GET")) return ListBillograms(call);
  if (!call.Is("POST")) return MethodNotAllowed(call.request.method);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto created = call.account.billograms.Create(*body, world_.Present());
  if (!created.ok()) return created.error();
  const bool compact = body->Text("return_data") == "compact";
  return OkBody(compact ? RenderCompact(**created).ToString() : RenderText(**created));
}

BillogramApi::Result BillogramApi::OneBillogram(const Call& call) {
  const std::string& id = call.steps[1];
  BillogramStore& store = call.account.billograms;
  if (absl::EndsWith(id, ".pdf")) {
    if (!call.Is("GET")) return MethodNotAllowed(call.request.method);
    return Pdf(call, id.substr(0, id.size() - 4));
  }
  if (call.Is("GET")) {
    const Billogram* billogram = store.Find(id);
    if (billogram == nullptr) return NotFound(id);
    return OkBody(RenderText(*billogram));
  }
  if (call.Is("DELETE")) {
    if (auto error = store.Delete(id)) return *error;
    return OkBody("{}");
  }
  if (!call.Is("PUT")) return MethodNotAllowed(call.request.method);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto updated = store.Update(id, *body, world_.Present());
  if (!updated.ok()) return updated.error();
  const bool compact = body->Text("return_data") == "compact";
  return OkBody(compact ? RenderCompact(**updated).ToString() : RenderText(**updated));
}

BillogramApi::Result BillogramApi::Command(const Call& call) {
  if (!IsCommand(call.steps[3])) return NotFound(call.steps[3]);
  if (!call.Is("POST")) return MethodNotAllowed(call.request.method);
  BillogramStore& store = call.account.billograms;
  Billogram* billogram = store.Find(call.steps[1]);
  if (billogram == nullptr) return NotFound(call.steps[1]);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const Occasion now = world_.Present();
  if (auto error = RunCommand(call.steps[3], {store, *billogram, *body, now, FieldPath()})) {
    return *error;
  }
  store.Reschedule(*billogram);
  return OkBody(RenderText(*billogram));
}

BillogramApi::Result BillogramApi::Pdf(const Call& call, std::string_view id) {
  const Expected<QueryParameters> query = call.Query();
  if (!query.ok()) return query.error();
  const Billogram* billogram = call.account.billograms.Find(id);
  if (billogram == nullptr || !billogram->attested_at) return NotFound(id);
  std::string invoice_no = absl::StrCat(*billogram->invoice_no);
  for (const auto& [name, value] : *query) {
    if (name == "invoice_no") invoice_no = value;
    if (name != "invoice_no" && name != "letter_id") {
      return InvalidQueryParameter(name, "is unknown");
    }
  }
  if (world_.Now() < *billogram->attested_at + kPdfDelay) {
    return NotAvailableYet("the PDF is being made");
  }
  return OkBody(Json::MakeObject(
                    {{"content", Json::String(absl::Base64Escape(PdfOf(*billogram, invoice_no)))},
                     {"file_type", Json::String("application/pdf")}})
                    .ToString());
}

BillogramApi::Result BillogramApi::Attachment(const Call& call) {
  if (!call.Is("GET")) return MethodNotAllowed(call.request.method);
  const Billogram* billogram = call.account.billograms.Find(call.steps[1]);
  if (billogram == nullptr || billogram->attachment.empty()) return NotFound(call.steps[1]);
  return OkBody(Json::MakeObject({{"content", Json::String(billogram->attachment_content)},
                                  {"filename", Json::String(billogram->attachment)},
                                  {"file_type", Json::String("application/pdf")}})
                    .ToString());
}

BillogramApi::Result BillogramApi::Customers(const Call& call) {
  if (call.Is("GET")) return ListCustomers(call);
  if (!call.Is("POST")) return MethodNotAllowed(call.request.method);
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto created = call.account.customers.Create(*body, world_.Now());
  if (!created.ok()) return created.error();
  return OkBody((*created)->ToString());
}

BillogramApi::Result BillogramApi::OneCustomer(const Call& call) {
  const std::string& step = call.steps[1];
  int64_t number = 0;
  const bool numeric = !step.empty() && step.size() <= 18 &&
                       step.find_first_not_of("0123456789") == std::string::npos &&
                       absl::SimpleAtoi(step, &number);
  const Json* customer = numeric ? call.account.customers.Find(number) : nullptr;
  if (!call.Is("GET") && !call.Is("PUT")) return MethodNotAllowed(call.request.method);
  if (customer == nullptr) return NotFound(step);
  if (call.Is("GET")) return OkBody(customer->ToString());
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  const auto updated = call.account.customers.Update(number, *body, world_.Now());
  if (!updated.ok()) return updated.error();
  return OkBody((*updated)->ToString());
}

}  // namespace billing::sandbox
