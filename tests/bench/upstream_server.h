#ifndef TESTS_BENCH_UPSTREAM_SERVER_H_
#define TESTS_BENCH_UPSTREAM_SERVER_H_

#include <string_view>

namespace billing::bench {

// A billing provider reduced to what a benchmark needs: HTTP/1.1 with keep-alive on a free loopback
// port, one thread. Every GET is answered with `document`, except that a path which ends in
// "/stall" is never answered. Prints its port on a line and serves until the process is killed.
[[noreturn]] void ServeUpstream(std::string_view document);

}  // namespace billing::bench

#endif  // TESTS_BENCH_UPSTREAM_SERVER_H_
