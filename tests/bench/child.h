#ifndef TESTS_BENCH_CHILD_H_
#define TESTS_BENCH_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace billing::bench {

// A server process under measurement. It ends with this object, and with the thread that started
// it if that goes first. Not thread-safe.
class Child {
 public:
  // Starts a program; its standard output comes to us. Ends this process if that fails.
  explicit Child(const std::vector<std::string>& argv);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line of its output. Ends this process if there is none within 20 seconds.
  std::string ReadLine();

  // Throws away all further output, on a thread of its own, so that the child never waits for it.
  void Drain();

  // CPU of all its threads so far, in nanoseconds.
  int64_t CpuNanos() const;
  // Resident memory in MiB.
  double ResidentMib() const;

 private:
  const std::string name_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::string read_;  // output that is no whole line yet
  std::thread drainer_;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_CHILD_H_
