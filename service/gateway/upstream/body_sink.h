#ifndef SERVICE_GATEWAY_UPSTREAM_BODY_SINK_H_
#define SERVICE_GATEWAY_UPSTREAM_BODY_SINK_H_

#include <string_view>

namespace billing::gateway::upstream {

namespace internal {
class FetchOperation;
}  // namespace internal

// Takes the body of a success (2xx) piece by piece as it arrives, so that nobody holds all of it.
//
// A sink serves one fetch, which holds on to it. The loop's thread alone calls it, from curl's
// innards: it must not block, resume a coroutine or start anything upstream there; it may Post to
// the loop. No call comes any more once the fetch has its result.
class BodySink {
 public:
  enum class Verdict {
    kTaken,
    // Nothing of it was taken: the transfer stands still until UpstreamLoop::Resume and then
    // offers the same bytes again, perhaps in other pieces. What arrives meanwhile waits with the
    // peer, but for at most what one read of the socket unpacks to.
    kPause,
    kRefuse,  // ends the transfer with TransferOutcome::kRefused
  };

  virtual ~BodySink() = default;

  // Before the first byte; never for a body of no bytes. `content_type` is empty where the answer
  // has none, and valid during the call.
  virtual void OnHead(int http_status, std::string_view content_type) = 0;
  // Never empty; valid during the call.
  virtual Verdict OnBytes(std::string_view bytes) = 0;

 private:
  friend class internal::FetchOperation;
  // Whose transfer it is, while there is one. The loop's thread alone.
  internal::FetchOperation* fetch_ = nullptr;
};

}  // namespace billing::gateway::upstream

#endif  // SERVICE_GATEWAY_UPSTREAM_BODY_SINK_H_
