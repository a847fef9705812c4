#include "service/gateway/translate/message_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "service/gateway/translate/wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Names = std::set<std::string>;

class MessageRulesTest : public ::testing::Test {
 protected:
  MessageRulesTest() {
    table_.fields.resize(4);
    for (uint16_t i = 0; i < 4; ++i) {
      table_.fields[i].index = i;
      table_.fields[i].number = i + 1;
      table_.fields[i].proto_name = std::string(1, static_cast<char>('a' + i));
    }
    table_.fields[3].kind = FieldKind::kEnum;
  }

  // What is said of a message in which `sent` is sent and d, if it is typed, has this value.
  std::vector<std::string> Check(const Names& sent, bool whole, int d = 0, bool typed = true) {
    std::string wire;
    if (d != 0) {
      AppendVarint(MakeTag(4, WireType::kVarint), &wire);
      AppendVarint(static_cast<uint64_t>(d), &wire);
    }
    std::vector<std::string> said;
    CheckRules(table_, wire,
               {whole, [&](const FieldTable& field) { return sent.count(field.proto_name) != 0; },
                [&](const FieldTable&) { return typed; }},
               [&](const FieldTable& field, const std::string& why) {
                 said.push_back(field.proto_name + " " + why);
               });
    return said;
  }

  MessageTable table_;
};

TEST_F(MessageRulesTest, OneAtMost) {
  table_.at_most_one = {{0, 1, 2}};
  EXPECT_THAT(Check({}, true), IsEmpty());
  EXPECT_THAT(Check({"b"}, true), IsEmpty());
  EXPECT_THAT(Check({"a", "c"}, false), ElementsAre("a cannot be set together with b or c",
                                                    "c cannot be set together with a or b"));
}

TEST_F(MessageRulesTest, OneAtLeastWhereTheMessageIsWhole) {
  table_.at_least_one = {{0, 1, 2}};
  EXPECT_THAT(Check({}, true), ElementsAre("a is required unless b or c is set"));
  EXPECT_THAT(Check({}, false), IsEmpty());
  EXPECT_THAT(Check({"c"}, true), IsEmpty());
}

TEST_F(MessageRulesTest, FieldsThatGoWithAValueOfAnother) {
  table_.depends = {{.field = 0, .on = 3, .values = {7, 9}, .names = "X or Y", .or_free = false}};
  EXPECT_THAT(Check({"a", "d"}, true, 7), IsEmpty());
  EXPECT_THAT(Check({"d"}, true, 9), ElementsAre("a is required with d X or Y"));
  EXPECT_THAT(Check({"d"}, false, 9), IsEmpty());
  EXPECT_THAT(Check({"a", "d"}, true, 8), ElementsAre("a goes only with d X or Y"));
  EXPECT_THAT(Check({"a"}, false), ElementsAre("a goes only with d X or Y"));
  EXPECT_THAT(Check({"a"}, true, 0, false), IsEmpty()) << "what stands raw is not judged";
  table_.depends[0].or_free = true;
  EXPECT_THAT(Check({"a", "d"}, true, 8), IsEmpty());
  EXPECT_THAT(Check({"d"}, true, 7), ElementsAre("a is required with d X or Y"));
}

}  // namespace
}  // namespace billing::gateway::translate
