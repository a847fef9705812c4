#include "service/gateway/config/problem.h"

#include <algorithm>
#include <tuple>

namespace billing::gateway::config {

int Problems::LineOf(std::string_view path) const {
  while (!path.empty()) {
    if (auto found = lines_.find(path); found != lines_.end()) return found->second;
    const size_t end = path.find_last_of(".[");
    path = path.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return 0;
}

std::vector<Problem> Problems::TakeSorted() && {
  std::stable_sort(all_.begin(), all_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.path) < std::tie(b.line, b.path);
  });
  return std::move(all_);
}

}  // namespace billing::gateway::config
