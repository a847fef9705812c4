#ifndef SERVICE_GATEWAY_TRANSLATE_WELL_KNOWN_H_
#define SERVICE_GATEWAY_TRANSLATE_WELL_KNOWN_H_

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "service/gateway/translate/values.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {

// Reads the messages that stand for one value, from their wire bytes.

// The last value of a string field 1: the body of google.type.Decimal. False if it is malformed.
inline bool DecimalText(std::string_view body, std::string_view* text) {
  // A length below 128 is one byte.
  if (body.size() >= 2 && body.size() < 130 && body[0] == 0x0A &&
      static_cast<uint8_t>(body[1]) == body.size() - 2) {
    *text = body.substr(2);
    return true;
  }
  *text = {};
  WireReader reader(body);
  while (reader.Next()) {
    if (reader.number != 1 || reader.type != WireType::kLength ||
        !simdjson::validate_utf8(reader.bytes.data(), reader.bytes.size())) {
      return false;
    }
    *text = reader.bytes;
  }
  return reader.ok();
}

// The same of google.type.Date and google.protobuf.Timestamp; fields that are not there stay as
// they were.
inline bool DateOf(std::string_view body, Date* date) {
  WireReader reader(body);
  while (reader.Next()) {
    if (reader.type != WireType::kVarint) return false;
    const auto value = static_cast<int32_t>(reader.varint);
    if (reader.number == 1) {
      date->year = value;
    } else if (reader.number == 2) {
      date->month = value;
    } else if (reader.number == 3) {
      date->day = value;
    } else {
      return false;
    }
  }
  return reader.ok();
}

inline bool MomentOf(std::string_view body, Moment* moment) {
  WireReader reader(body);
  while (reader.Next()) {
    if (reader.type != WireType::kVarint) return false;
    if (reader.number == 1) {
      moment->seconds = static_cast<int64_t>(reader.varint);
    } else if (reader.number == 2) {
      moment->nanos = static_cast<int32_t>(reader.varint);
    } else {
      return false;
    }
  }
  return reader.ok();
}

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_WELL_KNOWN_H_
