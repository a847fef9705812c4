#include "service/common/http/session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/http/gzip.h"
#include "service/common/strings.h"

namespace billing::common::internal {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// How much a peer may send ahead of its answer before it is no longer read.
constexpr size_t kMaxAhead = 64 << 10;
// How long a peer may take to read our last answer before the connection is cut.
constexpr absl::Duration kLinger = absl::Seconds(2);

std::string_view ToStdView(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string RemoteOf(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "";
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", host, "]:", endpoint.port())
                                    : absl::StrCat(host, ":", endpoint.port());
}

int StatusOf(const error_code& error) {
  if (error == http::error::body_limit || error == http::error::buffer_overflow) return 413;
  if (error == http::error::header_limit) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

bool BodyAllowed(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

HttpSession::HttpSession(std::shared_ptr<HttpWorker> worker, Tcp::socket socket)
    : worker_(std::move(worker)), socket_(std::move(socket)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(Tcp::no_delay(true), ignored);
  remote_ = RemoteOf(socket_);
}

void HttpSession::Start() {
  SetDeadline(worker_->state().options.idle_timeout);
  WaitReadable();
}

void HttpSession::Refuse(int status) {
  state_ = State::kHandling;
  keep_alive_ = false;
  WaitReadable();
  Answer({.status = status});
}

void HttpSession::Drain() {
  keep_alive_ = false;
  if (state_ == State::kIdle) Close();
}

void HttpSession::SetDeadline(absl::Duration from_now) {
  // Bounded, so that the sum cannot overflow.
  const auto bounded = absl::ToChronoNanoseconds(std::min(from_now, absl::Hours(24 * 365)));
  deadline_ = std::chrono::steady_clock::now() + bounded;
}

void HttpSession::OnDeadline() {
  if (state_ != State::kHead && state_ != State::kBody) return CloseAs(HttpOutcome::kCut);
  state_ = State::kHandling;
  keep_alive_ = false;
  Answer({.status = 408});
}

void HttpSession::WaitReadable() {
  if (waiting_readable_ || state_ == State::kClosed) return;
  waiting_readable_ = true;
  socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->waiting_readable_ = false;
    self->OnReadable(error);
  });
}

void HttpSession::OnReadable(const error_code& error) {
  if (state_ == State::kClosed) return;
  if (error) return CloseAs(HttpOutcome::kPeerClosed);
  error_code read_error;
  auto& scratch = worker_->scratch();
  const size_t bytes = socket_.read_some(asio::buffer(scratch), read_error);
  if (read_error == asio::error::would_block) return WaitReadable();
  if (read_error) return CloseAs(HttpOutcome::kPeerClosed);
  if (state_ == State::kLingering) return WaitReadable();
  pending_.append(scratch.data(), bytes);
  Feed();
  const bool answering = state_ == State::kHandling || state_ == State::kWriting;
  if (!answering || pending_.size() < kMaxAhead) WaitReadable();
}

void HttpSession::Feed() {
  while (!pending_.empty() && ParseSome()) {
  }
}

// One step of the parser; false when there is nothing to do before more input or an answer.
bool HttpSession::ParseSome() {
  if (state_ == State::kIdle) {
    const HttpServer::Options& options = worker_->state().options;
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(options.max_header_bytes));
    parser_->body_limit(options.max_body_bytes);
    header_bytes_ = 0;
    state_ = State::kHead;
    SetDeadline(options.header_timeout);
  }
  if (state_ != State::kHead && state_ != State::kBody) return false;
  error_code error;
  const size_t used = parser_->put(asio::buffer(pending_), error);
  pending_.erase(0, used);
  if (state_ == State::kHead) header_bytes_ += used;
  if (header_bytes_ > worker_->state().options.max_header_bytes) {
    error = http::error::header_limit;
  }
  if (error && error != http::error::need_more) {
    Reject(error);
    return false;
  }
  if (state_ == State::kHead && parser_->is_header_done() && !OnHeaders()) return false;
  if (parser_->is_done()) {
    Dispatch();
    return state_ == State::kIdle;
  }
  return !error;
}

// False where the request is refused for its headers.
bool HttpSession::OnHeaders() {
  state_ = State::kBody;
  SetDeadline(worker_->state().options.body_timeout);
  const auto& request = parser_->get();
  const bool origin_form = !request.target().empty() && request.target().front() == '/';
  const auto hosts = request.count(http::field::host);
  if (!origin_form || hosts > 1 || (request.version() >= 11 && hosts == 0)) {
    Reject(http::make_error_code(http::error::bad_target));
    return false;
  }
  if (!parser_->is_done() && request.version() >= 11 &&
      absl::EqualsIgnoreCase(ToAbsl(ToStdView(request[http::field::expect])), "100-continue")) {
    // Few bytes on an otherwise silent connection: they fit, or the peer is not worth waiting for.
    error_code ignored;
    socket_.write_some(asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), ignored);
  }
  return true;
}

void HttpSession::Reject(const error_code& error) {
  state_ = State::kHandling;
  keep_alive_ = false;
  head_request_ = false;
  pending_.clear();
  Answer({.status = StatusOf(error)});
}

void HttpSession::Dispatch() {
  auto message = parser_->release();
  parser_.reset();
  HttpRequest request;
  request.method = std::string(ToStdView(message.method_string()));
  request.target = std::string(ToStdView(message.target()));
  const size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.push_back(
        {std::string(ToStdView(field.name_string())), std::string(ToStdView(field.value()))});
  }
  request.body = std::move(message.body());
  request.remote = remote_;

  keep_alive_ = message.keep_alive() && !worker_->draining();
  http_1_1_ = message.version() >= 11;
  head_request_ = message.method() == http::verb::head;
  const auto accept = request.Header("Accept-Encoding");
  gzip_accepted_ = worker_->state().options.gzip && accept && AcceptsGzip(*accept);
  state_ = State::kHandling;
  deadline_ = TimePoint::max();
  worker_->state().handler(std::move(request), HttpResponder(shared_from_this()));
}

void HttpSession::SetOutcomeListener(std::function<void(HttpOutcome)> listener) {
  on_outcome_ = std::move(listener);
}

void HttpSession::Answer(HttpResponse response) {
  if (state_ != State::kHandling) return;
  response_ = std::move(response);
  if (response_.fault.delay > absl::ZeroDuration()) {
    WaitThen(response_.fault.delay, &HttpSession::StartWriting);
  } else {
    StartWriting();
  }
}

void HttpSession::StartWriting() {
  if (response_.fault.reset) return Reset();
  ComposeAnswer();
  state_ = State::kWriting;
  WriteSome();
}

void HttpSession::ComposeAnswer() {
  HttpResponse& response = response_;
  bool encoded = false;
  for (const HttpHeader& header : response.headers) {
    encoded = encoded || absl::EqualsIgnoreCase(header.name, "Content-Encoding");
  }
  if (gzip_accepted_ && !encoded &&
      response.body.size() >= worker_->state().options.gzip_min_bytes) {
    if (auto compressed = GzipCompress(response.body)) {
      response.body = *std::move(compressed);
      response.headers.push_back({"Content-Encoding", "gzip"});
      response.headers.push_back({"Vary", "Accept-Encoding"});
    }
  }
  if (response.fault.truncate_after) keep_alive_ = false;
  head_.clear();
  absl::StrAppend(&head_, "HTTP/1.1 ", response.status, " ", ToAbsl(ReasonPhrase(response.status)),
                  "\r\n");
  for (const HttpHeader& header : response.headers) {
    absl::StrAppend(&head_, header.name, ": ", header.value, "\r\n");
  }
  const bool body_allowed = BodyAllowed(response.status);
  if (body_allowed) absl::StrAppend(&head_, "Content-Length: ", response.body.size(), "\r\n");
  if (!keep_alive_) {
    absl::StrAppend(&head_, "Connection: close\r\n");
  } else if (!http_1_1_) {
    absl::StrAppend(&head_, "Connection: keep-alive\r\n");
  }
  absl::StrAppend(&head_, "Date: ", worker_->Date(), "\r\n\r\n");
  if (!body_allowed || head_request_) response.body.clear();
  sent_ = 0;
  total_ = head_.size() + std::min(response.body.size(),
                                   response.fault.truncate_after.value_or(response.body.size()));
}

void HttpSession::WriteSome() {
  if (state_ != State::kWriting) return;
  const bool drips = response_.fault.drip > absl::ZeroDuration();
  size_t until = total_;
  if (drips) until = sent_ < head_.size() ? head_.size() : std::min(total_, sent_ + 1);
  std::array<asio::const_buffer, 2> buffers;
  const size_t head_end = std::min(until, head_.size());
  if (sent_ < head_end) buffers[0] = asio::buffer(head_.data() + sent_, head_end - sent_);
  if (until > head_.size()) {
    const size_t from = std::max(sent_, head_.size()) - head_.size();
    buffers[1] = asio::buffer(response_.body.data() + from, until - head_.size() - from);
  }
  SetDeadline(worker_->state().options.write_timeout);
  socket_.async_write_some(buffers,
                           [self = shared_from_this()](const error_code& error, size_t bytes) {
                             self->OnWritten(error, bytes);
                           });
}

void HttpSession::OnWritten(const error_code& error, size_t bytes) {
  if (state_ != State::kWriting) return;
  if (error) return CloseAs(HttpOutcome::kPeerClosed);
  sent_ += bytes;
  if (sent_ >= total_) return FinishAnswer();
  if (response_.fault.drip > absl::ZeroDuration() && sent_ >= head_.size()) {
    deadline_ = TimePoint::max();
    return WaitThen(response_.fault.drip, &HttpSession::WriteSome);
  }
  WriteSome();
}

void HttpSession::FinishAnswer() {
  const bool cut = response_.fault.truncate_after.has_value();
  response_ = {};
  head_.clear();
  ReportOutcome(cut ? HttpOutcome::kCut : HttpOutcome::kSent);
  if (cut) return Close();
  if (!keep_alive_ || worker_->draining()) return Linger();
  state_ = State::kIdle;
  SetDeadline(worker_->state().options.idle_timeout);
  Feed();
  const bool answering = state_ == State::kHandling || state_ == State::kWriting;
  if (!answering || pending_.size() < kMaxAhead) WaitReadable();
}

void HttpSession::WaitThen(absl::Duration pause, void (HttpSession::*next)()) {
  if (!timer_) timer_.emplace(worker_->context());
  timer_->expires_after(absl::ToChronoNanoseconds(pause));
  timer_->async_wait([self = shared_from_this(), next](const error_code& error) {
    if (!error && self->state_ != State::kClosed) (self.get()->*next)();
  });
}

// Closes our side and discards what the peer still sends: closing with unread input would reset
// the connection and could destroy the answer under way.
void HttpSession::Linger() {
  error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  state_ = State::kLingering;
  pending_.clear();
  SetDeadline(kLinger);
  WaitReadable();
}

void HttpSession::Reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  CloseAs(HttpOutcome::kCut);
}

void HttpSession::Close() { CloseAs(HttpOutcome::kCut); }

void HttpSession::CloseAs(HttpOutcome outcome) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadline_ = TimePoint::max();
  const auto self = shared_from_this();
  ReportOutcome(outcome);
  if (timer_) timer_->cancel();
  error_code ignored;
  socket_.close(ignored);
  worker_->Forget(this);
}

void HttpSession::ReportOutcome(HttpOutcome outcome) {
  const auto listener = std::exchange(on_outcome_, nullptr);
  if (listener) listener(outcome);
}

}  // namespace billing::common::internal

namespace billing::common {

HttpResponder::HttpResponder(std::shared_ptr<internal::HttpSession> session)
    : session_(std::move(session)) {}

HttpResponder::~HttpResponder() {
  if (session_) Send({.status = 500});
}

void HttpResponder::OnOutcome(std::function<void(HttpOutcome)> listener) {
  if (session_) session_->SetOutcomeListener(std::move(listener));
}

void HttpResponder::Send(HttpResponse response) {
  const auto session = std::exchange(session_, nullptr);
  if (!session) return;
  internal::HttpWorker& worker = session->worker();
  if (worker.OnThread()) return session->Answer(std::move(response));
  worker.Post(
      [session, answer = std::move(response)]() mutable { session->Answer(std::move(answer)); });
}

}  // namespace billing::common
