#include "service/gateway/translate/json_cursor.h"

#include <simdjson.h>

#include <algorithm>

namespace billing::gateway::translate {
namespace {

// What the parser would need for its second stage.
constexpr size_t kParserDepth = 1;

}  // namespace

struct JsonCursor::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
  size_t capacity = 0;
};

JsonCursor::JsonCursor(int max_depth)
    : max_depth_(max_depth), parser_(std::make_unique<Parser>()) {}
JsonCursor::~JsonCursor() = default;

bool JsonCursor::Begin(PaddedJson json) {
  keys_.clear();
  if (json.size == 0) return Break("empty document");
  if (json.size >= UINT32_MAX / 2) return Break("document too large");
  if (!Allocate(json.size)) return Break("out of memory");
  buffer_ = json.data;
  size_ = static_cast<uint32_t>(json.size);
  const auto code = parser_->implementation->stage1(reinterpret_cast<const uint8_t*>(json.data),
                                                    json.size, simdjson::stage1_mode::regular);
  if (code == simdjson::UTF8_ERROR) return Break("not UTF-8");
  if (code != simdjson::SUCCESS) return Break(kMalformedJson);
  index_ = parser_->implementation->structural_indexes.get();
  why_ = kMalformedJson;
  return true;
}

// Keeps the room of an earlier document, but not that of an unusually large one.
bool JsonCursor::Allocate(size_t size) {
  constexpr size_t kKeep = size_t{1} << 20;
  if (parser_->implementation && size <= parser_->capacity &&
      (parser_->capacity <= kKeep || size > kKeep)) {
    return true;
  }
  parser_->capacity = std::max<size_t>(size, 16384);
  return simdjson::get_active_implementation()->create_dom_parser_implementation(
             parser_->capacity, kParserDepth, parser_->implementation) == simdjson::SUCCESS;
}

JsonCursor::Fit JsonCursor::Unescape(std::string* kept, std::string_view* text) {
  kept->clear();
  const Unescaped result = UnescapeJson(*text, kept);
  *text = *kept;
  if (result == Unescaped::kMalformed) return Fit::kMalformed;
  return result == Unescaped::kText ? Fit::kOk : Fit::kUnfit;
}

bool JsonCursor::TakeRaw(std::string_view* json) {
  const char* begin = At();
  const char* end = SkipJsonValue(begin, End(), max_depth_, &why_);
  if (end == nullptr || !EndsToken(end)) return false;
  while (buffer_ + *index_ < end) ++index_;
  *json = std::string_view(begin, static_cast<size_t>(end - begin));
  return true;
}

}  // namespace billing::gateway::translate
