#ifndef SERVICE_GATEWAY_TRANSLATE_MEDIA_TYPE_H_
#define SERVICE_GATEWAY_TRANSLATE_MEDIA_TYPE_H_

#include <string>
#include <string_view>

namespace billing::gateway::translate {

// The media type of a Content-Type header (RFC 9110, section 8.3.1) in lower case and without
// parameters: "text/csv" of "Text/CSV; charset=utf-8". What is no media type stays as it is; empty
// for a header that is empty.
std::string MediaType(std::string_view content_type);

// Whether `media`, as MediaType gives it, is JSON's: "application/json",
// "application/problem+json".
bool IsJsonType(std::string_view media);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_MEDIA_TYPE_H_
