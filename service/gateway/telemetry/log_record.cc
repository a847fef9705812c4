#include "service/gateway/telemetry/log_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "absl/time/civil_time.h"
#include "service/gateway/telemetry/grpc_code.h"
#include "service/gateway/telemetry/utf8_text.h"

namespace billing::gateway::telemetry {
namespace {

constexpr size_t kMostText = 255;
constexpr size_t kTexts = 6;

struct Head {
  // Of the whole record.
  uint32_t size;
  bool is_access;
};

// What follows the head of an access record; the texts come after it.
struct Access {
  int64_t time_ms;
  int64_t duration_us;
  uint64_t request_bytes;
  uint64_t response_bytes;
  int32_t code;
  int32_t upstream_status;
  int32_t attempts;
  std::array<uint8_t, kTexts> lengths;
};
static_assert(std::is_trivially_copyable_v<Head> && std::is_trivially_copyable_v<Access>);

template <typename T>
void AppendRaw(const T& value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
T ReadRaw(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  out.append(text.data(), end.ptr);
}

void AppendDigits(int64_t number, int width, std::string& out) {
  std::array<char, 8> text;
  for (int i = width - 1; i >= 0; --i) {
    text[static_cast<size_t>(i)] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  out.append(text.data(), static_cast<size_t>(width));
}

// 2026-07-14T08:30:00.123Z
void AppendTime(int64_t unix_ms, std::string& out) {
  const absl::Time time = absl::FromUnixMillis(unix_ms);
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  AppendDigits(civil.year(), 4, out);
  out += '-';
  AppendDigits(civil.month(), 2, out);
  out += '-';
  AppendDigits(civil.day(), 2, out);
  out += 'T';
  AppendDigits(civil.hour(), 2, out);
  out += ':';
  AppendDigits(civil.minute(), 2, out);
  out += ':';
  AppendDigits(civil.second(), 2, out);
  out += '.';
  AppendDigits(unix_ms - absl::ToUnixMillis(absl::FromUnixSeconds(absl::ToUnixSeconds(time))), 3,
               out);
  out += 'Z';
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      break;
  }
  return "error";
}

void AppendStart(LogLevel level, int64_t unix_ms, std::string_view message, std::string& out) {
  out += R"({"level":")";
  out += LevelName(level);
  out += R"(","time":")";
  AppendTime(unix_ms, out);
  out += R"(","msg":)";
  AppendJsonString(message, out);
}

void AppendKey(std::string_view key, std::string& out) {
  out += ',';
  AppendJsonString(key, out);
  out += ':';
}

struct ValueWriter {
  std::string& out;
  void operator()(std::string_view text) const { AppendJsonString(text, out); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(int64_t number) const { AppendNumber(number, out); }
  void operator()(uint64_t number) const { AppendNumber(number, out); }
  void operator()(double number) const {
    if (std::isfinite(number)) {
      AppendNumber(number, out);
    } else {
      out += "null";
    }
  }
};

void FormatAccess(const Access& access, std::string_view texts, std::string& out) {
  static constexpr std::array<std::string_view, kTexts> kKeys = {
      R"(,"request_id":)", R"(,"trace_id":)", R"(,"account":)",
      R"(,"service":)",    R"(,"method":)",   R"(,"reason":)"};
  AppendStart(LogLevel::kInfo, access.time_ms, "call", out);
  for (size_t i = 0; i < kTexts; ++i) {
    const std::string_view text = texts.substr(0, access.lengths[i]);
    texts.remove_prefix(text.size());
    if (text.empty()) continue;
    out += kKeys[i];
    AppendJsonString(text, out);
  }
  out += R"(,"code":")";
  out += GrpcCodeName(access.code);
  out += R"(","attempts":)";
  AppendNumber(access.attempts, out);
  out += R"(,"duration_ms":)";
  AppendNumber(access.duration_us / 1000, out);
  out += '.';
  AppendDigits(access.duration_us % 1000, 3, out);
  out += R"(,"upstream_status":)";
  AppendNumber(access.upstream_status, out);
  out += R"(,"request_bytes":)";
  AppendNumber(access.request_bytes, out);
  out += R"(,"response_bytes":)";
  AppendNumber(access.response_bytes, out);
  out += "}\n";
}

}  // namespace

void AppendLineRecord(LogLevel level, absl::Time time, std::string_view message,
                      std::initializer_list<LogField> fields, std::string& out) {
  const size_t start = out.size();
  AppendRaw(Head{0, false}, out);
  AppendStart(level, absl::ToUnixMillis(time), message, out);
  for (const LogField& field : fields) {
    AppendKey(field.key, out);
    std::visit(ValueWriter{out}, field.value);
  }
  out += "}\n";
  const Head head{static_cast<uint32_t>(out.size() - start), false};
  std::memcpy(out.data() + start, &head, sizeof(head));
}

void AppendAccessRecord(const AccessEntry& entry, absl::Time time, std::string& out) {
  const std::array<std::string_view, kTexts> texts = {
      entry.request_id, entry.trace_id, entry.account, entry.service, entry.method, entry.reason};
  Access access{};
  access.time_ms = absl::ToUnixMillis(time);
  access.duration_us = std::max<int64_t>(0, absl::ToInt64Microseconds(entry.duration));
  access.request_bytes = entry.request_bytes;
  access.response_bytes = entry.response_bytes;
  access.code = entry.code;
  access.upstream_status = entry.upstream_status;
  access.attempts = entry.attempts;
  size_t size = sizeof(Head) + sizeof(Access);
  for (size_t i = 0; i < kTexts; ++i) {
    access.lengths[i] = static_cast<uint8_t>(std::min(texts[i].size(), kMostText));
    size += access.lengths[i];
  }
  const Head head{static_cast<uint32_t>(size), true};
  size_t at = out.size();
  out.resize(at + size);
  auto put = [&out, &at](const void* bytes, size_t count) {
    if (count > 0) std::memcpy(out.data() + at, bytes, count);
    at += count;
  };
  put(&head, sizeof(head));
  put(&access, sizeof(access));
  for (size_t i = 0; i < kTexts; ++i) put(texts[i].data(), access.lengths[i]);
}

size_t FormatRecord(std::string_view records, std::string& out) {
  const Head head = ReadRaw<Head>(records);
  const std::string_view content = records.substr(sizeof(Head), head.size - sizeof(Head));
  if (head.is_access) {
    FormatAccess(ReadRaw<Access>(content), content.substr(sizeof(Access)), out);
  } else {
    out += content;
  }
  return head.size;
}

}  // namespace billing::gateway::telemetry
