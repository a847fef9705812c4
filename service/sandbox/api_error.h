#ifndef SERVICE_SANDBOX_API_ERROR_H_
#define SERVICE_SANDBOX_API_ERROR_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "service/sandbox/json.h"

namespace billing::sandbox {

// A refusal as the provider words it (reference, 2.4).
struct ApiError {
  int http_status = 400;
  std::string status;
  std::string message;
  Json field;       // a string or null
  Json field_path;  // a string, an array of strings or null

  std::string Body() const;
};

// Nothing is success.
using MaybeError = std::optional<ApiError>;

// A value or a refusal.
template <typename T, typename Error = ApiError>
class Expected {
 public:
  Expected(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Expected(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return std::holds_alternative<T>(held_); }
  const T& operator*() const { return std::get<T>(held_); }
  const T* operator->() const { return &std::get<T>(held_); }
  const Error& error() const { return std::get<Error>(held_); }

 private:
  std::variant<T, Error> held_;
};

// A place in the request document, outermost first; array positions are plain numbers.
class FieldPath {
 public:
  FieldPath() = default;
  FieldPath operator/(std::string_view key) const;
  FieldPath operator/(size_t index) const;

  // "items[0]:price".
  std::string Notation() const;
  // The innermost key.
  std::string Leaf() const;
  bool top_level() const { return steps_.size() <= 1; }
  // ["items", "0", "price"].
  Json AsArray() const;

 private:
  struct Step {
    std::string text;
    bool is_index;
  };
  std::vector<Step> steps_;
};

// INVALID_PARAMETER with `field_path` in the documented notation.
ApiError InvalidParameter(const FieldPath& path, std::string_view message);
// INVALID_PARAMETER as recorded for a value that must be unique: `field_path` is null.
ApiError NotUnique(std::string_view field, std::string_view message);
ApiError InvalidCombination(const FieldPath& path, std::string_view message);
ApiError ReadOnlyParameter(const FieldPath& path);
// As recorded: an empty array at the top level. Deeper down the whole path, as an array.
ApiError UnknownParameter(const FieldPath& path);
ApiError MissingQueryParameter(std::string_view name);
ApiError InvalidQueryParameter(std::string_view name, std::string_view message);
ApiError InvalidObjectState(std::string_view event, std::string_view state);
ApiError NotFound(std::string_view id);
ApiError NotAvailableYet(std::string_view message);
ApiError PermissionDenied(std::string_view message);
ApiError MethodNotAllowed(std::string_view method);
ApiError MissingAuth();
ApiError InvalidAuth();
// A body that is not a JSON object.
ApiError MalformedBody(std::string_view message);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_API_ERROR_H_
