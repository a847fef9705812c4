#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "client/billingctl/fill.h"
#include "client/billingctl/node.h"
#include "client/billingctl/printer.h"
#include "google/protobuf/util/message_differencer.h"

// Any JSON or YAML is read without harm, and what fills a request is the same after it was printed
// as YAML.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using billing::ctl::Node;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fill = [](const absl::StatusOr<Node>& node,
                       billogram::v2::CreateBillogramRequest& request) {
    if (!node.ok()) return false;
    std::vector<std::string> problems;
    billing::ctl::Fill(*node, request, problems);
    return problems.empty();
  };
  billogram::v2::CreateBillogramRequest request;
  if (!fill(billing::ctl::ReadJsonOrYaml(text), request)) return 0;
  billogram::v2::CreateBillogramRequest yaml;
  if (!fill(billing::ctl::ReadYaml(billing::ctl::ToYaml(request)), yaml) ||
      !google::protobuf::util::MessageDifferencer::Equals(request, yaml)) {
    std::abort();
  }
  return 0;
}
