#include "service/gateway/translate/whole_set.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

absl::Status Refuse(const std::string& why) { return absl::InvalidArgumentError(why); }

// Whether two fields hold the same kind of single value, so that one's wire is the other's.
bool SameKind(const FieldTable* a, const FieldTable* b) {
  return a != nullptr && b != nullptr && a->kind == b->kind && !a->repeated && !b->repeated;
}

// The set as the update's body has it.
std::string_view SetIn(const Method& method, std::string_view body) {
  std::string_view value = method.body_key.empty() ? body : FindJsonMember(body, method.body_key);
  for (size_t i = 1; i < method.whole_set->field.size(); ++i) {
    value = FindJsonMember(value, method.whole_set->field[i]->json_name);
  }
  return value;
}

// The request's path of the member that upstream calls `key`.
std::string MemberPath(const WholeSet& set, const std::string& key) {
  std::string path;
  for (const FieldTable* step : set.field) absl::StrAppend(&path, step->proto_name, ".");
  const FieldTable* member = set.field.back()->message->FindJson(key);
  return path + (member == nullptr ? key : member->proto_name);
}

// The text of field `number` of a message; empty if it has none.
std::string_view TextOf(std::string_view wire, int32_t number) {
  std::string_view text;
  WireReader reader(wire);
  while (reader.Next()) {
    if (reader.number == number && reader.type == WireType::kLength) text = reader.bytes;
  }
  return text;
}

void AddOnce(std::string path, std::vector<std::string>* paths) {
  if (std::find(paths->begin(), paths->end(), path) == paths->end()) {
    paths->push_back(std::move(path));
  }
}

// Whether a raw JSON value says that there is nothing: null, [] or {}.
bool SaysNothing(std::string_view json) {
  if (json == "null") return true;
  if (json.size() < 2) return false;
  const bool brackets = json.front() == '[' && json.back() == ']';
  const bool braces = json.front() == '{' && json.back() == '}';
  return (brackets || braces) &&
         json.substr(1, json.size() - 2).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The value of field `number`, as text that is equal for equal values; the last one holds.
std::optional<std::string> ValueOf(std::string_view wire, int32_t number) {
  std::optional<std::string> value;
  WireReader reader(wire);
  while (reader.Next()) {
    if (reader.number != number) continue;
    value = reader.type == WireType::kVarint ? std::to_string(reader.varint)
                                             : std::string(reader.bytes);
  }
  return value;
}

// Whether `stored` is the resource that was asked for, as far as its fields tell.
bool IsSame(const WholeSet& set, std::string_view read_request, std::string_view stored) {
  const MessageTable& resource = *set.read->answer.response;
  return std::all_of(set.variables.begin(), set.variables.end(), [&](const auto& variable) {
    const FieldTable* id = resource.FindProto(variable.first->proto_name);
    return !SameKind(variable.first, id) ||
           ValueOf(stored, id->number) == ValueOf(read_request, variable.first->number);
  });
}

}  // namespace

std::string ReadRequestOf(const Method& method, std::string_view wire) {
  std::string request;
  for (const auto& [to, from] : method.whole_set->variables) {
    WireReader reader(wire);
    while (reader.Next()) {
      if (reader.number != from->number) continue;
      request.append(to->tag.view());
      if (reader.type == WireType::kVarint) {
        AppendVarint(reader.varint, &request);
      } else {
        AppendVarint(reader.bytes.size(), &request);
        request.append(reader.bytes);
      }
    }
  }
  return request;
}

SetGaps FindSetGaps(const Method& method, std::string_view body, std::string_view read_request,
                    std::string_view stored) {
  const WholeSet& set = *method.whole_set;
  const MessageTable& resource = *set.read->answer.response;
  const std::string_view sent = SetIn(method, body);
  SetGaps gaps;
  gaps.unreadable = !IsSame(set, read_request, stored);
  bool told = false;  // the set is in the answer, if only to say that it is empty
  std::set<std::string, std::less<>> members;
  WireReader reader(stored);
  while (reader.Next()) {
    if (reader.number == resource.unmapped_number && reader.type == WireType::kLength) {
      const std::string_view key = TextOf(reader.bytes, 1);
      const bool is_set = key == set.stored->json_name;
      // A member beside the set: the answer has a shape of a request's.
      const bool is_member = set.field.back()->message->FindJson(key) != nullptr;
      told |= is_set;
      gaps.unreadable |= (is_set || is_member) && !SaysNothing(TextOf(reader.bytes, 2));
    }
    if (reader.number != set.stored->number || reader.type != WireType::kLength) continue;
    told = true;
    const std::string_view which = TextOf(reader.bytes, set.key->number);
    if (which.empty()) {
      gaps.unreadable = true;
      continue;
    }
    const std::string key = std::string(which) + set.key_suffix;
    const bool is_new = members.insert(key).second;
    const std::string_view value = FindJsonMember(sent, key);
    if (value.data() == nullptr) {
      if (is_new) gaps.missing.push_back(MemberPath(set, key));
    } else if (!is_new && value != "null") {
      AddOnce(MemberPath(set, key), &gaps.doubled);
    }
  }
  gaps.unreadable |= !told || !reader.ok();
  return gaps;
}

// The methods of a service refer to each other, so that this comes when all are there.
absl::Status MethodTable::LinkWholeSet(Method& method) {
  const v1::Rest& rest = method.descriptor->options().GetExtension(v1::rest);
  if (!rest.has_whole_set()) return absl::OkStatus();
  const v1::WholeSet& rule = rest.whole_set();
  auto set = std::make_unique<WholeSet>();

  const MessageTable* message = method.request;
  std::string_view left = rule.field();
  while (message != nullptr && !left.empty()) {
    const size_t dot = std::min(left.find('.'), left.size());
    const FieldTable* field = message->FindProto(left.substr(0, dot));
    if (field == nullptr || field->repeated || field->message == nullptr) {
      return Refuse(absl::StrCat("no single message \"", rule.field(), "\""));
    }
    set->field.push_back(field);
    message = field->message;
    left.remove_prefix(std::min(dot + 1, left.size()));
  }
  if (set->field.size() < 2 || set->field.front() != method.resource || method.mask == nullptr) {
    return Refuse("it must be a part of the resource of an update");
  }
  // A part of a member would replace the whole of it.
  if (!set->field.back()->whole) return Refuse("its field must be whole");

  const Method* read = Find(absl::StrCat("/", method.service, "/", rule.read_by()));
  if (read == nullptr || read->kind != MethodKind::kUnary || read->safety != v1::SAFETY_SAFE ||
      read->answer.response == nullptr || read->answer.list != nullptr) {
    return Refuse(absl::StrCat("\"", rule.read_by(), "\" reads no resource of this service"));
  }
  set->read = read;
  for (const FieldTable& field : read->request->fields) {
    const bool variable = read->places[field.index] == Place::kPath;
    if (!variable && field.required) return Refuse("the reading method needs more than an id");
    if (!variable) continue;
    const FieldTable* from = method.request->FindProto(field.proto_name);
    if (!SameKind(&field, from) || method.places[from->index] != Place::kPath) {
      return Refuse(absl::StrCat("the update's path has no {", field.proto_name, "}"));
    }
    set->variables.emplace_back(&field, from);
  }
  set->stored = read->answer.response->FindProto(rule.stored());
  if (set->stored == nullptr || !set->stored->repeated || set->stored->message == nullptr) {
    return Refuse(absl::StrCat("no repeated message \"", rule.stored(), "\""));
  }
  set->key = set->stored->message->FindProto(rule.key_field());
  if (set->key == nullptr || set->key->repeated || set->key->kind != FieldKind::kString) {
    return Refuse(absl::StrCat("no text \"", rule.key_field(), "\""));
  }
  set->key_suffix = rule.key_suffix();
  method.whole_set = std::move(set);
  return absl::OkStatus();
}

}  // namespace billing::gateway::translate
