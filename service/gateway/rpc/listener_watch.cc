#include "service/gateway/rpc/listener_watch.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace billing::gateway::rpc {
namespace {

struct Address {
  sockaddr_storage bytes = {};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};

std::optional<Address> UnixAddress(std::string_view path) {
  Address address;
  auto& name = reinterpret_cast<sockaddr_un&>(address.bytes);
  if (path.size() >= sizeof(name.sun_path)) return std::nullopt;
  name.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name.sun_path);
  address.size = sizeof(name);
  return address;
}

// The unspecified address stands for this host when it is connected to (ip(7)).
std::optional<Address> Resolve(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) return UnixAddress(text.substr(kUnix.size()));
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string host(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port(text.substr(colon + 1));
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return std::nullopt;
  Address address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

// Whether there is a descriptor for the server's end of a connection: to take the last one would
// itself be the end of the listener.
bool RoomForAnother(int fd) {
  const int other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (other >= 0) close(other);
  return other >= 0;
}

bool Connected(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

int Millis(absl::Duration time) {
  return static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(time), 0, std::numeric_limits<int>::max()));
}

}  // namespace

ListenerWatch::ListenerWatch(Options options)
    : options_(std::move(options)), stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

ListenerWatch::~ListenerWatch() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof(one));
  thread_.join();
  close(stop_);
}

void ListenerWatch::Run() {
  pthread_setname_np(pthread_self(), "listener-watch");
  bool accepted = true;
  while (!Pause(options_.interval)) {
    const Verdict verdict = Look();
    if (verdict == Verdict::kStopped) return;
    const bool accepts = verdict == Verdict::kAccepts;
    if (accepts != std::exchange(accepted, accepts)) options_.on_change(accepts);
  }
}

bool ListenerWatch::Pause(absl::Duration time) const {
  pollfd stop = {.fd = stop_, .events = POLLIN, .revents = 0};
  return poll(&stop, 1, Millis(time)) > 0;
}

ListenerWatch::Verdict ListenerWatch::Look() const {
  const Verdict first = Try();
  return first == Verdict::kFails ? Try() : first;
}

ListenerWatch::Verdict ListenerWatch::Try() const {
  const std::optional<Address> address = Resolve(options_.address);
  // Without a descriptor for the try, the server has none for a connection either.
  const int fd = address.has_value() ? socket(address->bytes.ss_family,
                                              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
                                     : -1;
  const absl::Cleanup close_fd = [fd] {
    if (fd >= 0) close(fd);
  };
  if (fd >= 0 && RoomForAnother(fd) &&
      (connect(fd, address->get(), address->size) == 0 || errno == EINPROGRESS)) {
    const Verdict verdict = Await(fd, POLLOUT);
    if (verdict != Verdict::kAccepts) return verdict;
    if (Connected(fd)) {
      // A server that waits for the peer to speak hangs up then.
      shutdown(fd, SHUT_WR);
      return Await(fd, POLLIN);
    }
  }
  // What fails at once gets as much time to pass as what does not come.
  return Pause(options_.patience) ? Verdict::kStopped : Verdict::kFails;
}

ListenerWatch::Verdict ListenerWatch::Await(int fd, short events) const {  // NOLINT: poll's type
  std::array<pollfd, 2> both = {pollfd{.fd = stop_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = fd, .events = events, .revents = 0}};
  const int count = poll(both.data(), both.size(), Millis(options_.patience));
  if (both[0].revents != 0) return Verdict::kStopped;
  return count > 0 ? Verdict::kAccepts : Verdict::kFails;
}

}  // namespace billing::gateway::rpc
