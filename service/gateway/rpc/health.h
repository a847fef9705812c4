#ifndef SERVICE_GATEWAY_RPC_HEALTH_H_
#define SERVICE_GATEWAY_RPC_HEALTH_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/call.h"
#include "service/gateway/rpc/wake.h"

namespace billing::gateway::rpc {

enum class Health { kServing, kNotServing };

// Which services serve; others set it, grpc.health.v1 tells it. Thread-safe.
//
// The empty name stands for the server as a whole, as the protocol has it.
class HealthRegistry {
 public:
  // A service is known from the first time on.
  void SetHealth(std::string_view service, Health health);

  // Everything is NOT_SERVING from now on, whatever is set, and watching ends.
  void Drain();

  // nullopt for a service that is not known.
  std::optional<Health> Get(std::string_view service) const;
  bool draining() const;

  // Wakes whoever watches a service whenever its health may have changed, while it lives.
  class Watch {
   public:
    Watch(HealthRegistry& registry, std::string service, Wake& wake);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    friend class HealthRegistry;
    HealthRegistry& registry_;
    const std::string service_;
    Wake& wake_;
  };

 private:
  mutable absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, Health> services_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<Watch*> watches_ ABSL_GUARDED_BY(mutex_);
};

// grpc.health.v1.Health (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
//
// Check answers even when the server is full. Watch sends SERVICE_UNKNOWN for a service that is
// not known, and ends UNAVAILABLE, after a last NOT_SERVING, when the registry drains.
class HealthService {
 public:
  // `registry` must outlive the service, and the service its server.
  explicit HealthService(HealthRegistry& registry);

  // The handler of a method, null if it is none of this service's.
  const Handler* Find(std::string_view method) const;

 private:
  common::Task<void> Check(ServerCall& call);
  common::Task<void> WatchHealth(ServerCall& call);

  HealthRegistry& registry_;
  const Handler check_;
  const Handler watch_;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_HEALTH_H_
