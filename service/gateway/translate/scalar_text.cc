#include "service/gateway/translate/scalar_text.h"

#include <simdjson.h>

#include "absl/strings/str_cat.h"
#include "service/gateway/translate/values.h"
#include "service/gateway/translate/well_known.h"

namespace billing::gateway::translate {

bool ScalarText(const FieldTable& field, uint64_t varint, std::string_view bytes, std::string* text,
                std::string* why) {
  switch (field.kind) {
    case FieldKind::kInt32:
      absl::StrAppend(text, static_cast<int32_t>(varint));
      return true;
    case FieldKind::kInt64:
      absl::StrAppend(text, static_cast<int64_t>(varint));
      return true;
    case FieldKind::kBool:
      text->append(varint != 0 ? "true" : "false");
      return true;
    case FieldKind::kEnum: {
      const auto* value = field.enumeration->FindNumber(static_cast<int32_t>(varint));
      if (value == nullptr) {
        *why = "is not a known value";
        return false;
      }
      text->append(value->spelling);
      return true;
    }
    case FieldKind::kDecimal: {
      std::string_view decimal;
      if (!DecimalText(bytes, &decimal) || !IsDecimal(decimal)) {
        *why = "is not a decimal number of at most 64 digits";
        return false;
      }
      text->append(decimal);
      return true;
    }
    case FieldKind::kDate: {
      Date date;
      if (!DateOf(bytes, &date) || !IsValid(date)) {
        *why = "is not a date";
        return false;
      }
      AppendDate(date, field.date, text);
      return true;
    }
    case FieldKind::kTimestamp: {
      Moment moment;
      if (!MomentOf(bytes, &moment) || !IsValid(moment)) {
        *why = "is not a timestamp";
        return false;
      }
      if (!AppendMoment(moment, field.timestamp, text)) {
        *why = "is finer than upstream can take";
        return false;
      }
      return true;
    }
    case FieldKind::kBytes:
      AppendBase64(bytes, text);
      return true;
    case FieldKind::kString:
      if (!simdjson::validate_utf8(bytes.data(), bytes.size())) {
        *why = "is not UTF-8";
        return false;
      }
      text->append(bytes);
      return true;
    default:
      *why = "has no text";
      return false;
  }
}

std::string WhyOutOfBounds(const Bounds& bounds, const FieldTable& field, uint64_t varint,
                           std::string_view bytes) {
  std::string_view decimal;
  switch (field.kind) {
    case FieldKind::kString:
      return simdjson::validate_utf8(bytes.data(), bytes.size()) ? bounds.WhyNotText(bytes) : "";
    case FieldKind::kDecimal:
      return DecimalText(bytes, &decimal) && IsDecimal(decimal) ? bounds.WhyNotNumber(decimal) : "";
    case FieldKind::kInt32:
      return bounds.WhyNotNumber(std::to_string(static_cast<int32_t>(varint)));
    case FieldKind::kInt64:
      return bounds.WhyNotNumber(std::to_string(static_cast<int64_t>(varint)));
    case FieldKind::kEnum:
      return bounds.WhyNotEnum(static_cast<int32_t>(varint));
    default:
      return {};
  }
}

}  // namespace billing::gateway::translate
