#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/sandbox/billpro/form.h"

namespace {

using billing::sandbox::Json;

size_t DepthOf(const Json& value) {
  size_t deepest = 0;
  for (const Json& inner : value.elements()) deepest = std::max(deepest, DepthOf(inner));
  for (const auto& [key, inner] : value.members()) deepest = std::max(deepest, DepthOf(inner));
  return deepest + 1;
}

}  // namespace

// A content type, a newline and a body, of whatever bytes: refused, or an object that can be
// written and read again and, from a form, is no deeper than forms may be.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace billing::sandbox::billpro;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string_view type = input.substr(0, line);
  const std::string_view body = input.substr(std::min(line + 1, input.size()));
  const absl::StatusOr<Json> object = ParseBody(type, body);
  if (object.ok() &&
      (!object->is_object() || !billing::sandbox::ParseJson(object->ToString()).ok())) {
    std::abort();
  }
  const absl::StatusOr<FormFields> fields = ParseUrlEncoded(body);
  if (!fields.ok()) return 0;
  if (fields->size() > kMaxFormFields) std::abort();
  const absl::StatusOr<Json> nested = NestFields(*fields);
  // The deepest name, and the text within.
  if (nested.ok() && DepthOf(*nested) > kMaxFormDepth + 2) std::abort();
  return 0;
}
