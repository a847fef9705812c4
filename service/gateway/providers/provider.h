#ifndef SERVICE_GATEWAY_PROVIDERS_PROVIDER_H_
#define SERVICE_GATEWAY_PROVIDERS_PROVIDER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billing/gateway/v1/config.pb.h"
#include "service/gateway/translate/method_table.h"

namespace billing::gateway::providers {

// An answer that is not a success, as it came.
struct ErrorAnswer {
  int http_status = 0;
  std::string_view content_type;
  std::string_view body;
};

// What the provider says went wrong.
struct Fault {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string reason;       // the provider's own code, or one of the gateway's
  bool own_reason = false;  // `reason` is the provider's: its domain goes with it
  std::string message;      // for people
  std::string field;        // as upstream names it; may be empty
  std::string field_path;   // as upstream names it, one string; may be empty
  // Several fields at once, where the provider tells them so: upstream's name and its text.
  std::vector<std::pair<std::string, std::string>> fields;
  bool credentials_rejected = false;  // the gateway's, not the caller's
  bool not_available_yet = false;     // ask again soon
  bool documented = false;            // the provider is known to give this reason
};

// A query parameter or header that every call of an account carries.
using NameValue = std::pair<std::string, std::string>;

// What is particular to one provider. Stateless and thread-safe; knows HTTP answers and accounts,
// but neither gRPC nor sockets.
class Provider {
 public:
  virtual ~Provider() = default;

  // As accounts and protos name it: "billogram".
  virtual std::string_view name() const = 0;
  // ErrorInfo.domain of its own reasons: "billogram.com".
  virtual std::string_view domain() const = 0;
  // Keys that an account of this provider must have: "credentials.user_file".
  virtual std::vector<std::string> required_keys() const = 0;

  // The headers of every request of an account, credentials among them. InvalidArgument or NotFound
  // when the credentials cannot be read.
  virtual absl::StatusOr<std::vector<NameValue>> Headers(
      const billing::gateway::v1::AccountConfig& account) const = 0;
  // Query parameters of every request of an account.
  virtual std::vector<NameValue> Query(
      const billing::gateway::v1::AccountConfig& account) const = 0;

  // Reads an error: an HTTP status of 400 or more, or a success whose envelope says otherwise.
  virtual Fault ReadError(const translate::Method& method, const ErrorAnswer& answer) const = 0;
};

// The code for an HTTP status when the provider gave no code that it is known by (design/api.md,
// Errors); kInternal for a status that nothing is known of.
absl::StatusCode CodeOfHttpStatus(int http_status);

// All providers of this build: one line for each in providers.cc.
std::vector<std::unique_ptr<Provider>> AllProviders();

}  // namespace billing::gateway::providers

#endif  // SERVICE_GATEWAY_PROVIDERS_PROVIDER_H_
