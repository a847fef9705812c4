#ifndef SERVICE_SANDBOX_JSON_H_
#define SERVICE_SANDBOX_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/sandbox/decimal.h"

namespace billing::sandbox {

// A JSON value whose numbers keep their text and whose objects keep their order.
class Json {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  static Json Bool(bool value);
  static Json Number(std::string text);  // must be spelled as JSON wants it
  static Json Number(const Decimal& value) { return Number(value.ToString()); }
  static Json Integer(int64_t value);
  static Json String(std::string_view value);
  static Json StringOrNull(std::string_view value);  // null where it is empty
  static Json MakeArray(Array elements = {});
  static Json MakeObject(Object members = {});

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::kNull; }
  bool is_bool() const { return type_ == Type::kBool; }
  bool is_number() const { return type_ == Type::kNumber; }
  bool is_string() const { return type_ == Type::kString; }
  bool is_array() const { return type_ == Type::kArray; }
  bool is_object() const { return type_ == Type::kObject; }

  bool boolean() const { return boolean_; }
  const std::string& text() const { return text_; }  // of a number or a string
  const Array& elements() const { return elements_; }
  Array& elements() { return elements_; }
  const Object& members() const { return members_; }

  // The number, where it is one within Decimal's bounds.
  std::optional<Decimal> AsDecimal() const;
  // The number, where it is spelled as an integer of at most 18 digits.
  std::optional<int64_t> AsInteger() const;

  // The member of that name; null where there is none or this is no object.
  const Json* Find(std::string_view key) const;
  // The text of a string member; empty where there is none.
  std::string_view Text(std::string_view key) const;
  // Replaces or appends a member.
  void Set(std::string_view key, Json value);
  void Append(Json value) { elements_.push_back(std::move(value)); }

  // Serialises, everything outside ASCII as \uXXXX.
  void AppendTo(std::string& out) const;
  std::string ToString() const;

  // Numbers are equal by value, objects whatever their order.
  friend bool operator==(const Json& a, const Json& b);

 private:
  Type type_ = Type::kNull;
  bool boolean_ = false;
  std::string text_;
  Array elements_;
  Object members_;
};

// Parses a document. InvalidArgument for anything that is not exactly one JSON value in UTF-8, for
// a key that occurs twice and for nesting deeper than 64.
absl::StatusOr<Json> ParseJson(std::string_view text);

// Whether `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

// How many code points well-formed UTF-8 has.
size_t CodePoints(std::string_view text);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_JSON_H_
