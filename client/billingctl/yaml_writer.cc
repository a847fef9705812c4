#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/billingctl/printer.h"
#include "client/billingctl/text_values.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"

namespace billing::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Text that no reader of YAML takes for anything but this text.
bool IsPlain(const std::string& text) {
  static constexpr const char* kWords[] = {"true", "false", "null", "yes", "no",
                                           "on",   "off",   "y",    "n"};
  if (text.empty() || !absl::ascii_isalpha(text[0]) || text.back() == ' ') return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != ' ' && c != '.' && c != '/' && c != '-' &&
        c != '+' && c != '@') {
      return false;
    }
  }
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* word : kWords) {
    if (lower == word) return false;
  }
  return true;
}

std::string Quoted(const std::string& text) {
  if (IsPlain(text)) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&out, "\\x%02X", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Writer {
 public:
  std::string Take() && { return std::move(out_); }

  void Fields(const Message& message, int indent) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    if (fields.empty()) out_ += "{}\n";
    bool first = true;
    for (const FieldDescriptor* field : fields) {
      if (!first || !inline_) out_.append(static_cast<size_t>(indent), ' ');
      first = inline_ = false;
      absl::StrAppend(&out_, field->name(), ":");
      if (field->is_map()) {
        Map(message, *field, indent + 2);
      } else if (field->is_repeated()) {
        List(message, *field, indent);
      } else {
        Value(message, *field, -1, indent + 2);
      }
    }
  }

 private:
  void List(const Message& message, const FieldDescriptor& field, int indent) {
    out_ += "\n";
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      out_.append(static_cast<size_t>(indent), ' ');
      out_ += "-";
      const bool nested = field.message_type() != nullptr && !IsTextual(*field.message_type());
      if (nested) {
        out_ += " ";
        inline_ = true;
        Fields(message.GetReflection()->GetRepeatedMessage(message, &field, i), indent + 2);
        inline_ = false;
      } else {
        Value(message, field, i, indent + 2);
      }
    }
  }

  // In the order of the keys, which the message does not keep.
  void Map(const Message& message, const FieldDescriptor& field, int indent) {
    out_ += "\n";
    std::map<std::string, const Message*> entries;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
      const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
      entries[Scalar(entry, *field.message_type()->map_key(), -1)] = &entry;
    }
    for (const auto& [key, entry] : entries) {
      out_.append(static_cast<size_t>(indent), ' ');
      absl::StrAppend(&out_, key, ":");
      Value(*entry, *field.message_type()->map_value(), -1, indent + 2);
    }
  }

  // Behind the colon or dash, with the line's end. `index` of a list's element, else -1.
  void Value(const Message& message, const FieldDescriptor& field, int index, int indent) {
    if (field.message_type() == nullptr) {
      absl::StrAppend(&out_, " ", Scalar(message, field, index), "\n");
      return;
    }
    const Reflection& reflection = *message.GetReflection();
    const Message& inner = index < 0 ? reflection.GetMessage(message, &field)
                                     : reflection.GetRepeatedMessage(message, &field, index);
    if (IsTextual(*field.message_type())) {
      if (const auto text = FormatTextual(inner)) {
        const bool number = field.message_type()->name() == "Decimal";
        absl::StrAppend(&out_, " ", number ? *text : Quoted(*text), "\n");
        return;
      }
    }
    std::vector<const FieldDescriptor*> fields;
    inner.GetReflection()->ListFields(inner, &fields);
    out_ += fields.empty() ? " " : "\n";
    Fields(inner, indent);
  }

  static std::string Scalar(const Message& message, const FieldDescriptor& field, int index) {
    const Reflection& reflection = *message.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return (one ? reflection.GetBool(message, &field)
                    : reflection.GetRepeatedBool(message, &field, index))
                   ? "true"
                   : "false";
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = one ? reflection.GetEnumValue(message, &field)
                              : reflection.GetRepeatedEnumValue(message, &field, index);
        const auto* known = field.enum_type()->FindValueByNumber(value);
        return known == nullptr ? absl::StrCat(value) : known->name();
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = one ? reflection.GetString(message, &field)
                                     : reflection.GetRepeatedString(message, &field, index);
        return Quoted(field.type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text)
                                                                  : text);
      }
      default: {
        // Numbers are as JSON has them; there are no other types left.
        std::string text;
        google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
        return text;
      }
    }
  }

  std::string out_;
  // The next key stands behind a dash, where the indentation is written already.
  bool inline_ = false;
};

}  // namespace

std::string ToYaml(const Message& message) {
  Writer writer;
  writer.Fields(message, 0);
  return std::move(writer).Take();
}

}  // namespace billing::ctl
