#ifndef SERVICE_GATEWAY_TRANSLATE_JSON_TEXT_H_
#define SERVICE_GATEWAY_TRANSLATE_JSON_TEXT_H_

#include <string>
#include <string_view>

// JSON as text (RFC 8259): what the translators need outside their hot loops.

namespace billing::gateway::translate {

inline bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads one JSON value at `begin`, strictly: numbers, literals, escapes, no control characters in
// strings, no key twice in an object, at most `max_depth` levels. Returns its end, or nullptr.
// UTF-8 is the caller's to check. `why`, if given, takes the reason where there is no end.
const char* SkipJsonValue(const char* begin, const char* end, int max_depth,
                          const char** why = nullptr);

// Whether all of `text` is one such value with optional white space around it, in valid UTF-8;
// `why` as above.
bool IsJsonValue(std::string_view text, int max_depth, const char** why = nullptr);

// The reasons. The latter two are said of what is JSON otherwise.
inline constexpr char kMalformedJson[] = "malformed JSON";
inline constexpr char kJsonTooDeep[] = "JSON nested too deep";
inline constexpr char kJsonKeyTwice[] = "a JSON object with a key twice";

// The text of the value that `key` has in `object`, both taken as they stand in a valid document;
// without data if it has none, or if `object` is no object.
std::string_view FindJsonMember(std::string_view object, std::string_view key);

enum class Unescaped { kText, kLoneSurrogate, kMalformed };

// Appends the text that the inside of a JSON string stands for. A lone surrogate is appended in
// three bytes, which is not UTF-8, and told by the result.
Unescaped UnescapeJson(std::string_view inside, std::string* out);

// Appends `text`, which must be UTF-8, as a JSON string with its quotes.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_JSON_TEXT_H_
