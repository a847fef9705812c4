#ifndef CLIENT_BILLINGCTL_TEXT_VALUES_H_
#define CLIENT_BILLINGCTL_TEXT_VALUES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace billing::ctl {

// Values that people type and read as one piece of text: scalars, enums, and the messages for which
// IsTextual holds.

// google.type.Decimal (12.50), google.type.Date (2026-01-31), google.protobuf.Timestamp
// (2026-01-31T12:00:00Z, also with a space, without zone as UTC, or the day alone), Duration (90s,
// 1h30m), FieldMask (name,address.city).
bool IsTextual(const google::protobuf::Descriptor& type);

// Sets a textual message. InvalidArgument saying what is expected.
absl::Status ParseTextual(std::string_view text, google::protobuf::Message& message);

// The text that ParseTextual reads back; nothing for a value that has none, a Date without a day or
// a Decimal that is no number say.
std::optional<std::string> FormatTextual(const google::protobuf::Message& message);

// An enum value by its full name, its name without the enum's prefix in any case and with '-' for
// '_', its upstream spelling ("Email+Letter"), or its number. nullptr if there is none.
const google::protobuf::EnumValueDescriptor* FindEnumValue(
    const google::protobuf::EnumDescriptor& type, std::string_view text);

// How a value is best written: its upstream spelling, else its name without the prefix.
std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value);

// "Email, Letter, ...": all values but the unspecified one.
std::string EnumChoices(const google::protobuf::EnumDescriptor& type);

// Sets, or adds to, a field that is no message: numbers, bools, text, enums, bytes in base64.
absl::Status SetScalar(std::string_view text, const google::protobuf::FieldDescriptor& field,
                       google::protobuf::Message& message);

// What kind of value a field takes, in a word: "text", "number", "decimal", "date", "json".
std::string ValueKind(const google::protobuf::FieldDescriptor& field);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_TEXT_VALUES_H_
