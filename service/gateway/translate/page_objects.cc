#include "service/gateway/translate/page_objects.h"

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

// Keys of the two kinds differ in their first character.
std::string KeyOf(std::string_view object, const FieldTable& key) {
  WireReader fields(object);
  while (fields.Next()) {
    if (fields.number != key.number) continue;
    if (fields.type == WireType::kLength) return absl::StrCat("k", common::ToAbsl(fields.bytes));
    if (fields.type == WireType::kVarint) return absl::StrCat("k", fields.varint);
  }
  return absl::StrCat("o", common::ToAbsl(object));
}

}  // namespace

std::vector<std::string> PageKeys(std::string_view wire, const FieldTable& list,
                                  const FieldTable& key) {
  std::vector<std::string> keys;
  WireReader fields(wire);
  while (fields.Next()) {
    if (fields.number == list.number) keys.push_back(KeyOf(fields.bytes, key));
  }
  return keys;
}

size_t SentObjects::KeepNew(const FieldTable& list, const FieldTable& key, size_t most,
                            std::string_view wire, std::vector<std::string>* messages) {
  // Fields are in the order of their numbers, so what stands before and behind the objects can be
  // put around each message's share of them.
  std::string before;
  std::string after;
  messages->assign(1, {});
  size_t fresh = 0;
  WireReader fields(wire);
  while (fields.Next()) {
    const std::string_view field(fields.field_start,
                                 static_cast<size_t>(fields.cursor() - fields.field_start));
    if (fields.number != list.number) {
      (fields.number < list.number ? before : after).append(field);
      continue;
    }
    if (!keys_.insert(KeyOf(fields.bytes, key)).second) continue;
    if (fresh > 0 && fresh % most == 0) messages->emplace_back();
    messages->back().append(field);
    ++fresh;
  }
  for (std::string& message : *messages) {
    message.insert(0, before);
    message.append(after);
  }
  return fresh;
}

}  // namespace billing::gateway::translate
