#ifndef CLIENT_BILLINGCTL_COMMANDS_H_
#define CLIENT_BILLINGCTL_COMMANDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace billing::ctl {

// One RPC as a command: "billogram get ID".
struct Command {
  const google::protobuf::MethodDescriptor* method = nullptr;
  // The service's name without "Service": "billing-tab".
  std::string resource;
  // The resource with its package's first part, which tells two of one name apart:
  // "billpro.customer".
  std::string qualified_resource;
  // The method's name without the resource's: "get", "list-events".
  std::string verb;
  // The method's whole name: "get-billogram", taken as well.
  std::string long_verb;
  // Request fields given as plain words: the path's variables, else the required numbers and texts.
  std::vector<const google::protobuf::FieldDescriptor*> arguments;
  // The request's field that a file fills: the body, where google.api.http names one.
  const google::protobuf::FieldDescriptor* body = nullptr;
  // The request's update_mask, if it has one.
  const google::protobuf::FieldDescriptor* mask = nullptr;
};

// "BillingTab" -> "billing-tab".
std::string Kebab(std::string_view camel);

// The commands of all services of `files`, infrastructure's (package grpc) left out, in
// alphabetical order. A bare resource that two packages have is the first's; the other's is
// qualified.
class CommandTable {
 public:
  explicit CommandTable(const std::vector<const google::protobuf::FileDescriptor*>& files);

  const std::vector<Command>& commands() const { return commands_; }
  // The names of all resources as a user best writes them.
  std::vector<std::string> resources() const;
  // The commands of a resource: bare, qualified, or with an s ("billograms"). Empty if there is
  // none.
  std::vector<const Command*> Find(std::string_view resource) const;
  // nullptr if there is none.
  const Command* Find(std::string_view resource, std::string_view verb) const;

 private:
  std::vector<Command> commands_;
};

// The alternative that looks most like what was typed, or an empty string if none does.
std::string Closest(std::string_view typed, const std::vector<std::string>& names);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_COMMANDS_H_
