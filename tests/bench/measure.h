#ifndef TESTS_BENCH_MEASURE_H_
#define TESTS_BENCH_MEASURE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace billing::bench {

// Clocks in nanoseconds. CPU is that of user and kernel together, not in ticks.
int64_t WallNanos();
int64_t ThreadCpuNanos();
// Of all threads a process ever had; -1 if there is no such process.
int64_t ProcessCpuNanos(pid_t pid);

// The middle of several measurements and how far they went apart.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};
// `values` is not empty.
Spread SpreadOf(std::vector<double> values);

// a[i] / b[i]: measurements of one round stand at the same place, so that what slows the machine
// for a while falls out of the quotient.
std::vector<double> Ratios(const std::vector<double>& a, const std::vector<double>& b);

// Which limits a program has held.
class Limits {
 public:
  // Prints a ratio beside its limit and remembers whether the median keeps it.
  void AtLeast(std::string_view what, const Spread& ratio, double limit);
  void AtMost(std::string_view what, const Spread& ratio, double limit);
  // The exit code: 0 if every limit was kept. Says which were not.
  int Finish() const;

 private:
  void Check(std::string_view what, const Spread& ratio, const char* sign, double limit, bool kept);

  std::vector<std::string> missed_;
};

// Says why on standard error and ends the process with exit code 1.
[[noreturn]] void Die(std::string_view why);

}  // namespace billing::bench

#endif  // TESTS_BENCH_MEASURE_H_
