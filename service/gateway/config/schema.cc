#include "service/gateway/config/schema.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "service/common/strings.h"
#include "service/gateway/config/value.h"

namespace billing::gateway::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Kind = YamlNode::Kind;

const char* KindName(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a single value";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a group of keys";
  }
  return "";
}

std::string Element(const std::string& path, int index) {
  return absl::StrCat(path, "[", index, "]");
}

class Reader {
 public:
  explicit Reader(Problems& problems) : problems_(problems) {}

  void ReadMessage(const YamlNode& node, const std::string& path, Message& message) {
    if (node.kind != Kind::kMapping) {
      return Wrong(path, node, absl::StrCat("must be a group of keys, not ", KindName(node)));
    }
    std::map<std::string, int> seen;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = node.children[i];
      if (key.kind != Kind::kScalar) {
        Wrong(path, key, absl::StrCat("has ", KindName(key), " for a key"));
        continue;
      }
      const auto [first, is_new] = seen.emplace(key.text, key.line);
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key.text);
      if (field == nullptr) {
        Wrong(path, key, absl::StrCat("unknown key ", Quote(key.text)));
      } else if (!is_new) {
        Wrong(path, key,
              absl::StrCat("key ", Quote(key.text), " was given on line ", first->second,
                           " already"));
      } else {
        problems_.Given(Join(path, field->name()), key.line);
        ReadField(node.children[i + 1], Join(path, field->name()), *field, message);
      }
    }
  }

 private:
  void Wrong(const std::string& path, const YamlNode& node, std::string what) {
    problems_.Add(path, node.line, std::move(what));
  }

  void ReadField(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
                 Message& message) {
    if (!field.is_repeated()) return ReadOne(node, path, field, message);
    if (node.kind != Kind::kSequence) {
      return Wrong(path, node, absl::StrCat("must be a list, not ", KindName(node)));
    }
    int index = 0;
    for (const YamlNode& child : node.children) {
      const std::string element = Element(path, index++);
      problems_.Given(element, child.line);
      ReadOne(child, element, field, message);
    }
  }

  void ReadOne(const YamlNode& node, const std::string& path, const FieldDescriptor& field,
               Message& message) {
    if (!IsScalar(field) && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const auto& reflection = *message.GetReflection();
      return ReadMessage(node, path,
                         field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                             : *reflection.MutableMessage(&message, &field));
    }
    if (node.kind != Kind::kScalar) {
      return Wrong(path, node, absl::StrCat("must be a single value, not ", KindName(node)));
    }
    if (node.quoted && IsBare(field)) {
      return Wrong(path, node, "must not be in quotes");
    }
    absl::StatusOr<Value> value = ParseValue(field, node.text);
    if (!value.ok()) return Wrong(path, node, std::string(common::ToStd(value.status().message())));
    Store(field, *std::move(value), message);
  }

  // Quotes turn a number or a truth value into text.
  static bool IsBare(const FieldDescriptor& field) {
    return field.cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
           field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM &&
           field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
  }

  Problems& problems_;
};

bool IsGroup(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsScalar(field);
}

void RequireIn(const Message& message, const std::string& path, Problems& problems) {
  const Descriptor& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string here = Join(path, field.name());
    if (SettingOf(field).required() && !problems.IsGiven(here)) {
      problems.Add(here, "is missing");
    }
    if (!IsGroup(field)) continue;
    if (!field.is_repeated()) {
      // What is left out may still hold required keys: the default instance says so.
      RequireIn(reflection.GetMessage(message, &field), here, problems);
      continue;
    }
    for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
      RequireIn(reflection.GetRepeatedMessage(message, &field, k), Element(here, k), problems);
    }
  }
}

}  // namespace

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : absl::StrCat(path, ".", key);
}

void ReadDocument(const YamlNode& document, Message& message, Problems& problems) {
  if (document.kind == Kind::kNull) return;
  Reader(problems).ReadMessage(document, "", message);
}

void RequireKeys(const Message& message, Problems& problems) { RequireIn(message, "", problems); }

void ApplyDefaults(Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      if (!IsGroup(field)) continue;
      for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
        ApplyDefaults(*reflection.MutableRepeatedMessage(&message, &field, k));
      }
    } else if (IsGroup(field)) {
      // A group without any default stays away.
      std::unique_ptr<Message> group(reflection.GetMessage(message, &field).New());
      group->CopyFrom(reflection.GetMessage(message, &field));
      ApplyDefaults(*group);
      if (group->ByteSizeLong() == 0) continue;
      reflection.MutableMessage(&message, &field)->CopyFrom(*group);
    } else if (SettingOf(field).has_default_value() && !reflection.HasField(message, &field)) {
      absl::StatusOr<Value> value = ParseValue(field, SettingOf(field).default_value());
      if (value.ok()) Store(field, *std::move(value), message);
    }
  }
}

}  // namespace billing::gateway::config
