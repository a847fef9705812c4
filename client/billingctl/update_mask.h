#ifndef CLIENT_BILLINGCTL_UPDATE_MASK_H_
#define CLIENT_BILLINGCTL_UPDATE_MASK_H_

#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// The paths of everything that is set in the resource of an update: lists, textual values and what
// can only be named whole each as one. Left out is what an update cannot change or what a read gave
// beside it: read-only and immutable fields, maps of raw JSON, and the fields that are called like
// one of `arguments`, which are in the path.
google::protobuf::FieldMask MaskOf(
    const google::protobuf::Message& resource,
    const std::vector<const google::protobuf::FieldDescriptor*>& arguments);

// Whether a field is read-only or immutable.
bool IsFixed(const google::protobuf::FieldDescriptor& field);

// Whether the mask names the field at `path`, something around it, or something in it.
bool Names(const google::protobuf::FieldMask& mask, std::string_view path);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_UPDATE_MASK_H_
