#ifndef SERVICE_SANDBOX_OCCASION_H_
#define SERVICE_SANDBOX_OCCASION_H_

#include "absl/time/time.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {

// When something happens, on the virtual clock, and what it draws its ids from.
struct Occasion {
  absl::Time at;
  Random& random;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_OCCASION_H_
