#include "service/gateway/translate/message_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "service/common/strings.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;
namespace v1 = billing::gateway::v1;

constexpr size_t kMaxFields = 256;
constexpr char kUnmapped[] = "unmapped";

uint32_t HashName(std::string_view name) {
  uint32_t hash = 2166136261u;
  for (char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  return hash ^ (hash >> 15);
}

std::string TagBytes(int32_t number, WireType type) {
  std::string bytes;
  AppendVarint(MakeTag(number, type), &bytes);
  return bytes;
}

absl::Status Refuse(const pb::FieldDescriptor* field, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(field->full_name(), ": ", absl::string_view(why.data(), why.size())));
}

bool IsUnmapped(const pb::FieldDescriptor* field) {
  return field->name() == kUnmapped && field->is_map() &&
         field->message_type()->map_key()->type() == pb::FieldDescriptor::TYPE_STRING &&
         field->message_type()->map_value()->type() == pb::FieldDescriptor::TYPE_STRING;
}

void IndexNames(MessageTable& table) {
  uint32_t size = 8;
  while (size < table.fields.size() * 2) size *= 2;
  table.json_mask = size - 1;
  table.json_slots.assign(size, 0);
  for (const FieldTable& field : table.fields) {
    uint32_t slot = HashName(field.json_name) & table.json_mask;
    while (table.json_slots[slot] != 0) slot = (slot + 1) & table.json_mask;
    table.json_slots[slot] = static_cast<uint16_t>(field.index + 1);
  }
  const int32_t largest = table.fields.empty() ? 0 : table.fields.back().number;
  table.by_number.assign(static_cast<size_t>(std::min(largest, 1024)) + 1, 0);
  for (const FieldTable& field : table.fields) {
    if (field.number <= 1024) {
      table.by_number[static_cast<size_t>(field.number)] = static_cast<uint16_t>(field.index + 1);
    }
  }
}

}  // namespace

const EnumTable::Value* EnumTable::FindSpelling(std::string_view spelling) const {
  for (const Value& value : values) {
    if (value.spelling == spelling) return &value;
  }
  return nullptr;
}

const EnumTable::Value* EnumTable::FindNumber(int64_t number) const {
  for (const Value& value : values) {
    if (value.number == number) return &value;
  }
  return nullptr;
}

const FieldTable* MessageTable::LookUpNumber(int32_t number) const {
  if (static_cast<size_t>(number) < by_number.size()) {
    const uint16_t slot = by_number[static_cast<size_t>(number)];
    return slot == 0 ? nullptr : &fields[slot - 1u];
  }
  auto it = std::lower_bound(fields.begin(), fields.end(), number,
                             [](const FieldTable& field, int32_t n) { return field.number < n; });
  return it != fields.end() && it->number == number ? &*it : nullptr;
}

const FieldTable* MessageTable::FindJson(std::string_view json_name) const {
  for (uint32_t slot = HashName(json_name) & json_mask; json_slots[slot] != 0;
       slot = (slot + 1) & json_mask) {
    const FieldTable& field = fields[json_slots[slot] - 1u];
    if (field.json_name == json_name) return &field;
  }
  return nullptr;
}

const FieldTable* MessageTable::FindProto(std::string_view proto_name) const {
  for (const FieldTable& field : fields) {
    if (field.proto_name == proto_name) return &field;
  }
  return nullptr;
}

TableRegistry::TableRegistry(Limits limits) : limits_(limits) {}
TableRegistry::~TableRegistry() = default;

absl::StatusOr<const MessageTable*> TableRegistry::Add(const pb::Descriptor* descriptor) {
  if (auto it = messages_.find(descriptor); it != messages_.end()) return it->second.get();
  if (std::find(under_way_.begin(), under_way_.end(), descriptor) != under_way_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptor->full_name(), " contains itself: recursion is not supported"));
  }
  under_way_.push_back(descriptor);
  auto table = std::make_unique<MessageTable>();
  absl::Status status = Fill(descriptor, *table);
  under_way_.pop_back();
  if (!status.ok()) return status;
  return messages_.emplace(descriptor, std::move(table)).first->second.get();
}

absl::Status TableRegistry::Fill(const pb::Descriptor* descriptor, MessageTable& table) {
  table.descriptor = descriptor;
  if (descriptor->real_oneof_decl_count() > 0) {
    return absl::InvalidArgumentError(absl::StrCat(descriptor->oneof_decl(0)->full_name(),
                                                   ": a oneof has no counterpart in JSON"));
  }
  std::vector<const pb::FieldDescriptor*> ordered;
  for (int i = 0; i < descriptor->field_count(); ++i) ordered.push_back(descriptor->field(i));
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  for (const pb::FieldDescriptor* field : ordered) {
    if (table.unmapped_number != 0) {
      return Refuse(field, "`unmapped` must have the highest number of its message");
    }
    if (IsUnmapped(field)) {
      table.unmapped_number = field->number();
      if (!table.unmapped_tag.Set(TagBytes(field->number(), WireType::kLength))) {
        return Refuse(field, "its number is too large");
      }
      continue;
    }
    FieldTable& entry = table.fields.emplace_back();
    entry.index = static_cast<uint16_t>(table.fields.size() - 1);
    if (absl::Status status = FillField(field, entry); !status.ok()) return status;
    if (entry.required) table.required.push_back(entry.index);
  }
  if (table.fields.size() > kMaxFields) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptor->full_name(), " has more than ", kMaxFields, " fields"));
  }
  IndexNames(table);
  for (const FieldTable& field : table.fields) {
    if (table.FindJson(field.json_name) != &field) {
      return Refuse(field.descriptor, "another field has the same upstream name");
    }
  }
  if (limits_ == Limits::kLeftOut) return absl::OkStatus();
  absl::Status status = FillRules(descriptor->options().GetExtension(v1::message), table);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(descriptor->full_name(), ": ", status.message()));
}

namespace {

absl::StatusOr<FieldKind> KindOf(const pb::FieldDescriptor* field) {
  switch (field->type()) {
    case pb::FieldDescriptor::TYPE_STRING:
      return FieldKind::kString;
    case pb::FieldDescriptor::TYPE_INT32:
      return FieldKind::kInt32;
    case pb::FieldDescriptor::TYPE_INT64:
      return FieldKind::kInt64;
    case pb::FieldDescriptor::TYPE_BOOL:
      return FieldKind::kBool;
    case pb::FieldDescriptor::TYPE_ENUM:
      return FieldKind::kEnum;
    case pb::FieldDescriptor::TYPE_BYTES:
      return FieldKind::kBytes;
    case pb::FieldDescriptor::TYPE_MESSAGE: {
      if (field->is_map()) return Refuse(field, "the only map is map<string, string> unmapped");
      const std::string& name = field->message_type()->full_name();
      if (name == "google.type.Decimal") return FieldKind::kDecimal;
      if (name == "google.type.Date") return FieldKind::kDate;
      if (name == "google.protobuf.Timestamp") return FieldKind::kTimestamp;
      if (name == "google.protobuf.FieldMask") return FieldKind::kMask;
      return FieldKind::kMessage;
    }
    default:
      return Refuse(field, absl::StrCat("type ", field->type_name(), " is not supported"));
  }
}

void ReadRule(const v1::FieldRule& rule, FieldTable& field) {
  if (!rule.name().empty()) field.json_name = rule.name();
  field.location = rule.location();
  if (rule.json_type() != v1::JSON_TYPE_UNSPECIFIED) field.json_type = rule.json_type();
  if (rule.timestamp() != v1::TIMESTAMP_SPELLING_UNSPECIFIED) field.timestamp = rule.timestamp();
  if (rule.date() != v1::DATE_SPELLING_UNSPECIFIED) field.date = rule.date();
  if (rule.null() != v1::NULL_RULE_UNSPECIFIED) field.null_rule = rule.null();
  field.meta = rule.meta();
  field.whole = rule.whole();
  field.secret = rule.secret();
  field.forbidden_suffix.assign(rule.forbidden_suffix().begin(), rule.forbidden_suffix().end());
}

}  // namespace

absl::Status TableRegistry::FillField(const pb::FieldDescriptor* descriptor, FieldTable& field) {
  absl::StatusOr<FieldKind> kind = KindOf(descriptor);
  if (!kind.ok()) return kind.status();
  field.descriptor = descriptor;
  field.number = descriptor->number();
  field.kind = *kind;
  field.repeated = descriptor->is_repeated();
  field.proto_name = descriptor->name();
  field.json_name = descriptor->name();
  ReadRule(descriptor->options().GetExtension(v1::field), field);
  const auto& options = descriptor->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    const auto behavior = options.GetExtension(google::api::field_behavior, i);
    field.output_only |= behavior == google::api::OUTPUT_ONLY;
    field.required |= behavior == google::api::REQUIRED;
    field.immutable |= behavior == google::api::IMMUTABLE;
  }
  for (char c : field.json_name) {
    if (c < 0x20 || c == '"' || c == '\\')
      return Refuse(descriptor, "its upstream name needs escapes");
  }
  if (!field.json_key.Set(absl::StrCat("\"", field.json_name, "\":")) ||
      !field.match_key.Set(absl::StrCat(field.json_name, "\""))) {
    return Refuse(descriptor, "its upstream name is too long");
  }
  const bool varint = field.kind == FieldKind::kInt32 || field.kind == FieldKind::kInt64 ||
                      field.kind == FieldKind::kBool || field.kind == FieldKind::kEnum;
  const WireType type = varint && !field.repeated ? WireType::kVarint : WireType::kLength;
  if (!field.tag.Set(TagBytes(field.number, type))) {
    return Refuse(descriptor, "its number is too large");
  }
  if (field.repeated && varint && !descriptor->is_packed()) {
    return Refuse(descriptor, "a repeated scalar must be packed");
  }
  if (field.kind == FieldKind::kMessage) {
    absl::StatusOr<const MessageTable*> message = Add(descriptor->message_type());
    if (!message.ok()) return message.status();
    field.message = *message;
  }
  if (field.kind == FieldKind::kEnum) {
    absl::StatusOr<const EnumTable*> enumeration = AddEnum(descriptor->enum_type());
    if (!enumeration.ok()) return enumeration.status();
    field.enumeration = *enumeration;
  }
  if (field.whole && (field.repeated || field.kind != FieldKind::kMessage)) {
    return Refuse(descriptor, "only a single message can be whole");
  }
  absl::Status status = FillBounds(descriptor->options().GetExtension(v1::field), field);
  return status.ok() ? status : Refuse(descriptor, common::ToStd(status.message()));
}

absl::StatusOr<const Bounds*> TableRegistry::AddBounds(const v1::Bounds& bounds,
                                                       const FieldTable& field) {
  absl::StatusOr<std::unique_ptr<const Bounds>> made =
      Bounds::Make(bounds, field.descriptor->enum_type());
  if (!made.ok()) return made.status();
  const bool number = field.kind == FieldKind::kInt32 || field.kind == FieldKind::kInt64 ||
                      field.kind == FieldKind::kDecimal;
  const bool fits = (*made)->for_text()    ? field.kind == FieldKind::kString
                    : (*made)->for_enums() ? field.kind == FieldKind::kEnum
                                           : number;
  if (!fits) {
    return absl::InvalidArgumentError("bounds of another type than the field's");
  }
  if (field.packed()) return absl::InvalidArgumentError("bounds of a repeated integer");
  bounds_.push_back(*std::move(made));
  return bounds_.back().get();
}

absl::Status TableRegistry::FillBounds(const v1::FieldRule& rule, FieldTable& field) {
  if (rule.has_bounds()) {
    absl::StatusOr<const Bounds*> bounds = AddBounds(rule.bounds(), field);
    if (!bounds.ok()) return bounds.status();
    if (limits_ == Limits::kKept) field.bounds = *bounds;
  }
  for (const v1::InnerBounds& inner : rule.inner_bounds()) {
    const FieldTable* target =
        field.message == nullptr ? nullptr : field.message->FindProto(inner.field());
    if (target == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("inner_bounds: no field ", inner.field()));
    }
    absl::StatusOr<const Bounds*> bounds = AddBounds(inner.bounds(), *target);
    if (!bounds.ok()) return bounds.status();
    if (limits_ == Limits::kKept) field.inner_bounds.push_back({target, *bounds});
  }
  if (rule.max_items() != 0) {
    if (rule.max_items() < 0 || !field.repeated || field.packed()) {
      return absl::InvalidArgumentError("max_items goes with repeated messages and texts");
    }
    if (limits_ == Limits::kKept) field.max_items = rule.max_items();
  }
  const bool header_text =
      field.kind == FieldKind::kString && field.location == v1::LOCATION_HEADER;
  if (rule.generated() != v1::GENERATED_UNSPECIFIED && !header_text) {
    return absl::InvalidArgumentError("only the text of a header can be generated");
  }
  field.generated = rule.generated();
  return absl::OkStatus();
}

absl::Status TableRegistry::FillRules(const v1::MessageRule& rule, MessageTable& table) {
  const auto index = [&table](const std::string& name) -> absl::StatusOr<uint16_t> {
    const FieldTable* field = table.FindProto(name);
    if (field != nullptr) return field->index;
    return absl::InvalidArgumentError(absl::StrCat("its rule names no field: \"", name, "\""));
  };
  for (const auto& [sets, target] : {std::pair(&rule.at_most_one(), &table.at_most_one),
                                     std::pair(&rule.at_least_one(), &table.at_least_one)}) {
    for (const v1::FieldSet& set : *sets) {
      std::vector<uint16_t>& indices = target->emplace_back();
      for (const std::string& name : set.fields()) {
        absl::StatusOr<uint16_t> field = index(name);
        if (!field.ok()) return field.status();
        indices.push_back(*field);
      }
      if (indices.size() < 2) return absl::InvalidArgumentError("its rule needs two fields a set");
    }
  }
  for (const v1::Dependence& dependence : rule.depends()) {
    absl::StatusOr<uint16_t> field = index(dependence.field());
    if (!field.ok()) return field.status();
    absl::StatusOr<uint16_t> on = index(dependence.on());
    if (!on.ok()) return on.status();
    FieldDependence entry{*field, *on, {}, {}, dependence.or_free()};
    const pb::EnumDescriptor* values = table.fields[*on].descriptor->enum_type();
    for (const std::string& name : dependence.values()) {
      const auto* value = values == nullptr ? nullptr : values->FindValueByName(name);
      if (value == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("its rule names no value: ", name));
      }
      entry.values.push_back(value->number());
      absl::StrAppend(&entry.names, entry.names.empty() ? "" : " or ", name);
    }
    if (entry.values.empty()) return absl::InvalidArgumentError("its rule names no values");
    table.depends.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

absl::StatusOr<const EnumTable*> TableRegistry::AddEnum(const pb::EnumDescriptor* descriptor) {
  if (auto it = enums_.find(descriptor); it != enums_.end()) return it->second.get();
  auto table = std::make_unique<EnumTable>();
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const pb::EnumValueDescriptor* value = descriptor->value(i);
    if (value->number() == 0) continue;
    const std::string& spelling = value->options().GetExtension(v1::spelling);
    if (spelling.empty() || table->FindSpelling(spelling) || table->FindNumber(value->number())) {
      return absl::InvalidArgumentError(
          absl::StrCat(value->full_name(), ": every enum value needs a spelling of its own"));
    }
    table->values.push_back({value->number(), spelling});
  }
  return enums_.emplace(descriptor, std::move(table)).first->second.get();
}

}  // namespace billing::gateway::translate
