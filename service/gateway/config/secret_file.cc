#include "service/gateway/config/secret_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/gateway/config/file.h"
#include "service/gateway/config/value.h"

namespace billing::gateway::config {

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  constexpr size_t kMaxBytes = 64 << 10;
  absl::StatusOr<std::string> content = ReadFile(path, kMaxBytes);
  if (!content.ok()) return content;
  std::string secret = *std::move(content);
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return absl::FailedPreconditionError(absl::StrCat(Quote(path), " is empty"));
  const bool plain = std::none_of(secret.begin(), secret.end(),
                                  [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (!plain) {
    return absl::FailedPreconditionError(
        absl::StrCat(Quote(path), " has more than one line or a control character"));
  }
  return secret;
}

}  // namespace billing::gateway::config
