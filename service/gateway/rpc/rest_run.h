#ifndef SERVICE_GATEWAY_RPC_REST_RUN_H_
#define SERVICE_GATEWAY_RPC_REST_RUN_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "service/gateway/rpc/outcome.h"
#include "service/gateway/rpc/rest_handler.h"

namespace billing::gateway::rpc {

// A request that only waited for its turn was no attempt.
inline int Attempts(const upstream::TransferResult& result) {
  return result.outcome == upstream::TransferOutcome::kConnectFailed ? std::max(result.sends, 1)
                                                                     : result.sends;
}

// One call under way, whatever its kind.
struct RestHandler::Run {
  ServerCall& call;
  const translate::Method& method;
  CallContext context;
  Account* account = nullptr;
  translate::RestRequest rest;
  std::string stored_set_request;  // of Method::whole_set->read; meaningful if rest.sends_set
  upstream::TransferRequest transfer;
  translate::CallError error;
  CallRecord record;

  OutcomeContext outcome_context(absl::Time now) const {
    return {method, *account->provider, account->name, rest.subject, rest.safety, now};
  }
};

// Borrows translators for as long as it lives. Not to be held across an await.
class RestHandler::Lease {
 public:
  explicit Lease(RestHandler& handler) : handler_(handler) {
    absl::MutexLock lock(&handler_.mutex_);
    if (!handler_.idle_.empty()) {
      translators_ = std::move(handler_.idle_.back());
      handler_.idle_.pop_back();
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    absl::MutexLock lock(&handler_.mutex_);
    if (translators_ && keep_) handler_.idle_.push_back(std::move(translators_));
  }

  void DoNotKeep() { keep_ = false; }

  Translators* operator->() {
    if (!translators_)
      translators_ = std::make_unique<Translators>(handler_.options_.max_json_depth);
    return translators_.get();
  }

 private:
  RestHandler& handler_;
  std::unique_ptr<Translators> translators_;
  bool keep_ = true;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_REST_RUN_H_
