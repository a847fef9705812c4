#ifndef SERVICE_GATEWAY_TELEMETRY_LOG_H_
#define SERVICE_GATEWAY_TELEMETRY_LOG_H_

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/gateway/telemetry/fd_writer.h"
#include "service/gateway/telemetry/log_record.h"

namespace billing::gateway::telemetry {

// Writes log lines: one JSON object a line, with `level`, `time` (RFC 3339, UTC, milliseconds) and
// `msg`, then the fields given.
//
// A thread of its own formats access entries and writes. Callers only put bytes into a bounded
// queue under a lock that is never held across a system call: when whoever reads the output is
// slow, lines are dropped and counted, and a line says so once it goes on. Thread-safe.
class Logger {
 public:
  struct Options {
    // Where to write; stays open and is not closed.
    int fd = STDOUT_FILENO;
    // Less serious lines are left out.
    LogLevel level = LogLevel::kInfo;
    // What is queued at most.
    size_t max_queued_bytes = 2 << 20;
    // How long a line may wait for others, so that busy times do not wake the writer for each.
    absl::Duration max_delay = absl::Milliseconds(5);
    // How long the end of this object waits for a reader that takes nothing.
    absl::Duration patience = absl::Seconds(2);
    std::function<absl::Time()> now = [] { return absl::Now(); };
  };

  explicit Logger(Options options);
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  // Writes what is queued.
  ~Logger();

  using Fields = std::initializer_list<LogField>;

  void Debug(std::string_view message, Fields fields = {}) {
    Log(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, Fields fields = {}) { Log(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) { Log(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) {
    Log(LogLevel::kError, message, fields);
  }
  void Log(LogLevel level, std::string_view message, Fields fields);

  bool Enabled(LogLevel level) const { return level >= options_.level; }

  // Logs a finished call at the level info.
  void Access(const AccessEntry& entry);

  // Waits until everything logged before was written or given up.
  void Flush();

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // Appends a record to the queue, or drops and counts it.
  void Enqueue(std::string_view record);
  // The writer's thread.
  void Run();
  // Waits for records and takes them all; false at the end.
  bool TakeBatch(std::string& batch);
  void WriteBatch(const std::string& batch, std::string& text);
  void Write(std::string_view text);

  const Options options_;
  FdWriter output_;

  absl::Mutex mutex_;
  absl::CondVar wake_writer_;
  absl::CondVar batch_done_;
  std::string queue_ ABSL_GUARDED_BY(mutex_);
  bool writer_sleeps_ ABSL_GUARDED_BY(mutex_) = false;
  // Somebody waits, or the queue fills up: no waiting for further lines.
  bool hurry_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Bytes ever queued, and those of them that were dealt with.
  uint64_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t settled_ ABSL_GUARDED_BY(mutex_) = 0;

  std::atomic<uint64_t> dropped_{0};
  // Of the writer's thread: how many dropped lines the output was told of.
  uint64_t reported_ = 0;

  std::thread writer_;
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_LOG_H_
