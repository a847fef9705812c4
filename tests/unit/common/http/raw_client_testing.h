#ifndef TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_
#define TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace billing::common {

// What came back: header names in lower case.
struct RawResponse {
  int status = 0;  // 0: nothing that is a response
  std::map<std::string, std::string> headers;
  std::string body;
  bool complete = false;  // as many body bytes as announced
};

// A blocking connection to loopback that sends exactly the bytes it is given. Reads give up after
// 10 s. In a header, so that every folder's tests can use it.
class RawClient {
 public:
  explicit RawClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit = {.tv_sec = 10};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) Close();
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { Close(); }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  // False where the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // One response; `head` where none has a body.
  RawResponse Read(bool head = false) {
    RawResponse response;
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return response;
    }
    ParseHead(buffer_.substr(0, end), response);
    buffer_.erase(0, end + 4);
    size_t length = 0;
    if (const auto it = response.headers.find("content-length"); it != response.headers.end()) {
      (void)absl::SimpleAtoi(it->second, &length);
    }
    if (head) length = 0;
    while (buffer_.size() < length && Fill()) {
    }
    response.complete = buffer_.size() >= length;
    response.body = buffer_.substr(0, length);
    buffer_.erase(0, response.body.size());
    return response;
  }

  // Everything until the peer closes.
  std::string ReadToEnd() {
    while (Fill()) {
    }
    return std::exchange(buffer_, "");
  }

  // Whether the last read ended because the peer reset the connection.
  bool was_reset() const { return was_reset_; }

 private:
  static void ParseHead(const std::string& head, RawResponse& response) {
    const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
    const std::vector<std::string> first = absl::StrSplit(lines[0], ' ');
    if (first.size() < 2 || !absl::SimpleAtoi(first[1], &response.status)) return;
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::pair<std::string, std::string> field =
          absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
      response.headers[absl::AsciiStrToLower(field.first)] =
          std::string(absl::StripAsciiWhitespace(field.second));
    }
  }

  bool Fill() {
    char chunk[4096];
    const ssize_t got = recv(fd_, chunk, sizeof(chunk), 0);
    if (got < 0 && errno == ECONNRESET) was_reset_ = true;
    if (got <= 0) return false;
    buffer_.append(chunk, static_cast<size_t>(got));
    return true;
  }

  int fd_;
  std::string buffer_;
  bool was_reset_ = false;
};

}  // namespace billing::common

#endif  // TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_
