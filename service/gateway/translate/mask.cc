#include "service/gateway/translate/mask.h"

#include "absl/strings/str_cat.h"
#include "service/gateway/translate/call_error.h"

namespace billing::gateway::translate {
namespace {

// Splits a path of a FieldMask into its fields; the reason if it names nothing that an update can
// send. `unmapped` tells that it ends in the field of that name.
const char* ReadMaskPath(const MessageTable& table, std::string_view path,
                         std::vector<const FieldTable*>* steps, bool* unmapped) {
  const MessageTable* message = &table;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    *unmapped = name == "unmapped" && message->unmapped_number != 0;
    if (*unmapped && dot == std::string_view::npos) return nullptr;
    const FieldTable* field = message->FindProto(name);
    if (field == nullptr) return "names no field";
    if (field->output_only) return "is read-only";
    if (field->immutable) return "cannot be changed";
    steps->push_back(field);
    if (dot == std::string_view::npos) return nullptr;
    if (field->repeated || field->whole || field->kind != FieldKind::kMessage) {
      return "goes into a field that can only be named whole";
    }
    message = field->message;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace

const MaskNode* MaskNode::Find(const FieldTable& field) const {
  for (const Child& child : children) {
    if (child.field == &field) return &child.node;
  }
  return nullptr;
}

bool AddMaskPath(const MessageTable& table, std::string_view path, MaskNode* root,
                 std::vector<Violation>* violations) {
  std::vector<const FieldTable*> steps;
  bool unmapped = false;
  if (const char* why = ReadMaskPath(table, path, &steps, &unmapped)) {
    // No path that names something is nearly as long.
    constexpr size_t kMaxShown = 128;
    if (violations->size() < kMaxViolations) {
      violations->push_back(
          {"update_mask", absl::StrCat("\"", CleanText(path, kMaxShown), "\" ", why)});
    }
    return false;
  }
  MaskNode* node = root;
  for (const FieldTable* field : steps) {
    MaskNode::Child* child = nullptr;
    for (MaskNode::Child& known : node->children) {
      if (known.field == field) child = &known;
    }
    if (child != nullptr && child->whole()) return true;  // a wider path was named already
    if (child == nullptr) child = &node->children.emplace_back(MaskNode::Child{field, {}});
    node = &child->node;
  }
  if (unmapped) {
    node->unmapped = true;
  } else {
    *node = MaskNode();
  }
  return true;
}

}  // namespace billing::gateway::translate
