#ifndef SERVICE_GATEWAY_TRANSLATE_JSON_CURSOR_H_
#define SERVICE_GATEWAY_TRANSLATE_JSON_CURSOR_H_

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/padded_json.h"
#include "service/gateway/translate/values.h"

namespace billing::gateway::translate {

// Walks over a JSON document from one structural character to the next: brackets, colons, commas
// and the first character of each value, as simdjson's first stage finds them. Its second stage is
// not used, because it does not keep the text of numbers.
//
// What takes something moves behind it, on success only as far as that is told. Inline, because
// translation spends its time here. Not thread-safe.
class JsonCursor {
 public:
  enum class Fit : uint8_t {
    kOk,
    kUnfit,      // no Unicode text: a lone surrogate
    kMalformed,  // the document is broken
  };

  // `max_depth` bounds the nesting of what TakeRaw reads.
  explicit JsonCursor(int max_depth);
  ~JsonCursor();
  JsonCursor(const JsonCursor&) = delete;
  JsonCursor& operator=(const JsonCursor&) = delete;

  // Begins a document, which must stay until the next one, and checks its UTF-8; false, with why(),
  // if it cannot be read at all.
  bool Begin(PaddedJson json);

  // Notes why the document is broken, other than by its syntax; false.
  bool Break(const char* why) {
    why_ = why;
    return false;
  }
  const char* why() const { return why_; }

  char Here() const { return buffer_[*index_]; }
  const char* At() const { return buffer_ + *index_; }
  const char* End() const { return buffer_ + size_; }
  bool AtEnd() const { return *index_ == size_; }
  // The structural character behind this one.
  char Ahead() const { return buffer_[index_[1]]; }
  void Step() { ++index_; }

  using Mark = const uint32_t*;
  Mark mark() const { return index_; }
  void Rewind(Mark mark) { index_ = mark; }

  // At an opening bracket that `close` would close at once: takes both.
  bool TakeEmpty(char close) {
    if (Ahead() != close) return false;
    index_ += 2;
    return true;
  }

  // After a member or element: true to go on, false at the end or, with `ok` false, if the document
  // is broken.
  bool More(char close, bool* ok) {
    const char c = Here();
    *ok = c == ',' || c == close;
    if (!*ok) return false;
    ++index_;
    return c == ',';
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
    return escaped ? Unescape(&scratch_, text) : Fit::kOk;
  }

  // At the opening quote of a key: takes the key, which stays as long as the document, and its
  // colon.
  Fit TakeKey(std::string_view* key) {
    bool escaped = false;
    if (!TakeString(key, &escaped)) return Fit::kMalformed;
    const Fit fit = escaped ? Unescape(&keys_.emplace_back(), key) : Fit::kOk;
    return fit == Fit::kMalformed || !TakeColon() ? Fit::kMalformed : fit;
  }

  bool TakeColon() {
    if (Here() != ':') return false;
    ++index_;
    return true;
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
  bool TakeRaw(std::string_view* json);

 private:
  bool Allocate(size_t size);
  static Fit Unescape(std::string* kept, std::string_view* text);

  // Whether a number, literal or raw value can end at `p`.
  bool EndsToken(const char* p) const {
    return *p == ',' || *p == ']' || *p == '}' || IsJsonSpace(*p) || p == End();
  }

  struct Parser;

  const char* buffer_ = nullptr;
  uint32_t size_ = 0;
  const uint32_t* index_ = nullptr;
  const char* why_ = kMalformedJson;
  std::string scratch_;
  std::deque<std::string> keys_;  // unescaped
  const int max_depth_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_JSON_CURSOR_H_
