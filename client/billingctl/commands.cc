#include "client/billingctl/commands.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

using Words = std::vector<std::string>;

bool IsRequired(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::REQUIRED) return true;
  }
  return false;
}

bool SameWord(const std::string& word, const std::string& of_resource, bool last) {
  if (word == of_resource) return true;
  return last && (word == of_resource + "s" ||
                  (absl::EndsWith(of_resource, "y") &&
                   word == absl::StrCat(of_resource.substr(0, of_resource.size() - 1), "ies")));
}

// The method's words without the resource's, which may be in the plural.
Words Without(const Words& method, const Words& resource) {
  for (size_t at = 0; at + resource.size() <= method.size(); ++at) {
    bool same = true;
    for (size_t i = 0; i < resource.size(); ++i) {
      same = same && SameWord(method[at + i], resource[i], i + 1 == resource.size());
    }
    if (!same || method.size() == resource.size()) continue;
    Words rest = method;
    const auto begin = rest.begin() + static_cast<Words::difference_type>(at);
    rest.erase(begin, begin + static_cast<Words::difference_type>(resource.size()));
    return rest;
  }
  return method;
}

const std::string& PathOf(const google::api::HttpRule& http) {
  switch (http.pattern_case()) {
    case google::api::HttpRule::kGet:
      return http.get();
    case google::api::HttpRule::kPut:
      return http.put();
    case google::api::HttpRule::kPost:
      return http.post();
    case google::api::HttpRule::kDelete:
      return http.delete_();
    default:
      return http.patch();
  }
}

std::vector<const FieldDescriptor*> Arguments(const MethodDescriptor& method) {
  std::vector<const FieldDescriptor*> arguments;
  const Descriptor& request = *method.input_type();
  const std::string& path = PathOf(method.options().GetExtension(google::api::http));
  for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
    const size_t end = path.find_first_of("=}", open);
    if (end == std::string::npos) break;
    const auto* field = request.FindFieldByName(path.substr(open + 1, end - open - 1));
    if (field != nullptr) arguments.push_back(field);
  }
  if (!arguments.empty()) return arguments;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor& field = *request.field(i);
    const bool word = field.type() == FieldDescriptor::TYPE_STRING ||
                      field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                      field.cpp_type() == FieldDescriptor::CPPTYPE_INT32;
    if (word && !field.is_repeated() && IsRequired(field)) arguments.push_back(&field);
  }
  return arguments;
}

Command MakeCommand(const MethodDescriptor& method) {
  Command command;
  const ServiceDescriptor& service = *method.service();
  const std::string name(absl::StripSuffix(service.name(), "Service"));
  const std::string package = service.file()->package();
  command.method = &method;
  command.resource = Kebab(name);
  command.qualified_resource =
      absl::StrCat(package.substr(0, package.find('.')), ".", command.resource);
  command.long_verb = Kebab(method.name());
  const Words words = absl::StrSplit(command.long_verb, '-');
  command.verb = absl::StrJoin(Without(words, absl::StrSplit(command.resource, '-')), "-");
  command.arguments = Arguments(method);
  const Descriptor& request = *method.input_type();
  command.body = request.FindFieldByName(method.options().GetExtension(google::api::http).body());
  if (command.body != nullptr && command.body->message_type() == nullptr) command.body = nullptr;
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->message_type() == google::protobuf::FieldMask::descriptor()) {
      command.mask = request.field(i);
    }
  }
  return command;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

std::string Kebab(std::string_view camel) {
  std::string kebab;
  for (const char c : camel) {
    if (absl::ascii_isupper(c) && !kebab.empty()) kebab += '-';
    kebab += absl::ascii_tolower(c);
  }
  return kebab;
}

CommandTable::CommandTable(const std::vector<const FileDescriptor*>& files) {
  for (const FileDescriptor* file : files) {
    if (file->package() == "grpc" || absl::StartsWith(file->package(), "grpc.")) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        commands_.push_back(MakeCommand(*file->service(s)->method(m)));
      }
    }
  }
  std::sort(commands_.begin(), commands_.end(), [](const Command& a, const Command& b) {
    return std::tie(a.method->service()->full_name(), a.verb) <
           std::tie(b.method->service()->full_name(), b.verb);
  });
  std::map<std::string, const ServiceDescriptor*> owners;
  std::map<std::pair<const ServiceDescriptor*, std::string>, int> verbs;
  for (Command& command : commands_) {
    const auto [owner, first] = owners.emplace(command.resource, command.method->service());
    if (owner->second != command.method->service()) command.resource = command.qualified_resource;
    ++verbs[{command.method->service(), command.verb}];
  }
  for (Command& command : commands_) {
    if (verbs[{command.method->service(), command.verb}] > 1) command.verb = command.long_verb;
  }
}

std::vector<std::string> CommandTable::resources() const {
  std::set<std::string> names;
  for (const Command& command : commands_) names.insert(command.resource);
  return {names.begin(), names.end()};
}

std::vector<const Command*> CommandTable::Find(std::string_view resource) const {
  std::vector<const Command*> found;
  for (const absl::string_view name :
       {ToAbsl(resource), absl::StripSuffix(ToAbsl(resource), "s")}) {
    for (const Command& command : commands_) {
      if (command.resource == name || command.qualified_resource == name) {
        found.push_back(&command);
      }
    }
    if (!found.empty()) break;
  }
  return found;
}

const Command* CommandTable::Find(std::string_view resource, std::string_view verb) const {
  for (const Command* command : Find(resource)) {
    if (command->verb == verb || command->long_verb == verb) return command;
  }
  return nullptr;
}

std::string Closest(std::string_view typed, const std::vector<std::string>& names) {
  std::string best;
  size_t least = std::min<size_t>(3, typed.size() / 2 + 1);
  for (const std::string& name : names) {
    const size_t distance = EditDistance(typed.substr(0, 200), name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace billing::ctl
