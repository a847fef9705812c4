#ifndef CLIENT_BILLINGCTL_COMPLETION_H_
#define CLIENT_BILLINGCTL_COMPLETION_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/billingctl/commands.h"

namespace billing::ctl {

// The script that makes a shell ask this program for completions; empty for another shell than
// "bash" and "zsh".
std::string CompletionScript(std::string_view shell);

// What the last of `words`, perhaps empty, can become, given those before it. A name that ends in a
// dot wants more of it. "@file" alone: the shell completes names of files.
std::vector<std::string> Complete(const CommandTable& table, const std::vector<std::string>& words);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_COMPLETION_H_
