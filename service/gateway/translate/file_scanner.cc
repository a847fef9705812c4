#include "service/gateway/translate/file_scanner.h"

#include <algorithm>
#include <array>

#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/json_text.h"

namespace billing::gateway::translate {
namespace {

constexpr uint8_t kNoBase64 = 0xFF;

constexpr std::array<uint8_t, 256> MakeBase64Values() {
  std::array<uint8_t, 256> values = {};
  for (uint8_t& value : values) value = kNoBase64;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}
constexpr std::array<uint8_t, 256> kBase64Values = MakeBase64Values();

uint8_t Base64Value(char c) { return kBase64Values[static_cast<uint8_t>(c)]; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool EndsPlainText(char c) { return c == '"' || c == '\\' || static_cast<uint8_t>(c) < 0x20; }

}  // namespace

bool Base64Stream::Feed(std::string_view text, std::string* out) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (ok_ && at != end) {
    if (count_ == 0 && !ended_ && end - at >= 4) {
      const size_t before = out->size();
      out->resize(before + static_cast<size_t>(end - at) / 4 * 3);
      char* to = out->data() + before;
      for (; end - at >= 4; at += 4) {
        const uint32_t a = Base64Value(at[0]);
        const uint32_t b = Base64Value(at[1]);
        const uint32_t c = Base64Value(at[2]);
        const uint32_t d = Base64Value(at[3]);
        if ((a | b | c | d) == kNoBase64) break;
        const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        *to++ = static_cast<char>(bits >> 16);
        *to++ = static_cast<char>(bits >> 8);
        *to++ = static_cast<char>(bits);
      }
      out->resize(static_cast<size_t>(to - out->data()));
    }
    // What is left, and whatever is not four plain characters.
    for (int i = 0; ok_ && i < 4 && at != end; ++i) ok_ = Character(*at++, out);
  }
  return ok_;
}

bool Base64Stream::Character(char c, std::string* out) {
  if (c == '\r' || c == '\n') return true;
  if (ended_) return false;
  if (c == '=') {
    // The bits that the padding leaves over are zero, or it is no encoder's work.
    if (count_ < 2 || (padding_ == 0 && (bits_ & (count_ == 2 ? 0xF : 0x3)) != 0)) return false;
    ++padding_;
    bits_ <<= 6;
  } else {
    const uint8_t value = Base64Value(c);
    if (value == kNoBase64 || padding_ > 0) return false;
    bits_ = bits_ << 6 | value;
  }
  if (++count_ < 4) return true;
  for (int byte = 0; byte < 3 - padding_; ++byte) {
    out->push_back(static_cast<char>(bits_ >> (16 - 8 * byte)));
  }
  ended_ = padding_ > 0;
  count_ = 0;
  bits_ = 0;
  return true;
}

FileScanner::FileScanner(const FileShape& shape, bool envelope, int max_depth)
    : shape_(shape),
      file_depth_(envelope ? 2 : 1),
      max_depth_(static_cast<size_t>(std::max(max_depth, 1))),
      in_data_(!envelope),
      status_(envelope ? Status::kUnknown : Status::kOk) {}

bool FileScanner::Feed(std::string_view piece, std::string* file) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  const auto in_content = [this] {
    return slot_ == Slot::kContent &&
           (next_ == Next::kString || next_ == Next::kEscape || next_ == Next::kHex);
  };
  while (at != end && error_.empty()) {
    const char* const from = at;
    const bool was_content = in_content();
    at = Step(at, end, file);
    if (status_ == Status::kOk || (was_content && in_content())) continue;
    // Of the content only its closing quote comes here.
    Keep({from, static_cast<size_t>(at - from)});
  }
  return error_.empty();
}

FileScanner::Verdict FileScanner::Finish() {
  if (error_.empty() && next_ != Next::kNothing) Fail("it ends too early");
  if (error_.empty() && status_ == Status::kUnknown) Fail("the envelope has no status");
  if (error_.empty() && status_ == Status::kOk && !Seen(Slot::kContent)) {
    Fail("there is no file in it");
  }
  if (!error_.empty()) return Verdict::kMalformed;
  return status_ == Status::kOk ? Verdict::kOk : Verdict::kNotOk;
}

// Takes at least one character, and returns where it stopped.
const char* FileScanner::Step(const char* at, const char* end, std::string* file) {
  if (next_ == Next::kString) return InString(at, end, file);
  const char c = *at;
  switch (next_) {
    case Next::kEscape:
      return Escaped(c, file) ? at + 1 : end;
    case Next::kHex:
      return Hex(c, file) ? at + 1 : end;
    case Next::kNumber:
      if (InNumber(c)) return at + 1;
      if (number_ != Number::kZero && number_ != Number::kInteger && number_ != Number::kFraction &&
          number_ != Number::kExponent) {
        Fail("malformed JSON: a number");
        return end;
      }
      EndValue();
      return at;
    case Next::kLiteral:
      if (c != literal_.front()) break;
      literal_.remove_prefix(1);
      if (literal_.empty()) EndValue();
      return at + 1;
    default:
      break;
  }
  if (IsJsonSpace(c) && next_ != Next::kLiteral) return at + 1;
  bool fits = false;
  switch (next_) {
    case Next::kDocument:
      fits = c == '{' && Open(c);
      break;
    case Next::kFirstKey:
      fits = c == '}' ? Close(c) : c == '"' && BeginString();
      if (next_ == Next::kString) slot_ = Slot::kKey;
      break;
    case Next::kKey:
      fits = c == '"' && BeginString();
      slot_ = Slot::kKey;
      break;
    case Next::kColon:
      fits = c == ':';
      next_ = Next::kValue;
      break;
    case Next::kFirstValue:
      fits = c == ']' ? Close(c) : BeginValue(c);
      break;
    case Next::kValue:
      fits = BeginValue(c);
      break;
    case Next::kMore:
      if (c == ',') {
        next_ = open_.back() == '{' ? Next::kKey : Next::kValue;
        fits = true;
      } else {
        fits = Close(c);
      }
      break;
    default:
      break;
  }
  if (!fits) Fail("malformed JSON");
  return at + 1;
}

const char* FileScanner::InString(const char* at, const char* end, std::string* file) {
  const char* const stop = std::find_if(at, end, EndsPlainText);
  if (stop != at) {
    const std::string_view plain(at, static_cast<size_t>(stop - at));
    if (slot_ == Slot::kContent) {
      Decode(plain, file);
    } else {
      TakeText(plain);
    }
    return stop;
  }
  if (*at == '"') {
    EndString();
  } else if (*at == '\\') {
    next_ = Next::kEscape;
  } else {
    Fail("malformed JSON: a control character in a string");
  }
  return at + 1;
}

bool FileScanner::Escaped(char c, std::string* file) {
  constexpr std::string_view kSpelled = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (c == 'u') {
    next_ = Next::kHex;
    hex_left_ = 4;
    hex_ = 0;
    TakeText("\\u");
    return true;
  }
  const size_t index = kSpelled.find(c);
  if (index == std::string_view::npos) return Fail("malformed JSON: an escape");
  next_ = Next::kString;
  if (slot_ == Slot::kContent) {
    Decode(kMeant.substr(index, 1), file);
  } else {
    const char spelled[] = {'\\', c};
    TakeText({spelled, 2});
  }
  return true;
}

bool FileScanner::Hex(char c, std::string* file) {
  const char lower = static_cast<char>(c | 0x20);
  if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return Fail("malformed JSON: an escape");
  hex_ = hex_ << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
  TakeText({&c, 1});
  if (--hex_left_ > 0) return true;
  next_ = Next::kString;
  if (slot_ == Slot::kContent) {
    // Whatever is not ASCII is no base64 either.
    const char meant = hex_ < 0x80 ? static_cast<char>(hex_) : '\0';
    Decode({&meant, 1}, file);
  }
  return true;
}

// Whether the number goes on with `c`.
bool FileScanner::InNumber(char c) {
  const bool sign = c == '+' || c == '-';
  const bool e = c == 'e' || c == 'E';
  const Number before = number_;
  switch (number_) {
    case Number::kMinus:
      if (IsDigit(c)) number_ = c == '0' ? Number::kZero : Number::kInteger;
      break;
    case Number::kZero:
    case Number::kInteger:
      if (c == '.') number_ = Number::kPoint;
      if (e) number_ = Number::kE;
      if (before == Number::kInteger && IsDigit(c)) return true;
      break;
    case Number::kPoint:
      if (IsDigit(c)) number_ = Number::kFraction;
      break;
    case Number::kFraction:
      if (e) number_ = Number::kE;
      if (IsDigit(c)) return true;
      break;
    case Number::kE:
      if (sign) number_ = Number::kSign;
      if (IsDigit(c)) number_ = Number::kExponent;
      break;
    case Number::kSign:
      if (IsDigit(c)) number_ = Number::kExponent;
      break;
    case Number::kExponent:
      return IsDigit(c);
  }
  return number_ != before;
}

bool FileScanner::BeginValue(char c) {
  if (c == '"') return BeginString();
  // What is no string, and no object for the data.
  if (slot_ == Slot::kStatus) return Fail("the envelope's status is not a string");
  if (slot_ == Slot::kContent) Complain("the file in it is not a string");
  if (slot_ == Slot::kData && c != '{') Complain("the envelope's data is not an object");
  if (c == '{' || c == '[') return Open(c);
  slot_ = Slot::kSkip;
  if (c == '-' || IsDigit(c)) {
    next_ = Next::kNumber;
    number_ = c == '-' ? Number::kMinus : c == '0' ? Number::kZero : Number::kInteger;
    return true;
  }
  for (std::string_view literal : {"true", "false", "null"}) {
    if (c != literal.front()) continue;
    next_ = Next::kLiteral;
    literal_ = literal.substr(1);
    return true;
  }
  return false;
}

bool FileScanner::BeginString() {
  next_ = Next::kString;
  text_.clear();
  text_too_long_ = false;
  if (slot_ == Slot::kData) Complain("the envelope's data is not an object");
  // Of an error nothing is a file.
  if (slot_ == Slot::kContent && status_ == Status::kNotOk) slot_ = Slot::kSkip;
  return true;
}

bool FileScanner::EndString() {
  switch (slot_) {
    case Slot::kKey:
      return EndKey();
    case Slot::kStatus:
      if (!EndStatus()) return false;
      break;
    case Slot::kContent:
      if (!base64_.complete()) Complain("the file in it is not base64");
      break;
    case Slot::kType:
      content_type_ = Text();
      break;
    case Slot::kName:
      filename_ = Text();
      break;
    default:
      break;
  }
  EndValue();
  return true;
}

bool FileScanner::EndKey() {
  next_ = Next::kColon;
  slot_ = Slot::kSkip;
  std::string key;
  if (text_too_long_ || UnescapeJson(text_, &key) != Unescaped::kText) return true;
  if (file_depth_ == 2 && open_.size() == 1) {
    if (key == "status") slot_ = Slot::kStatus;
    if (key == "data") slot_ = Slot::kData;
  } else if (in_data_ && open_.size() == file_depth_) {
    if (key == shape_.name_key && !key.empty()) slot_ = Slot::kName;
    if (key == shape_.type_key && !key.empty()) slot_ = Slot::kType;
    if (key == shape_.content_key) slot_ = Slot::kContent;
  }
  if (slot_ == Slot::kSkip) return true;
  if (Seen(slot_)) return Fail("malformed JSON: a key comes twice");
  seen_ |= uint32_t{1} << static_cast<int>(slot_);
  return true;
}

bool FileScanner::EndStatus() {
  const std::optional<std::string> status = Text();
  if (status != "OK") {
    status_ = Status::kNotOk;
    return true;
  }
  status_ = Status::kOk;
  std::string().swap(kept_);
  return complaint_.empty() || Fail(complaint_);
}

std::optional<std::string> FileScanner::Text() const {
  if (text_too_long_) return std::nullopt;
  std::string text;
  UnescapeJson(text_, &text);
  return CleanText(text);
}

bool FileScanner::Open(char bracket) {
  if (open_.size() >= max_depth_) return Fail("it nests too deep");
  open_.push_back(bracket);
  if (slot_ == Slot::kData && bracket == '{') in_data_ = true;
  slot_ = Slot::kSkip;
  next_ = bracket == '{' ? Next::kFirstKey : Next::kFirstValue;
  return true;
}

bool FileScanner::Close(char bracket) {
  if (bracket != (open_.back() == '{' ? '}' : ']')) return false;
  if (open_.size() == 2 && file_depth_ == 2) in_data_ = false;
  open_.pop_back();
  EndValue();
  return true;
}

void FileScanner::EndValue() {
  slot_ = Slot::kSkip;
  next_ = open_.empty() ? Next::kNothing : Next::kMore;
}

bool FileScanner::Seen(Slot slot) const {
  return (seen_ & uint32_t{1} << static_cast<int>(slot)) != 0;
}

// Of strings that matter, as spelled.
void FileScanner::TakeText(std::string_view raw) {
  if (slot_ == Slot::kSkip || slot_ == Slot::kContent || text_too_long_) return;
  text_too_long_ = text_.size() + raw.size() > kMaxText;
  if (!text_too_long_) text_.append(raw);
}

void FileScanner::Decode(std::string_view text, std::string* file) {
  if (complaint_.empty() && !base64_.Feed(text, file)) Complain("the file in it is not base64");
}

bool FileScanner::Fail(std::string_view why) {
  if (error_.empty()) error_ = why;
  return false;
}

// An error's document may have anything in these places.
void FileScanner::Complain(std::string_view why) {
  if (status_ == Status::kOk) Fail(why);
  if (status_ == Status::kUnknown && complaint_.empty()) complaint_ = why;
}

void FileScanner::Keep(std::string_view bytes) {
  kept_.append(bytes.substr(0, kMaxKept - kept_.size()));
}

}  // namespace billing::gateway::translate
