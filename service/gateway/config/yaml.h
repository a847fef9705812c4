#ifndef SERVICE_GATEWAY_CONFIG_YAML_H_
#define SERVICE_GATEWAY_CONFIG_YAML_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/config/problem.h"

namespace billing::gateway::config {

// A YAML document as a tree in which every part knows its line.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  // Counted from 1.
  int line = 1;
  // Of a scalar: written in quotes or as a block, so certainly text.
  bool quoted = false;
  // Of a scalar: its text.
  std::string text;
  // Of a sequence: its elements. Of a mapping: key, value, key, value.
  std::vector<YamlNode> children;
};

// What a configuration file never needs more of.
inline constexpr size_t kMaxYamlBytes = 1 << 20;
inline constexpr int kMaxYamlDepth = 32;

// Parses one document of the part of YAML that configuration needs: no anchors, aliases or tags, no
// tabs for indentation, no control characters, UTF-8 only. Returns the null node for an empty one.
// What is wrong goes to `problems`; the tree is then of no use.
YamlNode ParseYaml(std::string_view text, Problems& problems);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_YAML_H_
