#ifndef SERVICE_SANDBOX_SCHEMA_H_
#define SERVICE_SANDBOX_SCHEMA_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

struct Schema;

enum class FieldKind {
  kString,
  kInteger,
  kIdentifier,  // a string or an integer, kept as it was spelled
  kDecimal,
  kBool,
  kDate,
  kObject,
  kObjects,
};

// One documented field of a resource.
struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kString;
  const Schema* object = nullptr;  // of kObject and of the elements of kObjects

  bool read_only = false;   // only the value it already has may be sent
  bool write_only = false;  // never in an answer
  bool not_null = false;    // null is refused
  bool required = false;    // of an element: must be there

  size_t max_length = 2000;  // of strings, in code points
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  // What is wrong with a value of the right kind; null where nothing is.
  const char* (*check)(const Json& value) = nullptr;
  std::string_view default_value = "null";  // JSON text
};

struct Schema {
  std::vector<Field> fields;
  const Field* Find(std::string_view name) const;
};

// Checks a request document. `stored` is what the resource looks like now, null on creation: a
// read-only field may be sent with the value it has there, or as null.
MaybeError CheckDocument(const Schema& schema, const Json& document, const Json* stored,
                         const FieldPath& path);

// The document with every field of the schema that is not write-only, in the schema's order; those
// that are not given have their default, sub-structures all their fields.
Json Complete(const Schema& schema, const Json& given);

// `stored` changed by a checked update: a sub-structure that is left out or null stays, its given
// fields change; a list is replaced, or emptied by null; any other field set to null gets its
// default. Read-only fields stay.
Json Merge(const Schema& schema, const Json& stored, const Json& update);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_SCHEMA_H_
