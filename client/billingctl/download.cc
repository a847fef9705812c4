#include "client/billingctl/download.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace billing::ctl {

using google::protobuf::FieldDescriptor;

bool IsFileChunk(const google::protobuf::Descriptor& answer) {
  const FieldDescriptor* data = answer.FindFieldByName("data");
  return answer.name() == "FileChunk" && data != nullptr && !data->is_repeated() &&
         data->type() == FieldDescriptor::TYPE_BYTES;
}

Download::Download(std::string path, std::ostream& standard_output)
    : path_(std::move(path)), standard_output_(standard_output) {}

Download::~Download() {
  if (!open_) return;
  file_.close();
  std::remove((path_ + ".part").c_str());
}

absl::Status Download::Open() {
  if (path_ == "-") return absl::OkStatus();
  file_.open(path_ + ".part", std::ios::binary | std::ios::trunc);
  if (!file_) return absl::UnavailableError(absl::StrCat("cannot write ", path_, ".part"));
  open_ = true;
  return absl::OkStatus();
}

absl::Status Download::Write(const google::protobuf::Message& chunk) {
  std::string scratch;
  const std::string& data = chunk.GetReflection()->GetStringReference(
      chunk, chunk.GetDescriptor()->FindFieldByName("data"), &scratch);
  std::ostream& out = open_ ? file_ : standard_output_;
  out.write(data.data(), static_cast<std::streamsize>(data.size()));
  bytes_ += static_cast<int64_t>(data.size());
  if (!out) return absl::UnavailableError(absl::StrCat("cannot write ", path_));
  return absl::OkStatus();
}

absl::Status Download::Commit() {
  if (!open_) {
    standard_output_.flush();
    if (!standard_output_) return absl::UnavailableError("cannot write standard output");
    return absl::OkStatus();
  }
  file_.close();
  if (!file_ || std::rename((path_ + ".part").c_str(), path_.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot write ", path_));
  }
  open_ = false;
  return absl::OkStatus();
}

}  // namespace billing::ctl
