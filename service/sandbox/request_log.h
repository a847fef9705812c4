#ifndef SERVICE_SANDBOX_REQUEST_LOG_H_
#define SERVICE_SANDBOX_REQUEST_LOG_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/common/http/message.h"
#include "service/common/http/server.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// Every request to the simulated API in the order of arrival, what was answered and how that
// ended; the oldest are dropped beyond a limit. Times are real ones. Not thread-safe.
class RequestLog {
 public:
  // Notes a request; its index, counted from 0.
  int64_t Arrived(const common::HttpRequest& request, absl::Time at);
  // What it is being answered.
  void Answered(int64_t index, int status);
  // How that ended.
  void Ended(int64_t index, common::HttpOutcome outcome, absl::Time at);

  // The requests from an index on.
  Json List(int64_t from) const;
  int64_t dropped() const { return first_index_; }
  // Forgets all and counts from 0 again; later calls for forgotten requests do nothing.
  void Clear();

 private:
  struct Entry {
    common::HttpRequest request;
    absl::Time arrived;
    int status = 0;
    std::optional<common::HttpOutcome> outcome;
    absl::Time ended;
  };

  Entry* Find(int64_t index);
  Json Render(int64_t index, const Entry& entry) const;

  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  int64_t first_index_ = 0;
  int64_t epoch_ = 0;  // added to every index handed out, so that a stale one is recognised
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_REQUEST_LOG_H_
