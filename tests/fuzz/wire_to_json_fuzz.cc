#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billogram/v2/event.pb.h"
#include "service/gateway/translate/canonical.h"
#include "service/gateway/translate/wire_to_json.h"
#include "tests/fuzz/fuzz.h"

namespace billing::gateway::translate {
namespace {

class Fuzzer {
 public:
  Fuzzer() {
    targets_[0] = MakeTarget(registry_, billogram::v2::Billogram::default_instance());
    targets_[1] = MakeTarget(registry_, billogram::v2::Customer::default_instance());
    targets_[2] = MakeTarget(registry_, billogram::v2::Event::default_instance());
    targets_[3] = MakeTarget(registry_, billogram::v2::ListBillogramsResponse::default_instance());
  }

  // `kind` chooses the message, `mask` the fields that an update names.
  void Run(uint8_t kind, uint32_t mask, const std::string& wire) {
    const Target& target = targets_[kind % 4];
    Canonical(target, wire);
    Document(target, wire);
    Request(*target.table, wire, nullptr);
    MaskNode node;
    MakeMask(*target.table, mask, &node);
    if (!node.children.empty() || node.unmapped) Request(*target.table, wire, &node);
  }

 private:
  static void Canonical(const Target& target, const std::string& wire) {
    std::string canonical;
    if (!Canonicalize(*target.table, wire, &canonical)) return;
    const auto message = target.New();
    Check(message->ParseFromString(wire), "canonical form of what the protobuf library refuses");
    const size_t with_unknown = message->ByteSizeLong();
    message->DiscardUnknownFields();
    if (message->ByteSizeLong() != with_unknown) return;
    Check(Canonically(*message) == canonical, "another canonical form than the protobuf library's");
    std::string again;
    Check(Canonicalize(*target.table, canonical, &again) && again == canonical, "not stable");
  }

  void Document(const Target& target, const std::string& wire) {
    if (!json_.Document(*target.table, wire)) {
      Check(!json_.violations().empty(), "refused without a reason");
      return;
    }
    const auto message = target.New();
    Check(message->ParseFromString(wire), "read what the protobuf library refuses");
    const ParsedJson first = ParseJson(json_.json());
    Check(first.ok || first.beyond_reader, "not JSON");
    Check(!first.duplicate_keys, "a key twice");
    if (first.beyond_reader) return;
    // Whatever is written is read again, as the same document.
    const Padded padded(json_.json());
    Check(there_.Translate(*target.table, padded.json()), "its own document cannot be read");
    const std::string again(there_.wire());
    Check(json_.Document(*target.table, again), "not translated a second time");
    Check(translate::Canonical(ParseJson(json_.json()).value) == translate::Canonical(first.value),
          "another document the second time");
    // The same message in the protobuf library's own bytes says the same.
    Check(json_.Document(*target.table, Canonically(*message)), "canonical wire is refused");
    Check(translate::Canonical(ParseJson(json_.json()).value) == translate::Canonical(first.value),
          "another document from canonical wire");
  }

  void Request(const MessageTable& table, const std::string& wire, const MaskNode* mask) {
    if (!json_.Request(table, wire, "resource", mask)) {
      Check(!json_.violations().empty(), "refused without a reason");
      for (const Violation& violation : json_.violations()) {
        Check(violation.field.rfind("resource", 0) == 0, "a violation at another path");
      }
      return;
    }
    const ParsedJson sent = ParseJson(json_.json());
    Check(sent.ok || sent.beyond_reader, "a request that is not JSON");
    Check(!sent.duplicate_keys, "a request with a key twice");
    for (const auto& [key, value] : sent.value.members) {
      const FieldTable* field = table.FindJson(key);
      Check(field == nullptr || !field->output_only, "a read-only field is sent");
      Check(
          mask == nullptr || mask->unmapped || (field != nullptr && mask->Find(*field) != nullptr),
          "a field outside the mask is sent");
    }
  }

  static void MakeMask(const MessageTable& table, uint32_t bits, MaskNode* node) {
    std::vector<Violation> violations;
    for (const FieldTable& field : table.fields) {
      bits = bits * 1664525u + 1013904223u;
      if ((bits >> 28) < 8) continue;
      const bool within = field.message != nullptr && !field.repeated &&
                          !field.message->fields.empty() && (bits >> 24 & 1) != 0;
      AddMaskPath(
          table,
          within ? field.proto_name + "." + field.message->fields[0].proto_name : field.proto_name,
          node, &violations);
    }
    if ((bits & 1u << 20) != 0) AddMaskPath(table, "unmapped", node, &violations);
    AddMaskPath(table, "info.message", node, &violations);
    AddMaskPath(table, "contact.unmapped", node, &violations);
  }

  TableRegistry registry_;
  Target targets_[4];
  WireToJson json_;
  JsonToWire there_;
};

}  // namespace
}  // namespace billing::gateway::translate

// The first byte chooses the message, the second the mask.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static billing::gateway::translate::Fuzzer fuzzer;
  if (size < 2) return 0;
  fuzzer.Run(data[0], data[1], std::string(reinterpret_cast<const char*>(data + 2), size - 2));
  return 0;
}
