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
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "service/common/strings.h"

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
  if (absl::EndsWith(name, ".json")) return ReadJson(text);
  if (absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml")) return ReadYaml(text);
  return ReadJsonOrYaml(text);
}

bool IsReadOnly(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::OUTPUT_ONLY)
      return true;
  }
  return false;
}

// The paths of everything that is set, whole lists and textual values each as one.
void AddPaths(const Message& message, const std::string& prefix,
              const std::vector<const FieldDescriptor*>& skipped, std::vector<std::string>& paths) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool in_path = std::any_of(skipped.begin(), skipped.end(), [&](const auto* argument) {
      return argument->name() == field->name();
    });
    if (in_path || IsReadOnly(*field) || field->is_map()) continue;
    const std::string path = absl::StrCat(prefix, field->name());
    if (field->is_repeated() || field->message_type() == nullptr ||
        IsTextual(*field->message_type())) {
      paths.push_back(path);
    } else {
      AddPaths(message.GetReflection()->GetMessage(message, field), path + ".", {}, paths);
    }
  }
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
    if (reflection.HasField(*request_, command_.mask)) return;
    std::vector<std::string> paths;
    AddPaths(reflection.GetMessage(*request_, command_.body), "", command_.arguments, paths);
    google::protobuf::FieldMask mask;
    for (std::string& path : paths) mask.add_paths(std::move(path));
    reflection.MutableMessage(request_.get(), command_.mask)->CopyFrom(mask);
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
