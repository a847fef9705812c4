#ifndef CLIENT_CPP_CALL_OPTIONS_H_
#define CLIENT_CPP_CALL_OPTIONS_H_

#include <grpcpp/client_context.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace billing::client {

// What a call says beside its request. Empty strings are not sent.
struct CallOptions {
  // Which of the gateway's accounts; may be left out where the caller may use exactly one.
  std::string account;
  // 1 to 255 visible ASCII characters that name this one intention to write. See NewIdempotencyKey.
  std::string idempotency_key;
  // The id to log the call under; the gateway makes one otherwise.
  std::string request_id;
  // "no-cache", "max-age=5": how old an answer may be.
  std::string cache_control;
  // Until when the whole call, repetitions included, must be done.
  absl::Duration timeout = absl::Seconds(30);
};

// Sets metadata and deadline of one call. InvalidArgument, naming the option, for text that gRPC
// metadata cannot carry; the context is then not to be used.
absl::Status Apply(const CallOptions& options, grpc::ClientContext& context);

// A key that no one else has: 128 random bits in hexadecimal. Make one for each intention, store it
// with what it is for, and use it again when that is tried again.
std::string NewIdempotencyKey();

}  // namespace billing::client

#endif  // CLIENT_CPP_CALL_OPTIONS_H_
