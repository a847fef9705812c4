#ifndef CLIENT_BILLINGCTL_TABLE_H_
#define CLIENT_BILLINGCTL_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// InvalidArgument, naming the first that is no single value of a row.
absl::Status CheckColumns(const google::protobuf::Descriptor& row,
                          const std::vector<std::string>& columns);

// Columns under their heads. Widths are those of the first Print, so that the pages of a stream fit
// under each other.
class Table {
 public:
  // `columns` are dotted fields of the things; empty: those that say most, chosen at the first
  // Print.
  Table(std::vector<std::string> columns, size_t width)
      : columns_(std::move(columns)), width_(width) {}

  // InvalidArgument for a column that is no field.
  absl::Status Print(const std::vector<const google::protobuf::Message*>& rows, std::ostream& out);

 private:
  void Measure(const std::vector<std::vector<std::string>>& cells);
  void Line(const std::vector<std::string>& cells, std::ostream& out) const;

  std::vector<std::string> columns_;
  size_t width_;
  std::vector<size_t> widths_;
};

// Every value of a message as "name  value", names dotted: what a single thing looks like. Raw
// nulls and empty lists in maps (`unmapped`) are left out.
void PrintFields(const google::protobuf::Message& message, std::ostream& out);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_TABLE_H_
