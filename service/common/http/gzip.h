#ifndef SERVICE_COMMON_HTTP_GZIP_H_
#define SERVICE_COMMON_HTTP_GZIP_H_

#include <optional>
#include <string>
#include <string_view>

namespace billing::common {

// Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3): named or by "*", and not with
// a weight of zero.
bool AcceptsGzip(std::string_view accept_encoding);

// `text` as one gzip member, fast rather than small. Nothing where zlib has no memory left.
std::optional<std::string> GzipCompress(std::string_view text);

}  // namespace billing::common

#endif  // SERVICE_COMMON_HTTP_GZIP_H_
