#include "service/gateway/translate/canonical.h"

#include <simdjson.h>

#include <map>
#include <vector>

#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

// All occurrences of one field.
struct Occurrences {
  bool present = false;
  uint64_t varint = 0;                   // singular number: the last
  std::string merged;                    // singular message: all, one after the other
  std::string_view bytes;                // singular text: the last
  std::vector<std::string_view> values;  // repeated
  std::string packed;                    // repeated numbers
};

bool IsNumber(FieldKind kind) {
  return kind == FieldKind::kInt32 || kind == FieldKind::kInt64 || kind == FieldKind::kBool ||
         kind == FieldKind::kEnum;
}

bool IsMessage(FieldKind kind) {
  return kind == FieldKind::kMessage || kind == FieldKind::kDecimal || kind == FieldKind::kDate ||
         kind == FieldKind::kTimestamp || kind == FieldKind::kMask;
}

// What ParseFromString makes of a varint, in the bytes that a serialiser writes.
uint64_t Narrow(FieldKind kind, uint64_t value) {
  if (kind == FieldKind::kBool) return value != 0 ? 1 : 0;
  if (kind == FieldKind::kInt64) return value;
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}

// The parts of a message are put together before they are read: each must be whole.
bool IsWhole(std::string_view message) {
  WireReader reader(message);
  while (reader.Next()) {
  }
  return reader.ok();
}

bool IsText(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

bool Gather(const FieldTable& field, const WireReader& reader, Occurrences& found) {
  found.present = true;
  if (IsNumber(field.kind)) {
    if (reader.type == WireType::kVarint) {
      found.varint = Narrow(field.kind, reader.varint);
      if (field.repeated) AppendVarint(found.varint, &found.packed);
      return true;
    }
    WireReader elements(reader.bytes);
    while (!elements.done()) {
      uint64_t value = 0;
      if (!elements.ReadVarint(&value)) return false;
      AppendVarint(Narrow(field.kind, value), &found.packed);
    }
    return true;
  }
  if (field.kind == FieldKind::kString && !IsText(reader.bytes)) return false;
  if (field.repeated) {
    found.values.push_back(reader.bytes);
  } else if (IsMessage(field.kind)) {
    if (!IsWhole(reader.bytes)) return false;
    found.merged.append(reader.bytes);
  } else {
    found.bytes = reader.bytes;
  }
  return true;
}

bool FitsWireType(const FieldTable& field, WireType type) {
  if (!IsNumber(field.kind)) return type == WireType::kLength;
  return type == WireType::kVarint || (field.repeated && type == WireType::kLength);
}

void AppendLength(std::string_view tag, std::string_view bytes, std::string* out) {
  out->append(tag);
  AppendVarint(bytes.size(), out);
  out->append(bytes);
}

// The inside of google.type.Decimal, google.type.Date or google.protobuf.Timestamp: fields without
// presence, so that zero and empty are left out.
bool AppendValue(FieldKind kind, std::string_view bytes, std::string* out) {
  const int32_t numbers = kind == FieldKind::kDate ? 3 : kind == FieldKind::kTimestamp ? 2 : 0;
  uint64_t values[4] = {};
  std::string_view text;
  std::string unknown;
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.type == WireType::kVarint && reader.number <= numbers) {
      const bool wide = kind == FieldKind::kTimestamp && reader.number == 1;
      values[reader.number] = Narrow(wide ? FieldKind::kInt64 : FieldKind::kInt32, reader.varint);
    } else if (reader.type == WireType::kLength && reader.number == 1 && numbers == 0) {
      if (!IsText(reader.bytes)) return false;
      text = reader.bytes;
    } else {
      unknown.append(reader.field_start, static_cast<size_t>(reader.cursor() - reader.field_start));
    }
  }
  if (!text.empty()) AppendLength("\x0A", text, out);
  for (int32_t number = 1; number <= numbers; ++number) {
    if (values[number] == 0) continue;
    AppendVarint(MakeTag(number, WireType::kVarint), out);
    AppendVarint(values[number], out);
  }
  out->append(unknown);
  return reader.ok();
}

bool AppendMessage(const FieldTable& field, std::string_view bytes, std::string* out) {
  if (field.kind == FieldKind::kMask) {
    AppendLength(field.tag.view(), bytes, out);
    return IsWhole(bytes);
  }
  std::string body;
  if (field.message == nullptr ? !AppendValue(field.kind, bytes, &body)
                               : !Canonicalize(*field.message, bytes, &body)) {
    return false;
  }
  AppendLength(field.tag.view(), body, out);
  return true;
}

bool AppendField(const FieldTable& field, const Occurrences& found, std::string* out) {
  if (!found.present) return true;
  if (IsNumber(field.kind)) {
    if (field.repeated) {
      if (!found.packed.empty()) AppendLength(field.tag.view(), found.packed, out);
    } else {
      out->append(field.tag.view());
      AppendVarint(found.varint, out);
    }
    return true;
  }
  if (!field.repeated) {
    if (IsMessage(field.kind)) return AppendMessage(field, found.merged, out);
    AppendLength(field.tag.view(), found.bytes, out);
    return true;
  }
  for (std::string_view value : found.values) {
    if (IsMessage(field.kind)) {
      if (!AppendMessage(field, value, out)) return false;
    } else {
      AppendLength(field.tag.view(), value, out);
    }
  }
  return true;
}

bool GatherEntry(std::string_view bytes, std::map<std::string, std::string, std::less<>>& entries) {
  std::string_view key;
  std::string_view value;
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.type != WireType::kLength || reader.number > 2) continue;
    if (!IsText(reader.bytes)) return false;
    (reader.number == 1 ? key : value) = reader.bytes;
  }
  if (!reader.ok()) return false;
  entries.insert_or_assign(std::string(key), std::string(value));
  return true;
}

}  // namespace

bool Canonicalize(const MessageTable& table, std::string_view wire, std::string* out) {
  std::vector<Occurrences> found(table.fields.size());
  std::map<std::string, std::string, std::less<>> entries;
  std::string unknown;
  WireReader reader(wire);
  while (reader.Next()) {
    if (table.unmapped_number != 0 && reader.number == table.unmapped_number &&
        reader.type == WireType::kLength) {
      if (!GatherEntry(reader.bytes, entries)) return false;
      continue;
    }
    const FieldTable* field = table.FindNumber(reader.number);
    if (field == nullptr || !FitsWireType(*field, reader.type)) {
      unknown.append(reader.field_start, static_cast<size_t>(reader.cursor() - reader.field_start));
    } else if (!Gather(*field, reader, found[field->index])) {
      return false;
    }
  }
  if (!reader.ok()) return false;
  for (const FieldTable& field : table.fields) {
    if (!AppendField(field, found[field.index], out)) return false;
  }
  for (const auto& [key, value] : entries) {
    std::string entry;
    AppendLength("\x0A", key, &entry);
    AppendLength("\x12", value, &entry);
    AppendLength(table.unmapped_tag.view(), entry, out);
  }
  out->append(unknown);
  return true;
}

}  // namespace billing::gateway::translate
