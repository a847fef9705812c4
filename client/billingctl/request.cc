#include "client/billingctl/request.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/billingctl/fill.h"
#include "client/billingctl/node.h"
#include "client/billingctl/text_values.h"
#include "client/billingctl/update_mask.h"
#include "google/protobuf/field_mask.pb.h"

namespace billing::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

// At most a byte more than is taken, so that an endless input ends.
absl::StatusOr<std::string> ReadAll(std::istream& stream, const std::string& name) {
  std::string text;
  char buffer[64 * 1024];
  while (text.size() <= kMaxInputBytes) {
    stream.read(buffer, sizeof(buffer));
    text.append(buffer, static_cast<size_t>(stream.gcount()));
    if (stream.eof()) return text;
    if (!stream) return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read"));
  }
  return absl::InvalidArgumentError(absl::StrCat(name, ": larger than 64 MiB"));
}

absl::StatusOr<Node> Parse(const std::string& name, const std::string& text) {
  if (absl::StripLeadingAsciiWhitespace(text).empty()) return Node();
  if (absl::EndsWith(name, ".json")) return ReadJson(text);
  if (absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml")) return ReadYaml(text);
  return ReadJsonOrYaml(text);
}

class Builder {
 public:
  Builder(const Invocation& line, std::istream& input)
      : line_(line),
        command_(*line.command),
        input_(input),
        request_(MessageFactory::generated_factory()
                     ->GetPrototype(command_.method->input_type())
                     ->New()) {}

  absl::StatusOr<std::unique_ptr<Message>> Build() {
    const Settings& settings = line_.settings;
    if (settings.file == "-" && settings.request == "-") {
      problems_.push_back("--file and --request cannot both be standard input");
    } else {
      if (!settings.request.empty()) File("--request", settings.request, nullptr);
      if (!settings.file.empty()) File("--file", settings.file, command_.body);
    }
    Arguments();
    for (const Invocation::Field& field : line_.fields) {
      const absl::Status status = field.path.Set(field.value, *request_);
      if (!status.ok()) problems_.push_back(absl::StrCat(field.flag, ": ", status.message()));
    }
    Mask();
    if (!problems_.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
    return std::move(request_);
  }

 private:
  // Fills the field `body` of the request, or the request itself.
  void File(const std::string& flag, const std::string& path, const FieldDescriptor* body) {
    const std::string name = path == "-" ? "standard input" : path;
    std::ifstream file;
    if (path != "-") file.open(path, std::ios::binary);
    if (!file) {
      problems_.push_back(absl::StrCat(flag, ": cannot read ", path));
      return;
    }
    const auto text = ReadAll(path == "-" ? input_ : file, name);
    if (!text.ok()) {
      problems_.emplace_back(text.status().message());
      return;
    }
    const auto node = Parse(path, *text);
    if (!node.ok()) {
      problems_.push_back(absl::StrCat(name, ":", node.status().message()));
      return;
    }
    if (node->kind == Node::Kind::kNull) {
      problems_.push_back(absl::StrCat(name, ": there is nothing in it"));
      return;
    }
    Message* target = request_.get();
    if (body != nullptr) target = request_->GetReflection()->MutableMessage(target, body);
    std::vector<std::string> problems;
    Fill(*node, *target, problems);
    for (const std::string& problem : problems) {
      problems_.push_back(absl::StrCat(name, ":", problem));
    }
    Hint(*node, body);
  }

  // A whole request given as --file has one key only, that of the body.
  void Hint(const Node& node, const FieldDescriptor* body) {
    if (body == nullptr || problems_.empty()) return;
    const bool whole = std::any_of(node.keys.begin(), node.keys.end(),
                                   [&](const Node& key) { return key.text == body->name(); });
    if (whole) {
      problems_.push_back(absl::StrCat("--file takes the ", body->name(),
                                       " itself; --request takes the whole request"));
    }
  }

  void Arguments() {
    for (size_t i = 0; i < command_.arguments.size(); ++i) {
      const FieldDescriptor& field = *command_.arguments[i];
      const std::string name = absl::AsciiStrToUpper(field.name());
      if (i < line_.arguments.size()) {
        const absl::Status status = SetScalar(line_.arguments[i], field, *request_);
        if (!status.ok()) problems_.push_back(absl::StrCat(name, ": ", status.message()));
        continue;
      }
      const bool flag = std::any_of(
          line_.fields.begin(), line_.fields.end(),
          [&](const Invocation::Field& given) { return &given.path.field() == &field; });
      if (!flag && !request_->GetReflection()->HasField(*request_, &field)) {
        problems_.push_back(absl::StrCat(name, " is missing"));
      }
    }
  }

  void Mask() {
    if (command_.mask == nullptr || command_.body == nullptr) return;
    const auto& reflection = *request_->GetReflection();
    if (reflection.HasField(*request_, command_.mask)) {
      // A mask alone clears what it names; the resource is required all the same.
      reflection.MutableMessage(request_.get(), command_.body);
      return;
    }
    const google::protobuf::FieldMask mask =
        MaskOf(reflection.GetMessage(*request_, command_.body), command_.arguments);
    reflection.MutableMessage(request_.get(), command_.mask)->CopyFrom(mask);
    if (!problems_.empty()) return;  // what was not understood is not set
    for (const Invocation::Field& field : line_.fields) Masked(field, mask);
  }

  // A file may be what a read gave, with fields that an update leaves alone; a flag is meant.
  void Masked(const Invocation::Field& field, const google::protobuf::FieldMask& mask) {
    const std::string path = field.path.ToString();
    const std::string body = command_.body->name() + ".";
    if (!absl::StartsWith(path, body)) return;
    // A list is named as one.
    if (!Names(mask, path.substr(body.size(), path.find('[') - body.size()))) {
      problems_.push_back(absl::StrCat(
          field.flag, IsFixed(field.path.field())
                          ? ": cannot be changed"
                          : ": an update does not send this unless --update-mask names it"));
    }
  }

  const Invocation& line_;
  const Command& command_;
  std::istream& input_;
  std::unique_ptr<Message> request_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> BuildRequest(const Invocation& line, std::istream& input) {
  return Builder(line, input).Build();
}

}  // namespace billing::ctl
