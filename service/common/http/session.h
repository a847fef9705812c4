#ifndef SERVICE_COMMON_HTTP_SESSION_H_
#define SERVICE_COMMON_HTTP_SESSION_H_

#include "service/common/http/worker.h"
// worker.h comes first: it holds the <utility> that Asio forgets.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "service/common/http/message.h"

namespace billing::common::internal {

// One connection. Lives as long as an operation on it is under way or a responder holds it; runs
// on its worker's thread only.
//
// One wait for readability is always under way, also while an answer is being made: that is how
// a peer that gives up is noticed. What a peer sends ahead of its answer is kept, up to a limit.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Tcp = boost::asio::ip::tcp;
  using TimePoint = std::chrono::steady_clock::time_point;

  HttpSession(std::shared_ptr<HttpWorker> worker, Tcp::socket socket);

  void Start();
  // Answers with `status` without reading a request, and closes.
  void Refuse(int status);
  void Drain();
  void Close();

  TimePoint deadline() const { return deadline_; }
  void OnDeadline();

  // For the responder.
  HttpWorker& worker() { return *worker_; }
  void SetOutcomeListener(std::function<void(HttpOutcome)> listener);
  void Answer(HttpResponse response);

 private:
  enum class State { kIdle, kHead, kBody, kHandling, kWriting, kLingering, kClosed };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void WaitReadable();
  void OnReadable(const boost::system::error_code& error);
  void Feed();
  bool ParseSome();
  bool OnHeaders();
  void Reject(const boost::system::error_code& error);
  void Dispatch();

  void StartWriting();
  void ComposeAnswer();
  void WriteSome();
  void OnWritten(const boost::system::error_code& error, size_t bytes);
  void FinishAnswer();
  void WaitThen(absl::Duration pause, void (HttpSession::*next)());
  void Linger();
  void Reset();
  void CloseAs(HttpOutcome outcome);
  void ReportOutcome(HttpOutcome outcome);
  void SetDeadline(absl::Duration from_now);

  const std::shared_ptr<HttpWorker> worker_;
  Tcp::socket socket_;
  std::string remote_;
  State state_ = State::kIdle;
  TimePoint deadline_ = TimePoint::max();

  bool waiting_readable_ = false;
  std::string pending_;  // read but not parsed
  size_t header_bytes_ = 0;
  std::optional<Parser> parser_;

  bool keep_alive_ = false;
  bool http_1_1_ = true;
  bool head_request_ = false;
  bool gzip_accepted_ = false;
  std::function<void(HttpOutcome)> on_outcome_;

  HttpResponse response_;
  std::string head_;
  size_t sent_ = 0;                                 // of head and body together
  size_t total_ = 0;                                // how much of them is to be sent
  std::optional<boost::asio::steady_timer> timer_;  // made for the few that need it
};

}  // namespace billing::common::internal

#endif  // SERVICE_COMMON_HTTP_SESSION_H_
