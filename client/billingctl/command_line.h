#ifndef CLIENT_BILLINGCTL_COMMAND_LINE_H_
#define CLIENT_BILLINGCTL_COMMAND_LINE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/billingctl/commands.h"
#include "client/billingctl/field_flags.h"
#include "client/cpp/call_options.h"
#include "client/cpp/channel.h"

namespace billing::ctl {

enum class Format { kAuto, kTable, kJson, kYaml };
enum class When { kAuto, kAlways, kNever };

// What the flags that are no fields of a request say.
struct Settings {
  client::ChannelOptions channel;
  client::CallOptions call;
  // Absent: 30 seconds for a call with one answer, none for a stream.
  std::optional<absl::Duration> timeout;
  std::vector<std::pair<std::string, std::string>> metadata;
  Format format = Format::kAuto;
  std::vector<std::string> columns;
  When progress = When::kAuto;
  std::string file;         // -f: fills the body
  std::string request;      // --request: fills the whole request
  std::string output_file;  // -O: where a document goes
  bool dry_run = false;
  bool help = false;
  bool version = false;
};

// A flag that is no field of a request.
struct SettingFlag {
  const char* name;
  char letter;        // 0: none
  const char* value;  // what it takes, in capitals; nullptr: nothing
  const char* help;
};
const std::vector<SettingFlag>& SettingFlags();

// A command line, understood but not yet carried out.
struct Invocation {
  Settings settings;
  // As typed; empty if there is none.
  std::string resource;
  std::string verb;
  const Command* command = nullptr;
  std::vector<std::string> arguments;
  struct Field {
    std::string flag;  // as typed
    FieldPath path;
    std::string value;
  };
  std::vector<Field> fields;
};

// What is used where no flag says otherwise: BILLING_SERVER, BILLING_ACCOUNT.
struct Environment {
  std::string server;
  std::string account;
};
Environment ReadEnvironment();

// Reads a command line without the program's name. Flags may stand anywhere; those of a command's
// fields behind it, one that is called like a setting with a dot before it ("--.account").
// InvalidArgument, naming every flag and word at fault, one a line. `table` must outlive the
// result.
absl::StatusOr<Invocation> ParseCommandLine(const CommandTable& table,
                                            const Environment& environment,
                                            const std::vector<std::string>& words);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_COMMAND_LINE_H_
