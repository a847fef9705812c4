#ifndef SERVICE_GATEWAY_TRANSLATE_MASK_H_
#define SERVICE_GATEWAY_TRANSLATE_MASK_H_

#include <string_view>
#include <vector>

#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/violation.h"

namespace billing::gateway::translate {

// The part of a message that an update names; made from a FieldMask.
struct MaskNode {
  struct Child;
  std::vector<Child> children;
  bool unmapped = false;  // the mask names `unmapped` itself

  const MaskNode* Find(const FieldTable& field) const;
};
struct MaskNode::Child {
  const FieldTable* field = nullptr;
  MaskNode node;  // without children and `unmapped`: the whole field

  bool whole() const { return node.children.empty() && !node.unmapped; }
};

// Adds one path of a FieldMask, "contact.email" say, to `root`; false, with a violation at
// "update_mask", for a path that names nothing an update can send. Adds no violation to
// kMaxViolations.
bool AddMaskPath(const MessageTable& table, std::string_view path, MaskNode* root,
                 std::vector<Violation>* violations);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_MASK_H_
