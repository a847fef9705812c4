#include "service/sandbox/schema.h"

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

bool IsDate(const Json& value) {
  // A date-time is taken for its date.
  const std::string& text = value.text();
  if (text.size() > 10) return ParseMoment(text) && ParseDate(text.substr(0, 10));
  return ParseDate(text).has_value();
}

MaybeError CheckString(const Field& field, const Json& value, const FieldPath& path) {
  if (!value.is_string()) return InvalidParameter(path, "must be a string");
  if (CodePoints(value.text()) > field.max_length) {
    return InvalidParameter(path,
                            absl::StrCat("must be at most ", field.max_length, " characters"));
  }
  return std::nullopt;
}

MaybeError CheckNumber(const Field& field, const Json& value, const FieldPath& path) {
  if (!value.is_number()) return InvalidParameter(path, "must be a number");
  if (field.kind == FieldKind::kInteger && !value.AsInteger()) {
    return InvalidParameter(path, "must be an integer");
  }
  if (field.kind == FieldKind::kInteger) {
    const int64_t number = *value.AsInteger();
    if (number < field.min || number > field.max) return InvalidParameter(path, "is out of range");
    return std::nullopt;
  }
  const auto number = value.AsDecimal();
  const bool fits = number && *number >= Decimal(std::max(field.min, -int64_t{9999999999})) &&
                    *number <= Decimal(std::min(field.max, int64_t{9999999999}));
  if (!fits) return InvalidParameter(path, "is out of range or has too many digits");
  return std::nullopt;
}

MaybeError CheckValue(const Field& field, const Json& value, const Json* stored,
                      const FieldPath& path) {
  MaybeError error;
  switch (field.kind) {
    case FieldKind::kString:
      error = CheckString(field, value, path);
      break;
    case FieldKind::kIdentifier:
      if (!value.is_string() && !value.AsInteger()) {
        error = InvalidParameter(path, "must be a string or an integer");
      }
      break;
    case FieldKind::kInteger:
    case FieldKind::kDecimal:
      error = CheckNumber(field, value, path);
      break;
    case FieldKind::kBool:
      if (!value.is_bool()) error = InvalidParameter(path, "must be true or false");
      break;
    case FieldKind::kDate:
      if (!value.is_string() || !IsDate(value)) error = InvalidParameter(path, "must be a date");
      break;
    case FieldKind::kObject:
      error = value.is_object() ? CheckDocument(*field.object, value, stored, path)
                                : InvalidParameter(path, "must be an object");
      break;
    case FieldKind::kObjects:
      if (!value.is_array()) return InvalidParameter(path, "must be a list");
      for (size_t i = 0; i < value.elements().size() && !error; ++i) {
        const Json& element = value.elements()[i];
        error = element.is_object() ? CheckDocument(*field.object, element, nullptr, path / i)
                                    : InvalidParameter(path / i, "must be an object");
      }
      break;
  }
  if (error || field.check == nullptr) return error;
  const char* problem = field.check(value);
  return problem == nullptr ? MaybeError() : InvalidParameter(path, problem);
}

Json DefaultOf(const Field& field) {
  if (field.kind == FieldKind::kObject) return Complete(*field.object, Json::MakeObject());
  // The table's own text: always well-formed.
  return *ParseJson(field.default_value);
}

// The value as it is kept: complete, and a date without its time of day.
Json Normalize(const Field& field, const Json& value) {
  if (field.kind == FieldKind::kObject) return Complete(*field.object, value);
  if (field.kind == FieldKind::kDate) return Json::String(value.text().substr(0, 10));
  if (field.kind != FieldKind::kObjects) return value;
  Json all = Json::MakeArray();
  for (const Json& element : value.elements()) all.Append(Complete(*field.object, element));
  return all;
}

}  // namespace

const Field* Schema::Find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

MaybeError CheckDocument(const Schema& schema, const Json& document, const Json* stored,
                         const FieldPath& path) {
  for (const auto& [name, value] : document.members()) {
    const FieldPath here = path / name;
    const Field* field = schema.Find(name);
    if (field == nullptr) return UnknownParameter(here);
    const Json* before = stored == nullptr ? nullptr : stored->Find(name);
    if (value.is_null()) {
      if (field->not_null) return InvalidParameter(here, "must not be null");
      continue;
    }
    if (field->read_only) {
      if (before == nullptr || !(*before == value)) return ReadOnlyParameter(here);
      continue;
    }
    if (MaybeError error = CheckValue(*field, value, before, here)) return error;
  }
  for (const Field& field : schema.fields) {
    if (field.required && document.Find(field.name) == nullptr) {
      return InvalidParameter(path / field.name,
                              absl::StrCat("missing required parameter: ", ToAbsl(field.name)));
    }
  }
  return std::nullopt;
}

Json Complete(const Schema& schema, const Json& given) {
  Json::Object members;
  members.reserve(schema.fields.size());
  for (const Field& field : schema.fields) {
    if (field.write_only) continue;
    const Json* value = given.Find(field.name);
    const bool is_given = value != nullptr && !value->is_null();
    members.emplace_back(field.name, is_given ? Normalize(field, *value) : DefaultOf(field));
  }
  return Json::MakeObject(std::move(members));
}

Json Merge(const Schema& schema, const Json& stored, const Json& update) {
  Json merged = stored;
  for (const auto& [name, value] : update.members()) {
    const Field* field = schema.Find(name);
    if (field == nullptr || field->read_only || field->write_only) continue;
    if (field->kind == FieldKind::kObject) {
      const Json* before = stored.Find(name);
      if (!value.is_null()) {
        merged.Set(name, before != nullptr && before->is_object()
                             ? Merge(*field->object, *before, value)
                             : Normalize(*field, value));
      }
    } else {
      merged.Set(name, value.is_null() ? DefaultOf(*field) : Normalize(*field, value));
    }
  }
  return merged;
}

}  // namespace billing::sandbox
