#ifndef SERVICE_GATEWAY_TRANSLATE_SCALAR_TO_WIRE_H_
#define SERVICE_GATEWAY_TRANSLATE_SCALAR_TO_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "service/gateway/translate/json_cursor.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/wire_writer.h"

namespace billing::gateway::translate {

// What became of one JSON value on its way to a field.
enum class Verdict : uint8_t {
  kTyped,        // the typed field reproduces it
  kTypedAndRaw,  // the typed field holds it, but would write it otherwise
  kRaw,          // stands raw only, as documented (null, empty list); not consumed
  kUnfit,        // stands raw only, and is drift; not consumed
  kMalformed,    // the document is broken
};

inline Verdict VerdictOf(JsonCursor::Fit fit) {
  if (fit == JsonCursor::Fit::kOk) return Verdict::kTyped;
  return fit == JsonCursor::Fit::kUnfit ? Verdict::kUnfit : Verdict::kMalformed;
}

// For a value that the typed field holds, and reproduces or not.
inline Verdict ExactIf(bool exact) { return exact ? Verdict::kTyped : Verdict::kTypedAndRaw; }

// Reads a value of the kinds that are always text (enums, bytes, dates, moments), as ScalarToWire.
Verdict TextToWire(const FieldTable& field, char c, JsonCursor& in, WireWriter& out,
                   std::string& spare);

namespace internal {

inline bool BeginsNumber(char c) { return c == '-' || (c >= '0' && c <= '9'); }

// "42.0", "-7.000": an integer with an idle fraction; the text without it, else empty.
inline std::string_view WithoutIdleFraction(std::string_view number) {
  const size_t dot = number.find('.');
  if (dot == std::string_view::npos) return {};
  const bool idle = number.find_first_not_of('0', dot + 1) == std::string_view::npos;
  return idle ? number.substr(0, dot) : std::string_view();
}

inline bool FitsKind(FieldKind kind, int64_t value) {
  return kind == FieldKind::kInt64 || (value >= INT32_MIN && value <= INT32_MAX);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline Verdict String(const FieldTable& field, char c, JsonCursor& in,
                                                   WireWriter& out) {
  std::string_view text;
  if (c == '"') {
    const std::string_view inside = in.PeekString();
    if (inside.data() == nullptr) return Verdict::kMalformed;
    if (out.PlainText(field.tag, inside)) {
      in.Step();
      return Verdict::kTyped;
    }
    const Verdict verdict = VerdictOf(in.TakeText(&text));
    if (verdict == Verdict::kTyped) out.Bytes(field.tag, text);
    return verdict;
  }
  // An identifier that upstream writes as a number today and as a string tomorrow.
  if (!BeginsNumber(c)) return Verdict::kUnfit;
  NumberToken token;
  if (!in.TakeNumber(&token, &text)) return Verdict::kMalformed;
  if (!token.integer || token.digits > kMaxDecimalDigits) return Verdict::kUnfit;
  out.Bytes(field.tag, text);
  return Verdict::kTypedAndRaw;
}

inline Verdict Integer(const FieldTable& field, char c, JsonCursor& in, WireWriter& out) {
  std::string_view text;
  bool exact = true;
  if (c == '"') {
    bool escaped = false;
    if (!in.TakeString(&text, &escaped)) return Verdict::kMalformed;
    if (escaped) return Verdict::kUnfit;
    exact = field.json_type == billing::gateway::v1::JSON_TYPE_STRING;
  } else if (BeginsNumber(c)) {
    NumberToken token;
    if (!in.TakeNumber(&token, &text)) return Verdict::kMalformed;
    exact = field.json_type != billing::gateway::v1::JSON_TYPE_STRING;
    if (!token.integer && token.exponent == 0) {
      text = WithoutIdleFraction(text);
      exact = false;
    }
  } else {
    return Verdict::kUnfit;
  }
  const std::optional<int64_t> value = ParseCanonicalInteger(text);
  if (!value || !FitsKind(field.kind, *value)) return Verdict::kUnfit;
  out.Number(field, static_cast<uint64_t>(*value));
  return ExactIf(exact);
}

inline Verdict Decimal(const FieldTable& field, char c, JsonCursor& in, WireWriter& out) {
  std::string_view text;
  bool exact = true;
  if (c == '"') {
    bool escaped = false;
    if (!in.TakeString(&text, &escaped)) return Verdict::kMalformed;
    if (escaped || !IsDecimal(text)) return Verdict::kUnfit;
    exact = field.json_type == billing::gateway::v1::JSON_TYPE_STRING;
  } else if (BeginsNumber(c)) {
    NumberToken token;
    if (!in.TakeNumber(&token, &text)) return Verdict::kMalformed;
    if (token.digits > kMaxDecimalDigits || token.exponent > kMaxDecimalExponent ||
        token.exponent < -kMaxDecimalExponent) {
      return Verdict::kUnfit;
    }
    exact = field.json_type != billing::gateway::v1::JSON_TYPE_STRING;
  } else {
    return Verdict::kUnfit;
  }
  // The text is short unless its exponent has idle zeros.
  if (text.size() > 100) return Verdict::kUnfit;
  out.Decimal(field.tag, text);
  return ExactIf(exact);
}

inline Verdict Bool(const FieldTable& field, char c, JsonCursor& in, WireWriter& out) {
  if (c != 't' && c != 'f') return Verdict::kUnfit;
  const bool value = c == 't';
  if (!in.TakeLiteral(value ? "true" : "false")) return Verdict::kMalformed;
  out.Number(field, value ? 1 : 0);
  return Verdict::kTyped;
}

}  // namespace internal

// Reads a value that is neither object nor array and begins with `c`, and writes it as `field`,
// which is no message. Anything but kTyped and kTypedAndRaw may leave both where it likes.
// `spare` is a buffer to reuse. Always inline: a call for each value costs a sixth of all
// translation.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Verdict ScalarToWire(const FieldTable& field, char c,
                                                         JsonCursor& in, WireWriter& out,
                                                         std::string& spare) {
  switch (field.kind) {
    case FieldKind::kString:
      return internal::String(field, c, in, out);
    case FieldKind::kInt32:
    case FieldKind::kInt64:
      return internal::Integer(field, c, in, out);
    case FieldKind::kDecimal:
      return internal::Decimal(field, c, in, out);
    case FieldKind::kBool:
      return internal::Bool(field, c, in, out);
    case FieldKind::kEnum:
    case FieldKind::kBytes:
    case FieldKind::kDate:
    case FieldKind::kTimestamp:
      return TextToWire(field, c, in, out, spare);
    case FieldKind::kMask:
    case FieldKind::kMessage:
      break;
  }
  return Verdict::kUnfit;
}

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_SCALAR_TO_WIRE_H_
