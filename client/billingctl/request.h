#ifndef CLIENT_BILLINGCTL_REQUEST_H_
#define CLIENT_BILLINGCTL_REQUEST_H_

#include <istream>
#include <memory>

#include "absl/status/statusor.h"
#include "client/billingctl/command_line.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// The request of a command line: from --request, then --file, then the arguments, then the flags,
// each on top of the one before. An update_mask that nobody gave names what was set
// (update_mask.h); one that was given has the resource beside it, if empty. `input` stands for the
// file "-". InvalidArgument lists every
// mistake, one a line, with the flag, or the file, line and column at fault.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> BuildRequest(const Invocation& line,
                                                                        std::istream& input);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_REQUEST_H_
