#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/url.h"

namespace billing::gateway::translate {
namespace {

absl::Status Refuse(std::string why) { return absl::InvalidArgumentError(why); }

class Parser {
 public:
  explicit Parser(const Method& method) : method_(method) {}

  absl::StatusOr<Method::Path> Parse(std::string_view text) {
    const size_t mark = std::min(text.find('?'), text.size());
    for (char c : text.substr(0, mark)) {
      if (c <= ' ' || c == '%' || c == '\x7F' || static_cast<int8_t>(c) < 0) {
        return Refuse("a path has plain characters only");
      }
    }
    absl::StatusOr<PathTemplate> path = PathTemplate::Parse(text.substr(0, mark));
    if (!path.ok()) return path.status();
    for (const PathTemplate::Part& part : path->parts) {
      if (absl::Status status = Add(part.literal, part.variable); !status.ok()) return status;
    }
    if (mark < text.size()) {
      if (absl::Status status = Query(text.substr(mark + 1)); !status.ok()) return status;
    }
    if (const FieldTable* last = LastVariable(); last != nullptr && !Has(last)) {
      return Refuse(absl::StrCat("{", last->proto_name, "} is missing, which tells the object"));
    }
    return std::move(path_);
  }

 private:
  const FieldTable* LastVariable() const {
    const FieldTable* last = nullptr;
    for (const Method::PathPart& part : method_.path) {
      if (part.variable != nullptr) last = part.variable;
    }
    return last;
  }

  bool Has(const FieldTable* variable) const {
    return std::any_of(path_.begin(), path_.end(), [variable](const Method::PathPart& part) {
      return part.variable == variable;
    });
  }

  // `variable` is empty behind the last one.
  absl::Status Add(std::string literal, const std::string& variable) {
    const FieldTable* field = nullptr;
    if (!variable.empty()) {
      for (const Method::PathPart& part : method_.path) {
        if (part.variable != nullptr && part.variable->proto_name == variable) {
          field = part.variable;
        }
      }
      if (field == nullptr) {
        return Refuse(absl::StrCat("{", variable, "} is no variable of this method's path"));
      }
      if (Has(field)) return Refuse(absl::StrCat("{", variable, "} stands twice"));
    }
    path_.push_back({std::move(literal), field});
    return absl::OkStatus();
  }

  // "name=value&name={variable}".
  absl::Status Query(std::string_view query) {
    char separator = '?';
    for (const absl::string_view pair : absl::StrSplit(common::ToAbsl(query), '&')) {
      const size_t equals = std::min(pair.find('='), pair.size());
      if (equals == 0 || equals == pair.size()) return Refuse("a query has parameters name=value");
      std::string literal(1, std::exchange(separator, '&'));
      AppendPercentEncoded(common::ToStd(pair.substr(0, equals)), &literal);
      literal.push_back('=');
      absl::string_view value = pair.substr(equals + 1);
      std::string variable;
      if (value.size() > 2 && value.front() == '{' && value.back() == '}') {
        variable = std::string(value.substr(1, value.size() - 2));
      } else if (value.find_first_of("{}") != absl::string_view::npos) {
        return Refuse("a variable must be the whole value of a parameter");
      } else {
        AppendPercentEncoded(common::ToStd(value), &literal);
      }
      if (absl::Status status = Add(std::move(literal), variable); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  const Method& method_;
  Method::Path path_;
};

}  // namespace

absl::StatusOr<Method::Path> ParseAccountPath(const Method& method, std::string_view text) {
  return Parser(method).Parse(text);
}

}  // namespace billing::gateway::translate
