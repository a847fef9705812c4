#ifndef SERVICE_SANDBOX_SCHEMA_FIELDS_H_
#define SERVICE_SANDBOX_SCHEMA_FIELDS_H_

#include <string_view>

#include "service/sandbox/schema.h"

// Short names, so that the tables of fields read as tables.
namespace billing::sandbox::fields {

inline Field Text(std::string_view name, size_t max_length = 2000,
                  const char* (*check)(const Json&) = nullptr) {
  return {.name = name, .kind = FieldKind::kString, .max_length = max_length, .check = check};
}
inline Field Integer(std::string_view name, int64_t min = 0, int64_t max = 999999999999999) {
  return {.name = name, .kind = FieldKind::kInteger, .min = min, .max = max};
}
inline Field Identifier(std::string_view name) {
  return {.name = name, .kind = FieldKind::kIdentifier};
}
inline Field Money(std::string_view name) { return {.name = name, .kind = FieldKind::kDecimal}; }
inline Field Flag(std::string_view name) { return {.name = name, .kind = FieldKind::kBool}; }
inline Field Date(std::string_view name) { return {.name = name, .kind = FieldKind::kDate}; }
inline Field Part(std::string_view name, const Schema& object) {
  return {.name = name, .kind = FieldKind::kObject, .object = &object};
}
inline Field Parts(std::string_view name, const Schema& object) {
  return {.name = name, .kind = FieldKind::kObjects, .object = &object, .default_value = "[]"};
}
inline Field ReadOnly(std::string_view name) { return {.name = name, .read_only = true}; }
inline Field Required(Field field) {
  field.required = true;
  field.not_null = true;
  return field;
}
inline Field NotNull(Field field) {
  field.not_null = true;
  return field;
}
inline Field WithDefault(Field field, std::string_view default_value) {
  field.default_value = default_value;
  return field;
}
inline Field Checked(Field field, const char* (*check)(const Json&)) {
  field.check = check;
  return field;
}
inline Field WriteOnly(Field field) {
  field.write_only = true;
  return field;
}

}  // namespace billing::sandbox::fields

#endif  // SERVICE_SANDBOX_SCHEMA_FIELDS_H_
