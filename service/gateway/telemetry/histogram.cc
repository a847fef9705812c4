#include "service/gateway/telemetry/histogram.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <thread>
#include <utility>

namespace billing::gateway::telemetry {
namespace {

// More processors than this share shards: memory is for every series.
constexpr unsigned kMostShards = 16;

size_t ShardCount() {
  return std::bit_ceil(std::clamp(std::thread::hardware_concurrency(), 1U, kMostShards));
}

bool IsTraceId(std::string_view text, size_t size) {
  if (text.size() != size) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      lines_per_shard_((bounds_.size() + 2 + kCellsPerLine - 1) / kCellsPerLine),
      shards_(ShardCount()),
      lines_(std::make_unique<Line[]>(shards_ * lines_per_shard_)) {}

size_t Histogram::BucketOf(double value) const {
  return static_cast<size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) -
                             bounds_.begin());
}

void Histogram::Count(size_t bucket, double value) {
  const int cpu = sched_getcpu();
  const size_t shard = static_cast<size_t>(std::max(cpu, 0)) & (shards_ - 1);
  Cell(shard, 1 + bucket).fetch_add(1, std::memory_order_relaxed);
  std::atomic<uint64_t>& sum = Cell(shard, 0);
  uint64_t before = sum.load(std::memory_order_relaxed);
  while (!sum.compare_exchange_weak(before,
                                    std::bit_cast<uint64_t>(std::bit_cast<double>(before) + value),
                                    std::memory_order_relaxed)) {
  }
}

void Histogram::Observe(double value) {
  if (std::isnan(value)) return;
  Count(BucketOf(value), value);
}

void Histogram::Observe(double value, std::string_view trace_id) {
  if (std::isnan(value)) return;
  const size_t bucket = BucketOf(value);
  Count(bucket, value);
  if (!IsTraceId(trace_id, kTraceIdSize)) return;
  Slot* slots = slots_.load(std::memory_order_acquire);
  if (slots == nullptr) {
    if (making_slots_.exchange(true)) return;
    owned_slots_ = std::make_unique<Slot[]>(bounds_.size() + 1);
    slots = owned_slots_.get();
    slots_.store(slots, std::memory_order_release);
  }
  Slot& slot = slots[bucket];
  if (slot.busy.exchange(true, std::memory_order_acquire)) return;
  std::copy(trace_id.begin(), trace_id.end(), slot.trace_id.begin());
  slot.value = value;
  slot.set = true;
  slot.busy.store(false, std::memory_order_release);
}

Histogram::Snapshot Histogram::Take() const {
  Snapshot result;
  result.cumulative.resize(bounds_.size() + 1);
  result.exemplars.resize(bounds_.size() + 1);
  for (size_t shard = 0; shard < shards_; ++shard) {
    result.sum += std::bit_cast<double>(Cell(shard, 0).load(std::memory_order_relaxed));
    for (size_t bucket = 0; bucket < result.cumulative.size(); ++bucket) {
      result.cumulative[bucket] += Cell(shard, 1 + bucket).load(std::memory_order_relaxed);
    }
  }
  for (size_t i = 1; i < result.cumulative.size(); ++i) {
    result.cumulative[i] += result.cumulative[i - 1];
  }
  Slot* slots = slots_.load(std::memory_order_acquire);
  for (size_t i = 0; slots != nullptr && i < result.exemplars.size(); ++i) {
    // A writer holds a slot for some nanoseconds; its exemplar is then left for the next look.
    if (slots[i].busy.exchange(true, std::memory_order_acquire)) continue;
    if (slots[i].set) {
      result.exemplars[i] = Exemplar{{slots[i].trace_id.data(), kTraceIdSize}, slots[i].value};
    }
    slots[i].busy.store(false, std::memory_order_release);
  }
  return result;
}

}  // namespace billing::gateway::telemetry
