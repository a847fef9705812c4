#ifndef CLIENT_BILLINGCTL_FIELD_FLAGS_H_
#define CLIENT_BILLINGCTL_FIELD_FLAGS_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/billingctl/commands.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// One field of a request as a flag names it: "billogram.items.0.title", or "items.0.title" where
// the request itself has no field `items` and its body has one.
class FieldPath {
 public:
  // Resolves the name of a flag, dashes for underscores allowed. InvalidArgument, saying which part
  // is wrong and what was probably meant.
  static absl::StatusOr<FieldPath> Resolve(const Command& command, std::string_view name);

  // The field that gets the value. For an entry of a map it is the map's value.
  const google::protobuf::FieldDescriptor& field() const { return *steps_.back().field; }
  // The field's place in the request: "billogram.items[0].price", `unmapped["key"]`.
  std::string ToString() const;
  // A bool that may stand without a value.
  bool is_switch() const;

  // Sets the field in `request`, a message of the command's request type. A repeated field is added
  // to. Messages are written as text (text_values.h), as JSON or YAML in {...}, or, where some of
  // their fields are required, as their first values joined by colons: "send:Email".
  // OutOfRange for an element whose predecessor is not set, InvalidArgument for a bad value.
  absl::Status Set(std::string_view text, google::protobuf::Message& request) const;

 private:
  struct Step {
    const google::protobuf::FieldDescriptor* field = nullptr;
    std::optional<int> index;  // of an element of a list
    std::string key;           // of an entry of a map; the field is then its value
    bool in_map = false;
  };

  absl::Status SetHere(std::string_view text, google::protobuf::Message& parent) const;

  std::vector<Step> steps_;
};

// The flag or argument that sets a field which an error names: "billogram.items[0].price" is
// "--items.0.price", "id" is "ID". Empty for what is no field of the request.
std::string FlagOf(const Command& command, std::string_view field_path);

// All names of flags that begin so, one level of nesting at a time: "--on-success." stands for
// more.
std::vector<std::string> FlagNames(const Command& command, std::string_view prefix);

// "creditor_unique_value" -> "creditor-unique-value".
std::string Dashed(std::string_view name);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_FIELD_FLAGS_H_
