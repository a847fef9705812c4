#include "service/gateway/upstream/transfer_handle.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/time/time.h"

namespace billing::gateway::upstream::internal {
namespace {

// Of all header lines of an answer together.
constexpr size_t kMaxHeaderBytes = size_t{64} << 10;
// A server's Content-Length is believed this far when memory is set aside.
constexpr curl_off_t kMaxBelievedLength = curl_off_t{1} << 20;
// Shorter than the keep-alive of common servers (60 to 75 s), so that a connection that the server
// is just closing is rarely picked.
constexpr long kMaxIdleSeconds = 55;            // NOLINT(google-runtime-int): curl's type
constexpr long kReceiveBufferBytes = 16 << 10;  // NOLINT(google-runtime-int)
constexpr long kSendBufferBytes = 16 << 10;     // NOLINT(google-runtime-int)

// Sets options one after another until one fails.
class OptionSetter {
 public:
  explicit OptionSetter(CURL* easy) : easy_(easy) {}

  template <typename T>
  OptionSetter& Set(CURLoption option, T value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, value);
    return *this;
  }
  CURLcode code() const { return code_; }

 private:
  CURL* const easy_;
  CURLcode code_ = CURLE_OK;
};

template <typename T>
T Info(CURL* easy, CURLINFO what, T fallback) {
  T value = fallback;
  return curl_easy_getinfo(easy, what, &value) == CURLE_OK ? value : fallback;
}

}  // namespace

TransferHandle::TransferHandle(const std::string& ca_file, SocketWatcher& watcher)
    : ca_file_(ca_file), watcher_(watcher), easy_(curl_easy_init()) {}

std::unique_ptr<TransferHandle> TransferHandle::Create(const std::string& ca_file,
                                                       SocketWatcher& watcher) {
  std::unique_ptr<TransferHandle> handle(new TransferHandle(ca_file, watcher));
  if (handle->easy() == nullptr || !handle->SetLastingOptions()) return nullptr;
  return handle;
}

TransferHandle* TransferHandle::Of(CURL* easy) {
  char* self = Info<char*>(easy, CURLINFO_PRIVATE, nullptr);
  return reinterpret_cast<TransferHandle*>(self);
}

bool TransferHandle::SetLastingOptions() {
  OptionSetter setter(easy());
  setter.Set(CURLOPT_PRIVATE, static_cast<void*>(this))
      .Set(CURLOPT_ERRORBUFFER, error_.data())
      .Set(CURLOPT_NOSIGNAL, 1L)
      // A name server that hangs must not hold up the loop when its transfer is given up: without
      // this curl joins the resolver's thread.
      .Set(CURLOPT_QUICK_EXIT, 1L)
      .Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))  // NOLINT
      .Set(CURLOPT_PROTOCOLS_STR, "http,https")
      .Set(CURLOPT_FOLLOWLOCATION, 0L)
      .Set(CURLOPT_PATH_AS_IS, 1L)
      // Not what the environment says.
      .Set(CURLOPT_PROXY, "")
      .Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))  // NOLINT
      .Set(CURLOPT_ACCEPT_ENCODING, "gzip")
      .Set(CURLOPT_BUFFERSIZE, kReceiveBufferBytes)
      .Set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBufferBytes)
      .Set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds)
      .Set(CURLOPT_TCP_NODELAY, 1L)
      .Set(CURLOPT_TCP_KEEPALIVE, 1L)
      .Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))  // NOLINT
      .Set(CURLOPT_SSL_VERIFYPEER, 1L)
      .Set(CURLOPT_SSL_VERIFYHOST, 2L);
  // Reading the authorities takes tens of milliseconds in which the loop stands still. curl keeps
  // them between connections only where no directory is named, and Debian's curl names one.
  setter.Set(CURLOPT_CAPATH, nullptr);
  if (!ca_file_.empty()) setter.Set(CURLOPT_CAINFO, ca_file_.c_str());
  setter.Set(CURLOPT_HEADERFUNCTION, &OnHeader)
      .Set(CURLOPT_HEADERDATA, static_cast<void*>(this))
      .Set(CURLOPT_WRITEFUNCTION, &OnBody)
      .Set(CURLOPT_WRITEDATA, static_cast<void*>(this))
      .Set(CURLOPT_PREREQFUNCTION, &OnBeforeRequest)
      .Set(CURLOPT_PREREQDATA, static_cast<void*>(this))
      .Set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket)
      .Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this))
      // A connection outlives the handle that opened it.
      .Set(CURLOPT_CLOSESOCKETFUNCTION, &OnCloseSocket)
      .Set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&watcher_));
  return setter.code() == CURLE_OK;
}

bool TransferHandle::Prepare(const TransferRequest& request) {
  request_ = &request;
  body_.Reset();
  header_bytes_ = 0;
  head_complete_ = false;
  body_begun_ = to_sink_ = paused_ = sink_refused_ = false;
  body_limit_ = sunk_ = 0;
  sends_ = 0;
  too_large_ = out_of_memory_ = resend_refused_ = false;
  opened_socket_ = chose_unfit_ = false;
  error_[0] = '\0';
  if (!RenewAfterRetry()) return false;
  const curl_slist* headers =
      headers_.Build(request.headers, request.account_headers.get(), request.has_body);
  if (curl_easy_setopt(easy(), CURLOPT_URL, request.url.c_str()) != CURLE_OK) return false;
  if (curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers) != CURLE_OK) return false;
  if (curl_easy_setopt(easy(), CURLOPT_FRESH_CONNECT, 0L) != CURLE_OK) return false;
  return SetEncoding(request) == CURLE_OK && SetMethod(request) == CURLE_OK;
}

// curl gives a handle five retries for all its life (lib/transfer.c, CONN_MAX_RETRIES), and counts
// them anew only when it is reset: without that its later reads would meet dead connections and not
// be sent again.
bool TransferHandle::RenewAfterRetry() {
  if (!std::exchange(retried_, false)) return true;
  curl_easy_reset(easy());
  asks_for_gzip_ = true;
  return SetLastingOptions();
}

// One read of a compressed body can unpack to a thousand times its size, which has to be held while
// the sink rests. None is asked for then; what comes compressed all the same is unpacked.
CURLcode TransferHandle::SetEncoding(const TransferRequest& request) {
  const bool gzip = request.sink == nullptr;
  if (gzip == asks_for_gzip_) return CURLE_OK;
  asks_for_gzip_ = gzip;
  return curl_easy_setopt(easy(), CURLOPT_ACCEPT_ENCODING, gzip ? "gzip" : "identity");
}

bool TransferHandle::PrepareAfresh() {
  chose_unfit_ = false;
  error_[0] = '\0';
  return curl_easy_setopt(easy(), CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

CURLcode TransferHandle::SetMethod(const TransferRequest& request) {
  OptionSetter setter(easy());
  bool length_expected = request.method == HttpMethod::kPost ||
                         request.method == HttpMethod::kPut || request.method == HttpMethod::kPatch;
  if (request.has_body || length_expected) {
    // curl keeps the pointer, not the bytes.
    setter.Set(CURLOPT_POST, 1L)
        .Set(CURLOPT_POSTFIELDS, request.has_body ? request.body.data() : "")
        .Set(CURLOPT_POSTFIELDSIZE_LARGE,
             static_cast<curl_off_t>(request.has_body ? request.body.size() : 0));
  } else {
    setter.Set(CURLOPT_POSTFIELDS, nullptr).Set(CURLOPT_HTTPGET, 1L);
  }
  bool implied = (request.method == HttpMethod::kGet && !request.has_body) ||
                 request.method == HttpMethod::kPost;
  setter.Set(CURLOPT_CUSTOMREQUEST, implied ? nullptr : HttpMethodName(request.method).data());
  return setter.code();
}

bool TransferHandle::WroteAny() const {
  // Counted over all sendings of one transfer; curl adds to it only after the write succeeded.
  return sends_ > 0 && Info<long>(easy(), CURLINFO_REQUEST_SIZE, 1L) > 0;  // NOLINT
}

// CURLINFO_ACTIVESOCKET still tells the handle's last connection here, not the one it was given.
bool TransferHandle::ConnectionIsUnfit(int local_port, int remote_port) const {
  const int socket = watcher_.Find(local_port, remote_port);
  if (socket < 0) return true;
  char byte = 0;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

TransferOutcome TransferHandle::Judge(CURLcode code) const {
  if (too_large_) return TransferOutcome::kTooLarge;
  if (sink_refused_) return TransferOutcome::kRefused;
  // curl's bound on one header line.
  if (code == CURLE_OUT_OF_MEMORY && !out_of_memory_ && sends_ > 0 && !head_complete_) {
    return TransferOutcome::kTooLarge;
  }
  if (out_of_memory_ || code == CURLE_OUT_OF_MEMORY) return TransferOutcome::kInternal;
  // curl takes a head that just ends for an answer without a body.
  if (code == CURLE_OK && head_complete_ && !paused_) return TransferOutcome::kOk;
  if (sends_ > 0) return TransferOutcome::kBroken;
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return TransferOutcome::kBadRequest;
  }
  return TransferOutcome::kConnectFailed;
}

void TransferHandle::CollectFinished(CURLcode code, TransferResult& result) {
  CollectAborted(result);
  result.outcome = Judge(code);
  if (result.outcome != TransferOutcome::kOk) {
    result.error = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    if (code == CURLE_OK) result.error = "the answer's head was cut off";
    if (resend_refused_) result.error = "the connection died after the request was sent";
    body_.Reset();
    return;
  }
  result.body = std::move(body_);
  if (const char* type = Info<char*>(easy(), CURLINFO_CONTENT_TYPE, nullptr)) {
    result.content_type = type;
  }
  curl_header* retry_after = nullptr;
  if (result.http_status / 100 != 2 &&
      curl_easy_header(easy(), "Retry-After", 0, CURLH_HEADER, -1, &retry_after) == CURLHE_OK) {
    result.retry_after = retry_after->value;
  }
}

void TransferHandle::CollectAborted(TransferResult& result) {
  result.sends = sends_;
  result.request_sent = WroteAny();
  result.http_status = static_cast<int>(Info<long>(easy(), CURLINFO_RESPONSE_CODE, 0L));  // NOLINT
  curl_off_t connected = std::max(Info<curl_off_t>(easy(), CURLINFO_CONNECT_TIME_T, 0),
                                  Info<curl_off_t>(easy(), CURLINFO_APPCONNECT_TIME_T, 0));
  result.timings.connect = absl::Microseconds(connected);
}

// On the first piece of the body, when the head is complete.
bool TransferHandle::BeginBody() {
  body_begun_ = true;
  const auto status = static_cast<int>(Info<long>(easy(), CURLINFO_RESPONSE_CODE, 0L));  // NOLINT
  to_sink_ = request_->sink != nullptr && status / 100 == 2;
  body_limit_ = to_sink_ ? request_->max_sink_bytes : request_->max_response_bytes;
  const auto length = Info<curl_off_t>(easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, -1);
  if (length > 0 && static_cast<uint64_t>(length) > body_limit_) {
    too_large_ = true;
  } else if (to_sink_) {
    const char* type = Info<char*>(easy(), CURLINFO_CONTENT_TYPE, nullptr);
    request_->sink->OnHead(status, type != nullptr ? type : "");
  } else if (length > 0 &&
             !body_.Reserve(static_cast<size_t>(std::min(length, kMaxBelievedLength)))) {
    out_of_memory_ = true;
  }
  return !too_large_ && !out_of_memory_;
}

size_t TransferHandle::Receive(std::string_view bytes) {
  constexpr size_t kEnd = 0;
  if (bytes.empty()) return 0;
  if (!body_begun_ && !BeginBody()) return kEnd;
  const size_t before = to_sink_ ? sunk_ : body_.size();
  if (bytes.size() > body_limit_ || before > body_limit_ - bytes.size()) {
    too_large_ = true;
    return kEnd;
  }
  if (to_sink_) return Pour(bytes);
  if (!body_.Append(bytes)) out_of_memory_ = true;
  return out_of_memory_ ? kEnd : bytes.size();
}

size_t TransferHandle::Pour(std::string_view bytes) {
  switch (request_->sink->OnBytes(bytes)) {
    case BodySink::Verdict::kTaken:
      sunk_ += bytes.size();
      return bytes.size();
    case BodySink::Verdict::kPause:
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    case BodySink::Verdict::kRefuse:
      sink_refused_ = true;
      break;
  }
  return 0;
}

CURLcode TransferHandle::Resume() {
  if (!paused_) return CURLE_OK;
  // Before the call, in which the sink may pause again.
  paused_ = false;
  return curl_easy_pause(easy(), CURLPAUSE_CONT);
}

bool TransferHandle::ReceiveHeader(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    too_large_ = true;
    return false;
  }
  if (line == "\r\n" || line == "\n") {
    head_complete_ = true;
  } else if (line.substr(0, 5) == "HTTP/") {
    // The final answer's status line, after an interim answer.
    head_complete_ = false;
  }
  return true;
}

size_t TransferHandle::OnHeader(char* data, size_t size, size_t count, void* self) {
  size_t bytes = size * count;
  return static_cast<TransferHandle*>(self)->ReceiveHeader({data, bytes}) ? bytes : 0;
}

size_t TransferHandle::OnBody(char* data, size_t size, size_t count, void* self) {
  return static_cast<TransferHandle*>(self)->Receive({data, size * count});
}

// curl calls this before every sending: also before it sends a request again whose connection died
// without an answer (Curl_retry_request, lib/transfer.c), which it does for any method. This is
// where a second sending is stopped.
int TransferHandle::OnBeforeRequest(void* self, char* /*remote_ip*/, char* /*local_ip*/,
                                    int remote_port, int local_port) {
  auto* handle = static_cast<TransferHandle*>(self);
  handle->NoteRetry();
  if (handle->WroteAny() && !handle->request_->resend_allowed) {
    handle->resend_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  // Bytes that nobody asked for, a load balancer's late 408 say, would be this request's answer,
  // and this request's the next one's.
  if (!handle->opened_socket_ && handle->ConnectionIsUnfit(local_port, remote_port)) {
    handle->chose_unfit_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++handle->sends_;
  return CURL_PREREQFUNC_OK;
}

// Refusing here as well spares the caller the wait for a connection that would not be used.
curl_socket_t TransferHandle::OnOpenSocket(void* self, curlsocktype /*purpose*/,
                                           curl_sockaddr* address) {
  auto* handle = static_cast<TransferHandle*>(self);
  handle->NoteRetry();
  if (handle->WroteAny() && !handle->request_->resend_allowed) {
    handle->resend_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  handle->opened_socket_ = true;
  return handle->watcher_.Open(address->family, address->socktype, address->protocol);
}

int TransferHandle::OnCloseSocket(void* watcher, curl_socket_t socket) {
  static_cast<SocketWatcher*>(watcher)->Close(socket);
  return 0;
}

}  // namespace billing::gateway::upstream::internal
