#ifndef SERVICE_COMMON_STRINGS_H_
#define SERVICE_COMMON_STRINGS_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace billing::common {

// Debian builds Abseil with a string_view of its own that does not convert to or from the
// standard one. Our interfaces use the standard one; these two cross over.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace billing::common

#endif  // SERVICE_COMMON_STRINGS_H_
