#include "client/billingctl/fill.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/billingctl/text_values.h"
#include "google/protobuf/descriptor.h"
#include "google/type/decimal.pb.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  if (const auto* field = type.FindFieldByName(name)) return field;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) return type.field(i);
  }
  return nullptr;
}

class Filler {
 public:
  explicit Filler(std::vector<std::string>& problems) : problems_(problems) {}

  void Fields(const Node& node, const std::string& path, Message& message) {
    if (node.kind == Node::Kind::kNull) return;
    if (node.kind != Node::Kind::kMap) return Problem(node, path, "fields are expected: {...}");
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const std::string inner = Join(path, node.keys[i].text);
      const FieldDescriptor* field = FindField(*message.GetDescriptor(), node.keys[i].text);
      if (field == nullptr) {
        Problem(node.keys[i], inner, "no such field");
      } else {
        Field(node.children[i], inner, *field, message);
      }
    }
  }

  void Field(const Node& node, const std::string& path, const FieldDescriptor& field,
             Message& message) {
    if (node.kind == Node::Kind::kNull) return;
    if (field.is_map()) return Map(node, path, field, message);
    if (!field.is_repeated() || node.kind != Node::Kind::kList) {
      return Value(node, path, field, message);
    }
    for (size_t i = 0; i < node.children.size(); ++i) {
      const std::string element = absl::StrCat(path, "[", i, "]");
      if (node.children[i].kind == Node::Kind::kNull) {
        Problem(node.children[i], element, "a list has no null");
      } else {
        Value(node.children[i], element, field, message);
      }
    }
  }

 private:
  static std::string Join(const std::string& path, const std::string& name) {
    return path.empty() ? name : absl::StrCat(path, ".", name);
  }

  void Problem(const Node& node, const std::string& path, std::string_view message) {
    problems_.push_back(AtPlace(node, path.empty()
                                          ? std::string(message)
                                          : absl::StrCat(path, ": ", common::ToAbsl(message))));
  }

  void Check(const absl::Status& status, const Node& node, const std::string& path) {
    if (!status.ok()) Problem(node, path, std::string(status.message()));
  }

  static bool IsScalar(const Node& node) {
    return node.kind != Node::Kind::kMap && node.kind != Node::Kind::kList;
  }

  void Value(const Node& node, const std::string& path, const FieldDescriptor& field,
             Message& message) {
    if (field.message_type() == nullptr) return Scalar(node, path, field, message);
    const auto& reflection = *message.GetReflection();
    Message& value = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                         : *reflection.MutableMessage(&message, &field);
    if (IsTextual(*field.message_type()) && IsScalar(node)) {
      Check(ParseTextual(node.text, value), node, path);
    } else {
      const size_t told = problems_.size();
      Fields(node, path, value);
      if (problems_.size() == told) CheckDecimal(node, path, value);
    }
  }

  // {value: 12.50} is to be a decimal just as 12.50 is.
  void CheckDecimal(const Node& node, const std::string& path, const Message& value) {
    const auto* decimal = google::protobuf::DynamicCastToGenerated<google::type::Decimal>(&value);
    if (decimal == nullptr || node.kind == Node::Kind::kNull) return;
    google::type::Decimal parsed;
    Check(ParseTextual(decimal->value(), parsed), node.children.empty() ? node : node.children[0],
          path);
  }

  void Scalar(const Node& node, const std::string& path, const FieldDescriptor& field,
              Message& message) {
    using Kind = Node::Kind;
    if (!IsScalar(node)) {
      return Problem(node, path, absl::StrCat(ValueKind(field), " is expected").c_str());
    }
    const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const bool truth = field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
    if (text && (node.kind == Kind::kNumber || node.kind == Kind::kBool)) {
      return Problem(node, path, "text is expected, in quotes");
    }
    if (truth && node.kind != Kind::kBool && node.kind != Kind::kPlain) {
      return Problem(node, path, "true or false is expected, without quotes");
    }
    Check(SetScalar(node.text, field, message), node, path);
  }

  void Map(const Node& node, const std::string& path, const FieldDescriptor& field,
           Message& message) {
    if (node.kind != Node::Kind::kMap) return Problem(node, path, "a map is expected: {...}");
    const auto& reflection = *message.GetReflection();
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const std::string inner = Join(path, node.keys[i].text);
      Message& entry = *reflection.AddMessage(&message, &field);
      Check(SetScalar(node.keys[i].text, *field.message_type()->map_key(), entry), node.keys[i],
            inner);
      Value(node.children[i], inner, *field.message_type()->map_value(), entry);
    }
  }

  std::vector<std::string>& problems_;
};

}  // namespace

void Fill(const Node& node, Message& message, std::vector<std::string>& problems) {
  Filler(problems).Fields(node, "", message);
}

void FillField(const Node& node, const FieldDescriptor& field, Message& message,
               std::vector<std::string>& problems) {
  Filler(problems).Field(node, field.name(), field, message);
}

}  // namespace billing::ctl
