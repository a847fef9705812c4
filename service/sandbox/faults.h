#ifndef SERVICE_SANDBOX_FAULTS_H_
#define SERVICE_SANDBOX_FAULTS_H_

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/common/http/message.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {

// One way for the upstream to misbehave, as POST /sandbox/faults describes it.
struct Fault {
  int64_t id = 0;
  std::string path;    // prefix, or a glob with * and ?; empty: every path
  std::string method;  // empty: every method
  double rate = 1;     // of matching requests
  int64_t count = -1;  // how often it still strikes; -1: for ever

  int64_t status = 0;  // 0: as the request deserves
  absl::Duration delay;
  bool reset = false;  // instead of an answer
  bool handle = true;  // do what the request asks before misbehaving
  bool truncate = false;
  int64_t truncate_after = -1;  // bytes of body; -1: half
  bool garbage = false;         // bytes that are no JSON instead of the body
  std::string retry_after;
  std::optional<std::string> body;  // this body instead
  int64_t repeat = 1;               // that many times
  std::string content_type;
  absl::Duration drip;  // between single bytes
};

// The faults in force. Not thread-safe.
class FaultBook {
 public:
  // Adds the described fault; its id.
  Expected<int64_t> Add(const Json& description);
  void Clear() { faults_.clear(); }
  Json List() const;

  // The first fault that strikes this request, whose count then goes down.
  std::optional<Fault> Pick(std::string_view method, std::string_view path, Random& random);

 private:
  std::list<Fault> faults_;
  int64_t last_id_ = 0;
};

// The answer as the fault has it. `response` is the proper answer, or empty where the request to
// `path` was not handled: an error without a body of its own is in its provider's shape.
void ApplyFault(const Fault& fault, std::string_view path, Random& random,
                common::HttpResponse& response);

// Whether `text` matches a glob of * and ?; `*` matches '/' too.
bool GlobMatches(std::string_view glob, std::string_view text);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_FAULTS_H_
