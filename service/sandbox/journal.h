#ifndef SERVICE_SANDBOX_JOURNAL_H_
#define SERVICE_SANDBOX_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/common/http/message.h"

namespace billing::sandbox {

// The requests that changed the sandbox, in a file of a directory of its own. What the sandbox
// holds follows from them, its seed and its accounts alone: served again in their order, at their
// time, they bring it back. Written before each is served, and not flushed to the disk: what was
// answered outlives the process, not the machine. Not thread-safe.
class Journal {
 public:
  struct Entry {
    absl::Time at;  // real time
    common::HttpRequest request;
  };
  // What a journal must have been begun with to be continued.
  struct Origin {
    uint64_t seed = 1;
    std::vector<std::string> accounts;
  };

  // Opens or begins the journal of `directory`, which is made where it is missing, and gives what
  // it holds. An entry that was cut short by the end of a process is dropped. FailedPrecondition
  // where another process uses it or it has another origin, DataLoss where it cannot be read.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& directory,
                                                       const Origin& origin,
                                                       std::vector<Entry>& entries);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  absl::Status Append(const Entry& entry);
  // Forgets every entry.
  absl::Status Clear();

 private:
  explicit Journal(int file) : file_(file) {}
  absl::StatusOr<std::string> ReadAll() const;
  absl::Status Write(std::string line);
  absl::Status Begin(const Origin& origin);

  const int file_;           // locked
  int64_t first_entry_ = 0;  // where the entries begin
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_JOURNAL_H_
