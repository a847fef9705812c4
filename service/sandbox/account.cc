#include "service/sandbox/account.h"

#include "absl/strings/str_cat.h"
#include "service/sandbox/random.h"

namespace billing::sandbox {
namespace {

// FNV-1a: the same on every machine, unlike std::hash.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace

Account::Account(std::string_view account_name, uint64_t seed)
    : name(account_name), billograms(customers, features) {
  Random random(seed ^ HashOf(name));
  user = absl::StrCat(random.Text("123456789", 1), random.Text(kDigits, 3), "-",
                      random.Text(kLettersAndDigits, 8));
  key = random.Text(kHexDigits, 32);
}

}  // namespace billing::sandbox
