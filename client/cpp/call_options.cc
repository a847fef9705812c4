#include "client/cpp/call_options.h"

#include <algorithm>
#include <random>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace billing::client {
namespace {

constexpr size_t kLongestKey = 255;

bool IsVisible(unsigned char c) { return c > 0x20 && c < 0x7F; }
bool IsPrintable(unsigned char c) { return c >= 0x20 && c < 0x7F; }

}  // namespace

absl::Status Apply(const CallOptions& options, grpc::ClientContext& context) {
  if (options.idempotency_key.size() > kLongestKey ||
      !std::all_of(options.idempotency_key.begin(), options.idempotency_key.end(), IsVisible)) {
    return absl::InvalidArgumentError("idempotency_key: 1 to 255 visible ASCII characters");
  }
  const struct {
    const char* option;
    const char* key;
    const std::string& value;
  } entries[] = {
      {"account", "billing-account", options.account},
      {"idempotency_key", "idempotency-key", options.idempotency_key},
      {"request_id", "x-request-id", options.request_id},
      {"cache_control", "cache-control", options.cache_control},
  };
  for (const auto& entry : entries) {
    if (entry.value.empty()) continue;
    if (!std::all_of(entry.value.begin(), entry.value.end(), IsPrintable)) {
      return absl::InvalidArgumentError(absl::StrCat(entry.option, ": printable ASCII only"));
    }
    context.AddMetadata(entry.key, entry.value);
  }
  if (options.timeout != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  }
  return absl::OkStatus();
}

std::string NewIdempotencyKey() {
  std::random_device device;  // The kernel's generator, with this standard library.
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

}  // namespace billing::client
