#include "service/gateway/rpc/call.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "service/gateway/rpc/server.h"

namespace billing::gateway::rpc {
namespace {

// gRPC ends the process when it is handed metadata that it deems illegal.
bool LegalMetadata(std::string_view key, std::string_view value) {
  constexpr std::string_view kBinary = "-bin";
  const auto key_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (key.empty() || !std::all_of(key.begin(), key.end(), key_char)) return false;
  return key.ends_with(kBinary) || std::all_of(value.begin(), value.end(), printable);
}

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

template <typename Call, void (Call::*Method)(bool)>
void Dispatch(void* self, bool ok) {
  (static_cast<Call*>(self)->*Method)(ok);
}

}  // namespace

ServerCall::ServerCall(Server& server, grpc::ServerCompletionQueue* queue, size_t max_request_bytes)
    : stream_(&context_),
      server_(server),
      queue_(queue),
      max_request_bytes_(max_request_bytes),
      request_tag_{Dispatch<ServerCall, &ServerCall::OnRequest>, this},
      read_tag_{Dispatch<ServerCall, &ServerCall::OnRead>, this},
      write_tag_{Dispatch<ServerCall, &ServerCall::OnWrite>, this},
      finish_tag_{Dispatch<ServerCall, &ServerCall::OnFinish>, this},
      done_tag_{Dispatch<ServerCall, &ServerCall::OnDone>, this},
      overdue_tag_{Dispatch<ServerCall, &ServerCall::OnOverdue>, this} {}

std::optional<std::string_view> ServerCall::Metadata(std::string_view key) const {
  const auto& metadata = context_.client_metadata();
  const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
  if (found == metadata.end()) return std::nullopt;
  return View(found->second);
}

std::vector<std::string_view> ServerCall::MetadataValues(std::string_view key) const {
  const auto [begin, end] =
      context_.client_metadata().equal_range(grpc::string_ref(key.data(), key.size()));
  std::vector<std::string_view> values;
  std::transform(begin, end, std::back_inserter(values),
                 [](const auto& entry) { return View(entry.second); });
  return values;
}

size_t ServerCall::MetadataBytes() const {
  size_t bytes = 0;
  for (const auto& [key, value] : context_.client_metadata()) bytes += key.size() + value.size();
  return bytes;
}

absl::Time ServerCall::deadline() const {
  const gpr_timespec raw = context_.raw_deadline();
  if (gpr_time_cmp(raw, gpr_inf_future(raw.clock_type)) == 0) return absl::InfiniteFuture();
  const gpr_timespec real = gpr_convert_clock_type(raw, GPR_CLOCK_REALTIME);
  return absl::FromUnixSeconds(real.tv_sec) + absl::Nanoseconds(real.tv_nsec);
}

void ServerCall::CancelAt(absl::Time at) {
  overdue_at_.store(absl::ToUnixNanos(at), std::memory_order_relaxed);
  if (overdue_watched_.exchange(true, std::memory_order_relaxed) || done_) return;
  overdue_check_ = std::max(at - absl::Now(), absl::Milliseconds(1));
  Hold();
  overdue_.emplace().Set(queue_, absl::ToChronoTime(at), &overdue_tag_);
}

bool ServerCall::AddInitialMetadata(std::string_view key, std::string_view value) {
  if (!LegalMetadata(key, value)) return false;
  context_.AddInitialMetadata(std::string(key), std::string(value));
  return true;
}

bool ServerCall::AddTrailingMetadata(std::string_view key, std::string_view value) {
  if (!LegalMetadata(key, value)) return false;
  context_.AddTrailingMetadata(std::string(key), std::string(value));
  return true;
}

// Once an operation is started, the polling thread may resume and end the handler at any moment:
// nothing may be touched after it.
void ServerCall::StartRead(std::coroutine_handle<> reader) {
  reader_ = reader;
  Hold();
  stream_.Read(&read_, &read_tag_);
}

void ServerCall::StartWrite(const grpc::ByteBuffer& message, std::coroutine_handle<> writer) {
  writer_ = writer;
  Hold();
  stream_.Write(message, &write_tag_);
}

std::optional<grpc::ByteBuffer> ServerCall::TakeRead() {
  std::optional<grpc::ByteBuffer> message;
  if (std::exchange(read_ok_, false)) message.emplace().Swap(&read_);
  return message;
}

void ServerCall::Finish(const grpc::Status& status) {
  if (finished_.exchange(true, std::memory_order_relaxed)) return;
  Hold();
  stream_.Finish(status, &finish_tag_);
}

void ServerCall::WriteAndFinish(const grpc::ByteBuffer& message, const grpc::Status& status) {
  if (finished_.exchange(true, std::memory_order_relaxed)) return;
  Hold();
  stream_.WriteAndFinish(message, grpc::WriteOptions(), status, &finish_tag_);
}

void ServerCall::OnRequest(bool ok) {
  if (!ok) {
    server_.Retire(this);
    return;
  }
  references_.store(1, std::memory_order_relaxed);  // the done tag, requested with the call
  server_.Accept(this);
}

void ServerCall::OnRead(bool ok) {
  read_ok_ = ok;
  std::exchange(reader_, nullptr).resume();
  Release();
}

void ServerCall::OnWrite(bool ok) {
  write_ok_ = ok;
  std::exchange(writer_, nullptr).resume();
  Release();
}

void ServerCall::OnFinish(bool /*ok*/) { Release(); }

void ServerCall::OnDone(bool /*ok*/) {
  done_ = true;
  if (overdue_) overdue_->Cancel();
  if (context_.IsCancelled()) cancellation_.Cancel();
  Release();
}

void ServerCall::OnOverdue(bool ok) {
  if (ok && !done_) {
    const absl::Time now = absl::Now();
    const absl::Time at = absl::FromUnixNanos(overdue_at_.load(std::memory_order_relaxed));
    if (now < at) {
      overdue_->Set(queue_, absl::ToChronoTime(std::min(at, now + overdue_check_)), &overdue_tag_);
      return;
    }
    context_.TryCancel();
  }
  Release();
}

void ServerCall::OnHandlerEnd() {
  Finish(grpc::Status(grpc::StatusCode::INTERNAL, "the handler ended without an answer"));
  Release();
}

void ServerCall::Release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) server_.Retire(this);
}

}  // namespace billing::gateway::rpc
