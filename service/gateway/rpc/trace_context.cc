#include "service/gateway/rpc/trace_context.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"

namespace billing::gateway::rpc {
namespace {

// "00-" trace id "-" parent id "-" flags
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kParentIdAt = 36;
constexpr size_t kParentIdSize = 16;
constexpr size_t kFlagsAt = 53;
constexpr size_t kTraceparentSize = 55;

constexpr size_t kMaxTracestate = 8192;
constexpr size_t kMaxMembers = 32;
constexpr size_t kMaxKeySize = 256;
constexpr size_t kMaxTenantSize = 241;
constexpr size_t kMaxSystemSize = 14;
constexpr size_t kMaxValueSize = 256;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLowerHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsKeyChar(char c) {
  return IsLower(c) || IsDigit(c) || c == '_' || c == '-' || c == '*' || c == '/';
}
bool IsValueChar(char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; }

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsLowerHex(c); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

int HexValue(char c) { return IsDigit(c) ? c - '0' : c - 'a' + 10; }

std::string_view TrimSpace(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool IsKeyPart(std::string_view part, size_t max_size, bool may_begin_with_digit) {
  if (part.empty() || part.size() > max_size) return false;
  if (!IsLower(part[0]) && !(may_begin_with_digit && IsDigit(part[0]))) return false;
  return std::all_of(part.begin(), part.end(), IsKeyChar);
}

bool IsKey(std::string_view key) {
  const size_t at = key.find('@');
  if (at == std::string_view::npos) return IsKeyPart(key, kMaxKeySize, true);
  return IsKeyPart(key.substr(0, at), kMaxTenantSize, true) &&
         IsKeyPart(key.substr(at + 1), kMaxSystemSize, false);
}

bool IsValue(std::string_view value) {
  return !value.empty() && value.size() <= kMaxValueSize && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), IsValueChar);
}

}  // namespace

IdGenerator::IdGenerator() {
  std::random_device device;
  state_ = (static_cast<uint64_t>(device()) << 32) | device();
}

// SplitMix64: a counter, thoroughly mixed.
uint64_t IdGenerator::Next() {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return z == 0 ? kStep : z;
}

std::string IdGenerator::Hex(int digits) {
  std::string text;
  while (text.size() < static_cast<size_t>(digits)) {
    absl::StrAppend(&text, absl::Hex(Next(), absl::kZeroPad16));
  }
  return text;
}

std::string TraceContext::Traceparent() const {
  return absl::StrCat("00-", trace_id, "-", span_id, sampled ? "-01" : "-00");
}

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kTraceparentSize) return std::nullopt;
  if (header[2] != '-' || header[kParentIdAt - 1] != '-' || header[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace_id = header.substr(kTraceIdAt, kTraceIdSize);
  const std::string_view parent_id = header.substr(kParentIdAt, kParentIdSize);
  const std::string_view flags = header.substr(kFlagsAt, 2);
  if (!IsLowerHex(version) || !IsLowerHex(trace_id) || !IsLowerHex(parent_id) ||
      !IsLowerHex(flags)) {
    return std::nullopt;
  }
  if (version == "ff" || IsZero(trace_id) || IsZero(parent_id)) return std::nullopt;
  if (header.size() > kTraceparentSize) {
    if (version == "00" || header[kTraceparentSize] != '-') return std::nullopt;
  }
  TraceContext context;
  context.trace_id = trace_id;
  context.parent_id = parent_id;
  context.sampled = (HexValue(flags[1]) & 1) != 0;
  return context;
}

bool IsValidTracestate(std::string_view header) {
  std::array<std::string_view, kMaxMembers> keys;
  size_t members = 0;
  while (!header.empty()) {
    const size_t comma = std::min(header.find(','), header.size());
    const std::string_view member = TrimSpace(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    if (member.empty()) continue;
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos || members == kMaxMembers) return false;
    const std::string_view key = member.substr(0, equals);
    if (!IsKey(key) || !IsValue(member.substr(equals + 1))) return false;
    if (std::find(keys.begin(), keys.begin() + members, key) != keys.begin() + members) {
      return false;
    }
    keys[members++] = key;
  }
  return members > 0;
}

TraceContext MakeTraceContext(std::optional<std::string_view> traceparent,
                              std::string_view tracestate, IdGenerator& ids) {
  std::optional<TraceContext> context;
  if (traceparent.has_value()) context = ParseTraceparent(*traceparent);
  if (!context.has_value()) {
    context.emplace().trace_id = ids.Hex(kTraceIdSize);
  } else if (tracestate.size() <= kMaxTracestate && IsValidTracestate(tracestate)) {
    context->tracestate = tracestate;
  }
  context->span_id = ids.Hex(kParentIdSize);
  return *std::move(context);
}

}  // namespace billing::gateway::rpc
