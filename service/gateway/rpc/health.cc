#include "service/gateway/rpc/health.h"

#include <utility>

#include "grpc/health/v1/health.pb.h"
#include "service/common/strings.h"
#include "service/gateway/rpc/bytes.h"

namespace billing::gateway::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// A service's name; more is nonsense.
constexpr size_t kMaxRequest = 4096;

HealthCheckResponse::ServingStatus ToProto(std::optional<Health> health) {
  if (!health.has_value()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return *health == Health::kServing ? HealthCheckResponse::SERVING
                                     : HealthCheckResponse::NOT_SERVING;
}

grpc::ByteBuffer Response(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return Serialize(response);
}

// The service asked for; nullopt when the request is no such message.
std::optional<std::string> ServiceOf(const std::optional<grpc::ByteBuffer>& bytes) {
  HealthCheckRequest request;
  if (!bytes.has_value() || bytes->Length() > kMaxRequest || !Parse(*bytes, request)) {
    return std::nullopt;
  }
  return std::move(*request.mutable_service());
}

grpc::Status BadRequest() {
  return {grpc::StatusCode::INVALID_ARGUMENT, "not a HealthCheckRequest"};
}

}  // namespace

void HealthRegistry::SetHealth(std::string_view service, Health health) {
  absl::MutexLock lock(&mutex_);
  const auto [entry, inserted] = services_.try_emplace(std::string(service), health);
  if (!inserted && std::exchange(entry->second, health) == health) return;
  for (Watch* watch : watches_) {
    if (watch->service_ == service) watch->wake_.Notify();
  }
}

void HealthRegistry::Drain() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  for (Watch* watch : watches_) watch->wake_.Notify();
}

std::optional<Health> HealthRegistry::Get(std::string_view service) const {
  absl::MutexLock lock(&mutex_);
  const auto found = services_.find(common::ToAbsl(service));
  if (found == services_.end()) return std::nullopt;
  return draining_ ? Health::kNotServing : found->second;
}

bool HealthRegistry::draining() const {
  absl::MutexLock lock(&mutex_);
  return draining_;
}

HealthRegistry::Watch::Watch(HealthRegistry& registry, std::string service, Wake& wake)
    : registry_(registry), service_(std::move(service)), wake_(wake) {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.watches_.insert(this);
}

HealthRegistry::Watch::~Watch() {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.watches_.erase(this);
}

HealthService::HealthService(HealthRegistry& registry)
    : registry_(registry),
      check_{.run = [this](ServerCall& call) { return Check(call); }, .always_admitted = true},
      watch_{.run = [this](ServerCall& call) { return WatchHealth(call); }} {}

const Handler* HealthService::Find(std::string_view method) const {
  if (method == "/grpc.health.v1.Health/Check") return &check_;
  if (method == "/grpc.health.v1.Health/Watch") return &watch_;
  return nullptr;
}

common::Task<void> HealthService::Check(ServerCall& call) {
  const std::optional<std::string> service = ServiceOf(co_await call.Read());
  if (!service.has_value()) {
    call.Finish(BadRequest());
    co_return;
  }
  const std::optional<Health> health = registry_.Get(*service);
  if (!health.has_value()) {
    call.Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "unknown service"));
    co_return;
  }
  call.WriteAndFinish(Response(ToProto(health)), grpc::Status::OK);
}

common::Task<void> HealthService::WatchHealth(ServerCall& call) {
  const std::optional<std::string> service = ServiceOf(co_await call.Read());
  if (!service.has_value()) {
    call.Finish(BadRequest());
    co_return;
  }
  Wake wake(call);
  const HealthRegistry::Watch watch(registry_, *service, wake);
  std::optional<HealthCheckResponse::ServingStatus> sent;
  do {
    // Asked first: what is sent after it is then the last there is to say.
    const bool draining = registry_.draining();
    const HealthCheckResponse::ServingStatus now = ToProto(registry_.Get(*service));
    if (sent != now) {
      if (!co_await call.Write(Response(now))) break;
      sent = now;
    }
    if (draining) {
      call.Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is draining"));
      co_return;
    }
  } while (co_await wake.Wait());
  call.Finish(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled"));
}

}  // namespace billing::gateway::rpc
