#include "service/sandbox/api_call.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

const ListRules& ReportRules() {
  static const ListRules kRules = {.paging_required = false,
                                   .filter_types = {"field", "field-prefix", "field-search"},
                                   .filter_fields = {"filename"},
                                   .order_fields = {"created_at", "filename"}};
  return kRules;
}

// GET where `readable`, POST and PUT to replace, DELETE.
ApiResult ServeImage(const ApiCall& call, bool readable, Json& image) {
  if (call.steps.size() != 1) return NotFound(call.request.path);
  const std::string& name = call.steps[0];
  if (call.Is("GET") && readable) {
    if (image.is_null()) return NotFound(name);
    return OkAnswer(image);
  }
  if (call.Is("DELETE")) {
    if (image.is_null()) return NotFound(name);
    image = Json();
    return OkAnswer("null");
  }
  if (!call.Is("POST") && !call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  if (auto error = CheckDocument(ImageSchema(), *body, nullptr, FieldPath())) return *error;
  image = Complete(ImageSchema(), *body);
  return OkAnswer(image);
}

}  // namespace

ApiResult ServeSettings(const ApiCall& call) {
  if (call.steps.size() != 1) return NotFound(call.request.path);
  Account& account = call.account;
  if (call.Is("GET")) return OkAnswer(account.settings.document());
  if (!call.Is("PUT")) return call.WrongMethod();
  const Expected<Json> body = call.Body();
  if (!body.ok()) return body.error();
  if (auto error = account.settings.Update(*body)) return *error;
  account.billograms.RescheduleAll();
  return OkAnswer(account.settings.document());
}

ApiResult ServeReports(const ApiCall& call) {
  if (call.steps.size() > 2) return NotFound(call.request.path);
  if (!call.Is("GET")) return call.WrongMethod();
  const ReportStore& reports = call.account.reports;
  if (call.steps.size() == 2) {
    const Json* report = reports.Find(call.steps[1]);
    if (report == nullptr) {
      ApiError error = NotFound(call.steps[1]);
      error.message = "no report with id=" + call.steps[1] + " was found";
      return error;
    }
    return OkAnswer(*report);
  }
  const Expected<QueryParameters> parameters = call.Query();
  if (!parameters.ok()) return parameters.error();
  const Expected<ListQuery> query = ParseListQuery(*parameters, ReportRules());
  if (!query.ok()) return query.error();
  const std::vector<Json> all = reports.List();
  std::vector<const Json*> stored;
  for (const Json& report : all) stored.push_back(&report);
  return ListDocuments(*query, stored, ReadColonPath);
}

ApiResult ServeLogotype(const ApiCall& call) {
  return ServeImage(call, true, call.account.logotype);
}

ApiResult ServeCoverPhoto(const ApiCall& call) {
  return ServeImage(call, false, call.account.coverphoto);
}

}  // namespace billing::sandbox
