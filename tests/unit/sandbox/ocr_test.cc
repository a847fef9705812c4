#include <gtest/gtest.h>

#include "service/sandbox/billogram.h"

namespace billing::sandbox {
namespace {

// Luhn, written down a second time: true for the recorded 324810046924.
bool PassesLuhn(const std::string& digits) {
  int sum = 0;
  bool twice = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    const int digit = (*it - '0') * (twice ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return sum % 10 == 0;
}

TEST(OcrTest, HasLengthAndCheckDigits) {
  ASSERT_TRUE(PassesLuhn("324810046924"));
  Random random(7);
  for (int64_t invoice_no : {1, 99, 123456789}) {
    const std::string ocr = OcrNumber(invoice_no, random);
    ASSERT_EQ(ocr.size(), 12);
    EXPECT_EQ(ocr[10], '2');
    EXPECT_TRUE(PassesLuhn(ocr)) << ocr;
  }
}

}  // namespace
}  // namespace billing::sandbox
