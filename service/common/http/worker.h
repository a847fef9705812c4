#ifndef SERVICE_COMMON_HTTP_WORKER_H_
#define SERVICE_COMMON_HTTP_WORKER_H_

#include <utility>
// Boost 1.74's Asio uses std::exchange without including <utility>.
#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "service/common/http/server.h"

namespace billing::common::internal {

class HttpSession;

// What all threads of one server share.
struct HttpServerState {
  HttpServer::Options options;
  HttpServer::Handler handler;
  std::atomic<int> connections = 0;
};

// One thread, its event loop and the connections it serves. All methods but Post, Start and Join
// run on that thread.
class HttpWorker : public std::enable_shared_from_this<HttpWorker> {
 public:
  using Tcp = boost::asio::ip::tcp;

  explicit HttpWorker(std::shared_ptr<HttpServerState> state);

  void Start();

  // Runs `work` on the worker's thread; drops it once the worker has ended. Any thread.
  void Post(std::function<void()> work) ABSL_LOCKS_EXCLUDED(mutex_);

  bool OnThread() const { return std::this_thread::get_id() == thread_id_; }

  // Serves a new connection, or refuses it where there are too many.
  void Adopt(Tcp::socket socket);
  void Forget(HttpSession* session);

  // Ends when the last connection has: idle ones at once, busy ones after their answer.
  void Drain();
  // Ends now.
  void CloseAll();
  // Whether the worker ended within `timeout`. Any thread but the worker's.
  bool AwaitEnd(absl::Duration timeout);
  void Join();

  bool draining() const { return draining_; }
  boost::asio::io_context& context() { return context_; }
  const HttpServerState& state() const { return *state_; }
  // Where a connection that has become readable is read to; free again when its handler returns.
  std::array<char, 64 << 10>& scratch() { return *scratch_; }
  // The value of the Date header, at most a second old.
  const std::string& Date();

 private:
  void Run();
  void ScheduleSweep();
  void Sweep();
  void EndIfDone();

  const std::shared_ptr<HttpServerState> state_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer sweep_timer_;
  const std::unique_ptr<std::array<char, 64 << 10>> scratch_;
  std::unordered_set<HttpSession*> sessions_;
  bool draining_ = false;
  std::time_t date_second_ = 0;
  std::string date_;

  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Notification end_;
  std::thread thread_;
  std::thread::id thread_id_;
};

}  // namespace billing::common::internal

#endif  // SERVICE_COMMON_HTTP_WORKER_H_
