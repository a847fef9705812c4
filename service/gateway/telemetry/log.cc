#include "service/gateway/telemetry/log.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace billing::gateway::telemetry {
namespace {

// Blocks every signal for threads started while it lives: signals are for the main thread, and a
// reader that went away is an error code.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// Lines are gathered to about this many bytes before they are written.
constexpr size_t kWriteSize = 64 << 10;

}  // namespace

Logger::Logger(Options options) : options_(std::move(options)), output_(options_.fd) {
  BlockSignals for_writer;
  writer_ = std::thread([this] { Run(); });
}

Logger::~Logger() {
  output_.GiveUpAfter(options_.patience);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_writer_.Signal();
  }
  writer_.join();
}

void Logger::Log(LogLevel level, std::string_view message, Fields fields) {
  if (!Enabled(level)) return;
  std::string record;
  record.reserve(256);
  AppendLineRecord(level, options_.now(), message, fields, record);
  Enqueue(record);
}

void Logger::Access(const AccessEntry& entry) {
  if (!Enabled(LogLevel::kInfo)) return;
  const absl::Time now = options_.now();
  std::string record;
  record.reserve(512);
  AppendAccessRecord(entry, now, record);
  Enqueue(record);
}

void Logger::Enqueue(std::string_view record) {
  bool wake = false;
  {
    absl::MutexLock lock(&mutex_);
    if (queue_.size() + record.size() > options_.max_queued_bytes) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_ += record;
    queued_ += record.size();
    wake = std::exchange(writer_sleeps_, false);
    if (!hurry_ && queue_.size() > options_.max_queued_bytes / 2) {
      hurry_ = true;
      wake = true;
    }
  }
  if (wake) wake_writer_.Signal();
}

void Logger::Flush() {
  absl::MutexLock lock(&mutex_);
  const uint64_t until = queued_;
  hurry_ = true;
  wake_writer_.Signal();
  while (settled_ < until) batch_done_.Wait(&mutex_);
}

bool Logger::TakeBatch(std::string& batch) {
  absl::MutexLock lock(&mutex_);
  settled_ += batch.size();
  batch.clear();
  batch_done_.SignalAll();
  while (queue_.empty()) {
    if (stopping_) return false;
    writer_sleeps_ = true;
    wake_writer_.Wait(&mutex_);
  }
  writer_sleeps_ = false;
  if (!hurry_ && !stopping_) wake_writer_.WaitWithTimeout(&mutex_, options_.max_delay);
  hurry_ = false;
  batch.swap(queue_);
  return true;
}

void Logger::Run() {
  std::string batch;
  std::string text;
  while (TakeBatch(batch)) WriteBatch(batch, text);
}

void Logger::WriteBatch(const std::string& batch, std::string& text) {
  const uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  if (dropped != reported_) {
    std::string record;
    AppendLineRecord(LogLevel::kWarn, options_.now(), "log lines dropped",
                     {{"count", dropped - reported_}}, record);
    FormatRecord(record, text);
    reported_ = dropped;
  }
  std::string_view records = batch;
  while (!records.empty()) {
    records.remove_prefix(FormatRecord(records, text));
    if (text.size() < kWriteSize && !records.empty()) continue;
    Write(text);
    text.clear();
  }
}

void Logger::Write(std::string_view text) {
  const std::string_view lost = text.substr(output_.Write(text));
  dropped_.fetch_add(static_cast<uint64_t>(std::count(lost.begin(), lost.end(), '\n')),
                     std::memory_order_relaxed);
}

}  // namespace billing::gateway::telemetry
