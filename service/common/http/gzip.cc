#include "service/common/http/gzip.h"

#include <zlib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"

namespace billing::common {
namespace {

// A weight is 0 in any spelling: "0", "0.", "0.000".
bool IsZeroWeight(absl::string_view weight) {
  return absl::StartsWith(weight, "0") && weight.find_first_not_of("0.") == absl::string_view::npos;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  bool by_star = false;
  for (absl::string_view part : absl::StrSplit(ToAbsl(accept_encoding), ',')) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits(';', 1));
    const absl::string_view coding = absl::StripAsciiWhitespace(split.first);
    absl::string_view weight = absl::StripAsciiWhitespace(split.second);
    const bool refused = absl::StartsWithIgnoreCase(weight, "q=") && IsZeroWeight(weight.substr(2));
    if (absl::EqualsIgnoreCase(coding, "gzip")) return !refused;
    if (coding == "*") by_star = !refused;
  }
  return by_star;
}

std::optional<std::string> GzipCompress(std::string_view text) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return out;
}

}  // namespace billing::common
