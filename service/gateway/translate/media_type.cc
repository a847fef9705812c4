#include "service/gateway/translate/media_type.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "service/common/strings.h"

namespace billing::gateway::translate {

std::string MediaType(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(common::ToAbsl(type)));
}

bool IsJsonType(std::string_view media) {
  return media == "application/json" || absl::EndsWith(common::ToAbsl(media), "+json");
}

}  // namespace billing::gateway::translate
