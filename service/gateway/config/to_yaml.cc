#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/descriptor.h"
#include "service/common/utf8.h"
#include "service/gateway/config/config.h"
#include "service/gateway/config/value.h"

namespace billing::gateway::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Whether text can stand without quotes: nothing in it means anything to YAML, and it begins with a
// letter, digit or slash.
bool IsPlain(std::string_view text) {
  if (text.empty() || (!absl::ascii_isalnum(text.front()) && text.front() != '/')) return false;
  if (text.back() == ':') return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && std::string_view("_-./:@+").find(c) == std::string_view::npos) {
      return false;
    }
  }
  // Words that YAML reads as something else than text.
  const std::string word = absl::AsciiStrToLower({text.data(), text.size()});
  return word != "null" && word != "true" && word != "false" && word != "yes" && word != "no" &&
         word != "on" && word != "off";
}

std::string QuoteText(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t length = common::Utf8CharacterLength(text);
    const char c = text.front();
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || length == 0) {
      absl::StrAppendFormat(&quoted, "\\x%02x", static_cast<unsigned char>(c));
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + '"';
}

std::string Spelling(const FieldDescriptor& field, const Message& message, int index) {
  const std::string text = SpellValue(Fetch(field, message, index));
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ? QuoteText(text) : text;
}

// Writes the keys of `message`, each on lines of its own. The first is not indented: the caller has
// written what stands before it.
class Writer {
 public:
  std::string Take() && { return std::move(out_); }

  void WriteMessage(const Message& message, size_t indent, bool first_in_place) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (!first_in_place) out_.append(indent, ' ');
      first_in_place = false;
      WriteField(*field, message, indent);
    }
    if (fields.empty()) out_ += "{}\n";
  }

 private:
  void WriteField(const FieldDescriptor& field, const Message& message, size_t indent) {
    const auto& reflection = *message.GetReflection();
    absl::StrAppend(&out_, field.name(), ":");
    if (field.is_repeated()) {
      WriteList(field, message, indent);
    } else if (IsScalar(field)) {
      absl::StrAppend(&out_, " ", Spelling(field, message, -1), "\n");
    } else {
      WriteGroup(reflection.GetMessage(message, &field), indent);
    }
  }

  void WriteGroup(const Message& group, size_t indent) {
    std::vector<const FieldDescriptor*> fields;
    group.GetReflection()->ListFields(group, &fields);
    out_ += fields.empty() ? " " : "\n";
    WriteMessage(group, indent + 2, fields.empty());
  }

  void WriteList(const FieldDescriptor& field, const Message& message, size_t indent) {
    const auto& reflection = *message.GetReflection();
    out_ += '\n';
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      out_.append(indent + 2, ' ');
      out_ += "- ";
      if (IsScalar(field)) {
        absl::StrAppend(&out_, Spelling(field, message, i), "\n");
      } else {
        WriteMessage(reflection.GetRepeatedMessage(message, &field, i), indent + 4, true);
      }
    }
  }

  std::string out_;
};

}  // namespace

std::string ToYaml(const v1::Config& config) {
  Writer writer;
  writer.WriteMessage(config, 0, true);
  return std::move(writer).Take();
}

}  // namespace billing::gateway::config
