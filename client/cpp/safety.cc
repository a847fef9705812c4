#include "client/cpp/safety.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace billing::client {
namespace {

namespace v1 = billing::gateway::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;
using google::protobuf::ServiceDescriptor;

using Path = std::vector<std::string>;

// Whether the raw JSON beside a message's fields has the field's key: it is sent just like the
// field.
bool IsUnmapped(const Message& message, const FieldDescriptor& field) {
  const FieldDescriptor* unmapped = message.GetDescriptor()->FindFieldByName("unmapped");
  if (unmapped == nullptr || !unmapped->is_map()) return false;
  const std::string& spelling = field.options().GetExtension(v1::field).name();
  const std::string& json_key = spelling.empty() ? field.name() : spelling;
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, unmapped); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, unmapped, i);
    const FieldDescriptor* key = entry.GetDescriptor()->map_key();
    if (entry.GetReflection()->GetString(entry, key) == json_key) return true;
  }
  return false;
}

// Whether anything is set at the path from `at` on. A path that leads nowhere counts as set.
bool IsSet(const Message& message, const Path& path, size_t at) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path[at]);
  if (field == nullptr || IsUnmapped(message, *field)) return true;
  const auto& reflection = *message.GetReflection();
  if (field->is_repeated()) {
    const int size = reflection.FieldSize(message, field);
    if (at + 1 == path.size() || field->is_map() || field->message_type() == nullptr) {
      return size > 0;
    }
    for (int i = 0; i < size; ++i) {
      if (IsSet(reflection.GetRepeatedMessage(message, field, i), path, at + 1)) return true;
    }
    return false;
  }
  if (!reflection.HasField(message, field)) return false;
  if (at + 1 == path.size() || field->message_type() == nullptr) return true;
  return IsSet(reflection.GetMessage(message, field), path, at + 1);
}

// Whether one path is the other, or leads to it.
bool Overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.substr(0, a.size()) == a && (a.size() == b.size() || b[a.size()] == '.');
}

// Mask paths begin within the resource, those of unsafe_when at the request.
bool IsMasked(const Message& request, const std::string& path) {
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return false;
  const std::string_view within = std::string_view(path).substr(dot + 1);
  const Descriptor& type = *request.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.message_type() != google::protobuf::FieldMask::descriptor() || field.is_repeated() ||
        !request.GetReflection()->HasField(request, &field)) {
      continue;
    }
    google::protobuf::FieldMask mask;
    mask.MergeFromString(request.GetReflection()->GetMessage(request, &field).SerializeAsString());
    for (const std::string& named : mask.paths()) {
      if (Overlap(named, within)) return true;
    }
  }
  return false;
}

bool ClassAllows(const MethodDescriptor& method) {
  const MethodOptions& options = method.options();
  if (!options.HasExtension(v1::rest)) {
    return options.idempotency_level() != MethodOptions::IDEMPOTENCY_UNKNOWN;
  }
  const v1::Safety safety = options.GetExtension(v1::rest).safety();
  return safety == v1::SAFETY_SAFE || safety == v1::SAFETY_IDEMPOTENT;
}

}  // namespace

bool AlwaysRepeatable(const MethodDescriptor& method) {
  return ClassAllows(method) && method.options().GetExtension(v1::rest).unsafe_when().empty();
}

bool IsRepeatable(const MethodDescriptor& method, const Message& request) {
  if (!ClassAllows(method)) return false;
  for (const std::string& path : method.options().GetExtension(v1::rest).unsafe_when()) {
    const Path parts = absl::StrSplit(path, '.');
    if (IsSet(request, parts, 0) || IsMasked(request, path)) return false;
  }
  return true;
}

bool IsRepeatable(const Message& request) {
  const FileDescriptor& file = *request.GetDescriptor()->file();
  bool found = false;
  for (int s = 0; s < file.service_count(); ++s) {
    const ServiceDescriptor& service = *file.service(s);
    for (int m = 0; m < service.method_count(); ++m) {
      if (service.method(m)->input_type() != request.GetDescriptor()) continue;
      if (!IsRepeatable(*service.method(m), request)) return false;
      found = true;
    }
  }
  return found;
}

}  // namespace billing::client
