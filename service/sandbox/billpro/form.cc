#include "service/sandbox/billpro/form.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "service/common/http/message.h"
#include "service/common/strings.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;

absl::Status Invalid(std::string_view problem) {
  return absl::InvalidArgumentError(ToAbsl(problem));
}

// A value while it is put together.
struct Node {
  enum class Kind { kText, kList, kObject };

  explicit Node(Kind node_kind) : kind(node_kind) {}

  Node* Find(std::string_view key) {
    for (auto& [name, child] : children) {
      if (name == key) return child.get();
    }
    return nullptr;
  }
  // A child of that kind, a new one where there is none; null where it is of another kind.
  Node* Child(std::string_view key, Kind child_kind) {
    Node* child = Find(key);
    if (child == nullptr) return Add(key, child_kind);
    return child->kind == child_kind ? child : nullptr;
  }
  Node* Add(std::string_view key, Kind child_kind) {
    return children.emplace_back(key, std::make_unique<Node>(child_kind)).second.get();
  }

  Json ToJson() const {
    if (kind == Kind::kText) return Json::String(text);
    Json json = kind == Kind::kList ? Json::MakeArray() : Json::MakeObject();
    for (const auto& [name, child] : children) {
      if (kind == Kind::kList) {
        json.Append(child->ToJson());
      } else {
        json.Set(name, child->ToJson());
      }
    }
    return json;
  }

  Kind kind;
  std::string text;
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> children;  // no names in a list
};

// "order[items][][id]" as order, items, "", id. Nothing where it is malformed.
std::optional<std::vector<std::string>> SplitName(std::string_view name) {
  const size_t head = std::min(name.find('['), name.size());
  std::vector<std::string> keys = {std::string(name.substr(0, head))};
  if (head == 0 || keys[0].find(']') != std::string::npos) return std::nullopt;
  name.remove_prefix(head);
  while (!name.empty()) {
    const size_t end = name.find(']');
    if (name[0] != '[' || end == std::string_view::npos || keys.size() >= kMaxFormDepth) {
      return std::nullopt;
    }
    keys.emplace_back(name.substr(1, end - 1));
    if (keys.back().find('[') != std::string::npos) return std::nullopt;
    name.remove_prefix(end + 1);
  }
  return keys;
}

// Whether `node` already has what the keys from `first` on lead to; lists can always take more.
bool Has(Node* node, const std::vector<std::string>& keys, size_t first) {
  for (size_t i = first; i < keys.size(); ++i) {
    if (keys[i].empty()) return false;
    node = node->kind == Node::Kind::kObject ? node->Find(keys[i]) : nullptr;
    if (node == nullptr) return false;
  }
  return true;
}

// The list's object that the keys from `first` on belong to.
Node* ElementFor(Node* list, const std::vector<std::string>& keys, size_t first) {
  Node* last = list->children.empty() ? nullptr : list->children.back().second.get();
  if (last == nullptr || last->kind != Node::Kind::kObject || Has(last, keys, first)) {
    return list->Add("", Node::Kind::kObject);
  }
  return last;
}

bool Put(Node* node, const std::vector<std::string>& keys, const std::string& value) {
  for (size_t i = 0; i < keys.size(); ++i) {
    const bool leaf = i + 1 == keys.size();
    if (node->kind == Node::Kind::kList) {
      if (leaf) {
        node->Add("", Node::Kind::kText)->text = value;
        return true;
      }
      // A list of lists has no spelling.
      if (keys[i + 1].empty()) return false;
      node = ElementFor(node, keys, i + 1);
      continue;
    }
    if (keys[i].empty()) return false;
    const bool list = !leaf && keys[i + 1].empty();
    node = node->Child(keys[i], leaf   ? Node::Kind::kText
                                : list ? Node::Kind::kList
                                       : Node::Kind::kObject);
    if (node == nullptr) return false;
    if (leaf) node->text = value;
  }
  return true;
}

}  // namespace

absl::StatusOr<FormFields> ParseUrlEncoded(std::string_view body) {
  FormFields fields;
  while (!body.empty()) {
    const std::string_view field = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), field.size() + 1));
    if (field.empty()) continue;
    if (fields.size() >= kMaxFormFields) return Invalid("too many fields");
    const size_t equals = std::min(field.find('='), field.size());
    auto name = common::PercentDecode(field.substr(0, equals), true);
    auto value = common::PercentDecode(field.substr(std::min(field.size(), equals + 1)), true);
    if (!name || !value) return Invalid("a malformed escape");
    if (!IsUtf8(*name) || !IsUtf8(*value)) return Invalid("not UTF-8");
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

absl::StatusOr<Json> NestFields(const FormFields& fields) {
  Node root(Node::Kind::kObject);
  for (const auto& [name, value] : fields) {
    const auto keys = SplitName(name);
    if (!keys) return Invalid("a malformed name");
    if (!Put(&root, *keys, value)) return Invalid("a name that contradicts others");
  }
  return root.ToJson();
}

absl::StatusOr<Json> ParseBody(std::string_view content_type, std::string_view body) {
  const std::string type = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(ToAbsl(content_type.substr(0, content_type.find(';')))));
  if (type == "application/x-www-form-urlencoded" || type == "multipart/form-data") {
    const auto fields = type[0] == 'a' ? ParseUrlEncoded(body) : ParseMultipart(content_type, body);
    if (!fields.ok()) return fields.status();
    return NestFields(*fields);
  }
  if (!type.empty() && type != "application/json") return Invalid("an unknown content type");
  absl::StatusOr<Json> json = ParseJson(body);
  if (json.ok() && !json->is_object()) return Invalid("no object");
  return json;
}

}  // namespace billing::sandbox::billpro
