#ifndef CLIENT_BILLINGCTL_NODE_H_
#define CLIENT_BILLINGCTL_NODE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace billing::ctl {

// A JSON or YAML document as a tree in which every part knows where it stands.
struct Node {
  enum class Kind { kNull, kText, kNumber, kBool, kPlain, kList, kMap };

  // kPlain is YAML's unquoted text: it may be text, a number or a bool, as the field wants it.
  Kind kind = Kind::kNull;
  // Counted from 1; columns in characters (code points), as editors do.
  int line = 1;
  int column = 1;
  // Of a scalar: its text, without quotes. Of a number: as written.
  std::string text;
  // Of a list: its elements. Of a map: its values.
  std::vector<Node> children;
  // Of a map: the keys, each a kText node, in the order of `children`. None is there twice.
  std::vector<Node> keys;
};

inline constexpr int kMaxDepth = 64;
inline constexpr size_t kMaxInputBytes = size_t{64} << 20;

// What a mistake in a document is, and where: "12:7: unknown field".
std::string AtPlace(const Node& node, std::string_view message);

// The code points of well-formed UTF-8.
int CountCharacters(std::string_view text);

// Parse one document. InvalidArgument, beginning with "LINE:COLUMN: ", for anything else. JSON is
// RFC 8259, UTF-8 only, no key twice. YAML may not have anchors, aliases, tags or a second
// document.
absl::StatusOr<Node> ReadJson(std::string_view text);
absl::StatusOr<Node> ReadYaml(std::string_view text);

// JSON if it begins as JSON's objects and lists do and YAML otherwise.
absl::StatusOr<Node> ReadJsonOrYaml(std::string_view text);

}  // namespace billing::ctl

#endif  // CLIENT_BILLINGCTL_NODE_H_
