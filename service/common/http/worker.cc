#include "service/common/http/worker.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/common/http/session.h"

namespace billing::common::internal {
namespace {

namespace asio = boost::asio;

// Time-outs are noticed at most this much late.
absl::Duration SweepInterval(const HttpServer::Options& options) {
  const absl::Duration shortest = std::min(
      {options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout});
  return std::clamp(shortest / 8, absl::Milliseconds(5), absl::Seconds(1));
}

}  // namespace

HttpWorker::HttpWorker(std::shared_ptr<HttpServerState> state)
    : state_(std::move(state)),
      guard_(context_.get_executor()),
      sweep_timer_(context_),
      scratch_(std::make_unique<std::array<char, 64 << 10>>()) {}

void HttpWorker::Start() {
  absl::Notification started;
  thread_ = std::thread([this, &started] {
    thread_id_ = std::this_thread::get_id();
    started.Notify();
    Run();
  });
  started.WaitForNotification();
}

void HttpWorker::Run() {
  ScheduleSweep();
  context_.run();
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  // What was posted between the end of the loop and the line above.
  context_.restart();
  context_.poll();
  end_.Notify();
}

void HttpWorker::Post(std::function<void()> work) {
  absl::MutexLock lock(&mutex_);
  if (ended_) return;
  asio::post(context_, std::move(work));
}

void HttpWorker::Adopt(Tcp::socket socket) {
  auto session = std::make_shared<HttpSession>(shared_from_this(), std::move(socket));
  sessions_.insert(session.get());
  const int open = state_->connections.fetch_add(1) + 1;
  if (draining_) {
    session->Close();
  } else if (open > state_->options.max_connections) {
    session->Refuse(503);
  } else {
    session->Start();
  }
}

void HttpWorker::Forget(HttpSession* session) {
  if (sessions_.erase(session) == 0) return;
  state_->connections.fetch_sub(1);
  EndIfDone();
}

void HttpWorker::Drain() {
  draining_ = true;
  std::vector<std::shared_ptr<HttpSession>> all;
  for (HttpSession* session : sessions_) all.push_back(session->shared_from_this());
  for (const auto& session : all) session->Drain();
  EndIfDone();
}

void HttpWorker::CloseAll() {
  draining_ = true;
  std::vector<std::shared_ptr<HttpSession>> all;
  for (HttpSession* session : sessions_) all.push_back(session->shared_from_this());
  for (const auto& session : all) session->Close();
  EndIfDone();
}

bool HttpWorker::AwaitEnd(absl::Duration timeout) {
  return end_.WaitForNotificationWithTimeout(timeout);
}

void HttpWorker::Join() {
  if (thread_.joinable()) thread_.join();
}

void HttpWorker::EndIfDone() {
  if (!draining_ || !sessions_.empty()) return;
  sweep_timer_.cancel();
  guard_.reset();
}

void HttpWorker::ScheduleSweep() {
  if (draining_ && sessions_.empty()) return;
  sweep_timer_.expires_after(absl::ToChronoNanoseconds(SweepInterval(state_->options)));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    Sweep();
    ScheduleSweep();
  });
}

void HttpWorker::Sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<HttpSession>> late;
  for (HttpSession* session : sessions_) {
    if (session->deadline() <= now) late.push_back(session->shared_from_this());
  }
  for (const auto& session : late) session->OnDeadline();
}

const std::string& HttpWorker::Date() {
  const std::time_t now = absl::ToTimeT(absl::Now());
  if (now != date_second_) {
    date_second_ = now;
    date_ =
        absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::FromTimeT(now), absl::UTCTimeZone());
  }
  return date_;
}

}  // namespace billing::common::internal
