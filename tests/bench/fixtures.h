#ifndef TESTS_BENCH_FIXTURES_H_
#define TESTS_BENCH_FIXTURES_H_

#include <memory>
#include <string>
#include <string_view>

#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/method_table.h"

namespace billing::bench {

// The file tests/testdata/`name`, without the white space at its end. Ends the process if there is
// none.
std::string TestData(std::string_view name);

// The methods of BillogramService. Ends the process if they are refused.
std::unique_ptr<gateway::translate::MethodTable> BillogramMethods();
// One of them, by its short name.
const gateway::translate::Method& FindMethod(const gateway::translate::MethodTable& methods,
                                             std::string_view name);

// A document with the readable bytes behind it that the parsers want.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text)
      : size_(text.size()),
        bytes_(std::string(text).append(gateway::translate::kJsonPadding, '\0')) {}

  std::string_view view() const { return {bytes_.data(), size_}; }
  gateway::translate::PaddedJson json() const { return {bytes_.data(), size_}; }

 private:
  size_t size_;
  std::string bytes_;
};

}  // namespace billing::bench

#endif  // TESTS_BENCH_FIXTURES_H_
