#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billpro/v1/customer.pb.h"
#include "billpro/v1/order.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/common/utf8.h"
#include "service/gateway/providers/billogram/billogram.h"
#include "service/gateway/providers/billpro/billpro.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/method_table.h"
#include "tests/fuzz/fuzz.h"

namespace billing::gateway::translate {
namespace {

constexpr int kStatuses[] = {200, 301, 400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 999};

class Fuzzer {
 public:
  void Run(uint8_t status, uint8_t choice, std::string_view body) {
    Read(billogram_, *billogram_methods_, status, choice, body);
    Read(billpro_, *billpro_methods_, status, choice, body);
  }

 private:
  static void Read(const providers::Provider& provider, const MethodTable& methods, uint8_t status,
                   uint8_t choice, std::string_view body) {
    const Method& method = *methods.methods()[choice % methods.methods().size()];
    providers::ErrorAnswer answer;
    answer.http_status = kStatuses[status % std::size(kStatuses)];
    answer.content_type = "application/json";
    answer.body = body;
    const providers::Fault fault = provider.ReadError(method, answer);
    Check(fault.code != absl::StatusCode::kOk, "an error that is OK");
    Check(IsReason(fault.reason), "a reason that no program can use");
    Text(fault.message);
    Check(fault.fields.size() <= kMaxViolations, "too many fields");
    for (const auto& [field, text] : fault.fields) {
      Text(field);
      Text(text);
      Path(method, field);
    }
    Path(method, fault.field_path);
    Path(method, body);
    Details(method, fault);
  }

  static void Text(std::string_view text) {
    Check(text.size() <= kMaxErrorText, "a long text");
    Check(common::ValidUtf8Prefix(text) == text.size(), "not UTF-8");
  }

  static bool IsReason(std::string_view reason) {
    for (char c : reason) {
      if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
    return !reason.empty() && reason.size() <= 63;
  }

  // A path is rewritten or stays as it is.
  static void Path(const Method& method, std::string_view path) {
    const std::string rewritten = ProtoPath(method, path);
    if (rewritten == path || method.resource == nullptr) return;
    const std::string prefix = method.resource->proto_name + ".";
    const bool within = rewritten.rfind(prefix, 0) == 0;
    const std::string_view first =
        std::string_view(rewritten).substr(0, rewritten.find_first_of(".["));
    Check(within || method.request->FindProto(first) != nullptr, "a path to nowhere");
  }

  // The details that the caller gets can be read.
  static void Details(const Method& method, const providers::Fault& fault) {
    CallError error;
    error.code = fault.code;
    error.message = fault.message;
    error.reason = fault.reason;
    error.violations.push_back({ProtoPath(method, fault.field_path), fault.message});
    google::rpc::Status status;
    Check(status.ParseFromString(SerializeDetails(error)), "details that cannot be read");
    bool violated = false;
    for (const auto& detail : status.details()) {
      google::rpc::BadRequest bad;
      if (detail.UnpackTo(&bad)) violated = bad.field_violations_size() == 1;
    }
    Check(violated, "no violation in the details");
  }

  const std::unique_ptr<MethodTable> billogram_methods_ =
      MethodTable::Make({billogram::v2::Billogram::descriptor()->file(),
                         billogram::v2::Customer::descriptor()->file()})
          .value();
  const std::unique_ptr<MethodTable> billpro_methods_ =
      MethodTable::Make(
          {billpro::v1::Customer::descriptor()->file(), billpro::v1::Order::descriptor()->file()})
          .value();
  const providers::Billogram billogram_{};
  const providers::BillPro billpro_{};
};

}  // namespace
}  // namespace billing::gateway::translate

// The first byte chooses the HTTP status, the second the method; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static billing::gateway::translate::Fuzzer fuzzer;
  if (size < 2) return 0;
  fuzzer.Run(data[0], data[1], {reinterpret_cast<const char*>(data + 2), size - 2});
  return 0;
}
