#ifndef SERVICE_GATEWAY_UPSTREAM_TRANSFER_HANDLE_H_
#define SERVICE_GATEWAY_UPSTREAM_TRANSFER_HANDLE_H_

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "service/gateway/upstream/headers.h"
#include "service/gateway/upstream/padded_buffer.h"
#include "service/gateway/upstream/socket_watcher.h"
#include "service/gateway/upstream/transfer.h"

namespace billing::gateway::upstream::internal {

// One curl easy handle with its lasting options set, used for one transfer after another. Runs
// inside a multi handle; used on the loop's thread only.
class TransferHandle {
 public:
  // `ca_file` empty means the system's store; it must outlive the handle. `watcher` must outlive
  // the handle and the connections it opened. Null where curl refuses an option.
  static std::unique_ptr<TransferHandle> Create(const std::string& ca_file, SocketWatcher& watcher);
  TransferHandle(const TransferHandle&) = delete;
  TransferHandle& operator=(const TransferHandle&) = delete;

  static TransferHandle* Of(CURL* easy);

  CURL* easy() const { return easy_.get(); }
  // Whoever runs the present transfer.
  void set_user(void* user) { user_ = user; }
  void* user() const { return user_; }

  // Sets the handle up for `request`, which must live until Collect. False where curl refuses.
  bool Prepare(const TransferRequest& request);

  // Whether the transfer ended only because the kept-alive connection that curl chose was no longer
  // fit to use. Nothing was sent: PrepareAfresh, and it may run again on a new connection.
  bool chose_unfit() const { return chose_unfit_; }
  bool PrepareAfresh();

  // Lets a body that its sink paused go on, which may call the sink at once; the rest follows when
  // the engine's timers run. Without effect where it is not paused. After an error the transfer is
  // to be aborted.
  CURLcode Resume();
  bool paused() const { return paused_; }
  // What an end with `code` means.
  TransferOutcome Judge(CURLcode code) const;

  // True from the moment a connection was there and the request began to be sent.
  bool sending() const { return sends_ > 0; }

  // After the transfer ended with `code`: the result, all but the timings outside curl's view.
  void CollectFinished(CURLcode code, TransferResult& result);
  // After the transfer was taken out of the multi handle before its end.
  void CollectAborted(TransferResult& result);

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  TransferHandle(const std::string& ca_file, SocketWatcher& watcher);

  bool SetLastingOptions();
  // Makes the handle like new if curl has tried again with it.
  bool RenewAfterRetry();
  // curl comes to this point again only when it tries again.
  void NoteRetry() { retried_ = retried_ || sends_ > 0; }
  CURLcode SetMethod(const TransferRequest& request);
  CURLcode SetEncoding(const TransferRequest& request);
  // Whether a byte of the request was written to a connection.
  bool WroteAny() const;
  // Whether the server closed the connection, or spoke on it, since its last answer.
  bool ConnectionIsUnfit(int local_port, int remote_port) const;
  // Receives one header line; false ends the transfer.
  bool ReceiveHeader(std::string_view line);
  // Receives one piece of the body; what curl wants to be told.
  size_t Receive(std::string_view bytes);
  size_t Pour(std::string_view bytes);
  bool BeginBody();

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnBeforeRequest(void* self, char* remote_ip, char* local_ip, int remote_port,
                             int local_port);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnCloseSocket(void* watcher, curl_socket_t socket);

  const std::string& ca_file_;
  SocketWatcher& watcher_;
  const std::unique_ptr<CURL, EasyDeleter> easy_;
  std::array<char, CURL_ERROR_SIZE> error_ = {};
  void* user_ = nullptr;

  const TransferRequest* request_ = nullptr;
  HeaderChain headers_;
  PaddedBuffer body_;
  bool asks_for_gzip_ = true;  // as the lasting options say
  size_t header_bytes_ = 0;
  bool body_begun_ = false;
  bool to_sink_ = false;   // the body goes to the request's sink
  size_t body_limit_ = 0;  // of the body that began
  size_t sunk_ = 0;        // bytes that the sink took
  bool paused_ = false;    // by the sink
  bool sink_refused_ = false;
  bool head_complete_ = false;
  int sends_ = 0;
  bool too_large_ = false;
  bool out_of_memory_ = false;
  bool resend_refused_ = false;
  bool retried_ = false;  // curl has tried again since the handle was new
  bool opened_socket_ = false;
  bool chose_unfit_ = false;
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_TRANSFER_HANDLE_H_
