#ifndef SERVICE_GATEWAY_CONFIG_PROBLEM_H_
#define SERVICE_GATEWAY_CONFIG_PROBLEM_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace billing::gateway::config {

// One mistake in a configuration.
struct Problem {
  // Where: "accounts[0].credentials.user_file"; empty for the file as a whole.
  std::string path;
  // Counted from 1; 0 where there is no line, as for a key that is missing.
  int line = 0;
  std::string message;
};

// Gathers problems and knows the line of every key that was given.
class Problems {
 public:
  // Enough to correct a file by; a hostile file cannot make more.
  static constexpr size_t kMost = 1000;

  // Notes that the file has `path` on `line`.
  void Given(std::string path, int line) { lines_.emplace(std::move(path), line); }
  bool IsGiven(const std::string& path) const { return lines_.count(path) != 0; }

  // Adds a problem at the line of `path` or, if that was not given, of what encloses it.
  void Add(std::string path, std::string message) {
    const int line = LineOf(path);
    Add(std::move(path), line, std::move(message));
  }
  void Add(std::string path, int line, std::string message) {
    if (all_.size() < kMost) all_.push_back({std::move(path), line, std::move(message)});
  }

  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  // By line, then by path.
  std::vector<Problem> TakeSorted() &&;

 private:
  int LineOf(std::string_view path) const;

  std::vector<Problem> all_;
  std::map<std::string, int, std::less<>> lines_;
};

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_PROBLEM_H_
