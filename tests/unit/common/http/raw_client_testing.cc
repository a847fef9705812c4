#include "tests/unit/common/http/raw_client_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace billing::common {

RawClient::RawClient(int port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit = {.tv_sec = 10};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) Close();
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::Fill() {
  char chunk[4096];
  const ssize_t got = recv(fd_, chunk, sizeof(chunk), 0);
  if (got < 0 && errno == ECONNRESET) was_reset_ = true;
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<size_t>(got));
  return true;
}

RawResponse RawClient::Read(bool head) {
  RawResponse response;
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return response;
  }
  const std::string top = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  bool first = true;
  for (absl::string_view line : absl::StrSplit(top, "\r\n")) {
    if (first) {
      const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
      if (parts.size() < 2 || !absl::SimpleAtoi(parts[1], &response.status)) return response;
      first = false;
      continue;
    }
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    response.headers[absl::AsciiStrToLower(field.first)] =
        std::string(absl::StripAsciiWhitespace(field.second));
  }
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

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, "");
}

}  // namespace billing::common
