#include "service/gateway/rpc/list_walk.h"

#include <algorithm>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

using common::ToAbsl;

// Small pages are read as larger ones: an overlap would be most of them.
constexpr int32_t kLeastSize = 32;
// Objects of the page before that a page must hold. A single one could be one that moved.
constexpr size_t kWitnesses = 3;
// Steps back by a page each, so that the page before cannot be stepped over; after these the walk
// leaps, ever further.
constexpr int kShortSteps = 8;
// Enough for the beginning of a list of 2^20 pages.
constexpr int kMostStepsBack = kShortSteps + 20;
constexpr int kMostPasses = 10;

// Objects that two pages share when nothing changes, at least: as many may go between them.
int32_t OverlapOf(int32_t size) { return std::max<int32_t>(size / 12, kWitnesses + 1); }

int32_t SizeToAsk(const ListWalk::Options& options) {
  if (options.size_is_fixed) return options.page_size;
  return std::min(std::max(options.page_size, kLeastSize), options.max_size);
}

}  // namespace

PageWindow WindowOver(int64_t offset, int32_t most) {
  PageWindow best;
  int64_t furthest = -1;
  for (int32_t size = most; size >= 1 && offset + size > furthest; --size) {
    const PageWindow window{offset / size + 1, size};
    if (window.end() <= furthest) continue;
    furthest = window.end();
    best = window;
  }
  return best;
}

ListWalk::ListWalk(const Options& options) : options_(options), size_(SizeToAsk(options)) {}

std::optional<PageWindow> ListWalk::Next() {
  if (done_ || last_) return std::nullopt;
  // One page is always under way, more only as far as the list is known to reach. A full page makes
  // it likely that two more follow.
  const bool known = total_ ? next_ < *total_ : asked_ == 1 && !before_.empty();
  if (asked_ > 0 && !known) return std::nullopt;
  ++asked_;
  if (options_.size_is_fixed) {
    const PageWindow window{next_ / size_ + 1, size_};
    next_ = window.end();
    return window;
  }
  const int64_t begin = next_ == 0 ? 0 : std::max<int64_t>(next_ - OverlapOf(size_), 0);
  const PageWindow window = WindowOver(begin, size_);
  next_ = window.end();
  return window;
}

ListWalk::Verdict ListWalk::Take(const Page& page) {
  --asked_;
  if (page.total) total_ = page.total;
  const bool begins = page.window.begin() == 0;
  if (!options_.size_is_fixed && !begins && !Overlaps(page.keys)) return GoBack(page);
  // The same page again: upstream does not divide this list.
  const bool undivided = options_.size_is_fixed && !begins && page.keys == before_;
  last_ = undivided || IsLast(page);
  taken_ = page.window;
  before_ = page.keys;
  return Verdict::kGoOn;
}

ListWalk::Verdict ListWalk::GoBack(const Page& page) {
  if (++steps_back_ > kMostStepsBack) return Verdict::kUnstable;
  asked_ = 0;
  int64_t from = page.window.begin();
  if (total_) from = std::min(from, *total_);
  const int64_t step = int64_t{size_ - OverlapOf(size_)} << std::max(steps_back_ - kShortSteps, 0);
  next_ = std::max<int64_t>(from - step, 0);
  return Verdict::kGoBack;
}

ListWalk::Verdict ListWalk::Found(size_t fresh) {
  found_ += static_cast<int64_t>(fresh);
  found_by_pass_ += static_cast<int64_t>(fresh);
  // A page that begins the list shows no progress: every walk back may end there.
  if (fresh > 0 && taken_.begin() > 0) steps_back_ = 0;
  return last_ ? EndPass() : Verdict::kGoOn;
}

ListWalk::Verdict ListWalk::EndPass() {
  const bool missed = !options_.size_is_fixed && total_ && found_ < *total_;
  // A count that a whole walk did not bear out is no proof that something was missed.
  const bool proven = passes_ == 1 || found_by_pass_ > 0;
  if (!missed || !proven) {
    done_ = true;
    return Verdict::kGoOn;
  }
  if (passes_ == kMostPasses) return Verdict::kUnstable;
  ++passes_;
  found_by_pass_ = 0;
  next_ = 0;
  asked_ = 0;
  before_.clear();
  last_ = false;
  return Verdict::kGoBack;
}

// Whether `keys` holds kWitnesses objects of the page before, in their order there. A shorter page
// before needs no more than it has.
bool ListWalk::Overlaps(const std::vector<std::string>& keys) const {
  const size_t needed = std::min(kWitnesses, before_.size());
  absl::flat_hash_map<absl::string_view, size_t> places;
  for (size_t i = 0; i < before_.size(); ++i) places.emplace(ToAbsl(before_[i]), i + 1);
  size_t witnesses = 0;
  size_t last = 0;
  for (const std::string& key : keys) {
    const auto place = places.find(ToAbsl(key));
    if (place == places.end() || place->second <= last) continue;
    last = place->second;
    if (++witnesses >= needed) return true;
  }
  return witnesses >= needed;
}

// By the page's own count of the list, which was taken at the same time.
bool ListWalk::IsLast(const Page& page) const {
  if (page.total) return page.window.end() >= *page.total;
  return page.keys.size() < static_cast<size_t>(page.window.size);
}

}  // namespace billing::gateway::rpc
