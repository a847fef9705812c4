#include "service/sandbox/random.h"

namespace billing::sandbox {

std::string Random::Text(std::string_view alphabet, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i) text.push_back(alphabet[engine_() % alphabet.size()]);
  return text;
}

std::string Random::BillogramId() { return Text(kLettersAndDigits, 7); }

std::string Random::Uuid() {
  std::string text = Text(kHexDigits, 36);
  for (const size_t dash : {8, 13, 18, 23}) text[dash] = '-';
  text[14] = '4';
  text[19] = "89ab"[engine_() % 4];
  return text;
}

double Random::Fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

}  // namespace billing::sandbox
