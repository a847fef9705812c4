#ifndef SERVICE_SANDBOX_BILLPRO_FORM_H_
#define SERVICE_SANDBOX_BILLPRO_FORM_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/sandbox/json.h"

namespace billing::sandbox::billpro {

// What bodies are held to, whatever their spelling.
inline constexpr size_t kMaxFormFields = 1000;
inline constexpr size_t kMaxFormDepth = 16;  // keys of one name
inline constexpr size_t kMaxPartHeaders = 8192;

using FormFields = std::vector<std::pair<std::string, std::string>>;

// A request body as one object (reference, 1.3): JSON, application/x-www-form-urlencoded or
// multipart/form-data, by `content_type`; JSON where that is empty. Values of forms are strings.
// InvalidArgument for everything that is none of these, and for what is no object.
absl::StatusOr<Json> ParseBody(std::string_view content_type, std::string_view body);

// The fields of a form in their order, names and values decoded, all of it UTF-8. InvalidArgument
// where it is malformed or has too many.
absl::StatusOr<FormFields> ParseUrlEncoded(std::string_view body);
// The same for multipart/form-data. Files are refused: the API has no use for them.
absl::StatusOr<FormFields> ParseMultipart(std::string_view content_type, std::string_view body);

// Fields whose names nest as Rails has it: "order[currency]" is a member of an object, "tags[]" an
// element of a list, and "items[][id]" a member of the list's last object, or of a new one where
// that has the member already. InvalidArgument for malformed names, for names that contradict each
// other and for deeper nesting than kMaxFormDepth.
absl::StatusOr<Json> NestFields(const FormFields& fields);

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_FORM_H_
