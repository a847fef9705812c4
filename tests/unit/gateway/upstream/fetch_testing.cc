#include "tests/unit/gateway/upstream/fetch_testing.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "service/common/task.h"

namespace billing::gateway::upstream {
namespace {

struct Slots {
  TransferResult& result;
  bool& resumed_on_loop;
  absl::Notification& done;
};

common::Task<> Run(UpstreamLoop& loop, TransferRequest request, common::Cancellation& cancellation,
                   Slots slots) {
  slots.result = co_await loop.Fetch(std::move(request), cancellation);
  slots.resumed_on_loop = loop.OnLoopThread();
  slots.done.Notify();
}

}  // namespace

std::unique_ptr<UpstreamLoop> StartLoop(UpstreamLoop::Options options) {
  auto loop = UpstreamLoop::Start(std::move(options));
  if (!loop.ok()) {
    std::cerr << loop.status() << "\n";
    std::abort();
  }
  return *std::move(loop);
}

std::shared_ptr<Target> MakeTarget(std::string base_url, int max_connections) {
  Target::Options options;
  options.base_url = std::move(base_url);
  options.max_connections = max_connections;
  auto target = Target::Create(std::move(options));
  if (!target.ok()) {
    std::cerr << target.status() << "\n";
    std::abort();
  }
  return *std::move(target);
}

TransferRequest MakeGet(const std::shared_ptr<Target>& target, std::string_view path) {
  TransferRequest request;
  request.target = target;
  request.url = target->base_url();
  request.url.append(path);
  request.deadline = absl::Now() + absl::Minutes(2);
  return request;
}

TransferRequest MakePost(const std::shared_ptr<Target>& target, std::string_view path,
                         std::string body) {
  TransferRequest request = MakeGet(target, path);
  request.method = HttpMethod::kPost;
  request.body = std::move(body);
  request.has_body = true;
  return request;
}

PendingFetch::PendingFetch(UpstreamLoop& loop, TransferRequest request) {
  common::Spawn(Run(loop, std::move(request), cancellation_, {result_, resumed_on_loop_, done_}));
}

PendingFetch::~PendingFetch() { done_.WaitForNotification(); }

TransferResult& PendingFetch::Wait() {
  done_.WaitForNotification();
  return result_;
}

TransferResult Fetch(UpstreamLoop& loop, TransferRequest request) {
  PendingFetch pending(loop, std::move(request));
  return std::move(pending.Wait());
}

}  // namespace billing::gateway::upstream
