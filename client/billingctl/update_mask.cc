#include "client/billingctl/update_mask.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "billing/gateway/v1/options.pb.h"
#include "client/billingctl/text_values.h"
#include "google/api/field_behavior.pb.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;

bool IsNamedAsOne(const FieldDescriptor& field) {
  return field.is_repeated() || field.message_type() == nullptr ||
         IsTextual(*field.message_type()) ||
         field.options().GetExtension(gateway::v1::field).whole();
}

void AddPaths(const Message& message, const std::string& prefix,
              const std::vector<const FieldDescriptor*>& skipped, FieldMask& mask) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool in_path = std::any_of(skipped.begin(), skipped.end(), [&](const auto* argument) {
      return argument->name() == field->name();
    });
    if (in_path || IsFixed(*field) || field->is_map()) continue;
    const std::string path = absl::StrCat(prefix, field->name());
    if (IsNamedAsOne(*field)) {
      mask.add_paths(path);
    } else {
      AddPaths(message.GetReflection()->GetMessage(message, field), path + ".", {}, mask);
    }
  }
}

}  // namespace

bool IsFixed(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    const auto behavior = options.GetExtension(google::api::field_behavior, i);
    if (behavior == google::api::OUTPUT_ONLY || behavior == google::api::IMMUTABLE) return true;
  }
  return false;
}

FieldMask MaskOf(const Message& resource, const std::vector<const FieldDescriptor*>& arguments) {
  FieldMask mask;
  AddPaths(resource, "", arguments, mask);
  return mask;
}

bool Names(const FieldMask& mask, std::string_view path) {
  const std::string asked = absl::StrCat(common::ToAbsl(path), ".");
  return std::any_of(mask.paths().begin(), mask.paths().end(), [&](const std::string& named) {
    const std::string whole = named + ".";
    return absl::StartsWith(whole, asked) || absl::StartsWith(asked, whole);
  });
}

}  // namespace billing::ctl
