#include "service/gateway/telemetry/utf8_text.h"

#include <cstddef>

#include "service/common/utf8.h"

namespace billing::gateway::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

void AppendEscape(unsigned char c, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += static_cast<char>(c);
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      out += "u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

}  // namespace

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  while (true) {
    const size_t good = common::ValidUtf8Prefix(text);
    out += text.substr(0, good);
    if (good == text.size()) return out;
    out += kReplacement;
    text.remove_prefix(good + 1);
  }
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  size_t done = 0;
  size_t at = 0;
  // Runs of ordinary characters are copied at once.
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    const size_t length = c < 0x80 ? 0 : common::Utf8CharacterLength(text.substr(at));
    if (length > 0) {
      at += length;
      continue;
    }
    out += text.substr(done, at - done);
    if (c < 0x80) {
      AppendEscape(c, out);
    } else {
      out += kReplacement;
    }
    done = ++at;
  }
  out += text.substr(done);
  out += '"';
}

}  // namespace billing::gateway::telemetry
