// Clients that do not speak, or stop speaking, the protocol: plain sockets against the server.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/rpc/bytes.h"
#include "service/gateway/rpc/server.h"
#include "tests/unit/gateway/rpc/client_testing.h"
#include "tests/unit/gateway/rpc/worker_testing.h"

namespace billing::gateway::rpc {
namespace {

class Socket {
 public:
  explicit Socket(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Socket() { close(fd_); }

  bool connected() const { return connected_; }
  void Send(std::string_view bytes) { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Reads until the server closes.
  void Drain() {
    std::array<char, 4096> buffer;
    while (recv(fd_, buffer.data(), buffer.size(), 0) > 0) {
    }
  }
  void HalfClose() { shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
  bool connected_ = false;
};

std::string Frame(char type, char flags, char stream, const std::string& payload) {
  std::string frame;
  frame.push_back(static_cast<char>(payload.size() >> 16));
  frame.push_back(static_cast<char>(payload.size() >> 8));
  frame.push_back(static_cast<char>(payload.size()));
  return frame + type + flags + std::string(3, '\0') + stream + payload;
}

constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kReset = 3;
constexpr char kSettings = 4;
constexpr char kEndHeaders = 4;

// RFC 7541, 6.2.2: literals without indexing, without Huffman coding, shorter than 127 bytes.
std::string Literals(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string block;
  for (const auto& [name, value] : headers) {
    block.push_back('\0');
    block.push_back(static_cast<char>(name.size()));
    block += name;
    block.push_back(static_cast<char>(value.size()));
    block += value;
  }
  return block;
}

std::string Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, ""); }

std::string OpenCall(char stream) {
  return Frame(kHeaders, kEndHeaders, stream,
               Literals({{":method", "POST"},
                         {":scheme", "http"},
                         {":path", "/test/Held"},
                         {":authority", "localhost"},
                         {"te", "trailers"},
                         {"content-type", "application/grpc"}}));
}

class RawConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    held_.run = [this](ServerCall& call) -> common::Task<void> {
      co_await gate_.Pass(call);
      call.Finish(grpc::Status::OK);
    };
    echo_.run = [](ServerCall& call) -> common::Task<void> {
      const std::optional<grpc::ByteBuffer> request = co_await call.Read();
      call.WriteAndFinish(request.value_or(grpc::ByteBuffer()), grpc::Status::OK);
    };
    auto server = Server::Start(
        {}, [this](std::string_view method) { return method == "/test/Held" ? &held_ : &echo_; });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  void ExpectAlive() {
    Client client(server_->address());
    EXPECT_TRUE(client.Call("/test/Echo", {"x"}).status.ok());
  }

  Gate gate_;
  Handler held_;
  Handler echo_;
  std::unique_ptr<Server> server_;
};

TEST_F(RawConnectionTest, ClientVanishesInTheMiddleOfItsCalls) {
  {
    Socket socket(server_->port());
    ASSERT_TRUE(socket.connected());
    socket.Send(Preface() + OpenCall(1) + OpenCall(3) + OpenCall(5));
    gate_.AwaitArrived(3);
  }
  gate_.AwaitLeft(3);
  ExpectAlive();
}

TEST_F(RawConnectionTest, StreamReset) {
  Socket socket(server_->port());
  socket.Send(Preface() + OpenCall(1));
  gate_.AwaitArrived(1);
  socket.Send(Frame(kReset, 0, 1, std::string("\0\0\0\x08", 4)));
  gate_.AwaitLeft(1);
  ExpectAlive();
}

TEST_F(RawConnectionTest, MessageCutShort) {
  {
    Socket socket(server_->port());
    std::string call = OpenCall(1);
    const size_t path = call.find("/test/Held");
    call.replace(path, 10, "/test/Echo");
    // The prefix announces 100 bytes, two come.
    socket.Send(Preface() + call + Frame(kData, 0, 1, std::string("\0\0\0\0\x64xx", 7)));
    socket.HalfClose();
    socket.Drain();
  }
  ExpectAlive();
  server_->Shutdown();
  EXPECT_EQ(server_->running_calls(), 0);
}

TEST_F(RawConnectionTest, Garbage) {
  std::mt19937 random(1);
  int with_preface = 0;
  int without = 0;
  for (int i = 0; i < 200; ++i) {
    std::string bytes;
    if (random() % 2 == 0) {
      bytes = Preface() + OpenCall(1);
      ++with_preface;
    } else {
      ++without;
    }
    const size_t size = random() % 300;
    for (size_t n = 0; n < size; ++n) bytes.push_back(static_cast<char>(random()));
    Socket socket(server_->port());
    socket.Send(bytes);
    socket.HalfClose();
    if (random() % 2 == 0) socket.Drain();
  }
  std::printf("garbage after a preface: %d, without: %d\n", with_preface, without);
  EXPECT_GT(with_preface, 0);
  EXPECT_GT(without, 0);
  ExpectAlive();
  server_->Shutdown();
  EXPECT_EQ(server_->running_calls(), 0);
}

}  // namespace
}  // namespace billing::gateway::rpc
