#ifndef SERVICE_GATEWAY_RPC_LISTENER_WATCH_H_
#define SERVICE_GATEWAY_RPC_LISTENER_WATCH_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/time/time.h"

namespace billing::gateway::rpc {

// Notices that a server takes no more connections.
//
// gRPC 1.51 gives a listening socket up for good when accept fails once for want of a descriptor or
// of memory (tcp_server_posix.cc, on_read): it goes on serving the connections it has, the kernel
// goes on completing handshakes, and nobody answers them. Nothing in the process can mend that, so
// somebody has to be told. This connects to the server from time to time, says nothing, and waits
// for it to say anything or to hang up, which it does only once it took the connection.
class ListenerWatch {
 public:
  struct Options {
    // What the server bound: "127.0.0.1:50051", "[::]:50051", "localhost:50051", "unix:/path".
    std::string address;
    absl::Duration interval = absl::Seconds(5);
    // How long the server may take. A second try is made at once, so that a busy moment passes.
    absl::Duration patience = absl::Seconds(3);
    // Told of each change, on the watch's thread; the server is taken to accept at first.
    std::function<void(bool accepts)> on_change;
  };

  explicit ListenerWatch(Options options);
  ListenerWatch(const ListenerWatch&) = delete;
  ListenerWatch& operator=(const ListenerWatch&) = delete;
  // Ends without waiting for the server. Nothing is told any more.
  ~ListenerWatch();

 private:
  enum class Verdict { kAccepts, kFails, kStopped };

  void Run();
  Verdict Look() const;
  Verdict Try() const;
  // Until `fd` has one of `events` (poll(2)), or patience ends.
  Verdict Await(int fd, short events) const;  // NOLINT(google-runtime-int): poll's type
  // True when the watch is to end; else after `time`.
  bool Pause(absl::Duration time) const;

  const Options options_;
  // Readable once the watch is to end.
  const int stop_;
  std::thread thread_;
};

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_LISTENER_WATCH_H_
