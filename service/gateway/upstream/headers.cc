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

// RFC 9110, 5.6.2. A table, as every header line of every request is checked.
constexpr std::array<bool, 256> TokenChars() {
  std::array<bool, 256> is_token = {};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    is_token[static_cast<unsigned char>(c)] = true;
  }
  return is_token;
}

bool IsTokenChar(char c) {
  static constexpr std::array<bool, 256> kTokenChars = TokenChars();
  return kTokenChars[static_cast<unsigned char>(c)];
}

bool IsValueChar(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool IsContentType(const std::string& line) {
  return absl::StartsWithIgnoreCase(line, "content-type:");
}

// Whether curl adds such a header where it does not find one.
bool NeedsOwnNode(const std::string& line) {
  return IsContentType(line) || absl::StartsWithIgnoreCase(line, "accept:");
}

// Adds a line to a node that holds several. In the form "Name;" curl takes only a line that stands
// alone.
void AppendLine(const std::string& line, std::string& node) {
  if (!node.empty()) node += "\r\n";
  node += line;
  if (line.back() == ';' && line.find(':') == std::string::npos) node.back() = ':';
}

// curl's list is not const, but curl only reads it.
curl_slist Node(const char* line) { return {const_cast<char*>(line), nullptr}; }

const curl_slist* Link(std::vector<curl_slist>& nodes, const curl_slist* next) {
  for (size_t i = 0; i + 1 < nodes.size(); ++i) nodes[i].next = &nodes[i + 1];
  if (nodes.empty()) return next;
  nodes.back().next = const_cast<curl_slist*>(next);
  return nodes.data();
}

void Wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

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
    return owned.size() == name.size() && absl::EqualsIgnoreCase(ToAbsl(owned), ToAbsl(name));
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

HeaderSet::HeaderSet(HeaderList headers) {
  std::vector<std::string> shared;
  for (std::string& line : std::move(headers).lines()) {
    (NeedsOwnNode(line) ? lines_ : shared).push_back(std::move(line));
  }
  if (shared.size() == 1) {
    lines_.push_back(std::move(shared.front()));
  } else if (!shared.empty()) {
    size_t size = 0;
    for (const std::string& line : shared) size += line.size() + 2;
    // Reserved, so that growing leaves no copy of a credential behind.
    lines_.emplace_back().reserve(size);
    for (std::string& line : shared) {
      AppendLine(line, lines_.back());
      Wipe(line);
    }
  }
  for (const std::string& line : lines_) {
    with_body_.push_back(Node(line.c_str()));
    if (!IsContentType(line)) without_body_.push_back(Node(line.c_str()));
  }
  Link(with_body_, Tail());
  Link(without_body_, Tail());
}

HeaderSet::~HeaderSet() {
  for (std::string& line : lines_) Wipe(line);
}

const curl_slist* HeaderSet::Chain(bool with_body) const {
  const std::vector<curl_slist>& nodes = with_body ? with_body_ : without_body_;
  return nodes.empty() ? Tail() : nodes.data();
}

const curl_slist* HeaderChain::Build(const HeaderList& own, const HeaderSet* account,
                                     bool with_body) {
  shared_.clear();
  nodes_.clear();
  nodes_.reserve(own.size());
  const std::string* alone = nullptr;
  for (const std::string& line : own.lines()) {
    if (NeedsOwnNode(line)) {
      nodes_.push_back(Node(line.c_str()));
    } else {
      alone = shared_.empty() ? &line : nullptr;
      AppendLine(line, shared_);
    }
  }
  if (!shared_.empty()) nodes_.push_back(Node(alone != nullptr ? alone->c_str() : shared_.c_str()));
  return Link(nodes_, account != nullptr ? account->Chain(with_body) : Tail());
}

}  // namespace billing::gateway::upstream
