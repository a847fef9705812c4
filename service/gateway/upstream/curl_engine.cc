#include "service/gateway/upstream/curl_engine.h"

#include <utility>

#include "absl/status/status.h"

namespace billing::gateway::upstream::internal {

CurlEngine::CurlEngine(int epoll_fd, std::string ca_file)
    : ca_file_(std::move(ca_file)), watcher_(epoll_fd), multi_(curl_multi_init()) {}

CurlEngine::~CurlEngine() = default;

absl::StatusOr<std::unique_ptr<CurlEngine>> CurlEngine::Create(int epoll_fd, std::string ca_file,
                                                               int max_idle_connections) {
  // Counts its calls and is thread-safe in this version; nothing undoes it, as other users of curl
  // in the process may still be running.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return absl::InternalError("curl does not start");
  }
  std::unique_ptr<CurlEngine> engine(new CurlEngine(epoll_fd, std::move(ca_file)));
  CURLM* multi = engine->multi_.get();
  if (multi == nullptr ||
      curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &OnSocketInterest) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, engine.get()) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &OnTimerChange) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_TIMERDATA, engine.get()) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(max_idle_connections)) !=
          CURLM_OK) {  // NOLINT(google-runtime-int)
    return absl::InternalError("curl refuses an option");
  }
  // The first handle shows whether curl accepts every lasting option.
  std::unique_ptr<TransferHandle> first =
      TransferHandle::Create(engine->ca_file_, engine->watcher_);
  if (first == nullptr) return absl::InternalError("curl refuses an option");
  engine->free_.push_back(first.get());
  engine->handles_.push_back(std::move(first));
  return engine;
}

TransferHandle* CurlEngine::Start(const TransferRequest& request, void* user) {
  if (free_.empty()) {
    std::unique_ptr<TransferHandle> made = TransferHandle::Create(ca_file_, watcher_);
    if (made == nullptr) return nullptr;
    free_.push_back(made.get());
    handles_.push_back(std::move(made));
  }
  // Last in, first out: the handle whose memory is warm.
  TransferHandle* handle = free_.back();
  if (!handle->Prepare(request)) return nullptr;
  handle->set_user(user);
  if (curl_multi_add_handle(multi_.get(), handle->easy()) != CURLM_OK) return nullptr;
  free_.pop_back();
  return handle;
}

bool CurlEngine::StartAfresh(TransferHandle& handle) {
  curl_multi_remove_handle(multi_.get(), handle.easy());
  return handle.PrepareAfresh() && curl_multi_add_handle(multi_.get(), handle.easy()) == CURLM_OK;
}

void CurlEngine::Release(TransferHandle* handle) {
  handle->set_user(nullptr);
  free_.push_back(handle);
}

void CurlEngine::Abort(TransferHandle* handle, TransferResult& result) {
  handle->CollectAborted(result);
  curl_multi_remove_handle(multi_.get(), handle->easy());
  Release(handle);
}

bool CurlEngine::NextFinished(Finished& finished) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    finished.handle = TransferHandle::Of(message->easy_handle);
    if (finished.handle->chose_unfit() && StartAfresh(*finished.handle)) continue;
    finished.user = finished.handle->user();
    finished.code = message->data.result;
    return true;
  }
  return false;
}

void CurlEngine::Collect(const Finished& finished, TransferResult& result) {
  finished.handle->CollectFinished(finished.code, result);
  curl_multi_remove_handle(multi_.get(), finished.handle->easy());
  Release(finished.handle);
}

void CurlEngine::OnSocket(int fd, uint32_t epoll_events) {
  int bits = watcher_.Translate(fd, epoll_events);
  if (bits == 0) return;
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, bits, &running);
}

void CurlEngine::RunTimers() {
  timer_ = kNever;
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

int CurlEngine::OnSocketInterest(CURL* easy, curl_socket_t socket, int what, void* self,
                                 void* /*unused*/) {
  const TransferHandle* handle = TransferHandle::Of(easy);
  // curl closes idle connections through a handle of its own, which has no data of ours.
  // A paused transfer's connection has nobody's interest either, and is not idle.
  bool may_be_parked = handle == nullptr || (handle->sending() && !handle->paused());
  static_cast<CurlEngine*>(self)->watcher_.Want(socket, what, may_be_parked);
  return 0;
}

int CurlEngine::OnTimerChange(CURLM* /*multi*/, long milliseconds, void* self) {  // NOLINT
  auto* engine = static_cast<CurlEngine*>(self);
  if (milliseconds < 0) {
    engine->timer_ = kNever;
  } else if (milliseconds == 0) {
    engine->timer_ = 0;
  } else {
    engine->timer_ = SteadyNow() + milliseconds * 1'000'000;
  }
  return 0;
}

}  // namespace billing::gateway::upstream::internal
