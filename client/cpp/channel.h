#ifndef CLIENT_CPP_CHANNEL_H_
#define CLIENT_CPP_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace billing::client {

// Files in PEM format, read once when the channel is made.
struct TlsOptions {
  // Whom to trust; empty: the system's roots.
  std::string ca_file;
  // The caller's own certificate chain and its key, both or neither.
  std::string cert_file;
  std::string key_file;
  // The name that the gateway's certificate must carry, if it is not the one in the address.
  std::string server_name;
};

struct ChannelOptions {
  // "host:port", or any other gRPC target: "dns:///gateway.internal:50051".
  std::string address = "127.0.0.1:50051";
  // Absent: plain text.
  std::optional<TlsOptions> tls;
  // Pings while calls run, so that a dead connection is noticed. Zero: none.
  absl::Duration keepalive_time = absl::Seconds(60);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Stands before gRPC's own user agent: "invoicing/1.4".
  std::string user_agent;
  // Largest message taken, in bytes.
  int max_receive_bytes = 64 << 20;
  // Let gRPC itself repeat what ServiceConfig() allows. Switch it off where CallWithRetry is used:
  // otherwise each of its attempts may be several.
  bool retry = true;
};

// A channel to the gateway. Connects at the first call. Thread-safe, as every gRPC channel; one is
// enough for a process. InvalidArgument for options that cannot be, or a file that cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options);

// The generated gRPC service config in JSON: UNAVAILABLE is retried for methods that are safe or
// idempotent whatever their request says, and for no other.
std::string_view ServiceConfig();

}  // namespace billing::client

#endif  // CLIENT_CPP_CHANNEL_H_
