#include "service/sandbox/listing.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;
using common::ToStd;

constexpr int64_t kMaxPageSize = 100;
constexpr int64_t kMaxPage = 1000000000;

bool Contains(const std::vector<std::string_view>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

MaybeError ReadNumber(std::string_view name, const std::string& text, int64_t max, int64_t& out) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || !absl::SimpleAtoi(text, &out) || out < 1 || out > max) {
    return InvalidQueryParameter(name, absl::StrCat("must be an integer from 1 to ", max));
  }
  return std::nullopt;
}

// Takes one parameter; the rules that span several come after.
MaybeError ReadParameter(const std::string& name, const std::string& value, const ListRules& rules,
                         ListQuery& query) {
  if (name == "page") return ReadNumber(name, value, kMaxPage, query.page);
  if (name == "page_size") return ReadNumber(name, value, kMaxPageSize, query.page_size);
  if (name == "filter_value") {
    query.filter_value = value;
    return std::nullopt;
  }
  if (name == "order_direction") {
    if (value != "asc" && value != "desc") {
      return InvalidQueryParameter(name, "must be asc or desc");
    }
    query.descending = value == "desc";
    return std::nullopt;
  }
  if (name == "filter_type" && Contains(rules.filter_types, value)) {
    query.filter_type = value;
  } else if (name == "filter_field") {
    query.filter_field = value;
  } else if (name == "order_field" && Contains(rules.order_fields, value)) {
    query.order_field = value;
  } else {
    const bool known = name == "filter_type" || name == "order_field";
    return InvalidQueryParameter(name, known ? "is not one of this list" : "is unknown");
  }
  return std::nullopt;
}

MaybeError CheckFilter(const ListQuery& query, const ListRules& rules) {
  if (query.filter_type == "special") {
    return query.filter_field == "search"
               ? MaybeError()
               : InvalidQueryParameter("filter_field", "is not a special filter");
  }
  if (!query.filter_type.empty() && !Contains(rules.filter_fields, query.filter_field)) {
    return InvalidQueryParameter("filter_field", "cannot be filtered by");
  }
  return std::nullopt;
}

std::string TextOf(const Json& value) {
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  return value.text();
}

bool MatchesState(const std::string& state, const std::string& wanted) {
  for (absl::string_view one : absl::StrSplit(wanted, ',')) {
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(one), state)) return true;
  }
  return false;
}

bool ContainsIgnoringCase(const std::string& text, const std::string& part) {
  return absl::StrContains(absl::AsciiStrToLower(text), absl::AsciiStrToLower(part));
}

bool Matches(const ListQuery& query, const Json& value) {
  if (value.is_null()) return false;
  const std::string text = TextOf(value);
  if (query.filter_type == "field-prefix") {
    return absl::StartsWithIgnoreCase(text, query.filter_value);
  }
  if (query.filter_type == "field-search" || query.filter_type == "special") {
    return ContainsIgnoringCase(text, query.filter_value);
  }
  return query.filter_field == "state" ? MatchesState(text, query.filter_value)
                                       : text == query.filter_value;
}

// Null first, numbers by value, text by its bytes.
bool Less(const Json& a, const Json& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && !b.is_null();
  const auto left = a.AsDecimal();
  const auto right = b.AsDecimal();
  return left && right ? *left < *right : TextOf(a) < TextOf(b);
}

}  // namespace

Expected<ListQuery> ParseListQuery(const QueryParameters& parameters, const ListRules& rules) {
  const auto has = [&](std::string_view name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const auto& parameter) { return parameter.first == name; });
  };
  ListQuery query;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, value] = parameters[i];
    for (size_t j = 0; j < i; ++j) {
      if (parameters[j].first == name) return InvalidQueryParameter(name, "is given twice");
    }
    if (auto error = ReadParameter(name, value, rules, query)) return *error;
  }
  if (rules.paging_required) {
    for (const char* name : {"page", "page_size"}) {
      if (!has(name)) return MissingQueryParameter(name);
    }
  }
  const bool filters = has("filter_type") || has("filter_field") || has("filter_value");
  if (filters || rules.filter_required) {
    for (const char* name : {"filter_type", "filter_field", "filter_value"}) {
      if (!has(name)) return MissingQueryParameter(name);
    }
  }
  if (has("order_direction") && !has("order_field")) return MissingQueryParameter("order_field");
  if (auto error = CheckFilter(query, rules)) return *error;
  return query;
}

std::vector<size_t> SelectObjects(const ListQuery& query, size_t count, const FieldReader& read) {
  std::vector<size_t> all;
  for (size_t i = 0; i < count; ++i) {
    if (query.filter_type.empty() || Matches(query, read(i, query.filter_field))) all.push_back(i);
  }
  if (query.order_field.empty()) return all;
  std::vector<std::pair<Json, size_t>> keyed;
  keyed.reserve(all.size());
  for (size_t index : all) keyed.emplace_back(read(index, query.order_field), index);
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return query.descending ? Less(b.first, a.first) : Less(a.first, b.first);
  });
  std::transform(keyed.begin(), keyed.end(), all.begin(),
                 [](const auto& key) { return key.second; });
  return all;
}

bool ListQuery::HasSameObjects(const ListQuery& other) const {
  return filter_type == other.filter_type && filter_field == other.filter_field &&
         filter_value == other.filter_value && order_field == other.order_field &&
         descending == other.descending;
}

std::pair<size_t, size_t> PageBounds(const ListQuery& query, size_t count) {
  const auto size = static_cast<size_t>(query.page_size);
  const size_t from = std::min(count, (static_cast<size_t>(query.page) - 1) * size);
  return {from, std::min(count, from + size)};
}

std::vector<size_t> PageOf(const ListQuery& query, const std::vector<size_t>& all) {
  const auto [from, until] = PageBounds(query, all.size());
  return {all.begin() + static_cast<ptrdiff_t>(from), all.begin() + static_cast<ptrdiff_t>(until)};
}

Json ReadColonPath(const Json& object, std::string_view path) {
  const Json* at = &object;
  for (absl::string_view step : absl::StrSplit(ToAbsl(path), ':')) {
    at = at->Find(ToStd(step));
    if (at == nullptr) return Json();
  }
  return *at;
}

}  // namespace billing::sandbox
