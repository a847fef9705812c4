#ifndef SERVICE_SANDBOX_LISTING_H_
#define SERVICE_SANDBOX_LISTING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// What a list may be asked for (reference, 2.2 and 2.3).
struct ListRules {
  bool paging_required = true;
  bool filter_required = false;
  std::vector<std::string_view> filter_types;
  std::vector<std::string_view> filter_fields;
  std::vector<std::string_view> order_fields;
};

// What it was asked for.
struct ListQuery {
  int64_t page = 1;
  int64_t page_size = 25;
  std::string filter_type;  // empty: everything
  std::string filter_field;
  std::string filter_value;
  std::string order_field;  // empty: as stored
  bool descending = false;

  // Whether the other one asks for a page of the same list.
  bool HasSameObjects(const ListQuery& other) const;
};

// Checks the parameters of a list; one that no list has is refused.
Expected<ListQuery> ParseListQuery(const QueryParameters& parameters, const ListRules& rules);

// The value of a field of the n-th object, null where it has none.
using FieldReader = std::function<Json(size_t index, std::string_view field)>;

// The indices of all objects that match, in order; 0..count-1 are as stored.
std::vector<size_t> SelectObjects(const ListQuery& query, size_t count, const FieldReader& read);

// The first index of the asked page and the one after its last, of `count` objects.
std::pair<size_t, size_t> PageBounds(const ListQuery& query, size_t count);

// The part of `all` that the asked page holds.
std::vector<size_t> PageOf(const ListQuery& query, const std::vector<size_t>& all);

// The value at a colon path, "contact:email".
Json ReadColonPath(const Json& object, std::string_view path);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_LISTING_H_
