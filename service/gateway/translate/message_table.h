#ifndef SERVICE_GATEWAY_TRANSLATE_MESSAGE_TABLE_H_
#define SERVICE_GATEWAY_TRANSLATE_MESSAGE_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/gateway/translate/bounds.h"

namespace billing::gateway::translate {

struct MessageTable;

// What a field holds, as far as translation tells kinds apart.
enum class FieldKind : uint8_t {
  kString,
  kInt32,
  kInt64,
  kBool,
  kEnum,
  kBytes,
  kDecimal,    // google.type.Decimal
  kDate,       // google.type.Date
  kTimestamp,  // google.protobuf.Timestamp
  kMask,       // google.protobuf.FieldMask: update_mask of a request, never translated
  kMessage,
};

// The values of one enum with their upstream spellings.
struct EnumTable {
  struct Value {
    int32_t number;
    std::string spelling;
  };
  std::vector<Value> values;  // without the UNSPECIFIED one

  const Value* FindSpelling(std::string_view spelling) const;
  const Value* FindNumber(int64_t number) const;
};

// Bytes that are compared and copied in whole words: what follows `size` is zero.
template <size_t kCapacity>
struct PaddedText {
  char bytes[kCapacity] = {};
  uint8_t size = 0;

  // False, and empty, if the text does not fit.
  bool Set(std::string_view text) {
    if (text.size() > kCapacity) return false;
    text.copy(bytes, text.size());
    size = static_cast<uint8_t>(text.size());
    return true;
  }
  std::string_view view() const { return {bytes, size}; }
};

struct FieldTable;

// Bounds of a field inside the message that another field holds.
struct InnerBounds {
  const FieldTable* field;
  const Bounds* bounds;
};

// One field of a message, ready for both directions. What every value needs comes first.
struct FieldTable {
  int32_t number = 0;
  uint16_t index = 0;  // position in MessageTable::fields
  FieldKind kind = FieldKind::kString;
  bool repeated = false;
  bool output_only = false;
  bool required = false;
  bool immutable = false;  // an update cannot name it
  bool whole = false;      // an update names it whole, not parts of it
  bool secret = false;
  PaddedText<4> tag;  // the canonical tag, 1 to 3 bytes; a packed field's is length-delimited
  PaddedText<64> match_key;  // name"   as it is compared, closing quote included
  PaddedText<64> json_key;   // "name": as it is written
  const google::protobuf::FieldDescriptor* descriptor = nullptr;
  billing::gateway::v1::Location location = billing::gateway::v1::LOCATION_UNSPECIFIED;
  billing::gateway::v1::JsonType json_type = billing::gateway::v1::JSON_TYPE_NUMBER;
  billing::gateway::v1::TimestampSpelling timestamp =
      billing::gateway::v1::TIMESTAMP_SPELLING_SPACE;
  billing::gateway::v1::DateSpelling date = billing::gateway::v1::DATE_SPELLING_ISO;
  billing::gateway::v1::NullRule null_rule = billing::gateway::v1::NULL_RULE_CLEARS;
  std::string proto_name;
  std::string json_name;
  std::string meta;  // key in the envelope's meta object; empty: none
  std::vector<std::string> forbidden_suffix;
  const Bounds* bounds = nullptr;  // of a request's value; nullptr: none
  std::vector<InnerBounds> inner_bounds;
  int32_t max_items = 0;  // most elements that a request may have in it; 0: any number
  billing::gateway::v1::Generated generated = billing::gateway::v1::GENERATED_UNSPECIFIED;
  const MessageTable* message = nullptr;
  const EnumTable* enumeration = nullptr;

  bool packed() const {
    return repeated && (kind == FieldKind::kInt32 || kind == FieldKind::kInt64 ||
                        kind == FieldKind::kBool || kind == FieldKind::kEnum);
  }
  // Whether a request that sets the field to this says nothing by it: value 0 of every enum is the
  // UNSPECIFIED one.
  bool unspecified(uint64_t varint) const {
    return kind == FieldKind::kEnum && !repeated && static_cast<int32_t>(varint) == 0;
  }
  // Whether a REQUIRED field is missing although it is there: an empty text says nothing.
  bool blank(std::string_view bytes) const {
    return required && kind == FieldKind::kString && !repeated && bytes.empty();
  }
};

// billing.gateway.v1.Dependence, with indices of fields.
struct FieldDependence {
  uint16_t field;
  uint16_t on;
  std::vector<int32_t> values;
  std::string names;  // of the values, for violations
  bool or_free;       // may be set with other values as well
};

// One message, ready for both directions. Immutable once made.
struct MessageTable {
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::vector<FieldTable> fields;  // by number, without `unmapped`
  int32_t unmapped_number = 0;     // 0: the message has no such field
  PaddedText<4> unmapped_tag;
  std::vector<uint16_t> required;  // indices of the REQUIRED fields
  // billing.gateway.v1.MessageRule, with indices of fields.
  std::vector<std::vector<uint16_t>> at_most_one;
  std::vector<std::vector<uint16_t>> at_least_one;
  std::vector<FieldDependence> depends;

  bool has_rules() const {
    return !at_most_one.empty() || !at_least_one.empty() || !depends.empty();
  }

  // All return nullptr where there is none. `hint` is the index to try first.
  const FieldTable* FindNumber(int32_t number, size_t hint = 0) const {
    if (hint < fields.size() && fields[hint].number == number) return &fields[hint];
    return LookUpNumber(number);
  }
  const FieldTable* LookUpNumber(int32_t number) const;
  const FieldTable* FindJson(std::string_view json_name) const;
  const FieldTable* FindProto(std::string_view proto_name) const;

  // Open addressing over json names; filled by the registry.
  std::vector<uint16_t> json_slots;
  uint32_t json_mask = 0;
  std::vector<uint16_t> by_number;  // number -> index + 1 for small numbers
};

// Makes and owns the tables of all messages reachable from those asked for.
//
// Not thread-safe while tables are added; the tables are immutable afterwards. A message that
// cannot be translated (float fields, oneofs, groups, recursion, maps other than `unmapped`,
// `unmapped` not last, more than 256 fields, a rule that does not suit its field) is an
// InvalidArgument error that names the field.
class TableRegistry {
 public:
  // Whether the tables hold the bounds and rules that requests are checked against.
  enum class Limits { kKept, kLeftOut };

  explicit TableRegistry(Limits limits = Limits::kKept);
  ~TableRegistry();
  TableRegistry(const TableRegistry&) = delete;
  TableRegistry& operator=(const TableRegistry&) = delete;

  absl::StatusOr<const MessageTable*> Add(const google::protobuf::Descriptor* descriptor);

 private:
  absl::Status Fill(const google::protobuf::Descriptor* descriptor, MessageTable& table);
  absl::Status FillField(const google::protobuf::FieldDescriptor* descriptor, FieldTable& field);
  absl::Status FillBounds(const billing::gateway::v1::FieldRule& rule, FieldTable& field);
  absl::Status FillRules(const billing::gateway::v1::MessageRule& rule, MessageTable& table);
  absl::StatusOr<const Bounds*> AddBounds(const billing::gateway::v1::Bounds& bounds,
                                          const FieldTable& field);
  absl::StatusOr<const EnumTable*> AddEnum(const google::protobuf::EnumDescriptor* descriptor);

  std::unordered_map<const google::protobuf::Descriptor*, std::unique_ptr<MessageTable>> messages_;
  std::unordered_map<const google::protobuf::EnumDescriptor*, std::unique_ptr<EnumTable>> enums_;
  const Limits limits_;
  std::vector<std::unique_ptr<const Bounds>> bounds_;
  std::vector<const google::protobuf::Descriptor*> under_way_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_MESSAGE_TABLE_H_
