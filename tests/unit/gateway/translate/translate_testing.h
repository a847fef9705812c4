#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_TRANSLATE_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_TRANSLATE_TESTING_H_

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "billing/gateway/v1/options.pb.h"
#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/wire_to_json.h"

namespace billing::gateway::translate {

inline void PrintTo(const Violation& violation, std::ostream* out) {
  *out << violation.field << ": " << violation.description;
}

namespace testing {

// A .proto file written by a test, one declaration a string. The rest of the descriptor (optional
// presence, map entries, imports) is filled in.
class ProtoFile {
 public:
  explicit ProtoFile(const std::string& package) {
    proto_.set_name(package + ".proto");
    proto_.set_package(package);
    proto_.set_syntax("proto3");
    for (const google::protobuf::Descriptor* known :
         {google::type::Decimal::descriptor(), google::type::Date::descriptor(),
          google::protobuf::Timestamp::descriptor(), google::protobuf::FieldMask::descriptor(),
          google::protobuf::Empty::descriptor(), billing::gateway::v1::Api::descriptor(),
          google::api::HttpRule::descriptor()}) {
      proto_.add_dependency(known->file()->name());
    }
    proto_.add_dependency("google/api/field_behavior.proto");
    proto_.add_dependency("google/api/annotations.proto");
  }

  // Each field is "[repeated] type name = number [REQUIRED|OUTPUT_ONLY] [{FieldRule}]"; the type is
  // a scalar of protobuf, "unmapped", "enum:Name", a message of this file or one of google's.
  ProtoFile& Message(const std::string& name, const std::vector<std::string>& fields) {
    google::protobuf::DescriptorProto* message = proto_.add_message_type();
    message->set_name(name);
    for (const std::string& field : fields) AddField(field, message);
    return *this;
  }

  // Each value is "NAME = number [spelling]".
  ProtoFile& Enum(const std::string& name, const std::vector<std::string>& values) {
    google::protobuf::EnumDescriptorProto* entry = proto_.add_enum_type();
    entry->set_name(name);
    for (const std::string& text : values) {
      std::istringstream words(text);
      std::string value_name, equals, spelling;
      int number = 0;
      words >> value_name >> equals >> number >> std::ws;
      std::getline(words, spelling);
      google::protobuf::EnumValueDescriptorProto* value = entry->add_value();
      value->set_name(value_name);
      value->set_number(number);
      if (!spelling.empty()) {
        value->mutable_options()->SetExtension(billing::gateway::v1::spelling, spelling);
      }
    }
    return *this;
  }

  // `api` is an Api in text format.
  ProtoFile& Service(const std::string& name, const std::string& api) {
    google::protobuf::ServiceDescriptorProto* service = proto_.add_service();
    service->set_name(name);
    Text(api, service->mutable_options()->MutableExtension(billing::gateway::v1::api));
    return *this;
  }

  // A method of the last service; `http` is an HttpRule and `rest` a Rest in text format.
  ProtoFile& Rpc(const std::string& name, const std::string& request, const std::string& response,
                 const std::string& http, const std::string& rest) {
    google::protobuf::MethodDescriptorProto* method =
        proto_.mutable_service(proto_.service_size() - 1)->add_method();
    method->set_name(name);
    method->set_input_type(Qualified(request));
    method->set_output_type(Qualified(response));
    Text(http, method->mutable_options()->MutableExtension(google::api::http));
    Text(rest, method->mutable_options()->MutableExtension(billing::gateway::v1::rest));
    return *this;
  }

  // For what the functions above cannot say.
  google::protobuf::FileDescriptorProto& proto() { return proto_; }

  // The descriptors; they live as long as this file. Only once.
  const google::protobuf::FileDescriptor* Build() {
    const google::protobuf::FileDescriptor* file = pool_.BuildFile(proto_);
    EXPECT_NE(file, nullptr) << proto_.DebugString();
    return file;
  }

  const google::protobuf::Descriptor* Find(const std::string& message) const {
    return pool_.FindMessageTypeByName(proto_.package() + "." + message);
  }

 private:
  static void Text(const std::string& text, google::protobuf::Message* message) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message)) << text;
  }

  std::string Qualified(const std::string& type) const {
    return type.rfind("google.", 0) == 0 ? "." + type : "." + proto_.package() + "." + type;
  }

  void AddField(const std::string& text, google::protobuf::DescriptorProto* message) {
    using google::protobuf::FieldDescriptorProto;
    std::istringstream words(text);
    std::string type, name, equals, rest;
    int number = 0;
    words >> type;
    const bool repeated = type == "repeated";
    if (repeated) words >> type;
    words >> name >> equals >> number >> std::ws;
    std::getline(words, rest);

    FieldDescriptorProto* field = message->add_field();
    field->set_name(name);
    field->set_number(number);
    field->set_label(repeated ? FieldDescriptorProto::LABEL_REPEATED
                              : FieldDescriptorProto::LABEL_OPTIONAL);
    SetType(type, field, message);
    for (const auto& [word, behavior] :
         {std::pair<std::string, google::api::FieldBehavior>{"REQUIRED", google::api::REQUIRED},
          {"OUTPUT_ONLY", google::api::OUTPUT_ONLY}}) {
      if (rest.rfind(word, 0) != 0) continue;
      field->mutable_options()->AddExtension(google::api::field_behavior, behavior);
      rest.erase(0, word.size());
    }
    if (const size_t brace = rest.find('{'); brace != std::string::npos) {
      Text(rest.substr(brace + 1, rest.rfind('}') - brace - 1),
           field->mutable_options()->MutableExtension(billing::gateway::v1::field));
    }
    const bool scalar = field->type() != FieldDescriptorProto::TYPE_MESSAGE;
    if (scalar && !repeated) {
      field->set_proto3_optional(true);
      field->set_oneof_index(message->oneof_decl_size());
      message->add_oneof_decl()->set_name("_" + name);
    }
  }

  // As protoc names the entries of a map: "unmapped" has "UnmappedEntry".
  static std::string EntryName(std::string field) {
    field[0] = static_cast<char>(field[0] - 'a' + 'A');
    return field + "Entry";
  }

  void SetType(const std::string& type, google::protobuf::FieldDescriptorProto* field,
               google::protobuf::DescriptorProto* message) const {
    using google::protobuf::FieldDescriptorProto;
    if (type == "unmapped") {
      google::protobuf::DescriptorProto* entry = message->add_nested_type();
      entry->set_name(EntryName(field->name()));
      entry->mutable_options()->set_map_entry(true);
      for (const auto& [name, number] : {std::pair<const char*, int>{"key", 1}, {"value", 2}}) {
        FieldDescriptorProto* part = entry->add_field();
        part->set_name(name);
        part->set_number(number);
        part->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
        part->set_type(FieldDescriptorProto::TYPE_STRING);
      }
      field->set_label(FieldDescriptorProto::LABEL_REPEATED);
      field->set_type(FieldDescriptorProto::TYPE_MESSAGE);
      field->set_type_name(Qualified(message->name() + "." + entry->name()));
      return;
    }
    if (type.rfind("enum:", 0) == 0) {
      field->set_type(FieldDescriptorProto::TYPE_ENUM);
      field->set_type_name(Qualified(type.substr(5)));
      return;
    }
    static constexpr std::pair<const char*, FieldDescriptorProto::Type> kScalars[] = {
        {"string", FieldDescriptorProto::TYPE_STRING},
        {"int32", FieldDescriptorProto::TYPE_INT32},
        {"int64", FieldDescriptorProto::TYPE_INT64},
        {"bool", FieldDescriptorProto::TYPE_BOOL},
        {"bytes", FieldDescriptorProto::TYPE_BYTES},
        {"float", FieldDescriptorProto::TYPE_FLOAT},
        {"double", FieldDescriptorProto::TYPE_DOUBLE},
        {"uint32", FieldDescriptorProto::TYPE_UINT32},
        {"uint64", FieldDescriptorProto::TYPE_UINT64},
        {"sint32", FieldDescriptorProto::TYPE_SINT32},
        {"fixed64", FieldDescriptorProto::TYPE_FIXED64},
    };
    for (const auto& [name, scalar] : kScalars) {
      if (type == name) return field->set_type(scalar);
    }
    field->set_type(FieldDescriptorProto::TYPE_MESSAGE);
    field->set_type_name(Qualified(type));
  }

  google::protobuf::FileDescriptorProto proto_;
  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
};

// One field of every kind and spelling.
inline std::unique_ptr<ProtoFile> KindsFile() {
  auto file = std::make_unique<ProtoFile>("kinds");
  file->Enum("Color",
             {"COLOR_UNSPECIFIED = 0", "COLOR_RED = 1 red", "COLOR_DARK_BLUE = 2 Dark+Blue",
              "COLOR_SEA = 3 sea green", "COLOR_MINUS = -1 minus"});
  file->Message("Leaf", {"string text = 1", "repeated string texts = 2", "unmapped unmapped = 9"});
  file->Message("Inner", {"string text = 1", "int64 big = 2", "Leaf leaf = 3",
                          "google.type.Decimal money = 4", "repeated Leaf leaves = 5",
                          "unmapped unmapped = 100"});
  file->Message(
      "Kinds",
      {"string text = 1",
       "int32 small = 2",
       "int64 big = 3",
       "bool flag = 4",
       "enum:Color color = 5",
       "bytes blob = 6",
       "google.type.Decimal money = 7",
       "google.type.Decimal quoted_money = 8 {json_type: JSON_TYPE_STRING}",
       "int64 quoted_big = 9 {json_type: JSON_TYPE_STRING}",
       "google.type.Date day = 10",
       "google.type.Date slash_day = 11 {date: DATE_SPELLING_DAY_FIRST}",
       "google.protobuf.Timestamp at = 12",
       "google.protobuf.Timestamp at_t = 13 {timestamp: TIMESTAMP_SPELLING_T}",
       "google.protobuf.Timestamp at_z = 14 {timestamp: TIMESTAMP_SPELLING_RFC3339_Z}",
       "google.protobuf.Timestamp at_offset = 15 {timestamp: TIMESTAMP_SPELLING_RFC3339_OFFSET}",
       "google.protobuf.Timestamp at_micros = 16 {timestamp: TIMESTAMP_SPELLING_MICROS_Z}",
       "Inner inner = 17",
       "repeated Inner inners = 18",
       "repeated string texts = 19",
       "repeated int64 bigs = 20",
       "repeated enum:Color colors = 21",
       "repeated google.type.Decimal moneys = 22",
       "string renamed = 23 {name: \"Other Name\"}",
       "repeated google.type.Date days = 24",
       "repeated bytes blobs = 25",
       "repeated bool flags = 26",
       "google.protobuf.Timestamp at_millis = 28 {timestamp: TIMESTAMP_SPELLING_MILLIS_Z}",
       "string far = 2000",
       "unmapped unmapped = 3000"});
  return file;
}

// The messages of one file with their tables and, to have a second opinion, the protobuf library's
// own view of them.
class Tables {
 public:
  explicit Tables(std::unique_ptr<ProtoFile> file) : file_(std::move(file)) { file_->Build(); }

  const MessageTable& Get(const std::string& message) {
    auto table = registry_.Add(file_->Find(message));
    EXPECT_TRUE(table.ok()) << table.status();
    return **table;
  }

  // `text` in text format, serialised by the protobuf library with map keys sorted.
  std::string Wire(const std::string& message, const std::string& text) {
    std::unique_ptr<google::protobuf::Message> made = New(message);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, made.get())) << text;
    return Serialize(*made);
  }

  // What the protobuf library makes of any wire, serialised anew; "(invalid)" if it refuses it.
  std::string Reserialize(const std::string& message, std::string_view wire) {
    std::unique_ptr<google::protobuf::Message> made = New(message);
    if (!made->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return "(invalid)";
    return Serialize(*made);
  }

  // For failures.
  std::string Text(const std::string& message, std::string_view wire) {
    std::unique_ptr<google::protobuf::Message> made = New(message);
    if (!made->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return "(invalid)";
    return made->ShortDebugString();
  }

  std::unique_ptr<google::protobuf::Message> New(const std::string& message) {
    return std::unique_ptr<google::protobuf::Message>(
        factory_.GetPrototype(file_->Find(message))->New());
  }

  static std::string Serialize(const google::protobuf::Message& message) {
    std::string wire;
    {
      google::protobuf::io::StringOutputStream stream(&wire);
      google::protobuf::io::CodedOutputStream coded(&stream);
      coded.SetSerializationDeterministic(true);
      message.SerializeToCodedStream(&coded);
    }
    return wire;
  }

 private:
  std::unique_ptr<ProtoFile> file_;
  TableRegistry registry_;
  google::protobuf::DynamicMessageFactory factory_;
};

// A document with its padding, on the heap and no longer than it must be, so that the sanitizers
// see a read behind it.
class Padded {
 public:
  explicit Padded(std::string_view json)
      : size_(json.size()), data_(std::make_unique<char[]>(json.size() + kJsonPadding)) {
    if (!json.empty()) std::memcpy(data_.get(), json.data(), json.size());
  }
  PaddedJson get() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> data_;
};

// `levels` arrays around nothing.
inline std::string Nested(int levels) {
  return std::string(static_cast<size_t>(levels), '[') +
         std::string(static_cast<size_t>(levels), ']');
}

inline std::vector<std::string> Fields(const std::vector<Violation>& violations) {
  std::vector<std::string> fields;
  for (const Violation& violation : violations) fields.push_back(violation.field);
  return fields;
}

// The methods of every service in the .proto files of one folder: "billpro/v1/".
inline std::unique_ptr<MethodTable> MethodsIn(const std::string& folder) {
  std::vector<std::string> names;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::vector<const google::protobuf::FileDescriptor*> files;
  for (const std::string& name : names) {
    if (name.rfind(folder, 0) != 0) continue;
    files.push_back(google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name));
  }
  auto methods = MethodTable::Make(files);
  EXPECT_TRUE(methods.ok()) << methods.status();
  return methods.ok() ? *std::move(methods) : nullptr;
}

inline std::unique_ptr<MethodTable> BillogramMethods() { return MethodsIn("billogram/v2/"); }

}  // namespace testing
}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_TRANSLATE_TESTING_H_
