#ifndef CLIENT_BILLINGCTL_PROGRESS_H_
#define CLIENT_BILLINGCTL_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/time/time.h"

namespace billing::ctl {

// One line that says how far a stream is, written over and over at most ten times a second:
// "[#####               ]  25 %  2500 of 10000 billograms, 1250/s". Not thread-safe.
class Progress {
 public:
  // `unit` is what is counted, in the plural. `now` is the clock.
  Progress(std::ostream& out, std::string unit, std::function<absl::Time()> now);
  // Wipes the line out.
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` is 0 where it is not known.
  void Update(int64_t done, int64_t total);

 private:
  std::ostream& out_;
  const std::string unit_;
  const std::function<absl::Time()> now_;
  const absl::Time begin_;
  absl::Time next_;
  size_t shown_ = 0;
};

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_PROGRESS_H_
