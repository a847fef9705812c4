#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_JSON_TREE_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_JSON_TREE_TESTING_H_

#include <string>
#include <string_view>
#include <vector>

// JSON documents as RapidJSON reads them: the record that translations are compared with.

namespace billing::gateway::translate {

// A JSON value with the text of its numbers. A lone surrogate in a string stands as two characters
// of the private use area, so that it differs from any other; see HasLoneSurrogate().
struct JsonMember;
struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  // of a number, as written; of a string, unescaped
  std::vector<Json> elements;
  std::vector<JsonMember> members;  // in the order of the document

  const Json* Find(std::string_view key) const;
};
struct JsonMember {
  std::string key;
  Json value;
};

struct ParsedJson {
  bool ok = false;              // strict JSON in UTF-8, nothing before or behind it
  bool beyond_reader = false;   // refused only because of a limit of this reader
  bool duplicate_keys = false;  // somewhere in the document
  bool lone_key = false;        // a key with a lone surrogate, somewhere
  int depth = 0;                // of nested arrays and objects
  Json value;
};

ParsedJson ParseJson(std::string_view text);

// Whether `text`, of a Json, had a lone surrogate in it.
bool HasLoneSurrogate(std::string_view text);

// The one text that all documents share which differ in white space, key order and string escapes
// only.
std::string Canonical(const Json& value);

}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_JSON_TREE_TESTING_H_
