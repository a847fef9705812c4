#include "service/gateway/rpc/listener_watch.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/synchronization/mutex.h"
#include "service/gateway/rpc/server.h"

namespace billing::gateway::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// What the watch has told.
class Report {
 public:
  void Tell(bool accepts) {
    absl::MutexLock lock(&mutex_);
    last_ = accepts ? 1 : 0;
    ++told_;
  }
  // Whether this is told within a long time.
  bool Await(bool accepts) {
    const int wanted = accepts ? 1 : 0;
    const auto is = [this, wanted]()
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return last_ == wanted; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&is), kPatience);
  }
  int told() const {
    absl::MutexLock lock(&mutex_);
    return told_;
  }

 private:
  mutable absl::Mutex mutex_;
  int last_ ABSL_GUARDED_BY(mutex_) = -1;
  int told_ ABSL_GUARDED_BY(mutex_) = 0;
};

ListenerWatch::Options Impatient(const std::string& address, Report& report) {
  ListenerWatch::Options options;
  options.address = address;
  options.interval = absl::Milliseconds(1);
  options.patience = absl::Milliseconds(50);
  options.on_change = [&report](bool accepts) { report.Tell(accepts); };
  return options;
}

// A socket that listens. What connects is taken from the queue only by Accept: until then it is
// what gRPC leaves behind when it has given up.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(fd_, generic, size), 0);
    EXPECT_EQ(listen(fd_, SOMAXCONN), 0);
    EXPECT_EQ(getsockname(fd_, generic, &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(fd_); }

  const std::string& address() const { return address_; }
  // Takes a connection and hangs up.
  void Accept() const { close(accept(fd_, nullptr, nullptr)); }

 private:
  const int fd_;
  std::string address_;
};

TEST(ListenerWatch, TellsOfASocketThatNobodyAcceptsFromAndOfItsRecovery) {
  const Listener listener;
  Report report;
  const ListenerWatch watch(Impatient(listener.address(), report));
  ASSERT_TRUE(report.Await(false));
  bool recovered = false;
  for (int i = 0; i < 10'000 && !recovered; ++i) {
    listener.Accept();
    recovered = report.told() > 1;
  }
  EXPECT_TRUE(recovered);
}

TEST(ListenerWatch, TellsOfAPortWhereNobodyListens) {
  std::string address;
  { address = Listener().address(); }
  Report report;
  const ListenerWatch watch(Impatient(address, report));
  EXPECT_TRUE(report.Await(false));
}

TEST(ListenerWatch, EndsWhileItWaits) {
  const Listener listener;
  Report report;
  ListenerWatch::Options options = Impatient(listener.address(), report);
  options.patience = absl::Hours(1);
  const absl::Time begin = absl::Now();
  { const ListenerWatch watch(options); }
  EXPECT_LT(absl::Now() - begin, kPatience);
  EXPECT_EQ(report.told(), 0);
}

class AcceptingServer : public testing::TestWithParam<std::string> {};

// Told of a change only: a server that is found to accept after it was found not to. It starts when
// the watch already failed, on an address that the watch already knows.
TEST_P(AcceptingServer, IsFoundAccepting) {
  ServerOptions options;
  options.listen = GetParam();
  std::string address;
  {
    const auto first = Server::Start(options, [](std::string_view) { return nullptr; });
    ASSERT_TRUE(first.ok()) << first.status();
    address = (*first)->address();
  }
  Report report;
  ListenerWatch::Options watching = Impatient(address, report);
  watching.patience = absl::Milliseconds(200);
  const ListenerWatch watch(watching);
  ASSERT_TRUE(report.Await(false));
  options.listen = address;
  const auto server = Server::Start(options, [](std::string_view) { return nullptr; });
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(report.Await(true));
}

INSTANTIATE_TEST_SUITE_P(Addresses, AcceptingServer,
                         testing::Values("127.0.0.1:0", "0.0.0.0:0", "[::]:0",
                                         "unix:" + testing::TempDir() + "listener-watch." +
                                             std::to_string(getpid())),
                         [](const auto& address) {
                           return std::string(address.param.starts_with("unix")  ? "Unix"
                                              : address.param.starts_with("127") ? "Loopback"
                                              : address.param.starts_with("0.0") ? "AnyIpv4"
                                                                                 : "AnyIpv6");
                         });

}  // namespace
}  // namespace billing::gateway::rpc
