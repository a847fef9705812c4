#include "service/gateway/translate/scalar_to_wire.h"

#include <optional>
#include <string_view>

#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

Verdict EnumText(const FieldTable& field, std::string_view text, WireWriter& out) {
  const EnumTable::Value* value = field.enumeration->FindSpelling(text);
  if (value == nullptr) return Verdict::kUnfit;
  out.Number(field, static_cast<uint64_t>(static_cast<int64_t>(value->number)));
  return Verdict::kTyped;
}

Verdict Base64Text(const FieldTable& field, std::string_view text, WireWriter& out,
                   std::string& spare) {
  spare.clear();
  if (!AppendBase64Decoded(text, &spare)) return Verdict::kUnfit;
  out.Bytes(field.tag, spare);
  return Verdict::kTyped;
}

Verdict DateText(const FieldTable& field, std::string_view text, WireWriter& out) {
  const std::optional<Date> date = ParseDate(text);
  if (!date) return Verdict::kUnfit;
  // google.type.Date: int32 year = 1, month = 2, day = 3, none of them zero.
  char body[16];
  char* to = body;
  *to++ = 0x08;
  to = WriteVarint(static_cast<uint64_t>(date->year), to);
  *to++ = 0x10;
  *to++ = static_cast<char>(date->month);
  *to++ = 0x18;
  *to++ = static_cast<char>(date->day);
  out.Bytes(field.tag, {body, static_cast<size_t>(to - body)});
  const bool iso = text[4] == '-';
  return ExactIf(iso == (field.date == v1::DATE_SPELLING_ISO));
}

Verdict MomentText(const FieldTable& field, std::string_view text, WireWriter& out,
                   std::string& spare) {
  const std::optional<Moment> moment = ParseMoment(text);
  if (!moment) return Verdict::kUnfit;
  // google.protobuf.Timestamp: int64 seconds = 1, int32 nanos = 2; zeros are left out.
  char body[24];
  char* to = body;
  if (moment->seconds != 0) {
    *to++ = 0x08;
    to = WriteVarint(static_cast<uint64_t>(moment->seconds), to);
  }
  if (moment->nanos != 0) {
    *to++ = 0x10;
    to = WriteVarint(static_cast<uint64_t>(moment->nanos), to);
  }
  out.Bytes(field.tag, {body, static_cast<size_t>(to - body)});
  if (text.size() == 19) {
    const auto spelling = text[10] == ' ' ? v1::TIMESTAMP_SPELLING_SPACE : v1::TIMESTAMP_SPELLING_T;
    return ExactIf(field.timestamp == spelling);
  }
  spare.clear();
  return ExactIf(AppendMoment(*moment, field.timestamp, &spare) && spare == text);
}

}  // namespace

Verdict TextToWire(const FieldTable& field, char c, JsonCursor& in, WireWriter& out,
                   std::string& spare) {
  if (c != '"') return Verdict::kUnfit;
  std::string_view text;
  if (const Verdict verdict = VerdictOf(in.TakeText(&text)); verdict != Verdict::kTyped) {
    return verdict;
  }
  switch (field.kind) {
    case FieldKind::kEnum:
      return EnumText(field, text, out);
    case FieldKind::kBytes:
      return Base64Text(field, text, out, spare);
    case FieldKind::kDate:
      return DateText(field, text, out);
    default:
      return MomentText(field, text, out, spare);
  }
}

}  // namespace billing::gateway::translate
