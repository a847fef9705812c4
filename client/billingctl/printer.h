#ifndef CLIENT_BILLINGCTL_PRINTER_H_
#define CLIENT_BILLINGCTL_PRINTER_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/billingctl/command_line.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// The list that makes an answer (a message called ...Response) a page of things: its only list of
// messages. nullptr if the answer is a thing itself.
const google::protobuf::FieldDescriptor* PageField(const google::protobuf::Descriptor& answer);

struct PrintOptions {
  Format format = Format::kJson;  // not kAuto
  // Answers of a stream: JSON is one line a thing, YAML one document a thing, a table goes on.
  bool stream = false;
  std::vector<std::string> columns;
  // Columns of the terminal, which tables keep to; 0 for no limit.
  size_t width = 0;
};

// Writes answers to a stream in one format. Not thread-safe.
class Printer {
 public:
  virtual ~Printer() = default;
  // InvalidArgument for a column that is no field.
  virtual absl::Status Print(const google::protobuf::Message& answer) = 0;

  static std::unique_ptr<Printer> Make(const PrintOptions& options, std::ostream& out);
};

// Proto JSON with the names of the proto files, the keys of maps in their order; on one line if
// `compact`, else with a line's end. {"unprintable": TYPE} where a value has no form in proto JSON,
// as a timestamp of the year 10000 has none.
void AppendJson(const google::protobuf::Message& message, bool compact, std::string& out);
std::string ToJson(const google::protobuf::Message& message, bool compact);

// YAML that ReadYaml and Fill give back: decimals, dates and times as people write them.
std::string ToYaml(const google::protobuf::Message& message);

// Any text as it may be shown: control characters, which could steer a terminal, are escaped.
std::string Visible(std::string_view text);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_PRINTER_H_
