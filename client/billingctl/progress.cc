#include "client/billingctl/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace billing::ctl {
namespace {

constexpr int kBar = 30;
constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

Progress::Progress(std::ostream& out, std::string unit, std::function<absl::Time()> now)
    : out_(out), unit_(std::move(unit)), now_(std::move(now)), begin_(now_()), next_(begin_) {}

Progress::~Progress() {
  if (shown_ > 0) out_ << "\r" << std::string(shown_, ' ') << "\r" << std::flush;
}

void Progress::Update(int64_t done, int64_t total) {
  const absl::Time now = now_();
  if (now < next_) return;
  next_ = now + kInterval;
  std::string line;
  if (total > 0) {
    // More may come than was announced.
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const int filled = static_cast<int>(part * kBar);
    line = absl::StrFormat("[%s%s] %3d %%  %d of %d %s", std::string(filled, '#'),
                           std::string(kBar - filled, ' '), static_cast<int>(part * 100), done,
                           total, unit_);
  } else {
    line = absl::StrCat(done, " ", unit_);
  }
  const double seconds = absl::ToDoubleSeconds(now - begin_);
  if (seconds >= 0.5) absl::StrAppendFormat(&line, ", %.0f/s", static_cast<double>(done) / seconds);
  const size_t width = line.size();
  if (shown_ > width) line.append(shown_ - width, ' ');
  shown_ = std::max(shown_, width);
  out_ << "\r" << line << std::flush;
}

}  // namespace billing::ctl
