#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_WIRE_SHUFFLE_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_WIRE_SHUFFLE_TESTING_H_

#include <array>
#include <cstddef>
#include <string>

#include "google/protobuf/descriptor.h"
#include "tests/unit/gateway/translate/document_testing.h"

// Other legal wire for the same message.

namespace billing::gateway::translate {

enum class Shuffle : size_t {
  kReordered,      // fields not by number
  kRepeatedApart,  // elements of a repeated field with others between them
  kScalarTwice,    // the last one counts
  kMessageSplit,   // one message in two occurrences
  kMapReordered,   // map keys not sorted
  kMapKeyTwice,    // the last one counts
  kMapValueFirst,  // value before key
  kLongTag,        // a tag in more bytes than it needs
  kUnpacked,       // numbers one by one
  kPackedApart,    // packed numbers in several pieces
  kCount,
};
inline constexpr size_t kShuffles = static_cast<size_t>(Shuffle::kCount);
const char* ShuffleName(size_t shuffle);

// `wire`, a serialised message of `descriptor`, in other bytes that ParseFromString reads as the
// same. Adds to `counts` what was done.
std::string Shuffled(const google::protobuf::Descriptor* descriptor, const std::string& wire,
                     Random& random, std::array<size_t, kShuffles>& counts);

}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_WIRE_SHUFFLE_TESTING_H_
