#include <algorithm>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/url.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

absl::Status Refuse(std::string why) { return absl::InvalidArgumentError(why); }

class Parser {
 public:
  Parser(const Method& method, const std::vector<std::string>& taken)
      : method_(method), names_(taken.begin(), taken.end()) {
    names_.insert(method.paging.page_parameter());
    names_.insert(method.paging.size_parameter());
    const v1::Rest& rest = method.descriptor->options().GetExtension(v1::rest);
    for (const v1::QueryConstant& constant : rest.query()) names_.insert(constant.name());
    for (const FieldTable& field : method.request->fields) {
      if (method.places[field.index] != Place::kQuery) continue;
      if (field.message == nullptr) names_.insert(std::string(field.json_name));
      if (field.message == nullptr) continue;
      for (const FieldTable& inner : field.message->fields) {
        names_.insert(std::string(inner.json_name));
      }
    }
  }

  absl::StatusOr<Method::Path> Parse(std::string_view text) {
    const size_t mark = std::min(text.find('?'), text.size());
    for (char c : text.substr(0, mark)) {
      if (c <= ' ' || c == '%' || c == '\x7F' || static_cast<int8_t>(c) < 0) {
        return Refuse("a path has plain characters only");
      }
    }
    absl::StatusOr<PathTemplate> path = PathTemplate::Parse(text.substr(0, mark));
    if (!path.ok()) return path.status();
    if (absl::Status status = CheckSegments(text.substr(1, mark - 1)); !status.ok()) return status;
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
  static absl::Status CheckSegments(std::string_view path) {
    for (const absl::string_view segment : absl::StrSplit(common::ToAbsl(path), '/')) {
      if (segment.empty()) return Refuse("a path has no empty segment and no slash at its end");
      if (segment == "." || segment == "..") return Refuse("a path has no relative segment");
    }
    return absl::OkStatus();
  }

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
      // The gateway encodes what it sends: an encoded value would be encoded twice.
      if (pair.find('%') != absl::string_view::npos) return Refuse("a query is written plainly");
      const std::string name(pair.substr(0, equals));
      if (!names_.insert(name).second) {
        return Refuse(absl::StrCat("the parameter ", name, " would be sent twice"));
      }
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
  std::set<std::string> names_;  // of query parameters that are taken
  Method::Path path_;
};

}  // namespace

absl::StatusOr<Method::Path> ParseAccountPath(const Method& method, std::string_view text,
                                              const std::vector<std::string>& taken) {
  return Parser(method, taken).Parse(text);
}

}  // namespace billing::gateway::translate
