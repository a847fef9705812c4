#ifndef SERVICE_GATEWAY_TELEMETRY_LOG_H_
#define SERVICE_GATEWAY_TELEMETRY_LOG_H_

#include <unistd.h>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace billing::gateway::telemetry {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// A key of a log line with its value. Both are only looked at during the call that takes them.
struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  LogField(std::string_view name, bool flag) : key(name), value(flag) {}
  LogField(std::string_view name, double number) : key(name), value(number) {}
  template <std::integral Integer>
  LogField(std::string_view name, Integer number) : key(name) {
    if constexpr (std::signed_integral<Integer>) {
      value = static_cast<int64_t>(number);
    } else {
      value = static_cast<uint64_t>(number);
    }
  }

  std::string_view key;
  std::variant<std::string_view, bool, double, int64_t, uint64_t> value;
};

// What is told of a finished call. There is no place for messages, metadata or credentials, so none
// gets into a log. Texts are copied during the call; of each, 255 bytes at most.
struct AccessEntry {
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view account;
  std::string_view service;
  std::string_view method;
  // The ErrorInfo reason; empty for success.
  std::string_view reason;
  // gRPC status code.
  int code = 0;
  // HTTP status of the last attempt, 0 if there was none.
  int upstream_status = 0;
  int attempts = 0;
  absl::Duration duration;
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
};

// Writes log lines: one JSON object a line, with `level`, `time` (RFC 3339, UTC, milliseconds) and
// `msg`, then the fields given.
//
// A thread of its own formats access entries and writes. Callers only put bytes into a bounded queue
// under a lock that is never held across a system call: when whoever reads the output is slow, lines are
// dropped and counted, and a line says so once it goes on. Thread-safe.
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

  void Debug(std::string_view message, Fields fields = {}) { Log(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) { Log(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) { Log(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) { Log(LogLevel::kError, message, fields); }
  void Log(LogLevel level, std::string_view message, Fields fields);

  bool Enabled(LogLevel level) const { return level >= options_.level; }

  // Logs a finished call at the level info.
  void Access(const AccessEntry& entry);

  // Waits until everything logged before was written or given up.
  void Flush();

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  enum class Kind : uint8_t { kLine, kAccess };
  struct RecordHead;

  void Enqueue(Kind kind, std::string_view fixed, std::initializer_list<std::string_view> parts);
  void Run();
  // Writes a batch; true if it all went out.
  void WriteBatch(const std::string& batch);
  void WriteLines(std::string& text, uint64_t lines);

  const Options options_;

  absl::Mutex mutex_;
  absl::CondVar wake_writer_;
  absl::CondVar batch_done_;
  std::string queue_ ABSL_GUARDED_BY(mutex_);
  bool writer_sleeps_ ABSL_GUARDED_BY(mutex_) = false;
  bool hurry_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Bytes ever queued, and those of them that are dealt with.
  uint64_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t settled_ ABSL_GUARDED_BY(mutex_) = 0;

  std::atomic<uint64_t> dropped_{0};
  // Set from the destructor, read by the writer while it waits for the reader.
  std::atomic<bool> ending_{false};

  std::thread writer_;
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_LOG_H_
