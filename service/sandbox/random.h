#ifndef SERVICE_SANDBOX_RANDOM_H_
#define SERVICE_SANDBOX_RANDOM_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace billing::sandbox {

// Everything the sandbox draws: the same seed gives the same ids. Not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // `length` characters of `alphabet`.
  std::string Text(std::string_view alphabet, size_t length);
  // Seven letters and digits, as billogram ids have.
  std::string BillogramId();
  // A version 4 UUID.
  std::string Uuid();
  // In [0, 1).
  double Fraction();

 private:
  std::mt19937_64 engine_;
};

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_RANDOM_H_
