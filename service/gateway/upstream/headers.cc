#include "service/gateway/upstream/headers.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"

namespace billing::gateway::upstream {
namespace {

using common::ToAbsl;

// A caller's line of one of these names would change how the message is framed, where it goes or
// what curl does with the connection.
constexpr std::array<std::string_view, 11> kOwned = {"accept-encoding",
                                                     "connection",
                                                     "content-length",
                                                     "expect",
                                                     "host",
                                                     "keep-alive",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "proxy-connection"};

// curl takes a line without a value as "do not send this header".
constexpr char kNoExpect[] = "Expect:";
constexpr char kNoContentType[] = "Content-Type:";

bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool IsValueChar(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool IsContentType(const std::string& line) {
  return absl::StartsWithIgnoreCase(line, "content-type:");
}

// curl's list is not const, but curl only reads it.
curl_slist Node(const char* line) { return {const_cast<char*>(line), nullptr}; }

const curl_slist* Link(std::vector<curl_slist>& nodes, const curl_slist* next) {
  for (size_t i = 0; i + 1 < nodes.size(); ++i) nodes[i].next = &nodes[i + 1];
  if (nodes.empty()) return next;
  nodes.back().next = const_cast<curl_slist*>(next);
  return nodes.data();
}

// The end of every chain. What curl would add by itself stays out, unless a header before these
// says what it is.
const curl_slist* Tail() {
  static const curl_slist kExpect = Node(kNoExpect);
  static const curl_slist kContentType = {const_cast<char*>(kNoContentType),
                                          const_cast<curl_slist*>(&kExpect)};
  return &kContentType;
}

}  // namespace

absl::Status HeaderList::Add(std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsTokenChar)) {
    return absl::InvalidArgumentError("a header's name is not a token");
  }
  auto is_name = [&](std::string_view owned) {
    return absl::EqualsIgnoreCase(ToAbsl(owned), ToAbsl(name));
  };
  if (std::any_of(kOwned.begin(), kOwned.end(), is_name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("header ", ToAbsl(name), " is set by the transfer"));
  }
  if (!std::all_of(value.begin(), value.end(), IsValueChar)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the value of header ", ToAbsl(name), " has a control character"));
  }
  absl::string_view trimmed = absl::StripAsciiWhitespace(ToAbsl(value));
  lines_.push_back(trimmed.empty() ? absl::StrCat(ToAbsl(name), ";")
                                   : absl::StrCat(ToAbsl(name), ": ", trimmed));
  return absl::OkStatus();
}

HeaderSet::HeaderSet(HeaderList headers) : lines_(std::move(headers).lines()) {
  for (const std::string& line : lines_) {
    with_body_.push_back(Node(line.c_str()));
    if (!IsContentType(line)) without_body_.push_back(Node(line.c_str()));
  }
  Link(with_body_, Tail());
  Link(without_body_, Tail());
}

HeaderSet::~HeaderSet() {
  for (std::string& line : lines_) explicit_bzero(line.data(), line.size());
}

const curl_slist* HeaderSet::Chain(bool with_body) const {
  const std::vector<curl_slist>& nodes = with_body ? with_body_ : without_body_;
  return nodes.empty() ? Tail() : nodes.data();
}

const curl_slist* HeaderChain::Build(const HeaderList& own, const HeaderSet* account,
                                     bool with_body) {
  nodes_.clear();
  nodes_.reserve(own.size());
  for (const std::string& line : own.lines()) nodes_.push_back(Node(line.c_str()));
  return Link(nodes_, account != nullptr ? account->Chain(with_body) : Tail());
}

}  // namespace billing::gateway::upstream
