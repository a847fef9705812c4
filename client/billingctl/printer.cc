#include "client/billingctl/printer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "client/billingctl/table.h"
#include "google/protobuf/descriptor.h"
#include "service/common/utf8.h"

namespace billing::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The things of an answer: the elements of a page, or the answer itself.
std::vector<const Message*> Things(const Message& answer) {
  const FieldDescriptor* page = PageField(*answer.GetDescriptor());
  if (page == nullptr) return {&answer};
  std::vector<const Message*> things;
  const auto& reflection = *answer.GetReflection();
  things.reserve(static_cast<size_t>(reflection.FieldSize(answer, page)));
  for (int i = 0; i < reflection.FieldSize(answer, page); ++i) {
    things.push_back(&reflection.GetRepeatedMessage(answer, page, i));
  }
  return things;
}

bool IsEmpty(const Message& message) { return message.GetDescriptor()->field_count() == 0; }

class JsonPrinter : public Printer {
 public:
  JsonPrinter(bool stream, std::ostream& out) : stream_(stream), out_(out) {}

  absl::Status Print(const Message& answer) override {
    text_.clear();
    if (stream_) {
      for (const Message* thing : Things(answer)) {
        AppendJson(*thing, true, text_);
        text_ += '\n';
      }
    } else {
      AppendJson(answer, false, text_);
    }
    out_ << text_;
    return absl::OkStatus();
  }

 private:
  const bool stream_;
  std::string text_;  // of one answer
  std::ostream& out_;
};

class YamlPrinter : public Printer {
 public:
  YamlPrinter(bool stream, std::ostream& out) : stream_(stream), out_(out) {}

  absl::Status Print(const Message& answer) override {
    if (!stream_) {
      out_ << ToYaml(answer);
      return absl::OkStatus();
    }
    for (const Message* thing : Things(answer)) out_ << "---\n" << ToYaml(*thing);
    return absl::OkStatus();
  }

 private:
  const bool stream_;
  std::ostream& out_;
};

class TablePrinter : public Printer {
 public:
  TablePrinter(const PrintOptions& options, std::ostream& out)
      : table_(options.columns, options.width), columns_(!options.columns.empty()), out_(out) {}

  absl::Status Print(const Message& answer) override {
    if (IsEmpty(answer)) return absl::OkStatus();
    if (PageField(*answer.GetDescriptor()) != nullptr || columns_) {
      return table_.Print(Things(answer), out_);
    }
    PrintFields(answer, out_);
    return absl::OkStatus();
  }

 private:
  Table table_;
  const bool columns_;
  std::ostream& out_;
};

}  // namespace

const FieldDescriptor* PageField(const Descriptor& answer) {
  const FieldDescriptor* page = nullptr;
  for (int i = 0; i < answer.field_count(); ++i) {
    const FieldDescriptor& field = *answer.field(i);
    if (!field.is_repeated() || field.is_map()) continue;
    if (page != nullptr || field.message_type() == nullptr) return nullptr;
    page = &field;
  }
  // Resources have lists too, but answers that are no resource are called responses.
  return absl::EndsWith(answer.name(), "Response") ? page : nullptr;
}

std::unique_ptr<Printer> Printer::Make(const PrintOptions& options, std::ostream& out) {
  switch (options.format) {
    case Format::kTable:
      return std::make_unique<TablePrinter>(options, out);
    case Format::kYaml:
      return std::make_unique<YamlPrinter>(options.stream, out);
    default:
      return std::make_unique<JsonPrinter>(options.stream, out);
  }
}

std::string Visible(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = common::Utf8CharacterLength(text.substr(at));
    const auto byte = static_cast<unsigned char>(text[at]);
    // C1 controls are two bytes from C2 80 to C2 9F.
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (byte == '\n') {
      out += "\\n";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F || c1) {
      absl::StrAppendFormat(&out, "\\x%02X", c1 ? static_cast<unsigned char>(text[at + 1]) : byte);
    } else {
      out += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace billing::ctl
