#include "service/gateway/rpc/list_walk.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "service/common/strings.h"

namespace billing::gateway::rpc {
namespace {

using common::ToAbsl;

// Small pages are read as larger ones: an overlap would be most of them, and below 20 objects some
// places of a list have no page that holds the overlap and anything behind it.
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
  if (page.total) {
    total_ = page.total;
    least_total_ = std::min(least_total_.value_or(*page.total), *page.total);
  }
  begins_ = page.window.begin() == 0;
  if (!options_.size_is_fixed && !begins_ && !Overlaps(page.keys)) return GoBack(page);
  JudgeEnd(page);
  before_ = page.keys;
  return Verdict::kGoOn;
}

// Whether the page is the last one, by its own count of the list, which was taken at the same time.
void ListWalk::JudgeEnd(const Page& page) {
  const auto given = static_cast<int64_t>(page.keys.size());
  const int64_t end = page.window.begin() + given;
  const int64_t end_before = std::exchange(end_, end);
  short_ = false;
  if (options_.size_is_fixed) {
    // The same page again: upstream does not divide this list.
    last_ = given < page.window.size || (!begins_ && page.keys == before_);
  } else if (!page.total) {
    last_ = given < page.window.size;
  } else if (end < std::min(page.window.end(), *page.total)) {
    last_ = end <= end_before;
    short_ = !last_;
  } else {
    last_ = page.window.end() >= *page.total;
  }
}

ListWalk::Verdict ListWalk::GoBack(const Page& page) {
  if (++steps_back_ > kMostStepsBack) return Verdict::kUnstable;
  asked_ = 0;
  end_ = 0;
  int64_t from = page.window.begin();
  if (total_) from = std::min(from, *total_);
  const int64_t step = int64_t{size_ - OverlapOf(size_)} << std::max(steps_back_ - kShortSteps, 0);
  next_ = std::max<int64_t>(from - step, 0);
  return Verdict::kGoBack;
}

ListWalk::Verdict ListWalk::Found(size_t fresh) {
  found_ += static_cast<int64_t>(fresh);
  found_by_pass_ += static_cast<int64_t>(fresh);
  idle_pages_ = fresh > 0 ? 0 : idle_pages_ + 1;
  // A page that begins the list shows no progress: every walk back may end there.
  if (fresh > 0 && !begins_) steps_back_ = 0;
  if (last_) return EndPass();
  // As many as it takes to come past all that was found, twice over.
  if (idle_pages_ > 2 * found_ / (size_ - OverlapOf(size_)) + kMostStepsBack) {
    return Verdict::kUnstable;
  }
  if (!short_) return Verdict::kGoOn;
  size_ = std::max(static_cast<int32_t>(before_.size()), std::min(kLeastSize, size_));
  next_ = end_;
  asked_ = 0;
  return Verdict::kGoBack;
}

ListWalk::Verdict ListWalk::EndPass() {
  const bool missed = !options_.size_is_fixed && least_total_ && found_ < *least_total_;
  if (!missed) {
    done_ = true;
    return Verdict::kGoOn;
  }
  if (passes_ > 1 && found_by_pass_ == 0) return Verdict::kIncomplete;
  if (passes_ == kMostPasses) return Verdict::kUnstable;
  ++passes_;
  found_by_pass_ = 0;
  next_ = 0;
  asked_ = 0;
  end_ = 0;
  least_total_.reset();
  before_.clear();
  last_ = false;
  return Verdict::kGoBack;
}

// Whether `keys` holds kWitnesses objects of the page before, in their order there. A shorter page
// before needs no more than it has.
bool ListWalk::Overlaps(const std::vector<std::string>& keys) const {
  absl::flat_hash_map<absl::string_view, size_t> places;
  for (size_t i = 0; i < before_.size(); ++i) places.emplace(ToAbsl(before_[i]), i + 1);
  const size_t needed = std::min(kWitnesses, places.size());
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

}  // namespace billing::gateway::rpc
