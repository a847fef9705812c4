#include "service/gateway/upstream/socket_watcher.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace billing::gateway::upstream::internal {
namespace {

class SocketWatcherTest : public ::testing::Test {
 protected:
  ~SocketWatcherTest() override { close(epoll_); }

  int Connect() {
    const int fd = watcher_.Open(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(server_.port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }
  static int LocalPort(int fd) {
    sockaddr_in name = {};
    socklen_t size = sizeof(name);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size), 0);
    return ntohs(name.sin_port);
  }
  static bool CanSend(int fd) { return send(fd, "x", 1, MSG_NOSIGNAL) == 1; }

  RawServer server_{[](RawConnection& connection) { connection.WaitClosed(); }};
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  SocketWatcher watcher_{epoll_};
};

TEST_F(SocketWatcherTest, AnIdleConnectionThatBecomesReadableIsShut) {
  const int fd = Connect();
  watcher_.Want(fd, CURL_POLL_IN, true);
  EXPECT_EQ(watcher_.Translate(fd, EPOLLIN), CURL_CSELECT_IN);
  watcher_.Want(fd, CURL_POLL_REMOVE, true);
  EXPECT_TRUE(CanSend(fd));
  EXPECT_EQ(watcher_.Translate(fd, EPOLLIN), 0);
  EXPECT_FALSE(CanSend(fd));
  watcher_.Close(fd);
}

TEST_F(SocketWatcherTest, AnEventFromBeforeItWasTakenOutHarmsNoConnection) {
  const int fd = Connect();
  watcher_.Want(fd, CURL_POLL_INOUT, true);
  watcher_.Want(fd, CURL_POLL_REMOVE, true);
  EXPECT_EQ(watcher_.Translate(fd, EPOLLIN), 0);
  EXPECT_TRUE(CanSend(fd));
  watcher_.Close(fd);
}

TEST_F(SocketWatcherTest, SocketsAreFoundByTheirPorts) {
  const int first = Connect();
  const int second = Connect();
  EXPECT_EQ(watcher_.Find(LocalPort(first), server_.port()), first);
  EXPECT_EQ(watcher_.Find(LocalPort(second), server_.port()), second);
  EXPECT_EQ(watcher_.Find(LocalPort(first), server_.port() + 1), -1);
  const int port = LocalPort(first);
  watcher_.Close(first);
  EXPECT_EQ(watcher_.Find(port, server_.port()), -1);
  watcher_.Close(second);
  EXPECT_EQ(watcher_.opened(), 2);
}

}  // namespace
}  // namespace billing::gateway::upstream::internal
