#include "service/gateway/translate/json_to_wire.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/values.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

// Where a value stands, for the path of a drift. Lives on the stack of the walk.
struct Frame {
  const Frame* parent = nullptr;
  std::string_view key;
};

// What became of one value.
enum class Verdict : uint8_t {
  kTyped,        // the typed field reproduces it
  kTypedAndRaw,  // the typed field holds it, but would write it otherwise
  kRaw,          // stands raw only, as documented (null, empty list); not consumed
  kUnfit,        // stands raw only, and is drift; not consumed
  kMalformed,    // the document is broken
};

enum class Fit : uint8_t { kOk, kUnfit, kMalformed };

struct Span {
  int32_t number;
  uint32_t begin;
};

struct RawEntry {
  std::string_view key;
  std::string_view json;
};

// "42.0", "-7.000": an integer with an idle fraction; the text without it, else empty.
std::string_view WithoutIdleFraction(std::string_view number) {
  const size_t dot = number.find('.');
  if (dot == std::string_view::npos) return {};
  const bool idle = number.find_first_not_of('0', dot + 1) == std::string_view::npos;
  return idle ? number.substr(0, dot) : std::string_view();
}

bool FitsKind(FieldKind kind, int64_t value) {
  return kind == FieldKind::kInt64 || (value >= INT32_MIN && value <= INT32_MAX);
}

}  // namespace

class JsonToWire::Impl {
 public:
  explicit Impl(int max_depth) : max_depth_(max_depth) {}

  bool Translate(const MessageTable& table, PaddedJson json) {
    if (!Begin(json)) return false;
    if (Here() != '{') return Fail("the document is not an object");
    if (!Whole(Object(table, nullptr))) return Fail(broken_);
    return *index_ == size_ || Fail("something follows the document");
  }

  Answer TranslateAnswer(const AnswerShape& shape, PaddedJson json, TokenMaker make_token,
                         const void* token_state) {
    Answer answer;
    if (!Begin(json)) return answer;
    data_seen_ = status_seen_ = false;
    status_ok_ = !shape.envelope;
    data_error_ = nullptr;
    const bool read = shape.envelope ? Envelope(shape, answer) : Data(shape, answer);
    if (!read || *index_ != size_) {
      Fail(read ? "something follows the document" : broken_);
      return answer;
    }
    if (shape.envelope && !status_seen_) {
      Fail("the envelope has no status");
      return answer;
    }
    if (!status_ok_) {
      drift_.clear();
      answer.verdict = Answer::Verdict::kNotOk;
      return answer;
    }
    if (data_error_ != nullptr) {
      Fail(data_error_);
      return answer;
    }
    FinishList(shape, answer, make_token, token_state);
    answer.verdict = Answer::Verdict::kOk;
    return answer;
  }

  Output out_;
  const char* error_ = "";
  std::vector<std::string> drift_;

 private:
  bool Fail(const char* why) {
    error_ = why;
    out_.Truncate(0);
    drift_.clear();
    return false;
  }

  // Notes why the document is broken, other than by its syntax.
  bool Break(const char* why) {
    broken_ = why;
    return false;
  }

  // Whether an object that nothing stands around could be read: there is no `unmapped` outside
  // that could take it raw.
  bool Whole(Fit fit) {
    if (fit == Fit::kUnfit) Break("a key that is not Unicode text");
    return fit == Fit::kOk;
  }

  // Finds the structural characters of the document and checks its UTF-8.
  bool Begin(PaddedJson json) {
    out_.Reset();
    out_.Room(json.size / 2 + 256);
    spans_.clear();
    raw_.clear();
    keys_.clear();
    drift_.clear();
    error_ = "";
    broken_ = kMalformedJson;
    if (json.size == 0) return Fail("empty document");
    if (json.size >= UINT32_MAX / 2) return Fail("document too large");
    if (!Allocate(json.size)) return Fail("out of memory");
    buffer_ = json.data;
    size_ = static_cast<uint32_t>(json.size);
    const auto code = parser_->stage1(reinterpret_cast<const uint8_t*>(json.data), json.size,
                                      simdjson::stage1_mode::regular);
    if (code == simdjson::UTF8_ERROR) return Fail("not UTF-8");
    if (code != simdjson::SUCCESS) return Fail(kMalformedJson);
    index_ = parser_->structural_indexes.get();
    return true;
  }

  bool Allocate(size_t size) {
    constexpr size_t kKeep = size_t{1} << 20;
    if (parser_ && size <= capacity_ && (capacity_ <= kKeep || size > kKeep)) return true;
    capacity_ = std::max<size_t>(size, 16384);
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
               capacity_, kParserDepth, parser_) == simdjson::SUCCESS;
  }

  char Here() const { return buffer_[*index_]; }
  const char* At() const { return buffer_ + *index_; }
  const char* End() const { return buffer_ + size_; }

  // Whether a number, literal or raw value can end at `p`.
  bool EndsToken(const char* p) const {
    return *p == ',' || *p == ']' || *p == '}' || IsJsonSpace(*p) || p == End();
  }

  // At an opening quote: what stands between the quotes; without data if the string is broken.
  //
  // Between an opening quote and the next structural character stand the string, its closing quote
  // and white space: anything else would be structural. So the end is found from behind.
  std::string_view PeekString() const {
    const char* begin = At() + 1;
    const char* close = buffer_ + index_[1] - 1;
    while (close >= begin && IsJsonSpace(*close)) --close;
    if (close < begin || *close != '"') return {};
    return {begin, static_cast<size_t>(close - begin)};
  }

  // The same, and moves on.
  bool TakeString(std::string_view* inside, bool* escaped) {
    *inside = PeekString();
    if (inside->data() == nullptr) return false;
    *escaped = !inside->empty() && std::memchr(inside->data(), '\\', inside->size()) != nullptr;
    ++index_;
    return true;
  }

  // The same, unescaped; the view is into the document or into a buffer that the next call reuses.
  Fit TakeText(std::string_view* text) {
    bool escaped = false;
    if (!TakeString(text, &escaped)) return Fit::kMalformed;
    if (!escaped) return Fit::kOk;
    scratch_.clear();
    const Unescaped result = UnescapeJson(*text, &scratch_);
    *text = scratch_;
    if (result == Unescaped::kMalformed) return Fit::kMalformed;
    return result == Unescaped::kText ? Fit::kOk : Fit::kUnfit;
  }

  // At the first character of a number, literal or other scalar.
  bool TakeNumber(NumberToken* token, std::string_view* text) {
    *token = ScanNumber(At(), End());
    if (token->end == nullptr || !EndsToken(token->end)) return false;
    *text = std::string_view(At(), static_cast<size_t>(token->end - At()));
    ++index_;
    return true;
  }

  bool TakeLiteral(std::string_view word) {
    const char* p = At();
    if (static_cast<size_t>(End() - p) < word.size() ||
        std::memcmp(p, word.data(), word.size()) != 0 || !EndsToken(p + word.size())) {
      return false;
    }
    ++index_;
    return true;
  }

  // Reads over any value, strictly; takes its text.
  bool TakeRaw(std::string_view* json) {
    const char* begin = At();
    const char* end = SkipJsonValue(begin, End(), max_depth_, &broken_);
    if (end == nullptr || !EndsToken(end)) return false;
    while (buffer_ + *index_ < end) ++index_;
    *json = std::string_view(begin, static_cast<size_t>(end - begin));
    return true;
  }

  // Takes the key of a member and its colon.
  Fit TakeKey(std::string_view* key) {
    bool escaped = false;
    Fit fit = Fit::kOk;
    if (!TakeString(key, &escaped)) return Fit::kMalformed;
    if (escaped) {
      std::string& kept = keys_.emplace_back();
      const Unescaped result = UnescapeJson(*key, &kept);
      if (result == Unescaped::kMalformed) return Fit::kMalformed;
      if (result == Unescaped::kLoneSurrogate) fit = Fit::kUnfit;
      *key = kept;
    }
    if (Here() != ':') return Fit::kMalformed;
    ++index_;
    return fit;
  }

  // After a member or element: true to go on, false at the end or if the document is broken.
  bool More(char close, bool* ok) {
    const char c = Here();
    *ok = c == ',' || c == close;
    if (!*ok) return false;
    ++index_;
    return c == ',';
  }

  // At a brace: writes the fields of one object, without tag and length.
  Fit Object(const MessageTable& table, const Frame* frame) {
    const size_t first_span = spans_.size();
    const size_t first_raw = raw_.size();
    const size_t first_out = out_.size();
    const FieldTable* const fields = table.fields.data();
    const size_t field_count = table.fields.size();
    uint64_t seen[4] = {0, 0, 0, 0};
    bool ordered = true;
    bool unknown = false;
    size_t hint = 0;
    int32_t last_number = 0;
    ++index_;
    if (Here() == '}') {
      ++index_;
      typed_ = false;
      return Fit::kOk;
    }
    bool ok = true;
    do {
      if (Here() != '"') return Fit::kMalformed;
      const char* key_begin = At() + 1;
      const FieldTable* field = nullptr;
      std::string_view key;
      if (hint < field_count && Matches(fields[hint], key_begin)) {
        field = &fields[hint];
        ++index_;
        if (Here() != ':') return Fit::kMalformed;
        ++index_;
      } else {
        if (Fit fit = TakeKey(&key); fit != Fit::kOk) return fit;
        field = table.FindJson(key);
      }
      if (field == nullptr) {
        if (!Unknown(key, frame)) return Fit::kMalformed;
        unknown = true;
        continue;
      }
      uint64_t& word = seen[field->index >> 6];
      const uint64_t bit = uint64_t{1} << (field->index & 63);
      if ((word & bit) != 0) {
        Break(kJsonKeyTwice);
        return Fit::kMalformed;
      }
      word |= bit;
      ordered &= field->number > last_number;
      last_number = field->number;
      hint = field->index + size_t{1};
      spans_.push_back({field->number, static_cast<uint32_t>(out_.size())});
      if (!Member(*field, frame)) return Fit::kMalformed;
    } while (More('}', &ok));
    if (!ok) return Fit::kMalformed;
    if (!ordered) Reorder(first_span);
    spans_.resize(first_span);
    typed_ = out_.size() != first_out;
    return raw_.size() == first_raw || WriteUnmapped(table, first_raw, unknown) ? Fit::kOk
                                                                                : Fit::kMalformed;
  }

  static bool Matches(const FieldTable& field, const char* key) {
    // The padding behind the document covers words that reach past its end.
    static_assert(sizeof field.match_key.bytes <= kJsonPadding);
    const char* wanted = field.match_key.bytes;
    size_t left = field.match_key.size;
    uint64_t a;
    uint64_t b;
    for (; left > 8; left -= 8, wanted += 8, key += 8) {
      std::memcpy(&a, wanted, 8);
      std::memcpy(&b, key, 8);
      if (a != b) return false;
    }
    std::memcpy(&a, wanted, 8);
    std::memcpy(&b, key, 8);
    return (a ^ b) << (8 * (8 - left)) == 0;
  }

  bool Unknown(std::string_view key, const Frame* frame) {
    Drift(Frame{frame, key});
    std::string_view json;
    if (!TakeRaw(&json)) return false;
    raw_.push_back({key, json});
    return true;
  }

  // At the value of a known field.
  bool Member(const FieldTable& field, const Frame* parent) {
    const uint32_t* start = index_;
    const size_t out_size = out_.size();
    const size_t span_count = spans_.size();
    const size_t raw_count = raw_.size();
    const size_t drift_count = drift_.size();
    const Frame frame{parent, field.json_name};
    const Verdict verdict = Value(field, &frame);
    if (verdict == Verdict::kTyped) return true;
    if (verdict == Verdict::kMalformed) return false;
    if (verdict != Verdict::kTypedAndRaw) {
      out_.Truncate(out_size);
      spans_.resize(span_count);
      raw_.resize(raw_count);
      drift_.resize(drift_count);
      if (verdict == Verdict::kUnfit) Drift(frame);
    }
    index_ = start;
    std::string_view json;
    if (!TakeRaw(&json)) return false;
    raw_.push_back({field.json_name, json});
    return true;
  }

  Verdict Value(const FieldTable& field, const Frame* frame) {
    const char c = Here();
    if (c == 'n') return TakeLiteral("null") ? Verdict::kRaw : Verdict::kMalformed;
    if (field.repeated) return c == '[' ? Array(field, frame) : Verdict::kUnfit;
    return Single(field, c, frame);
  }

  Verdict Single(const FieldTable& field, char c, const Frame* frame) {
    if (field.kind != FieldKind::kMessage) return Scalar(field, c);
    if (c != '{') return Verdict::kUnfit;
    const size_t body = OpenLength(field.tag);
    const Fit fit = Object(*field.message, frame);
    if (fit != Fit::kOk) return fit == Fit::kUnfit ? Verdict::kUnfit : Verdict::kMalformed;
    CloseLength(body);
    return Verdict::kTyped;
  }

  Verdict Array(const FieldTable& field, const Frame* frame) {
    ++index_;
    if (Here() == ']') return Verdict::kRaw;
    const bool packed = field.packed();
    const size_t body = packed ? OpenLength(field.tag) : 0;
    Verdict result = Verdict::kTyped;
    bool ok = true;
    do {
      const Verdict verdict = Single(field, Here(), frame);
      if (verdict == Verdict::kTypedAndRaw) {
        result = verdict;
      } else if (verdict != Verdict::kTyped) {
        return verdict;
      }
    } while (More(']', &ok));
    if (!ok) return Verdict::kMalformed;
    if (packed) CloseLength(body);
    return result;
  }

  using Tag = PaddedText<4>;

  // Writes a tag where there is room for four bytes; returns its end.
  static char* PutTag(const Tag& tag, char* to) {
    std::memcpy(to, tag.bytes, 4);
    return to + tag.size;
  }

  // Writes a tag and keeps one byte for the length of what follows.
  size_t OpenLength(const Tag& tag) {
    char* to = PutTag(tag, out_.Room(8));
    out_.Commit(to + 1);
    return out_.size();
  }

  void CloseLength(size_t body) {
    const size_t length = out_.size() - body;
    if (length < 0x80) {
      out_.data()[body - 1] = static_cast<char>(length);
      return;
    }
    char varint[10];
    const size_t bytes = static_cast<size_t>(WriteVarint(length, varint) - varint);
    char* to = out_.Room(bytes);
    std::memmove(out_.data() + body - 1 + bytes, out_.data() + body, length);
    std::memcpy(out_.data() + body - 1, varint, bytes);
    out_.Commit(to + bytes - 1);
  }

  void WriteBytes(const Tag& tag, std::string_view bytes) {
    char* to = PutTag(tag, out_.Room(bytes.size() + 16));
    to = WriteVarint(bytes.size(), to);
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    out_.Commit(to + bytes.size());
  }

  // Writes a text of the document that has no escapes, looking for them while copying in words;
  // false, and nothing written, if there is one.
  bool WritePlain(const Tag& tag, std::string_view text) {
    char* to = PutTag(tag, out_.Room(text.size() + 32));
    to = WriteVarint(text.size(), to);
    const char* from = text.data();
    for (size_t i = 0; i < text.size(); i += 8) {
      uint64_t word;
      std::memcpy(&word, from + i, 8);
      std::memcpy(to + i, &word, 8);
      const uint64_t other = word ^ 0x5C5C5C5C5C5C5C5C;
      if (((other - 0x0101010101010101) & ~other & 0x8080808080808080) == 0) continue;
      // A backslash, in this text or in what follows it within the word.
      if (std::memchr(from + i, '\\', std::min<size_t>(8, text.size() - i)) != nullptr)
        return false;
    }
    out_.Commit(to + text.size());
    return true;
  }

  void WriteNumber(const FieldTable& field, uint64_t value) {
    char* to = out_.Room(16);
    if (!field.packed()) to = PutTag(field.tag, to);
    out_.Commit(WriteVarint(value, to));
  }

  // A value that is neither object nor array; anything but kTyped and kTypedAndRaw may leave the
  // position where it likes.
  Verdict Scalar(const FieldTable& field, char c) {
    switch (field.kind) {
      case FieldKind::kString:
        return String(field, c);
      case FieldKind::kInt32:
      case FieldKind::kInt64:
        return Integer(field, c);
      case FieldKind::kDecimal:
        return Decimal(field, c);
      case FieldKind::kBool: {
        const bool value = c == 't';
        if (c != 't' && c != 'f') return Verdict::kUnfit;
        if (!TakeLiteral(value ? "true" : "false")) return Verdict::kMalformed;
        WriteNumber(field, value ? 1 : 0);
        return Verdict::kTyped;
      }
      case FieldKind::kEnum:
      case FieldKind::kBytes:
      case FieldKind::kDate:
      case FieldKind::kTimestamp: {
        if (c != '"') return Verdict::kUnfit;
        std::string_view text;
        if (Fit fit = TakeText(&text); fit != Fit::kOk) {
          return fit == Fit::kUnfit ? Verdict::kUnfit : Verdict::kMalformed;
        }
        return SpelledText(field, text);
      }
      default:
        return Verdict::kUnfit;
    }
  }

  Verdict SpelledText(const FieldTable& field, std::string_view text) {
    switch (field.kind) {
      case FieldKind::kEnum: {
        const EnumTable::Value* value = field.enumeration->FindSpelling(text);
        if (value == nullptr) return Verdict::kUnfit;
        WriteNumber(field, static_cast<uint64_t>(static_cast<int64_t>(value->number)));
        return Verdict::kTyped;
      }
      case FieldKind::kBytes:
        decoded_.clear();
        if (!AppendBase64Decoded(text, &decoded_)) return Verdict::kUnfit;
        WriteBytes(field.tag, decoded_);
        return Verdict::kTyped;
      case FieldKind::kDate:
        return DateText(field, text);
      default:
        return MomentText(field, text);
    }
  }

  Verdict String(const FieldTable& field, char c) {
    std::string_view text;
    if (c == '"') {
      const std::string_view inside = PeekString();
      if (inside.data() == nullptr) return Verdict::kMalformed;
      if (WritePlain(field.tag, inside)) {
        ++index_;
        return Verdict::kTyped;
      }
      if (Fit fit = TakeText(&text); fit != Fit::kOk) {
        return fit == Fit::kUnfit ? Verdict::kUnfit : Verdict::kMalformed;
      }
      WriteBytes(field.tag, text);
      return Verdict::kTyped;
    }
    // An identifier that upstream writes as a number today and as a string tomorrow.
    if (c != '-' && (c < '0' || c > '9')) return Verdict::kUnfit;
    NumberToken token;
    if (!TakeNumber(&token, &text)) return Verdict::kMalformed;
    if (!token.integer || token.digits > kMaxDecimalDigits) return Verdict::kUnfit;
    WriteBytes(field.tag, text);
    return Verdict::kTypedAndRaw;
  }

  Verdict Integer(const FieldTable& field, char c) {
    std::string_view text;
    bool exact = true;
    if (c == '"') {
      bool escaped = false;
      if (!TakeString(&text, &escaped)) return Verdict::kMalformed;
      if (escaped) return Verdict::kUnfit;
      exact = field.json_type == v1::JSON_TYPE_STRING;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      NumberToken token;
      if (!TakeNumber(&token, &text)) return Verdict::kMalformed;
      exact = field.json_type != v1::JSON_TYPE_STRING;
      if (!token.integer && token.exponent == 0) {
        text = WithoutIdleFraction(text);
        exact = false;
      }
    } else {
      return Verdict::kUnfit;
    }
    const std::optional<int64_t> value = ParseCanonicalInteger(text);
    if (!value || !FitsKind(field.kind, *value)) return Verdict::kUnfit;
    WriteNumber(field, static_cast<uint64_t>(*value));
    return exact ? Verdict::kTyped : Verdict::kTypedAndRaw;
  }

  Verdict Decimal(const FieldTable& field, char c) {
    std::string_view text;
    bool exact = true;
    if (c == '"') {
      bool escaped = false;
      if (!TakeString(&text, &escaped)) return Verdict::kMalformed;
      if (escaped || !IsDecimal(text)) return Verdict::kUnfit;
      exact = field.json_type == v1::JSON_TYPE_STRING;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      NumberToken token;
      if (!TakeNumber(&token, &text)) return Verdict::kMalformed;
      if (token.digits > kMaxDecimalDigits || token.exponent > kMaxDecimalExponent ||
          token.exponent < -kMaxDecimalExponent) {
        return Verdict::kUnfit;
      }
      // The text is short unless its exponent has idle zeros.
      if (text.size() > 100) return Verdict::kUnfit;
      exact = field.json_type != v1::JSON_TYPE_STRING;
    } else {
      return Verdict::kUnfit;
    }
    if (text.size() > 100) return Verdict::kUnfit;
    // google.type.Decimal: string value = 1.
    char* to = out_.Room(128);
    to = PutTag(field.tag, to);
    *to++ = static_cast<char>(text.size() + 2);
    *to++ = 0x0A;
    *to++ = static_cast<char>(text.size());
    std::memcpy(to, text.data(), text.size());
    out_.Commit(to + text.size());
    return exact ? Verdict::kTyped : Verdict::kTypedAndRaw;
  }

  Verdict DateText(const FieldTable& field, std::string_view text) {
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
    WriteBytes(field.tag, {body, static_cast<size_t>(to - body)});
    const bool iso = text[4] == '-';
    return iso == (field.date == v1::DATE_SPELLING_ISO) ? Verdict::kTyped : Verdict::kTypedAndRaw;
  }

  Verdict MomentText(const FieldTable& field, std::string_view text) {
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
    WriteBytes(field.tag, {body, static_cast<size_t>(to - body)});
    if (text.size() == 19) {
      const auto spelling =
          text[10] == ' ' ? v1::TIMESTAMP_SPELLING_SPACE : v1::TIMESTAMP_SPELLING_T;
      return field.timestamp == spelling ? Verdict::kTyped : Verdict::kTypedAndRaw;
    }
    decoded_.clear();
    const bool same = AppendMoment(*moment, field.timestamp, &decoded_) && decoded_ == text;
    return same ? Verdict::kTyped : Verdict::kTypedAndRaw;
  }

  // Puts the fields written since `first` into the order of their numbers.
  void Reorder(size_t first) {
    const uint32_t begin = spans_[first].begin;
    const uint32_t end = static_cast<uint32_t>(out_.size());
    struct Piece {
      int32_t number;
      uint32_t begin;
      uint32_t end;
    };
    std::vector<Piece> pieces;
    pieces.reserve(spans_.size() - first);
    for (size_t i = first; i < spans_.size(); ++i) {
      pieces.push_back(
          {spans_[i].number, spans_[i].begin, i + 1 < spans_.size() ? spans_[i + 1].begin : end});
    }
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.number < b.number; });
    std::string sorted;
    sorted.reserve(end - begin);
    for (const Piece& piece : pieces) {
      sorted.append(out_.data() + piece.begin, piece.end - piece.begin);
    }
    if (!sorted.empty()) std::memcpy(out_.data() + begin, sorted.data(), sorted.size());
  }

  // Writes and drops the raw entries since `first`; false if a key stands twice.
  bool WriteUnmapped(const MessageTable& table, size_t first, bool unknown) {
    if (table.unmapped_number == 0) {
      raw_.resize(first);
      return true;
    }
    if (raw_.size() - first > 1) {
      std::sort(raw_.begin() + static_cast<std::ptrdiff_t>(first), raw_.end(),
                [](const RawEntry& a, const RawEntry& b) { return a.key < b.key; });
      for (size_t i = first + 1; unknown && i < raw_.size(); ++i) {
        if (raw_[i].key == raw_[i - 1].key) return Break(kJsonKeyTwice);
      }
    }
    for (size_t i = first; i < raw_.size(); ++i) {
      const RawEntry& entry = raw_[i];
      char* to = out_.Room(entry.key.size() + entry.json.size() + 48);
      to = PutTag(table.unmapped_tag, to);
      char head[12];
      const size_t key_size =
          static_cast<size_t>(WriteVarint(entry.key.size(), head) - head) + entry.key.size() + 1;
      const size_t json_size =
          static_cast<size_t>(WriteVarint(entry.json.size(), head) - head) + entry.json.size() + 1;
      to = WriteVarint(key_size + json_size, to);
      *to++ = 0x0A;
      to = WriteVarint(entry.key.size(), to);
      if (!entry.key.empty()) std::memcpy(to, entry.key.data(), entry.key.size());
      to += entry.key.size();
      *to++ = 0x12;
      to = WriteVarint(entry.json.size(), to);
      std::memcpy(to, entry.json.data(), entry.json.size());
      out_.Commit(to + entry.json.size());
    }
    raw_.resize(first);
    return true;
  }

  void Drift(const Frame& frame) {
    // A hostile document must not fill the memory with paths.
    constexpr size_t kMaxDrifts = 64;
    if (drift_.size() >= kMaxDrifts) return;
    std::string path(frame.key);
    for (const Frame* up = frame.parent; up != nullptr; up = up->parent) {
      path.insert(0, 1, '.');
      path.insert(0, up->key);
    }
    drift_.push_back(std::move(path));
  }

  // {"status": …, "data": …, "meta": …} in any order.
  bool Envelope(const AnswerShape& shape, Answer& answer) {
    if (Here() != '{') return Break("the document is not an object");
    ++index_;
    if (Here() == '}') {
      ++index_;
      return true;
    }
    bool ok = true;
    bool meta_seen = false;
    std::vector<std::string_view> others;
    do {
      std::string_view key;
      if (Here() != '"') return false;
      if (Fit fit = TakeKey(&key); fit != Fit::kOk) return Whole(fit);
      if (key == "status") {
        if (std::exchange(status_seen_, true)) return Break(kJsonKeyTwice);
        if (!Status()) return false;
      } else if (key == "data") {
        if (data_seen_) return Break(kJsonKeyTwice);
        if (!Data(shape, answer)) return false;
      } else if (key == "meta") {
        if (std::exchange(meta_seen, true)) return Break(kJsonKeyTwice);
        if (!Meta(shape, answer)) return false;
      } else {
        if (!AddKey(key, others)) return false;
        std::string_view json;
        Drift(Frame{nullptr, key});
        if (!TakeRaw(&json)) return false;
      }
    } while (More('}', &ok));
    return ok;
  }

  bool Status() {
    std::string_view status;
    if (Here() != '"') return Break("the envelope's status is not text");
    const Fit fit = TakeText(&status);
    if (fit == Fit::kUnfit) return Break("the envelope's status is not text");
    status_ok_ = status == "OK";
    return fit == Fit::kOk;
  }

  // Keeps the keys of an object that has no table apart.
  bool AddKey(std::string_view key, std::vector<std::string_view>& keys) {
    constexpr size_t kMaxKeys = 64;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return Break(kJsonKeyTwice);
    if (keys.size() > kMaxKeys) return Break("the envelope has too many keys");
    keys.push_back(key);
    return true;
  }

  // The resource or the list itself.
  bool Data(const AnswerShape& shape, Answer& answer) {
    data_seen_ = true;
    std::string_view json;
    if (shape.response == nullptr) return TakeRaw(&json);
    const char c = Here();
    if (shape.envelope && c == 'n') return TakeLiteral("null");
    if (shape.envelope && shape.list != nullptr && c == '{' && buffer_[index_[1]] == '}') {
      index_ += 2;  // an empty object stands for nothing, in place of a list as well
      return true;
    }
    if (c != (shape.list == nullptr ? '{' : '[')) {
      data_error_ = shape.envelope ? "data is not of the documented type"
                                   : "the document is not of the documented type";
      return TakeRaw(&json);
    }
    if (shape.list != nullptr) return List(shape, answer);
    if (!Whole(Object(*shape.response, nullptr))) return false;
    // Without an envelope nothing but the resource itself tells that this is a success.
    if (!shape.envelope && !typed_) data_error_ = "the document has nothing of the resource";
    return true;
  }

  bool List(const AnswerShape& shape, Answer& answer) {
    spans_.push_back({shape.list->number, static_cast<uint32_t>(out_.size())});
    ++index_;
    if (Here() == ']') {
      ++index_;
      return true;
    }
    bool ok = true;
    do {
      if (Here() != '{') {
        std::string_view json;
        data_error_ = "an element of the list is not an object";
        if (!TakeRaw(&json)) return false;
        continue;
      }
      const size_t body = OpenLength(shape.list->tag);
      if (!Whole(Object(*shape.list->message, nullptr))) return false;
      CloseLength(body);
      ++answer.items;
    } while (More(']', &ok));
    return ok;
  }

  // Fields of the response that are read from the meta object.
  bool Meta(const AnswerShape& shape, Answer& answer) {
    std::string_view json;
    if (Here() == 'n' || shape.response == nullptr) return TakeRaw(&json);
    if (Here() != '{') {
      Drift(Frame{nullptr, "meta"});
      return TakeRaw(&json);
    }
    ++index_;
    if (Here() == '}') {
      ++index_;
      return true;
    }
    std::vector<std::string_view> keys;
    bool ok = true;
    do {
      std::string_view key;
      if (Here() != '"') return false;
      if (Fit fit = TakeKey(&key); fit != Fit::kOk) return Whole(fit);
      if (!AddKey(key, keys) || !MetaMember(shape, key, answer)) return false;
    } while (More('}', &ok));
    return ok;
  }

  bool MetaMember(const AnswerShape& shape, std::string_view key, Answer& answer) {
    static constexpr std::string_view kMeta = "meta";
    const Frame frame{nullptr, kMeta};
    if (shape.total != nullptr && key == shape.total->meta && Here() >= '0' && Here() <= '9') {
      const NumberToken token = ScanNumber(At(), End());
      if (token.end != nullptr) {
        const auto total = ParseCanonicalInteger({At(), static_cast<size_t>(token.end - At())});
        answer.has_total = total.has_value();
        answer.total_count = total.value_or(0);
      }
    }
    for (const FieldTable& field : shape.response->fields) {
      if (field.meta != key) continue;
      spans_.push_back({field.number, static_cast<uint32_t>(out_.size())});
      const size_t raw_count = raw_.size();
      if (!Member(field, &frame)) return false;
      // What the typed field does not reproduce stands under the key it has upstream.
      if (raw_.size() > raw_count) raw_.back().key = key;
      return true;
    }
    return Unknown(key, &frame);
  }

  // Orders the parts of a list's response and adds the next page's token.
  void FinishList(const AnswerShape& shape, const Answer& answer, TokenMaker make_token,
                  const void* token_state) {
    if (shape.list == nullptr) {
      raw_.clear();
      return;
    }
    if (make_token != nullptr && shape.next_page_token != nullptr) {
      const std::string token = make_token(token_state, answer);
      if (!token.empty()) {
        spans_.push_back({shape.next_page_token->number, static_cast<uint32_t>(out_.size())});
        WriteBytes(shape.next_page_token->tag, token);
      }
    }
    if (!spans_.empty()) Reorder(0);
    spans_.clear();
    WriteUnmapped(*shape.response, 0, false);
  }

  // What the parser would need for its own walk, which is not used.
  static constexpr size_t kParserDepth = 1;

  const int max_depth_;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
  size_t capacity_ = 0;
  const char* buffer_ = nullptr;
  uint32_t size_ = 0;
  const uint32_t* index_ = nullptr;

  std::vector<Span> spans_;       // fields written, of all objects under way
  std::vector<RawEntry> raw_;     // entries of `unmapped`, of all objects under way
  std::deque<std::string> keys_;  // unescaped keys that raw_ refers to
  std::string scratch_;
  std::string decoded_;

  bool typed_ = false;  // the object that was read last has a field of its table
  bool data_seen_ = false;
  bool status_seen_ = false;
  bool status_ok_ = false;
  const char* data_error_ = nullptr;
  const char* broken_ = kMalformedJson;  // what Fail is to say of a broken document
};

JsonToWire::JsonToWire(int max_depth) : impl_(std::make_unique<Impl>(max_depth)) {}
JsonToWire::~JsonToWire() = default;

bool JsonToWire::Translate(const MessageTable& table, PaddedJson json) {
  return impl_->Translate(table, json);
}

JsonToWire::Answer JsonToWire::TranslateAnswer(const AnswerShape& shape, PaddedJson json,
                                               TokenMaker make_token, const void* token_state) {
  return impl_->TranslateAnswer(shape, json, make_token, token_state);
}

std::string_view JsonToWire::wire() const { return impl_->out_.view(); }
std::string_view JsonToWire::error() const { return impl_->error_; }
const std::vector<std::string>& JsonToWire::drift() const { return impl_->drift_; }

}  // namespace billing::gateway::translate
