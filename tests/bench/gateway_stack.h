#ifndef TESTS_BENCH_GATEWAY_STACK_H_
#define TESTS_BENCH_GATEWAY_STACK_H_

#include <memory>
#include <string>

#include "tests/bench/child.h"

namespace billing::bench {

// A folder for the files of a run; it goes with this object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The folder this program is in, and the others with it.
std::string BinaryFolder();

// A billing-gateway with one Billogram account. Its output is read away.
class GatewayProcess {
 public:
  // `upstream` is "host:port".
  GatewayProcess(const TempFolder& folder, const std::string& upstream, bool access_log);

  const Child& process() const { return *process_; }
  const std::string& address() const { return grpc_; }
  // Calls that it is serving, by its own count.
  int CallsInFlight() const;

 private:
  std::unique_ptr<Child> process_;
  std::string grpc_;
  std::string admin_;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_GATEWAY_STACK_H_
