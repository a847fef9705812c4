#ifndef SERVICE_GATEWAY_UPSTREAM_TARGET_H_
#define SERVICE_GATEWAY_UPSTREAM_TARGET_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "service/gateway/upstream/intrusive_list.h"
#include "service/gateway/upstream/operation.h"

namespace billing::gateway::upstream {

namespace internal {
class Scheduler;
}  // namespace internal

// One account's upstream: where it is and how many requests may be out to it at once. Requests
// beyond that wait in its own queue, and free connections go round between the targets that have
// a queue, so that a stalled account does not take everything from the others.
//
// Belongs to the one loop it is used with; its state is touched on that loop's thread only.
class Target {
 public:
  struct Options {
    // "https://host[:port][/path]", without user, query and fragment.
    std::string base_url;
    // Requests in flight, and so connections.
    int max_connections = 64;
  };

  // INVALID_ARGUMENT for a URL that is none or has more parts than that.
  static absl::StatusOr<std::shared_ptr<Target>> Create(Options options);

  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // Without a slash at its end.
  const std::string& base_url() const { return base_url_; }
  // Whether `url` is the base URL, or that and a path or query after it.
  bool Owns(std::string_view url) const;

 private:
  friend class internal::Scheduler;

  explicit Target(Options options)
      : base_url_(std::move(options.base_url)), max_active_(options.max_connections) {}

  const std::string base_url_;
  const int max_active_;
  int active_ = 0;
  bool has_backlog_ = false;
  internal::IntrusiveList<internal::Operation> waiting_;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_TARGET_H_
