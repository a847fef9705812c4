#include "client/billingctl/field_flags.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/billingctl/fill.h"
#include "client/billingctl/text_values.h"
#include "google/api/field_behavior.pb.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;
using common::ToStd;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// An invoice has no more rows; a typed index beyond is a mistake, not a wish for memory.
constexpr int kMaxIndex = 10'000;

bool Has(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

std::string Underscored(absl::string_view name) { return absl::StrReplaceAll(name, {{"-", "_"}}); }

std::vector<std::string> Names(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(Dashed(type.field(i)->name()));
  return names;
}

absl::Status NoSuchField(const Command& command, const Descriptor& type, absl::string_view part) {
  std::vector<std::string> names = Names(type);
  if (&type == command.method->input_type() && command.body != nullptr) {
    const auto more = Names(*command.body->message_type());
    names.insert(names.end(), more.begin(), more.end());
  }
  const std::string meant = Closest(Dashed(ToStd(part)), names);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no field '", part, "' in ", type.name(),
                   meant.empty() ? "" : absl::StrCat("; did you mean '", meant, "'?")));
}

// Fills a message from its leading fields' texts, joined by colons.
absl::Status SetJoined(std::string_view text, Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  std::vector<const FieldDescriptor*> fields;
  size_t required = 0;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || field.message_type() != nullptr) continue;
    fields.push_back(&field);
    if (Has(field, google::api::REQUIRED)) required = fields.size();
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(text), ':');
  if (required == 0 || parts.size() < required || parts.size() > fields.size()) {
    std::string form = required == 0 ? "{...}" : "";
    for (size_t i = 0; required > 0 && i < fields.size(); ++i) {
      absl::StrAppend(&form, i == 0 ? "" : ":", absl::AsciiStrToUpper(fields[i]->name()));
    }
    return absl::InvalidArgumentError(
        absl::StrCat("'", ToAbsl(text), "' is not ", form,
                     "; the fields can be set one by one, as dotted flags"));
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (auto status = SetScalar(ToStd(parts[i]), *fields[i], message); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(fields[i]->name(), ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status SetDocument(const absl::StatusOr<Node>& node, const FieldDescriptor* field,
                         Message& message) {
  if (!node.ok()) return node.status();
  std::vector<std::string> problems;
  if (field == nullptr) {
    Fill(*node, message, problems);
  } else {
    FillField(*node, *field, message, problems);
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
}

absl::Status SetMessage(std::string_view text, Message& message) {
  if (IsTextual(*message.GetDescriptor())) return ParseTextual(text, message);
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(ToAbsl(text)), "{")) {
    return SetDocument(ReadJsonOrYaml(text), nullptr, message);
  }
  return SetJoined(text, message);
}

absl::StatusOr<std::string> ReadBytes(std::string_view path) {
  std::ifstream file{std::string(path), std::ios::binary};
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot read ", ToAbsl(path)));
  return bytes;
}

absl::Status SetValue(std::string_view text, const FieldDescriptor& field, Message& message) {
  const auto& reflection = *message.GetReflection();
  if (field.message_type() != nullptr) {
    return SetMessage(text, field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                                : *reflection.MutableMessage(&message, &field));
  }
  if (field.type() == FieldDescriptor::TYPE_BYTES && absl::StartsWith(ToAbsl(text), "@")) {
    auto bytes = ReadBytes(text.substr(1));
    if (!bytes.ok()) return bytes.status();
    if (field.is_repeated()) {
      reflection.AddString(&message, &field, *std::move(bytes));
    } else {
      reflection.SetString(&message, &field, *std::move(bytes));
    }
    return absl::OkStatus();
  }
  return SetScalar(text, field, message);
}

}  // namespace

std::string Dashed(std::string_view name) {
  return absl::StrReplaceAll(ToAbsl(name), {{"_", "-"}});
}

absl::StatusOr<FieldPath> FieldPath::Resolve(const Command& command, std::string_view name) {
  FieldPath path;
  std::vector<std::string> parts = absl::StrSplit(ToAbsl(name), '.');
  const Descriptor* type = command.method->input_type();
  if (type->FindFieldByName(Underscored(parts[0])) == nullptr && command.body != nullptr &&
      command.body->message_type()->FindFieldByName(Underscored(parts[0])) != nullptr) {
    path.steps_.push_back({command.body});
    type = command.body->message_type();
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(Underscored(parts[i]));
    if (field == nullptr) {
      if (type != nullptr) return NoSuchField(command, *type, parts[i]);
      return absl::InvalidArgumentError(absl::StrCat("'", parts[i - 1], "' has no fields"));
    }
    Step step{field};
    if (field->is_map() && i + 1 < parts.size()) {
      // Keys may have dots.
      step.key =
          absl::StrJoin(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end(), ".");
      step.in_map = true;
      i = parts.size();
    } else if (field->is_repeated() && i + 1 < parts.size()) {
      int index = 0;
      if (!absl::SimpleAtoi(parts[++i], &index) || index < 0 || index > kMaxIndex) {
        return absl::InvalidArgumentError(absl::StrCat("'", parts[i],
                                                       "' is no index; the first of ", parts[i - 1],
                                                       " is ", parts[i - 1], ".0"));
      }
      step.index = index;
    }
    const bool textual = field->message_type() != nullptr && IsTextual(*field->message_type());
    type = textual ? nullptr : field->message_type();
    path.steps_.push_back(std::move(step));
  }
  return path;
}

std::string FieldPath::ToString() const {
  std::string text;
  for (const Step& step : steps_) {
    absl::StrAppend(&text, text.empty() ? "" : ".", step.field->name());
    if (step.index) absl::StrAppend(&text, "[", *step.index, "]");
    if (step.in_map) absl::StrAppend(&text, "[\"", step.key, "\"]");
  }
  return text;
}

bool FieldPath::is_switch() const {
  return !steps_.back().in_map && !field().is_repeated() &&
         field().cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
}

absl::Status FieldPath::Set(std::string_view text, Message& request) const {
  Message* message = &request;
  for (size_t i = 0; i + 1 < steps_.size() || steps_[i].index; ++i) {
    const Step& step = steps_[i];
    const auto& reflection = *message->GetReflection();
    if (!step.index) {
      message = reflection.MutableMessage(message, step.field);
      continue;
    }
    const int size = reflection.FieldSize(*message, step.field);
    if (*step.index > size) {
      return absl::OutOfRangeError(absl::StrCat("element ", *step.index, " comes after element ",
                                                size, ", which is not set"));
    }
    if (step.field->message_type() == nullptr) {
      if (*step.index < size) return absl::InvalidArgumentError("this element is set already");
      return SetValue(text, *step.field, *message);
    }
    message = *step.index == size
                  ? reflection.AddMessage(message, step.field)
                  : reflection.MutableRepeatedMessage(message, step.field, *step.index);
    if (i + 1 == steps_.size()) {
      message->Clear();
      return SetMessage(text, *message);
    }
  }
  return SetHere(text, *message);
}

absl::Status FieldPath::SetHere(std::string_view text, Message& parent) const {
  const Step& last = steps_.back();
  if (last.in_map) {
    Message& entry = *parent.GetReflection()->AddMessage(&parent, last.field);
    const Descriptor& type = *last.field->message_type();
    if (auto status = SetScalar(last.key, *type.map_key(), entry); !status.ok()) return status;
    return SetValue(text, *type.map_value(), entry);
  }
  const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(ToAbsl(text));
  if (last.field->is_map() || (last.field->is_repeated() && absl::StartsWith(trimmed, "["))) {
    return SetDocument(ReadJsonOrYaml(text), last.field, parent);
  }
  return SetValue(text, *last.field, parent);
}

std::string FlagOf(const Command& command, std::string_view field_path) {
  std::string name = Dashed(absl::StrReplaceAll(ToAbsl(field_path), {{"[", "."}, {"]", ""}}));
  for (const FieldDescriptor* argument : command.arguments) {
    if (name == Dashed(argument->name())) return absl::AsciiStrToUpper(argument->name());
  }
  if (!FieldPath::Resolve(command, name).ok()) return "";
  if (command.body != nullptr) {
    const std::string prefix = Dashed(command.body->name()) + ".";
    const std::string inner(absl::StripPrefix(name, prefix));
    const std::string first = Underscored(inner.substr(0, inner.find('.')));
    if (inner != name && command.method->input_type()->FindFieldByName(first) == nullptr) {
      name = inner;
    }
  }
  return "--" + name;
}

std::vector<std::string> FlagNames(const Command& command, std::string_view prefix) {
  const absl::string_view typed = absl::StripPrefix(ToAbsl(prefix), "--");
  const size_t dot = typed.rfind('.');
  const std::string parent(dot == absl::string_view::npos ? "" : typed.substr(0, dot));
  std::vector<const Descriptor*> types;
  if (parent.empty()) {
    types.push_back(command.method->input_type());
    if (command.body != nullptr) types.push_back(command.body->message_type());
  } else if (const auto path = FieldPath::Resolve(command, parent);
             path.ok() && path->field().message_type() != nullptr && !path->field().is_map()) {
    types.push_back(path->field().message_type());
  }
  std::vector<std::string> names;
  for (const Descriptor* type : types) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      if (Has(field, google::api::OUTPUT_ONLY)) continue;
      const bool argument = std::find(command.arguments.begin(), command.arguments.end(), &field) !=
                            command.arguments.end();
      if (argument) continue;
      const std::string name =
          absl::StrCat("--", parent, parent.empty() ? "" : ".", Dashed(field.name()));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

}  // namespace billing::ctl
