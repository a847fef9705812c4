#ifndef CLIENT_BILLINGCTL_HELP_H_
#define CLIENT_BILLINGCTL_HELP_H_

#include <ostream>
#include <string>
#include <string_view>

#include "client/billingctl/commands.h"

namespace billing::ctl {

// How the program is used at all: resources and settings.
void PrintHelp(const CommandTable& table, std::ostream& out);
// The commands of a resource.
void PrintHelp(const CommandTable& table, std::string_view resource, std::ostream& out);
// One command: its arguments and the flags of its fields.
void PrintHelp(const Command& command, std::ostream& out);

// "billogram get ID".
std::string Usage(const Command& command);

// The comment of a method or field in its .proto file, as one line; empty where there is none.
std::string_view CommentOf(std::string_view full_name);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_HELP_H_
