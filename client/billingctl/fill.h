#ifndef CLIENT_BILLINGCTL_FILL_H_
#define CLIENT_BILLINGCTL_FILL_H_

#include <string>
#include <vector>

#include "client/billingctl/node.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// Sets the fields of `message` that the map `node` names, by proto or JSON name, on top of what is
// set; lists are added to. Values are written as in proto JSON or as text_values.h reads them.
// null leaves a field as it is. Every mistake is added to `problems` as "LINE:COLUMN: path: what".
void Fill(const Node& node, google::protobuf::Message& message, std::vector<std::string>& problems);

// The same for one field of `message` and the value it gets; the elements of a list if the field is
// repeated, or one element.
void FillField(const Node& node, const google::protobuf::FieldDescriptor& field,
               google::protobuf::Message& message, std::vector<std::string>& problems);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_FILL_H_
