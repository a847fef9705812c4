#include "service/sandbox/request_log.h"

#include <algorithm>

#include "absl/strings/escaping.h"

namespace billing::sandbox {
namespace {

constexpr size_t kMaxEntries = 20000;
constexpr size_t kMaxBytes = 64 << 20;

size_t SizeOf(const common::HttpRequest& request) {
  size_t size = 500 + request.target.size() * 2 + request.body.size();
  for (const common::HttpHeader& header : request.headers) {
    size += header.name.size() + header.value.size() + 64;
  }
  return size;
}

const char* NameOf(common::HttpOutcome outcome) {
  switch (outcome) {
    case common::HttpOutcome::kSent:
      return "sent";
    case common::HttpOutcome::kPeerClosed:
      return "client_closed";
    case common::HttpOutcome::kCut:
      return "cut";
  }
  return "";
}

// Text as it is; bytes that are none, base64 under another key.
void SetBytes(Json& object, std::string_view key, const std::string& bytes) {
  if (IsUtf8(bytes)) {
    object.Set(key, Json::String(bytes));
  } else {
    object.Set(std::string(key) + "_base64", Json::String(absl::Base64Escape(bytes)));
  }
}

Json HeadersOf(const common::HttpRequest& request) {
  Json all = Json::MakeArray();
  for (const common::HttpHeader& header : request.headers) {
    Json one = Json::MakeObject({{"name", Json::String(header.name)}});
    SetBytes(one, "value", header.value);
    all.Append(std::move(one));
  }
  return all;
}

}  // namespace

int64_t RequestLog::Arrived(const common::HttpRequest& request, absl::Time at) {
  entries_.push_back({request, at});
  bytes_ += SizeOf(request);
  while (entries_.size() > kMaxEntries || (bytes_ > kMaxBytes && entries_.size() > 1)) {
    bytes_ -= SizeOf(entries_.front().request);
    entries_.pop_front();
    ++first_index_;
  }
  return epoch_ + first_index_ + static_cast<int64_t>(entries_.size()) - 1;
}

RequestLog::Entry* RequestLog::Find(int64_t index) {
  const int64_t at = index - epoch_ - first_index_;
  if (at < 0 || at >= static_cast<int64_t>(entries_.size())) return nullptr;
  return &entries_[static_cast<size_t>(at)];
}

void RequestLog::Answered(int64_t index, int status) {
  if (Entry* entry = Find(index)) entry->status = status;
}

void RequestLog::Ended(int64_t index, common::HttpOutcome outcome, absl::Time at) {
  if (Entry* entry = Find(index)) {
    entry->outcome = outcome;
    entry->ended = at;
  }
}

Json RequestLog::List(int64_t from) const {
  Json all = Json::MakeArray();
  const int64_t count = static_cast<int64_t>(entries_.size());
  for (int64_t i = std::max<int64_t>(from - first_index_, 0); i < count; ++i) {
    all.Append(Render(first_index_ + i, entries_[static_cast<size_t>(i)]));
  }
  return all;
}

Json RequestLog::Render(int64_t index, const Entry& entry) const {
  using common::HttpOutcome;
  Json one = Json::MakeObject({
      {"index", Json::Integer(index)},
      {"method", Json::String(entry.request.method)},
      {"path", Json::String(entry.request.path)},
      {"query", Json::String(entry.request.query)},
      {"headers", HeadersOf(entry.request)},
      {"remote", Json::String(entry.request.remote)},
      {"arrived_unix_ms", Json::Integer(absl::ToUnixMillis(entry.arrived))},
      {"status", entry.status == 0 ? Json() : Json::Integer(entry.status)},
      {"outcome", entry.outcome ? Json::String(NameOf(*entry.outcome)) : Json()},
      {"client_closed", Json::Bool(entry.outcome == HttpOutcome::kPeerClosed)},
      {"ended_after_ms", entry.outcome
                             ? Json::Integer(absl::ToInt64Milliseconds(entry.ended - entry.arrived))
                             : Json()},
  });
  SetBytes(one, "body", entry.request.body);
  return one;
}

void RequestLog::Clear() {
  epoch_ += first_index_ + static_cast<int64_t>(entries_.size());
  entries_.clear();
  bytes_ = 0;
  first_index_ = 0;
}

}  // namespace billing::sandbox
