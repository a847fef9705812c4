#ifndef TESTS_FUZZ_FUZZ_H_
#define TESTS_FUZZ_FUZZ_H_

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/message_table.h"
#include "tests/unit/gateway/translate/json_tree_testing.h"
#include "tests/unit/gateway/translate/message_testing.h"

// What the fuzzers of the translation share.

namespace billing::gateway::translate {

// Ends the program, as a finding, if `holds` is false.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", what);
  std::abort();
}

// A document in memory of its own, with the padding that the translator may read and no more.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(text.size() + kJsonPadding), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.begin());
  }
  PaddedJson json() const { return {bytes_.data(), size_}; }

 private:
  std::vector<char> bytes_;
  size_t size_;
};

// A message type with its table.
struct Target {
  const google::protobuf::Message* prototype = nullptr;
  const MessageTable* table = nullptr;

  std::unique_ptr<google::protobuf::Message> New() const {
    return std::unique_ptr<google::protobuf::Message>(prototype->New());
  }
};

inline Target MakeTarget(TableRegistry& registry, const google::protobuf::Message& prototype) {
  return {&prototype, registry.Add(prototype.GetDescriptor()).value()};
}

}  // namespace billing::gateway::translate

#endif  // TESTS_FUZZ_FUZZ_H_
