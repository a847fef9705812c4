#include "service/gateway/translate/message_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::ProtoFile;

// Why the message "M" of a file is refused; empty if it is not.
std::string WhyNot(ProtoFile& file) {
  if (file.Build() == nullptr) return "(no file)";
  TableRegistry registry;
  const auto table = registry.Add(file.Find("M"));
  EXPECT_TRUE(table.ok() || table.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(table.status().message());
}

std::string WhyNot(const std::vector<std::string>& fields) {
  ProtoFile file("refused");
  file.Message("M", fields);
  return WhyNot(file);
}

TEST(TableRegistry, RefusesTypesThatCannotBeTranslated) {
  for (const char* type : {"float", "double", "uint32", "uint64", "sint32", "fixed64"}) {
    EXPECT_THAT(WhyNot({std::string(type) + " odd = 1", "unmapped unmapped = 2"}),
                HasSubstr("refused.M.odd"))
        << type;
  }
}

TEST(TableRegistry, RefusesOneofs) {
  ProtoFile file("refused");
  file.Message("M", {"unmapped unmapped = 9"});
  auto* message = file.proto().mutable_message_type(0);
  message->add_oneof_decl()->set_name("choice");
  auto* field = message->add_field();
  field->set_name("a");
  field->set_number(1);
  field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
  field->set_oneof_index(0);
  EXPECT_THAT(WhyNot(file), HasSubstr("refused.M.choice"));
}

TEST(TableRegistry, RefusesRecursion) {
  EXPECT_THAT(WhyNot({"M again = 1", "unmapped unmapped = 2"}), HasSubstr("refused.M"));
  ProtoFile file("refused");
  file.Message("M", {"A a = 1", "unmapped unmapped = 2"});
  file.Message("A", {"repeated B b = 1", "unmapped unmapped = 2"});
  file.Message("B", {"A a = 1", "unmapped unmapped = 2"});
  EXPECT_THAT(WhyNot(file), HasSubstr("refused.A"));
}

TEST(TableRegistry, TakesOneMessageInTwoPlaces) {
  ProtoFile file("twice");
  file.Message("M", {"A a = 1", "repeated A b = 2", "unmapped unmapped = 3"});
  file.Message("A", {"string a = 1", "unmapped unmapped = 2"});
  EXPECT_EQ(WhyNot(file), "");
}

TEST(TableRegistry, RefusesOtherMaps) {
  ProtoFile file("refused");
  file.Message("M", {"unmapped others = 1"});
  EXPECT_NE(WhyNot(file), "");
}

TEST(TableRegistry, WantsUnmappedLast) {
  EXPECT_THAT(WhyNot({"unmapped unmapped = 1", "string text = 2"}), HasSubstr("refused.M.text"));
  EXPECT_EQ(WhyNot({"string text = 2", "unmapped unmapped = 3"}), "");
}

TEST(TableRegistry, RefusesOneUpstreamNameTwice) {
  EXPECT_THAT(WhyNot({"string a = 1", "string b = 2 {name: 'a'}", "unmapped unmapped = 3"}),
              HasSubstr("refused.M."));
}

TEST(TableRegistry, RefusesNamesThatNeedEscapes) {
  EXPECT_THAT(WhyNot({"string a = 1 {name: 'x\"y'}", "unmapped unmapped = 3"}),
              HasSubstr("refused.M.a"));
  EXPECT_THAT(WhyNot({"string a = 1 {name: 'x\\\\y'}", "unmapped unmapped = 3"}),
              HasSubstr("refused.M.a"));
  EXPECT_THAT(WhyNot({"string a = 1 {name: 'x\\ny'}", "unmapped unmapped = 3"}),
              HasSubstr("refused.M.a"));
}

TEST(TableRegistry, WantsASpellingForEveryEnumValue) {
  for (const std::vector<std::string>& values :
       {std::vector<std::string>{"E_UNSPECIFIED = 0", "E_A = 1 a", "E_B = 2"},
        {"E_UNSPECIFIED = 0", "E_A = 1 a", "E_B = 2 a"}}) {
    ProtoFile file("refused");
    file.Enum("E", values).Message("M", {"enum:E e = 1", "unmapped unmapped = 2"});
    EXPECT_THAT(WhyNot(file), HasSubstr("E_B"));
  }
}

TEST(TableRegistry, TakesAtMost256Fields) {
  std::vector<std::string> fields;
  for (int i = 1; i <= 256; ++i) {
    fields.push_back("string f" + std::to_string(i) + " = " + std::to_string(i));
  }
  fields.push_back("unmapped unmapped = 1000");
  EXPECT_EQ(WhyNot(fields), "");
  fields.push_back("string f257 = 257");
  EXPECT_THAT(WhyNot(fields), HasSubstr("refused.M"));
}

TEST(MessageTable, FindsFieldsByEveryName) {
  testing::Tables tables(testing::KindsFile());
  const MessageTable& table = tables.Get("Kinds");
  for (const FieldTable& field : table.fields) {
    EXPECT_EQ(table.FindJson(field.json_name), &field);
    EXPECT_EQ(table.FindProto(field.proto_name), &field);
    for (size_t hint : {size_t{0}, size_t{field.index}, size_t{5}, size_t{1000}}) {
      EXPECT_EQ(table.FindNumber(field.number, hint), &field);
    }
  }
  EXPECT_EQ(table.FindJson("Other Name"), table.FindProto("renamed"));
  EXPECT_EQ(table.FindJson("renamed"), nullptr);
  EXPECT_EQ(table.FindProto("Other Name"), nullptr);
  EXPECT_EQ(table.FindJson(""), nullptr);
  EXPECT_EQ(table.FindJson("unmapped"), nullptr);
  EXPECT_EQ(table.unmapped_number, 3000);
  for (int32_t number : {0, 27, 1999, 2001, 3000, 536870911, INT32_MAX}) {
    EXPECT_EQ(table.FindNumber(number), nullptr) << number;
  }
}

TEST(MessageTable, HoldsWhatTheOptionsSay) {
  ProtoFile file("options");
  file.Message("M",
               {"string id = 1 REQUIRED {forbidden_suffix: '.pdf'}", "string state = 2 OUTPUT_ONLY",
                "string key = 3 {secret: true null: NULL_RULE_REFUSED}",
                "repeated string tags = 4 {null: NULL_RULE_ALWAYS_NULL}", "unmapped unmapped = 5"});
  file.Build();
  TableRegistry registry;
  auto added = registry.Add(file.Find("M"));
  ASSERT_TRUE(added.ok()) << added.status();
  const MessageTable& table = **added;
  ASSERT_EQ(table.fields.size(), 4u);
  EXPECT_TRUE(table.fields[0].required);
  EXPECT_FALSE(table.fields[0].output_only);
  EXPECT_THAT(table.fields[0].forbidden_suffix, ::testing::ElementsAre(".pdf"));
  EXPECT_TRUE(table.fields[1].output_only);
  EXPECT_TRUE(table.fields[2].secret);
  EXPECT_EQ(table.fields[2].null_rule, billing::gateway::v1::NULL_RULE_REFUSED);
  EXPECT_EQ(table.fields[3].null_rule, billing::gateway::v1::NULL_RULE_ALWAYS_NULL);
  EXPECT_EQ(table.fields[1].null_rule, billing::gateway::v1::NULL_RULE_CLEARS);
  EXPECT_THAT(table.required, ::testing::ElementsAre(0));
}

// The option that matters most for secrets, on the real thing.
TEST(MessageTable, KnowsTheSecretOfABillogram) {
  TableRegistry registry;
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          "billogram.v2.Callbacks");
  ASSERT_NE(descriptor, nullptr);
  auto table = registry.Add(descriptor);
  ASSERT_TRUE(table.ok());
  EXPECT_TRUE((*table)->FindProto("sign_key")->secret);
  EXPECT_FALSE((*table)->FindProto("url")->secret);
}

}  // namespace
}  // namespace billing::gateway::translate
