#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/gateway/rpc/rest_run.h"
#include "service/gateway/translate/whole_set.h"

// Updates of what upstream replaces whole: the stored members are read first, so that none is lost
// because the caller left it out. What changes between the reading and the update is not seen; only
// upstream could prevent that.

namespace billing::gateway::rpc {
namespace {

using translate::CallError;

CallError Incomplete(const std::vector<std::string>& missing) {
  std::vector<translate::Violation> violations;
  for (const std::string& path : missing) {
    violations.push_back({path, "is required: upstream would drop the one that is stored"});
  }
  CallError error = translate::InvalidRequest(std::move(violations));
  error.reason = "INCOMPLETE_SET";
  error.message = absl::StrCat("upstream would drop what is stored and left out: ",
                               absl::StrJoin(missing, ", "));
  return error;
}

CallError Unreadable(const translate::Method& read) {
  CallError error;
  error.code = absl::StatusCode::kFailedPrecondition;
  error.reason = "SET_UNREADABLE";
  error.message = absl::StrCat(
      "upstream would drop what is left out, and what is stored cannot be told: ", read.name,
      " answers it in a shape that is not known");
  return error;
}

// Several are stored under a key of which the request has but one.
CallError Doubled(const std::vector<std::string>& paths) {
  CallError error;
  error.code = absl::StatusCode::kFailedPrecondition;
  error.reason = "SET_UNREADABLE";
  error.message = absl::StrCat("upstream has stored several of ", absl::StrJoin(paths, ", "),
                               ", of which an update can keep only one");
  return error;
}

}  // namespace

// Reads what is stored; false, with the error for the caller, if the update would drop some of it.
// The update was not sent then. Both share the call's deadline.
common::Task<bool> RestHandler::CheckWholeSet(Run& run) {
  Run read{run.call, *run.method.whole_set->read};
  read.context = run.context;
  read.account = run.account;
  bool built = false;
  {
    Lease translators(*this);
    built = translators->request.Build(read.method, read.account->name, run.stored_set_request,
                                       &read.rest, read.account->PathOf(read.method));
    if (!built) {
      read.error = translate::InvalidRequest(std::move(translators->request.violations()));
    }
  }
  bool complete = false;
  if (built && BuildTransfer(read)) {
    upstream::TransferResult result =
        co_await upstream_.Fetch(std::move(read.transfer), run.call.cancellation());
    complete = Succeeded(read, result) && CompareSet(run, read, result);
  }
  run.context.attempts = read.context.attempts;
  if (complete) {
    recorder_.Attempt(run.method, *run.account, read.record);
    co_return true;
  }
  if (read.error.reason.empty()) co_return false;
  // The caller called the update.
  for (auto& [key, value] : read.error.metadata) {
    if (key == "method") value = run.method.full_name.substr(1);
  }
  run.record.upstream_outcome = read.record.upstream_outcome;
  run.record.upstream_status = read.record.upstream_status;
  run.record.upstream_duration = read.record.upstream_duration;
  run.error = std::move(read.error);
  co_return false;
}

// False, with the error in one of the two, unless the update has all that is stored.
bool RestHandler::CompareSet(Run& run, Run& read, upstream::TransferResult& result) {
  Lease translators(*this);
  translate::JsonToWire::Answer answer;
  if (!Translate(read, result, translators, &answer)) return false;
  const translate::SetGaps gaps = translate::FindSetGaps(
      run.method, run.transfer.body, run.stored_set_request, translators->answer.wire());
  if (gaps.unreadable) {
    run.error = Unreadable(read.method);
  } else if (!gaps.missing.empty()) {
    run.error = Incomplete(gaps.missing);
  } else if (!gaps.doubled.empty()) {
    run.error = Doubled(gaps.doubled);
  }
  return run.error.reason.empty();
}

}  // namespace billing::gateway::rpc
