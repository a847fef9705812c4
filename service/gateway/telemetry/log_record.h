#ifndef SERVICE_GATEWAY_TELEMETRY_LOG_RECORD_H_
#define SERVICE_GATEWAY_TELEMETRY_LOG_RECORD_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

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

// Records are what the logger's queue holds, one after another: a line that is ready, or an access
// entry that the writer still has to spell out.

// Appends the record of the line made of these parts.
void AppendLineRecord(LogLevel level, absl::Time time, std::string_view message,
                      std::initializer_list<LogField> fields, std::string& out);

// Appends the record of a finished call. Copies, formats nothing.
void AppendAccessRecord(const AccessEntry& entry, absl::Time time, std::string& out);

// Appends the line, line feed included, of the first record of `records` and returns the record's
// size.
size_t FormatRecord(std::string_view records, std::string& out);

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_LOG_RECORD_H_
