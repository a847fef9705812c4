#ifndef CLIENT_BILLINGCTL_RUN_H_
#define CLIENT_BILLINGCTL_RUN_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "client/billingctl/command_line.h"

namespace billing::ctl {

// What a run meets outside.
struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Columns of the terminal `out` is; 0 if it is none.
  size_t width = 0;
  Environment environment;
  std::string version;
};

// The whole program but for its process: reads the command line (without the program's name), makes
// the call, prints. Returns the exit code. Blocks.
int Run(const std::vector<std::string>& words, const Surroundings& surroundings);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_RUN_H_
