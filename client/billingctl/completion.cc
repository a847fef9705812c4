#include "client/billingctl/completion.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/billingctl/command_line.h"
#include "client/billingctl/field_flags.h"
#include "client/billingctl/text_values.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using google::protobuf::FieldDescriptor;

// A word with '=' or ':' in it is several to bash: those are taken out of its word breaks for the
// time of the call.
constexpr char kBash[] = R"(_billingctl() {
  local IFS=$'\n' cur words cword
  _get_comp_words_by_ref -n =: cur words cword 2>/dev/null || {
    cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  }
  local found
  found=$("${words[0]}" __complete -- "${words[@]:1:cword}" 2>/dev/null)
  if [[ $found == @file ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
    return
  fi
  COMPREPLY=($(compgen -W "$found" -- "$cur"))
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *. ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _billingctl billingctl
)";

constexpr char kZsh[] = R"(#compdef billingctl
_billingctl() {
  local -a found
  found=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${found[1]} == @file ]]; then
    _files
    return
  fi
  local -a whole partial
  whole=(${found:#*.})
  partial=(${(M)found:#*.})
  compadd -a whole
  compadd -S '' -a partial
}
if [[ $funcstack[1] == _billingctl ]]; then
  _billingctl "$@"
else
  compdef _billingctl billingctl
fi
)";

std::vector<std::string> Starting(std::vector<std::string> names, std::string_view prefix) {
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const std::string& name) {
                               return !absl::StartsWith(name, common::ToAbsl(prefix));
                             }),
              names.end());
  return names;
}

std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(ShortEnumName(*type.value(i)));
  }
  return names;
}

const SettingFlag* FindSetting(const std::string& word) {
  for (const SettingFlag& flag : SettingFlags()) {
    if (word == absl::StrCat("--", flag.name)) return &flag;
    if (flag.letter != 0 && word == std::string{'-', flag.letter}) return &flag;
  }
  return nullptr;
}

std::vector<std::string> SettingValues(const SettingFlag& flag) {
  const absl::string_view name = flag.name;
  if (name == "output") return {"table", "json", "yaml"};
  if (name == "progress") return {"auto", "always", "never"};
  if (absl::string_view(flag.value) == "FILE") return {"@file"};
  return {};
}

std::vector<std::string> FieldValues(const FieldDescriptor& field) {
  if (field.enum_type() != nullptr) return EnumNames(*field.enum_type());
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return {"true", "false"};
  if (field.type() == FieldDescriptor::TYPE_BYTES) return {"@file"};
  return {};
}

// Flags whose fields have fields of their own, once the name is whole, go on with a dot.
std::vector<std::string> Flags(const Command* command, const std::string& word) {
  std::vector<std::string> names;
  if (command != nullptr) {
    for (const std::string& name : Starting(FlagNames(*command, word), word)) {
      names.push_back(name);
      const auto path = FieldPath::Resolve(*command, std::string_view{name}.substr(2));
      if (!path.ok()) continue;
      const FieldDescriptor& field = path->field();
      if (field.message_type() != nullptr && !IsTextual(*field.message_type())) {
        names.push_back(name + (field.is_repeated() && !field.is_map() ? ".0." : "."));
      }
    }
  }
  for (const SettingFlag& flag : SettingFlags()) names.push_back(absl::StrCat("--", flag.name));
  return Starting(names, word);
}

// What the words before the last one have settled.
struct Context {
  std::vector<std::string> words;  // resource, verb, arguments
  const Command* command = nullptr;
  std::optional<std::string> open_flag;  // waits for its value
};

Context Understand(const CommandTable& table, const std::vector<std::string>& words) {
  Context context;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (context.open_flag) {
      context.open_flag.reset();
    } else if (!absl::StartsWith(word, "-")) {
      context.words.push_back(word);
      if (context.words.size() == 2) {
        context.command = table.Find(context.words[0], context.words[1]);
      }
    } else if (const SettingFlag* setting = FindSetting(word)) {
      if (setting->value != nullptr) context.open_flag = word;
    } else if (context.command != nullptr && absl::StartsWith(word, "--") &&
               !absl::StrContains(word, "=")) {
      const auto path = FieldPath::Resolve(*context.command, std::string_view{word}.substr(2));
      if (path.ok() && !path->is_switch()) context.open_flag = word;
    }
  }
  return context;
}

std::vector<std::string> Values(const Context& context, const std::string& flag) {
  if (const SettingFlag* setting = FindSetting(flag)) return SettingValues(*setting);
  if (context.command == nullptr) return {};
  const auto path = FieldPath::Resolve(*context.command, std::string_view{flag}.substr(2));
  return path.ok() ? FieldValues(path->field()) : std::vector<std::string>();
}

}  // namespace

std::string CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return "";
}

std::vector<std::string> Complete(const CommandTable& table,
                                  const std::vector<std::string>& words) {
  const std::string word = words.empty() ? "" : words.back();
  const Context context = Understand(table, words);
  if (context.open_flag) {
    const auto values = Values(context, *context.open_flag);
    return values == std::vector<std::string>{"@file"} ? values : Starting(values, word);
  }
  if (absl::StartsWith(word, "-")) return Flags(context.command, word);
  if (context.words.empty()) {
    std::vector<std::string> names = table.resources();
    names.push_back("completion");
    return Starting(names, word);
  }
  if (context.words.size() == 1) {
    if (context.words[0] == "completion") return Starting({"bash", "zsh"}, word);
    std::vector<std::string> verbs;
    for (const Command* command : table.Find(context.words[0])) verbs.push_back(command->verb);
    return Starting(verbs, word);
  }
  return {};
}

}  // namespace billing::ctl
