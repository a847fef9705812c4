#ifndef SERVICE_GATEWAY_UPSTREAM_CURL_ENGINE_H_
#define SERVICE_GATEWAY_UPSTREAM_CURL_ENGINE_H_

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/gateway/upstream/operation.h"
#include "service/gateway/upstream/socket_watcher.h"
#include "service/gateway/upstream/transfer.h"
#include "service/gateway/upstream/transfer_handle.h"

namespace billing::gateway::upstream::internal {

// curl's multi handle, driven by somebody else's epoll loop, and the pool of easy handles. Used on
// one thread only. No call of it resumes anybody or blocks.
class CurlEngine {
 public:
  // Idle connections beyond `max_idle_connections` are closed, oldest first.
  static absl::StatusOr<std::unique_ptr<CurlEngine>> Create(int epoll_fd, std::string ca_file,
                                                            int max_idle_connections);
  CurlEngine(const CurlEngine&) = delete;
  CurlEngine& operator=(const CurlEngine&) = delete;
  // All transfers must have ended.
  ~CurlEngine();

  // Starts a transfer; nothing is sent before RunTimers. `request` must live until the transfer
  // ends. Null where curl is out of memory or refuses the request.
  TransferHandle* Start(const TransferRequest& request, void* user);

  // Ends a transfer before its time: closes its connection at once.
  void Abort(TransferHandle* handle, TransferResult& result);

  // A transfer that came to its end, as the `user` given to Start.
  struct Finished {
    void* user = nullptr;
    CURLcode code = CURLE_OK;
    TransferHandle* handle = nullptr;
  };
  // False when there is none. The caller hands `handle` to Collect.
  bool NextFinished(Finished& finished);
  void Collect(const Finished& finished, TransferResult& result);

  void OnSocket(int fd, uint32_t epoll_events);
  // When RunTimers is due.
  SteadyNanos timer() const { return timer_; }
  void RunTimers();

  // Connections opened so far.
  int64_t connections_opened() const { return watcher_.opened(); }

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  CurlEngine(int epoll_fd, std::string ca_file);

  // Lets a transfer run again, on a new connection.
  bool StartAfresh(TransferHandle& handle);
  void Release(TransferHandle* handle);

  static int OnSocketInterest(CURL* easy, curl_socket_t socket, int what, void* self, void* unused);
  static int OnTimerChange(CURLM* multi, long milliseconds, void* self);  // NOLINT: curl's type

  const std::string ca_file_;
  SocketWatcher watcher_;
  SteadyNanos timer_ = kNever;
  // The multi handle goes first: closing its connections still calls into the watcher.
  std::vector<std::unique_ptr<TransferHandle>> handles_;
  std::vector<TransferHandle*> free_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_CURL_ENGINE_H_
