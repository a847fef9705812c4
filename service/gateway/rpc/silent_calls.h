#ifndef SERVICE_GATEWAY_RPC_SILENT_CALLS_H_
#define SERVICE_GATEWAY_RPC_SILENT_CALLS_H_

#include <list>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/gateway/rpc/call.h"

namespace billing::gateway::rpc {

// Calls that were opened and whose request message has not come yet. They take up room like any
// other, so those that wait too long are ended as soon as somebody else wants to be served.
// Thread-safe.
class SilentCalls {
 public:
  // Lists a call while it lives; made before the message is read, gone before the call ends.
  class Entry {
   public:
    Entry(SilentCalls& calls, ServerCall& call, absl::Time until);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // False where the call was ended meanwhile. To be called once.
    bool Leave();

   private:
    friend class SilentCalls;
    SilentCalls& calls_;
    ServerCall& call_;
    const absl::Time until_;
    bool ended_ = false;
    std::list<Entry*>::iterator at_;
  };

  // Ends those whose time is over with DEADLINE_EXCEEDED, MESSAGE_MISSING. Looks at the one that
  // came first, and on while they are overdue: times that differ much only make some end later.
  void EndOverdue(absl::Time now);

 private:
  absl::Mutex mutex_;
  std::list<Entry*> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_SILENT_CALLS_H_
