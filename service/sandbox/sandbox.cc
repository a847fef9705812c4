#include "service/sandbox/sandbox.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::HttpOutcome;
using common::HttpRequest;
using common::HttpResponse;
using common::ToAbsl;

bool IsUnder(std::string_view prefix, const std::string& path) {
  return absl::StartsWith(path, ToAbsl(prefix));
}

HttpResponse Nowhere(const std::string& path) {
  const ApiError error = NotFound(path);
  HttpResponse response;
  response.status = error.http_status;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = error.Body();
  return response;
}

}  // namespace

Sandbox::Sandbox(Options options)
    : origin_{options.seed, options.accounts},
      real_time_(options.real_time ? std::move(options.real_time) : [] { return absl::Now(); }),
      world_(options.seed, std::move(options.accounts),
             [this] { return moment_ ? *moment_ : real_time_(); }),
      billogram_(world_),
      billpro_(world_),
      control_(world_, faults_, log_) {}

absl::Status Sandbox::KeepIn(const std::string& directory) {
  std::vector<Journal::Entry> entries;
  auto journal = Journal::Open(directory, origin_, entries);
  if (!journal.ok()) return journal.status();
  for (const Journal::Entry& entry : entries) {
    moment_ = entry.at;
    if (IsUnder(Control::kPrefix, entry.request.path)) {
      control_.Answer(entry.request);
    } else {
      AnswerAsProvider(entry.request);
    }
  }
  moment_.reset();
  journal_ = *std::move(journal);
  return absl::OkStatus();
}

void Sandbox::Serve(const HttpRequest& request, common::HttpResponder responder) {
  if (IsUnder(Control::kPrefix, request.path)) return responder.Send(Answer(request));
  const int64_t index = log_.Arrived(request, real_time_());
  responder.OnOutcome(
      [this, index](HttpOutcome outcome) { log_.Ended(index, outcome, real_time_()); });
  HttpResponse response = Answer(request);
  log_.Answered(index, response.status);
  responder.Send(std::move(response));
}

HttpResponse Sandbox::Answer(const HttpRequest& request) {
  moment_ = real_time_();
  HttpResponse response = AnswerNow(request);
  moment_.reset();
  return response;
}

HttpResponse Sandbox::AnswerNow(const HttpRequest& request) {
  if (IsUnder(Control::kPrefix, request.path)) {
    if (auto problem = Note(request)) return *std::move(problem);
    return control_.Answer(request);
  }
  if (!IsUnder(BillogramApi::kPrefix, request.path) &&
      !IsUnder(billpro::BillProApi::kPrefix, request.path)) {
    return Nowhere(request.path);
  }
  const auto fault = faults_.Pick(request.method, request.path, world_.fault_random());
  HttpResponse response;
  if (!fault || fault->handle) {
    if (auto problem = Note(request)) return *std::move(problem);
    response = AnswerAsProvider(request);
  }
  if (fault) ApplyFault(*fault, request.path, world_.fault_random(), response);
  return response;
}

HttpResponse Sandbox::AnswerAsProvider(const HttpRequest& request) {
  return IsUnder(billpro::BillProApi::kPrefix, request.path) ? billpro_.Answer(request)
                                                             : billogram_.Answer(request);
}

std::optional<HttpResponse> Sandbox::Note(const HttpRequest& request) {
  if (journal_ == nullptr || request.method == "GET" || request.method == "HEAD") {
    return std::nullopt;
  }
  const bool control = IsUnder(Control::kPrefix, request.path);
  if (control && !Control::ChangesWorld(request)) return std::nullopt;
  const bool empties = request.path == "/sandbox/reset";
  const absl::Status noted = empties ? journal_->Clear() : journal_->Append({*moment_, request});
  if (noted.ok()) return std::nullopt;
  HttpResponse response;
  response.status = 500;
  response.body = absl::StrCat("the state cannot be kept: ", noted.message(), "\n");
  return response;
}

}  // namespace billing::sandbox
