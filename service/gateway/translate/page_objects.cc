#include "service/gateway/translate/page_objects.h"

#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

std::string KeyOf(std::string_view object, const FieldTable& key) {
  WireReader fields(object);
  while (fields.Next()) {
    if (fields.number != key.number) continue;
    if (fields.type == WireType::kLength) return std::string(fields.bytes);
    if (fields.type == WireType::kVarint) return std::to_string(fields.varint);
  }
  return {};
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

size_t SentObjects::KeepNew(const FieldTable& list, const FieldTable& key, std::string_view wire,
                            std::string* kept) {
  kept->clear();
  size_t fresh = 0;
  WireReader fields(wire);
  while (fields.Next()) {
    const bool object = fields.number == list.number;
    if (object) {
      std::string id = KeyOf(fields.bytes, key);
      if (!id.empty() && !keys_.insert(std::move(id)).second) continue;
      ++fresh;
    }
    kept->append(fields.field_start, fields.cursor());
  }
  return fresh;
}

}  // namespace billing::gateway::translate
