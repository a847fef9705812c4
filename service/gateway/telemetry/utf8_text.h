#ifndef SERVICE_GATEWAY_TELEMETRY_UTF8_TEXT_H_
#define SERVICE_GATEWAY_TELEMETRY_UTF8_TEXT_H_

#include <string>
#include <string_view>

namespace billing::gateway::telemetry {

// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string ToValidUtf8(std::string_view text);

// Appends `text` as a JSON string, quotes included. Control characters are escaped, bytes that are
// not UTF-8 replaced by U+FFFD: the result is one line of valid JSON whatever came in.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace billing::gateway::telemetry

#endif  // SERVICE_GATEWAY_TELEMETRY_UTF8_TEXT_H_
