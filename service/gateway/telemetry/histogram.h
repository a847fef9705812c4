#ifndef SERVICE_GATEWAY_TELEMETRY_HISTOGRAM_H_
#define SERVICE_GATEWAY_TELEMETRY_HISTOGRAM_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace billing::gateway::telemetry {

// A call to look at: the trace of one observation.
struct Exemplar {
  // 32 lower-case hexadecimal digits.
  std::string trace_id;
  double value = 0;
};

// Counts observations into buckets, without a lock and without threads sharing a cache line: each
// processor has counters of its own, which are added up when somebody looks.
//
// Thread-safe. An observation costs tens of nanoseconds.
class Histogram {
 public:
  // `bounds` are inclusive upper bounds, ascending and finite; the bucket above all is implied.
  explicit Histogram(std::vector<double> bounds);
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  // NaN is not counted.
  void Observe(double value);

  // Also keeps the trace as the exemplar of the bucket, in place of the one before. Anything but 32
  // hexadecimal digits leaves that as it is, as does another thread that is just doing the same.
  void Observe(double value, std::string_view trace_id);

  struct Snapshot {
    // Observations at or below each bound, and at last all of them.
    std::vector<uint64_t> cumulative;
    double sum = 0;
    // As many as buckets; empty where there is none.
    std::vector<std::optional<Exemplar>> exemplars;
  };

  // Counts agree with each other; the sum may miss observations that are being made.
  Snapshot Take() const;

  const std::vector<double>& bounds() const { return bounds_; }

 private:
  static constexpr size_t kCellsPerLine = 8;
  static constexpr size_t kTraceIdSize = 32;

  struct alignas(64) Line {
    std::array<std::atomic<uint64_t>, kCellsPerLine> cells{};
  };
  struct Slot {
    std::atomic<bool> busy{false};
    bool set = false;
    std::array<char, kTraceIdSize> trace_id{};
    double value = 0;
  };

  size_t BucketOf(double value) const;
  // Cell 0 of a shard holds the bits of its sum, the others count a bucket each.
  std::atomic<uint64_t>& Cell(size_t shard, size_t index) const {
    return lines_[shard * lines_per_shard_ + index / kCellsPerLine].cells[index % kCellsPerLine];
  }
  void Count(size_t bucket, double value);

  const std::vector<double> bounds_;
  const size_t lines_per_shard_;
  // A power of two.
  const size_t shards_;
  const std::unique_ptr<Line[]> lines_;
  // Made for all buckets when the first exemplar comes.
  std::atomic<Slot*> slots_{nullptr};
  std::unique_ptr<Slot[]> owned_slots_;
  std::atomic<bool> making_slots_{false};
};

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_HISTOGRAM_H_
