#include "client/billingctl/help.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/billingctl/command_line.h"
#include "client/billingctl/field_flags.h"
#include "client/billingctl/text_values.h"
#include "google/api/field_behavior.pb.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;
using google::protobuf::FieldDescriptor;

constexpr char kIntroduction[] = R"(billingctl: the billing gateway on the command line

  billingctl [FLAGS] RESOURCE VERB [ARGUMENTS] [FLAGS]
  billingctl RESOURCE --help          the verbs of a resource
  billingctl RESOURCE VERB --help     the flags of a command
  billingctl completion bash|zsh      a script for the shell to source

)";

constexpr char kExitCodes[] = R"(
Exit codes: 0 done, 1 failed on this side, 2 bad command line or input, 3 refused, 4 not found,
5 not allowed, 6 try later, 7 no answer in time, 8 a write is in doubt, 9 the server failed.
)";

// The first sentence of a comment, without the references in brackets.
std::string Summary(std::string_view comment) {
  std::string text;
  int depth = 0;
  for (size_t i = 0; i < comment.size(); ++i) {
    const char c = comment[i];
    if (c == '[') ++depth;
    if (depth == 0) text += c;
    if (c == ']' && depth > 0) --depth;
    if (c == '.' && depth == 0 && (i + 1 == comment.size() || comment[i + 1] == ' ')) break;
  }
  for (size_t at; (at = text.find(" .")) != std::string::npos;) text.erase(at, 1);
  return std::string(absl::StripAsciiWhitespace(text));
}

bool IsRequired(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::REQUIRED) return true;
  }
  return false;
}

void PrintFieldFlag(const Command& command, const std::string& name, std::ostream& out) {
  const auto path = FieldPath::Resolve(command, std::string_view(name).substr(2));
  if (!path.ok()) return;
  const FieldDescriptor& field = path->field();
  std::string line = absl::StrFormat("  %-38s", absl::StrCat(name, " ", ValueKind(field)));
  if (IsRequired(field)) absl::StrAppend(&line, " required;");
  if (field.is_repeated()) absl::StrAppend(&line, " repeated;");
  if (const std::string comment = Summary(CommentOf(field.full_name())); !comment.empty()) {
    absl::StrAppend(&line, " ", comment);
  }
  if (field.enum_type() != nullptr) {
    absl::StrAppend(&line, " One of ", EnumChoices(*field.enum_type()), ".");
  }
  out << absl::StripTrailingAsciiWhitespace(line) << "\n";
}

}  // namespace

std::string Usage(const Command& command) {
  std::string usage = absl::StrCat(command.resource, " ", command.verb);
  for (const FieldDescriptor* argument : command.arguments) {
    absl::StrAppend(&usage, " ", absl::AsciiStrToUpper(argument->name()));
  }
  return usage;
}

void PrintHelp(const CommandTable& table, std::ostream& out) {
  out << kIntroduction << "Resources:\n";
  for (const std::string& resource : table.resources()) {
    const auto* service = table.Find(resource).front()->method->service();
    out << absl::StripTrailingAsciiWhitespace(
               absl::StrFormat("  %-24s %s", resource, Summary(CommentOf(service->full_name()))))
        << "\n";
  }
  out << "\nFlags:\n";
  for (const SettingFlag& flag : SettingFlags()) {
    const std::string letter = flag.letter == 0 ? "    " : absl::StrFormat("-%c, ", flag.letter);
    out << absl::StrFormat("  %s%-30s %s\n", letter,
                           absl::StrCat("--", flag.name, flag.value == nullptr ? "" : " ",
                                        flag.value == nullptr ? "" : flag.value),
                           flag.help);
  }
  out << kExitCodes;
}

void PrintHelp(const CommandTable& table, std::string_view resource, std::ostream& out) {
  for (const Command* command : table.Find(resource)) {
    out << absl::StripTrailingAsciiWhitespace(absl::StrFormat(
               "  %-46s %s", Usage(*command), Summary(CommentOf(command->method->full_name()))))
        << "\n";
  }
}

void PrintHelp(const Command& command, std::ostream& out) {
  out << "billingctl " << Usage(command) << " [FLAGS]\n\n";
  if (const auto comment = CommentOf(command.method->full_name()); !comment.empty()) {
    out << ToAbsl(comment) << "\n\n";
  }
  out << "Calls " << command.method->full_name() << ".\n";
  if (command.body != nullptr) {
    out << "--file takes the " << command.body->name() << ", --request the whole request.\n";
  }
  for (const FieldDescriptor* argument : command.arguments) {
    out << absl::StripTrailingAsciiWhitespace(
               absl::StrFormat("  %-38s %s", absl::AsciiStrToUpper(argument->name()),
                               Summary(CommentOf(argument->full_name()))))
        << "\n";
  }
  const auto names = FlagNames(command, "--");
  if (!names.empty()) out << "\nFields; those of nested ones have dots, --items.0.title say:\n";
  for (const std::string& name : names) PrintFieldFlag(command, name, out);
}

}  // namespace billing::ctl
