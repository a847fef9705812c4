#include "service/gateway/translate/bounds.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/common/strings.h"
#include "service/gateway/translate/values.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

// A decimal as 0.DIGITS times ten to the power of `point`, without zeros at either end; zero has no
// digits.
struct Normal {
  bool negative = false;
  std::string digits;
  int point = 0;
};

Normal Normalize(std::string_view text) {
  Normal normal;
  if (!text.empty() && text.front() == '-') {
    normal.negative = true;
    text.remove_prefix(1);
  }
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, e);
  const size_t dot = std::min(mantissa.find('.'), mantissa.size());
  normal.digits = std::string(mantissa.substr(0, dot));
  if (dot < mantissa.size()) normal.digits.append(mantissa.substr(dot + 1));
  normal.point = static_cast<int>(dot);
  if (e < text.size()) {
    int exponent = 0;
    const bool minus = text[e + 1] == '-';
    for (char c : text.substr(e + 1)) {
      if (c >= '0' && c <= '9') exponent = exponent * 10 + (c - '0');
    }
    normal.point += minus ? -exponent : exponent;
  }
  const size_t zeros = std::min(normal.digits.find_first_not_of('0'), normal.digits.size());
  normal.digits.erase(0, zeros);
  normal.point -= static_cast<int>(zeros);
  normal.digits.erase(normal.digits.find_last_not_of('0') + 1);
  if (normal.digits.empty()) normal = Normal();
  return normal;
}

int CompareSizes(const Normal& a, const Normal& b) {
  if (a.digits.empty() || b.digits.empty()) {
    return static_cast<int>(!a.digits.empty()) - static_cast<int>(!b.digits.empty());
  }
  return a.point != b.point ? a.point - b.point : a.digits.compare(b.digits);
}

// Characters, not bytes.
int Length(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

int CompareDecimals(std::string_view a, std::string_view b) {
  const Normal left = Normalize(a);
  const Normal right = Normalize(b);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  const int sizes = CompareSizes(left, right);
  return left.negative ? -sizes : sizes;
}

int DecimalPlaces(std::string_view decimal) {
  const Normal normal = Normalize(decimal);
  return std::max(0, static_cast<int>(normal.digits.size()) - normal.point);
}

Bounds::Bounds(const v1::Bounds& bounds) : limits_(bounds) {}
Bounds::~Bounds() = default;

absl::StatusOr<std::unique_ptr<const Bounds>> Bounds::Make(
    const v1::Bounds& bounds, const google::protobuf::EnumDescriptor* enumeration) {
  std::unique_ptr<Bounds> made(new Bounds(bounds));
  made->enumeration_ = enumeration;
  for (const std::string& name : bounds.values()) {
    if (enumeration == nullptr || enumeration->FindValueByName(name) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("bounds: no value ", name));
    }
  }
  for (const std::string* limit :
       {&bounds.at_least(), &bounds.above(), &bounds.at_most(), &bounds.below()}) {
    if (!limit->empty() && !IsDecimal(*limit)) {
      return absl::InvalidArgumentError(absl::StrCat("bounds: \"", *limit, "\" is no decimal"));
    }
    made->for_numbers_ |= !limit->empty();
  }
  made->for_numbers_ |= bounds.has_max_decimals();
  made->for_text_ = bounds.min_length() > 0 || bounds.max_length() > 0 || !bounds.pattern().empty();
  if (!bounds.pattern().empty()) {
    made->pattern_ = std::make_unique<const re2::RE2>(bounds.pattern(), re2::RE2::Quiet);
    if (!made->pattern_->ok()) {
      return absl::InvalidArgumentError(absl::StrCat("bounds: pattern: ", made->pattern_->error()));
    }
  }
  if (bounds.pattern().empty() != bounds.pattern_says().empty()) {
    return absl::InvalidArgumentError("bounds: pattern and pattern_says go together");
  }
  if (made->for_numbers_ + made->for_text_ + made->for_enums() != 1) {
    return absl::InvalidArgumentError("bounds must be either of a text, a number or an enum");
  }
  return std::unique_ptr<const Bounds>(std::move(made));
}

std::string Bounds::WhyNotText(std::string_view text) const {
  const int length = Length(text);
  if (length < limits_.min_length()) {
    return limits_.min_length() == 1
               ? "must not be empty"
               : absl::StrCat("must be at least ", limits_.min_length(), " characters");
  }
  if (limits_.max_length() > 0 && length > limits_.max_length()) {
    return absl::StrCat("must be at most ", limits_.max_length(), " characters");
  }
  if (pattern_ != nullptr &&
      !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern_)) {
    return limits_.pattern_says();
  }
  return {};
}

std::string Bounds::WhyNotNumber(std::string_view decimal) const {
  const auto compare = [&](const std::string& limit) { return CompareDecimals(decimal, limit); };
  if (!limits_.at_least().empty() && compare(limits_.at_least()) < 0) {
    return absl::StrCat("must be at least ", limits_.at_least());
  }
  if (!limits_.above().empty() && compare(limits_.above()) <= 0) {
    return absl::StrCat("must be greater than ", limits_.above());
  }
  if (!limits_.at_most().empty() && compare(limits_.at_most()) > 0) {
    return absl::StrCat("must be at most ", limits_.at_most());
  }
  if (!limits_.below().empty() && compare(limits_.below()) >= 0) {
    return absl::StrCat("must be less than ", limits_.below());
  }
  if (limits_.has_max_decimals() && DecimalPlaces(decimal) > limits_.max_decimals()) {
    return absl::StrCat("must have at most ", limits_.max_decimals(), " decimals");
  }
  return {};
}

std::string Bounds::WhyNotEnum(int32_t number) const {
  const auto* value = number == 0 ? nullptr : enumeration_->FindValueByNumber(number);
  if (value == nullptr) return {};
  const auto& values = limits_.values();
  if (std::find(values.begin(), values.end(), value->name()) != values.end()) return {};
  return absl::StrCat("must be ", absl::StrJoin(values, " or "));
}

}  // namespace billing::gateway::translate
