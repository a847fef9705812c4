#ifndef CLIENT_BILLINGCTL_DOWNLOAD_H_
#define CLIENT_BILLINGCTL_DOWNLOAD_H_

#include <cstdint>
#include <fstream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// Whether a method's answers are the pieces of a document: messages called FileChunk with `data`.
bool IsFileChunk(const google::protobuf::Descriptor& answer);

// Puts the pieces together, in a file or on a stream. The file appears under its name only when it
// is whole. Until then it is PATH.part, which is removed if the call fails.
class Download {
 public:
  // `path` is "-" for `standard_output`, which must outlive the download.
  Download(std::string path, std::ostream& standard_output);
  // Removes what is not whole.
  ~Download();

  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  // Makes the file. Call it first.
  absl::Status Open();
  absl::Status Write(const google::protobuf::Message& chunk);
  // The document is whole.
  absl::Status Commit();

  int64_t bytes() const { return bytes_; }
  // How many of them a failure cannot take back, as standard output has them.
  int64_t bytes_given_away() const { return path_ == "-" ? bytes_ : 0; }

 private:
  const std::string path_;
  std::ostream& standard_output_;
  std::ofstream file_;
  bool open_ = false;
  int64_t bytes_ = 0;
};

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_DOWNLOAD_H_
