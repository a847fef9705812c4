#ifndef SERVICE_GATEWAY_UPSTREAM_TRANSFER_H_
#define SERVICE_GATEWAY_UPSTREAM_TRANSFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/gateway/upstream/body_sink.h"
#include "service/gateway/upstream/headers.h"
#include "service/gateway/upstream/padded_buffer.h"
#include "service/gateway/upstream/target.h"

namespace billing::gateway::upstream {

enum class HttpMethod { kGet, kPost, kPut, kPatch, kDelete };

// As on the wire: "GET".
std::string_view HttpMethodName(HttpMethod method);

// One HTTP request. What it points to (target, account headers) may be shared by many.
struct TransferRequest {
  std::shared_ptr<Target> target;
  // May be null. A header that is also in `headers` is sent twice.
  std::shared_ptr<const HeaderSet> account_headers;
  HttpMethod method = HttpMethod::kGet;
  // Whole and percent-encoded; it must begin with the target's base URL. Sent as it is: no dot
  // segment is removed.
  std::string url;
  HeaderList headers;
  // A body of no bytes is a body as well: POST, PUT and PATCH without one send Content-Length: 0.
  std::string body;
  bool has_body = false;
  // Bounds queueing, connecting and the transfer together.
  absl::Time deadline = absl::InfiniteFuture();
  // Of the decoded body; the header block has a bound of its own.
  size_t max_response_bytes = size_t{8} << 20;
  // Where set, takes the body of a success instead of the result's `body`. Upstream is then asked
  // to send it uncompressed.
  std::shared_ptr<BodySink> sink;
  // The same bound for a body that goes to the sink, which nobody holds.
  size_t max_sink_bytes = size_t{8} << 20;
  // A kept-alive connection can die under a request. Where a second sending is harmless, the
  // request is then sent once more on another connection without the caller noticing. Where it is
  // not (architecture.md, safety of money), no complete request ever leaves twice.
  bool resend_allowed = false;
};

enum class TransferOutcome {
  kOk,             // a complete HTTP response, whatever its status. (curl does not notice a gzip
                   // stream that ends early inside a complete response: parsing the body does.)
  kConnectFailed,  // refused, unknown host, TLS handshake, connect timeout: nothing was sent
  kBroken,         // reset, closed early, truncated, not HTTP, or undecodable
  kTimedOut,       // the deadline passed
  kCancelled,
  kTooLarge,    // body or header block over its bound
  kRefused,     // the sink wants no more of the body
  kBadRequest,  // refused before anything was tried: URL not the target's, or malformed
  kStopped,     // the loop is stopping
  kInternal,    // out of memory and the like
};

struct TransferTimings {
  absl::Duration queued;   // from submission until a connection was free
  absl::Duration connect;  // resolving, TCP and TLS; zero on a reused connection
  absl::Duration total;    // from submission to the result
};

struct TransferResult {
  TransferOutcome outcome = TransferOutcome::kInternal;
  // False only where it is proven that upstream did not get a complete request.
  bool request_sent = false;
  // How often the request began to be sent; more than one only where resending was allowed.
  int sends = 0;
  // 0 where no status line was read. May be set although the outcome is not kOk.
  int http_status = 0;
  std::string content_type;
  std::string retry_after;  // the header's text; only for statuses other than 2xx
  PaddedBuffer body;        // decoded; complete for kOk, else empty; empty where a sink took it
  // For logs and operators: host names and numbers, never a header, a path or a body.
  std::string error;
  TransferTimings timings;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_TRANSFER_H_
