#ifndef TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_
#define TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_

#include <map>
#include <string>
#include <string_view>

namespace billing::common {

// What came back: header names in lower case.
struct RawResponse {
  int status = 0;  // 0: nothing that is a response
  std::map<std::string, std::string> headers;
  std::string body;
  bool complete = false;  // as many body bytes as announced
};

// A blocking connection that sends exactly the bytes it is given. Reads give up after 10 s.
class RawClient {
 public:
  explicit RawClient(int port);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  // False where the peer has closed.
  bool Send(std::string_view bytes);
  // One response; `head` where none has a body.
  RawResponse Read(bool head = false);
  // Everything until the peer closes.
  std::string ReadToEnd();
  void Close();
  // Whether the last read ended because the peer reset the connection.
  bool was_reset() const { return was_reset_; }

 private:
  bool Fill();

  int fd_ = -1;
  std::string buffer_;
  bool was_reset_ = false;
};

}  // namespace billing::common

#endif  // TESTS_UNIT_COMMON_HTTP_RAW_CLIENT_TESTING_H_
