#ifndef CLIENT_BILLINGCTL_REPORT_H_
#define CLIENT_BILLINGCTL_REPORT_H_

#include <ostream>

#include "client/billingctl/command_line.h"
#include "client/cpp/call_error.h"

namespace billing::ctl {

// What the process ends with; see README.md.
enum ExitCode {
  kDone = 0,
  kLocalFailure = 1,  // a file, the output
  kBadInput = 2,      // a flag, a word, a document
  kRefused = 3,       // the call was understood and refused
  kNotFound = 4,
  kNotAllowed = 5,
  kTryLater = 6,  // trying again may help and does nothing twice
  kNoAnswer = 7,  // out of time or cancelled; doing it again does nothing twice
  kInDoubt = 8,   // a write may or may not have been done
  kServerFailure = 9,
};

// `unsafe`: the call is a write that must not be repeated blindly, so that an error which does not
// come from the gateway leaves doubt.
ExitCode ExitCodeOf(const client::CallError& error, bool unsafe);

// The error with its decoded details and, for each field at fault, the flag that sets it, if that
// was given or no file can hold the field; then what a write may have done.
void PrintError(const client::CallError& error, const Invocation& line, bool unsafe,
                std::ostream& out);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_REPORT_H_
