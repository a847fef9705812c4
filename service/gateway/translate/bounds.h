#ifndef SERVICE_GATEWAY_TRANSLATE_BOUNDS_H_
#define SERVICE_GATEWAY_TRANSLATE_BOUNDS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace re2 {
class RE2;
}

namespace billing::gateway::translate {

// Less than, equal to or greater than zero as `a` is less than, equal to or greater than `b`. Both
// must be decimals (IsDecimal); they are compared exactly.
int CompareDecimals(std::string_view a, std::string_view b);

// Digits behind the decimal point of a decimal (IsDecimal), zeros at the end not counted.
int DecimalPlaces(std::string_view decimal);

// What a request's value must keep to: billing.gateway.v1.Bounds, made ready. Immutable and
// thread-safe.
class Bounds {
 public:
  // InvalidArgument for limits that are no decimals, a pattern that is none, a value that
  // `enumeration` does not have, or nothing at all. `enumeration` is the field's, nullptr for a
  // field of another type, and must outlive the bounds.
  static absl::StatusOr<std::unique_ptr<const Bounds>> Make(
      const billing::gateway::v1::Bounds& bounds,
      const google::protobuf::EnumDescriptor* enumeration = nullptr);
  ~Bounds();
  Bounds(const Bounds&) = delete;
  Bounds& operator=(const Bounds&) = delete;

  bool for_text() const { return for_text_; }
  bool for_numbers() const { return for_numbers_; }
  bool for_enums() const { return limits_.values_size() > 0; }

  // Why a value is refused, "must be at most 100 characters" say; empty if it is not. Text must be
  // UTF-8, a number a decimal (IsDecimal).
  std::string WhyNotText(std::string_view text) const;
  std::string WhyNotNumber(std::string_view decimal) const;
  // Neither 0, which says nothing, nor a number that the enum does not have is judged.
  std::string WhyNotEnum(int32_t number) const;

 private:
  explicit Bounds(const billing::gateway::v1::Bounds& bounds);

  billing::gateway::v1::Bounds limits_;
  std::unique_ptr<const re2::RE2> pattern_;                        // nullptr: none
  const google::protobuf::EnumDescriptor* enumeration_ = nullptr;  // of the values
  bool for_text_ = false;
  bool for_numbers_ = false;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_BOUNDS_H_
