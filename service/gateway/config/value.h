#ifndef SERVICE_GATEWAY_CONFIG_VALUE_H_
#define SERVICE_GATEWAY_CONFIG_VALUE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "billing/gateway/v1/config.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace billing::gateway::config {

// The value of one key. Durations are single values although their field is a message.
using Value = std::variant<std::string, bool, int64_t, uint64_t, absl::Duration,
                           const google::protobuf::EnumValueDescriptor*>;

// Whether the field's values are spelled by one scalar, and are of a type that a file can have.
bool IsScalar(const google::protobuf::FieldDescriptor& field);

// The `setting` option of a field; the empty one where it has none.
const v1::Setting& SettingOf(const google::protobuf::FieldDescriptor& field);

// Reads the spelling of a value and checks its range. The message of an error is for the person who
// wrote the file, without path: "must be at least 1".
absl::StatusOr<Value> ParseValue(const google::protobuf::FieldDescriptor& field,
                                 std::string_view text);

// The spelling from which ParseValue makes the value. Text is returned as it is.
std::string SpellValue(const Value& value);

// Sets a singular field or appends to a repeated one.
void Store(const google::protobuf::FieldDescriptor& field, Value value,
           google::protobuf::Message& message);

// Element `index` of a repeated field; a singular one if `index` is -1.
Value Fetch(const google::protobuf::FieldDescriptor& field,
            const google::protobuf::Message& message, int index);

// The spelling of an enum value in a file: LOG_LEVEL_WARN of LogLevel is "warn".
std::string EnumSpelling(const google::protobuf::EnumValueDescriptor& value);

// For messages to people: `text` in single quotes, shortened, nothing unprintable in it.
std::string Quote(std::string_view text);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_VALUE_H_
