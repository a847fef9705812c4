#include "service/gateway/translate/message_rules.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

// The names of `indices` but that of `than`.
std::string Others(const MessageTable& table, const std::vector<uint16_t>& indices, uint16_t than) {
  std::string list;
  for (uint16_t index : indices) {
    if (index == than) continue;
    absl::StrAppend(&list, list.empty() ? "" : " or ", table.fields[index].proto_name);
  }
  return list;
}

// The number of an enum field's value; 0 if it is not set.
int32_t EnumOf(const FieldTable& field, std::string_view wire) {
  int32_t value = 0;
  WireReader reader(wire);
  while (reader.Next()) {
    if (reader.number == field.number && reader.type == WireType::kVarint) {
      value = static_cast<int32_t>(reader.varint);
    }
  }
  return value;
}

}  // namespace

void CheckRules(const MessageTable& table, std::string_view wire, const RuleFacts& facts,
                absl::FunctionRef<void(const FieldTable&, const std::string& why)> violate) {
  const auto sent = [&](uint16_t index) { return facts.sent(table.fields[index]); };
  for (const std::vector<uint16_t>& indices : table.at_most_one) {
    if (std::count_if(indices.begin(), indices.end(), sent) < 2) continue;
    for (uint16_t index : indices) {
      if (!sent(index)) continue;
      violate(table.fields[index],
              absl::StrCat("cannot be set together with ", Others(table, indices, index)));
    }
  }
  for (const std::vector<uint16_t>& indices : table.at_least_one) {
    if (!facts.whole || std::any_of(indices.begin(), indices.end(), sent)) continue;
    const uint16_t first = indices.front();
    violate(table.fields[first],
            absl::StrCat("is required unless ", Others(table, indices, first), " is set"));
  }
  for (const FieldDependence& rule : table.depends) {
    const FieldTable& on = table.fields[rule.on];
    if (!facts.typed(on)) continue;
    const bool goes =
        std::find(rule.values.begin(), rule.values.end(), EnumOf(on, wire)) != rule.values.end();
    if (goes == sent(rule.field) || !(goes ? facts.whole : !rule.or_free)) continue;
    violate(table.fields[rule.field], absl::StrCat(goes ? "is required with " : "goes only with ",
                                                   on.proto_name, " ", rule.names));
  }
}

}  // namespace billing::gateway::translate
