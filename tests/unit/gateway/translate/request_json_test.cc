#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/gateway/translate/wire.h"
#include "service/gateway/translate/wire_to_json.h"
#include "tests/unit/gateway/translate/translate_testing.h"

// What is sent for a message: WireToJson::Request and its masks.

namespace billing::gateway::translate {
namespace {

using ::testing::ElementsAre;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Len(int number, std::string_view bytes) {
  std::string wire;
  AppendVarint(static_cast<uint64_t>(number) << 3 | 2, &wire);
  AppendVarint(bytes.size(), &wire);
  return wire.append(bytes);
}

std::string Int(int number, uint64_t value) {
  std::string wire;
  AppendVarint(static_cast<uint64_t>(number) << 3, &wire);
  AppendVarint(value, &wire);
  return wire;
}

// The messages of an update as a provider's protos would have them.
std::unique_ptr<testing::ProtoFile> UpdateFile() {
  auto file = std::make_unique<testing::ProtoFile>("update");
  file->Enum("Kind", {"KIND_UNSPECIFIED = 0", "KIND_ONE = 1 one"});
  file->Message("Line",
                {"string no = 1 REQUIRED", "google.type.Decimal price = 2",
                 "string state = 3 OUTPUT_ONLY", "Part part = 4", "unmapped unmapped = 10"});
  file->Message("Part", {"string name = 1 REQUIRED", "string note = 2", "Deep deep = 3",
                         "string made = 4 OUTPUT_ONLY", "unmapped unmapped = 10"});
  file->Message("Deep", {"string a = 1", "string b = 2", "unmapped unmapped = 10"});
  file->Message(
      "Thing", {"string id = 1 OUTPUT_ONLY", "string name = 2 REQUIRED",
                "int64 no = 3 {null: NULL_RULE_REFUSED}", "google.type.Decimal price = 4",
                "repeated Line lines = 5", "repeated string tags = 6",
                "repeated string always = 7 {null: NULL_RULE_ALWAYS_NULL}",
                "Part part = 8 {null: NULL_RULE_REFUSED}", "repeated string events = 9 OUTPUT_ONLY",
                "google.protobuf.Timestamp at = 10", "enum:Kind kind = 11",
                "Part other_part = 12 {name: 'other part'}", "google.type.Date day = 13",
                "unmapped unmapped = 1000"});
  return file;
}

class RequestJsonTest : public ::testing::Test {
 protected:
  // What a request sends for `text`; "" with violations_ set if it is refused.
  std::string Request(const std::string& text, const std::vector<std::string>* mask = nullptr) {
    const MessageTable& table = update_.Get("Thing");
    MaskNode root;
    violations_.clear();
    if (mask != nullptr) {
      for (const std::string& path : *mask) {
        EXPECT_TRUE(AddMaskPath(table, path, &root, &violations_)) << path;
      }
    }
    const std::string wire = update_.Wire("Thing", text);
    WireToJson to_json;
    const bool ok = to_json.Request(table, wire, "thing", mask == nullptr ? nullptr : &root);
    violations_ = to_json.violations();
    EXPECT_EQ(ok, violations_.empty());
    return ok ? std::string(to_json.json()) : std::string();
  }
  std::string Masked(const std::vector<std::string>& mask, const std::string& text) {
    return Request(text, &mask);
  }

  testing::Tables update_{UpdateFile()};
  std::vector<Violation> violations_;
};

TEST_F(RequestJsonTest, BadValuesAreViolations) {
  const std::string nines(65, '9');
  for (const std::string& bad :
       {std::string("price {}"), std::string("price { value: '' }"),
        std::string("price { value: 'NaN' }"), std::string("price { value: '+1' }"),
        std::string("price { value: '.5' }"), std::string("price { value: '1.' }"),
        std::string("price { value: '01' }"), "price { value: '" + nines + "' }",
        std::string("price { value: '1e65' }"), std::string("price { value: '1,5' }"),
        std::string("price { value: '1}' }"), std::string("price { value: '1,\"x\":2' }")}) {
    EXPECT_EQ(Request("name: 'n' " + bad), "");
    EXPECT_THAT(Fields(violations_), ElementsAre("thing.price")) << bad;
  }
  for (const char* bad :
       {"day {}", "day { year: 2021 }", "day { year: 2021 month: 2 day: 29 }",
        "day { year: 0 month: 1 day: 1 }", "day { year: 10000 month: 1 day: 1 }",
        "day { year: 2021 month: 13 day: 1 }", "day { year: 2021 month: -1 day: 1 }"}) {
    EXPECT_EQ(Request(std::string("name: 'n' ") + bad), "");
    EXPECT_THAT(Fields(violations_), ElementsAre("thing.day")) << bad;
  }
  for (const char* bad :
       {"at { seconds: -62135596801 }", "at { seconds: 253402300800 }", "at { nanos: -1 }",
        "at { nanos: 1000000000 }", "at { seconds: 1 nanos: 1 }"}) {
    EXPECT_EQ(Request(std::string("name: 'n' ") + bad), "");
    EXPECT_THAT(Fields(violations_), ElementsAre("thing.at")) << bad;
  }
  for (const char* bad : {"kind: 7", "kind: -1"}) {
    EXPECT_EQ(Request(std::string("name: 'n' ") + bad), "") << bad;
    EXPECT_THAT(Fields(violations_), ElementsAre("thing.kind")) << bad;
  }
}

TEST_F(RequestJsonTest, AllViolationsAreListedAtOnce) {
  EXPECT_EQ(
      Request(
          "price { value: 'x' } lines { price { value: '' } } lines { no: '2' price { value: 'y' } "
          "part { unmapped { key: 'k' value: '{' } } } day { year: 1 } "
          "unmapped { key: 'odd' value: 'nope' }"),
      "");
  EXPECT_THAT(Fields(violations_),
              ::testing::UnorderedElementsAre("thing.name", "thing.price", "thing.lines[0].price",
                                              "thing.lines[0].no", "thing.lines[1].price",
                                              "thing.lines[1].part.name", "thing.lines[1].part",
                                              "thing.day", "thing"));
  for (const Violation& violation : violations_) EXPECT_NE(violation.description, "");
}

TEST_F(RequestJsonTest, AnUnspecifiedEnumIsNotSet) {
  EXPECT_EQ(Request("name: 'n' kind: KIND_UNSPECIFIED"), R"({"name":"n"})");
  EXPECT_EQ(Request("name: 'n' kind: KIND_UNSPECIFIED "
                    "unmapped { key: 'kind' value: '\"new\"' }"),
            R"({"name":"n","kind":"new"})");
  EXPECT_EQ(Masked({"kind"}, "kind: KIND_UNSPECIFIED"), R"({"kind":null})");
}

TEST_F(RequestJsonTest, AnEmptyTextIsNoRequiredOne) {
  EXPECT_EQ(Request("name: ''"), "");
  EXPECT_THAT(Fields(violations_), ElementsAre("thing.name"));
  // What stands raw is sent as it is.
  EXPECT_EQ(Request("unmapped { key: 'name' value: 'null' }"), R"({"name":null})");
  EXPECT_EQ(Request("name: 'n' lines { no: '' }"), "");
  EXPECT_THAT(Fields(violations_), ElementsAre("thing.lines[0].no"));
  // An update sends what it is told to; a new element of a list must be whole.
  EXPECT_EQ(Masked({"name"}, "name: ''"), R"({"name":""})");
  EXPECT_EQ(Masked({"lines"}, "lines { no: '' }"), "");
}

TEST_F(RequestJsonTest, ViolationsAreBounded) {
  std::string text = "name: 'n'";
  for (int i = 0; i < 20000; ++i) text += " lines {}";
  EXPECT_EQ(Request(text), "");
  EXPECT_GE(violations_.size(), 10u);
  EXPECT_LE(violations_.size(), 1000u);
}

TEST_F(RequestJsonTest, UnknownFieldsOfARequestAreRefusedWithTheirPath) {
  struct Case {
    std::string wire;
    std::string path;
  };
  const std::string name = Len(2, "n");
  for (const Case& c : {
           Case{name + Int(900, 1), "thing"},
           Case{name + Len(2000, "x"), "thing"},
           Case{name + Len(5, Len(1, "a") + Int(77, 1)), "thing.lines[0]"},
           Case{name + Len(5, Len(1, "a")) +
                    Len(5, Len(1, "b") + Len(4, Len(1, "p") + Len(3, Len(77, "")))),
                "thing.lines[1].part.deep"},
           Case{name + Len(3, "no integer"), "thing"},  // known number, other wire type
           Case{name + Int(4, 5), "thing"},
           Case{name + Len(4, Len(1, "1") + Len(2, "x")), "thing.price"},
           Case{name + Len(13, Int(1, 2021) + Int(2, 4) + Int(3, 30) + Int(4, 1)), "thing.day"},
           Case{name + Len(10, Int(1, 1) + Int(3, 1)), "thing.at"},
       }) {
    WireToJson to_json;
    EXPECT_FALSE(to_json.Request(update_.Get("Thing"), c.wire, "thing", nullptr)) << c.path;
    EXPECT_THAT(Fields(to_json.violations()), ElementsAre(c.path));
  }
}

TEST_F(RequestJsonTest, MalformedWireIsRefused) {
  const std::string wire =
      update_.Wire("Thing",
                   "name: 'n' price { value: '1' } lines { no: 'l' part { name: 'p' } } "
                   "tags: 'x' unmapped { key: 'k' value: '1' }");
  WireToJson to_json;
  int refused = 0;
  for (size_t size = 0; size < wire.size(); ++size) {
    const std::string cut = wire.substr(0, size);
    if (update_.Reserialize("Thing", cut) != "(invalid)") continue;
    EXPECT_FALSE(to_json.Request(update_.Get("Thing"), cut, "thing", nullptr)) << size;
    EXPECT_FALSE(to_json.violations().empty());
    EXPECT_FALSE(to_json.Document(update_.Get("Thing"), cut)) << size;
    ++refused;
  }
  EXPECT_GT(refused, 20);
  for (std::string_view bad :
       {std::string_view("\x12\x80", 2), std::string_view("\x13\x14", 2),
        std::string_view("\x00\x00", 2), std::string_view("\x12\xFF\xFF\xFF\xFF\x7F", 6),
        std::string_view("\x17", 1)}) {
    EXPECT_FALSE(to_json.Document(update_.Get("Thing"), bad));
    EXPECT_FALSE(to_json.Request(update_.Get("Thing"), Len(8, bad), "thing", nullptr));
  }
  // A decimal whose length is cut: 128 in two bytes must not be taken for 128 in one.
  EXPECT_FALSE(to_json.Document(update_.Get("Thing"), Len(4,
                                                          "\x0A\x80"
                                                          "1e" +
                                                              std::string(126, '0'))));
}

TEST_F(RequestJsonTest, OutputOnlyFieldsAreNeverSent) {
  EXPECT_EQ(Request("id: 'x' name: 'n' events: 'one'"), R"({"name":"n"})");
  EXPECT_EQ(Request("id: 'x' name: 'n' events: 'one' events: 'two' events: 'three' day { year: "
                    "2021 month: 4 day: 30 }"),
            R"({"name":"n","day":"2021-04-30"})");
  EXPECT_EQ(Request("name: 'n' lines { no: '1' state: 's' part { name: 'p' made: 'm' } }"),
            R"({"name":"n","lines":[{"no":"1","part":{"name":"p"}}]})");
  // Neither as the raw text that an answer left behind.
  EXPECT_EQ(
      Request("name: 'n' unmapped { key: 'id' value: '7' } unmapped { key: 'events' value: '[]' }"),
      R"({"name":"n"})");
}

TEST_F(RequestJsonTest, ASetFieldWinsOverUnmapped) {
  EXPECT_EQ(
      Request(
          "name: 'n' price { value: '2' } unmapped { key: 'price' value: '\"1\"' } "
          "unmapped { key: 'other part' value: '{ }' } unmapped { key: 'odd' value: '[1, 2.50]' }"),
      R"({"name":"n","price":2,"odd":[1, 2.50],"other part":{ }})");
}

TEST_F(RequestJsonTest, UnmappedMustBeValidJson) {
  for (const char* bad : {"", " ", "nope", "{", "1 2", "01", "{\\\"a\\\":1,\\\"a\\\":2}",
                          "1,\\\"x\\\":2", "\\\"\\\\x\\\"", "1}", "tru", "\\377", "1\\000"}) {
    EXPECT_EQ(Request(std::string("name: 'n' part { name: 'p' unmapped { key: 'odd' value: \"") +
                      bad + "\" } }"),
              "")
        << bad;
    ASSERT_EQ(violations_.size(), 1u) << bad;
    EXPECT_THAT(violations_[0].field, HasSubstr("thing.part")) << bad;
  }
  EXPECT_EQ(Request("name: 'n' unmapped { key: 'odd' value: '" + testing::Nested(64) + "' }"),
            "{\"name\":\"n\",\"odd\":" + testing::Nested(64) + "}");
  EXPECT_EQ(Request("name: 'n' unmapped { key: 'odd' value: '" + testing::Nested(65) + "' }"), "");
  ASSERT_EQ(violations_.size(), 1u);
  EXPECT_THAT(violations_[0].description, HasSubstr("nested too deep"));
  EXPECT_EQ(Request("name: 'n' unmapped { key: 'a\"\\n' value: '1' }"),
            R"({"name":"n","a\"\u000a":1})");
}

TEST_F(RequestJsonTest, DepthIsAsConfigured) {
  const auto says = [&](const std::string& text) {
    WireToJson to_json(3);
    if (to_json.Request(update_.Get("Thing"), update_.Wire("Thing", text), "thing", nullptr)) {
      return std::string(to_json.json());
    }
    EXPECT_EQ(to_json.violations().size(), 1u);
    return to_json.violations()[0].field + " " + to_json.violations()[0].description;
  };
  EXPECT_EQ(says("name: 'n' part { name: 'p' deep { a: 'x' } }"),
            R"({"name":"n","part":{"name":"p","deep":{"a":"x"}}})");
  EXPECT_EQ(says("name: 'n' lines { no: '1' part { name: 'p' deep { a: 'x' } } }"),
            "thing.lines[0].part.deep is nested too deep");
  EXPECT_EQ(says("name: 'n' unmapped { key: 'odd' value: '[[[1]]]' }"),
            R"({"name":"n","odd":[[[1]]]})");
  EXPECT_THAT(says("name: 'n' unmapped { key: 'odd' value: '[[[{}]]]' }"),
              HasSubstr("nested too deep"));
}

TEST_F(RequestJsonTest, RequiredFields) {
  EXPECT_EQ(Request(""), "");
  EXPECT_THAT(Fields(violations_), ElementsAre("thing.name"));
  EXPECT_EQ(Request("name: 'n' part { note: 'x' }"), "");
  EXPECT_THAT(Fields(violations_), ElementsAre("thing.part.name"));
}

TEST_F(RequestJsonTest, AMaskSendsOnlyWhatItNames) {
  const std::string full =
      "id: 'x' name: 'n' no: 7 price { value: '1.50' } lines { no: 'a' } lines { no: 'b' } tags: "
      "'t' tags: 'u' "
      "part { name: 'p' note: 'q' deep { a: '1' b: '2' } } events: 'e' events: 'f' unmapped { key: "
      "'odd' value: '1' }";
  EXPECT_EQ(Masked({"price"}, full), R"({"price":1.50})");
  EXPECT_EQ(Masked({"name", "no"}, full), R"({"name":"n","no":7})");
  EXPECT_EQ(Masked({"lines"}, full), R"({"lines":[{"no":"a"},{"no":"b"}]})");
  EXPECT_EQ(Masked({"tags"}, full), R"({"tags":["t","u"]})");
  EXPECT_EQ(Masked({"day"}, full), R"({"day":null})");
  EXPECT_EQ(Masked({"part.note"}, full), R"({"part":{"note":"q"}})");
  EXPECT_EQ(Masked({"part.note", "part.deep.b"}, full),
            R"({"part":{"note":"q","deep":{"b":"2"}}})");
  EXPECT_EQ(Masked({"part.note", "part"}, full),
            R"({"part":{"name":"p","note":"q","deep":{"a":"1","b":"2"}}})");
  EXPECT_EQ(Masked({"part", "part.note"}, full),
            R"({"part":{"name":"p","note":"q","deep":{"a":"1","b":"2"}}})");
  EXPECT_EQ(Masked({"name", "name"}, full), R"({"name":"n"})");
  // Set fields that are not named are not even looked at for the rules of sending.
  EXPECT_EQ(Masked({"name"}, "name: 'n' lines { } lines { }"), R"({"name":"n"})");
}

TEST_F(RequestJsonTest, ANamedFieldThatIsUnsetIsSentAsNull) {
  EXPECT_EQ(Masked({"name"}, ""), R"({"name":null})");
  EXPECT_EQ(Masked({"price", "at", "kind", "day"}, "name: 'n'"),
            R"({"price":null,"at":null,"kind":null,"day":null})");
  EXPECT_EQ(Masked({"tags"}, ""), R"({"tags":[]})");
  EXPECT_EQ(Masked({"lines"}, ""), R"({"lines":[]})");
  EXPECT_EQ(Masked({"always"}, ""), R"({"always":null})");
  EXPECT_EQ(Masked({"other_part"}, ""), R"({"other part":null})");
  EXPECT_EQ(Masked({"part.note"}, ""), R"({"part":{"note":null}})");
  EXPECT_EQ(Masked({"part.deep.a"}, "part { note: 'x' }"), R"({"part":{"deep":{"a":null}}})");
  EXPECT_EQ(Masked({"part.deep.a", "part.note"}, "part { deep { b: 'x' } }"),
            R"({"part":{"deep":{"a":null},"note":null}})");
}

TEST_F(RequestJsonTest, WhatUpstreamCannotClearIsRefused) {
  EXPECT_EQ(Masked({"no"}, "name: 'n'"), "");
  EXPECT_THAT(Fields(violations_), ElementsAre("thing.no"));
  EXPECT_EQ(Masked({"part", "no", "name"}, ""), "");
  EXPECT_THAT(Fields(violations_), ::testing::UnorderedElementsAre("thing.no", "thing.part"));
  // Set, they may be named.
  EXPECT_EQ(Masked({"part", "no"}, "no: 0 part { name: 'p' }"), R"({"no":0,"part":{"name":"p"}})");
}

TEST_F(RequestJsonTest, UnmappedUnderAMask) {
  const std::string text =
      "name: 'n' price { value: '1' } part { name: 'p' unmapped { key: 'x' value: '2' } } "
      "unmapped { key: 'odd' value: '1' } unmapped { key: 'price' value: '\"1\"' }";
  EXPECT_EQ(Masked({"name"}, text), R"({"name":"n"})");
  EXPECT_EQ(Masked({"unmapped"}, text), R"({"odd":1})");
  EXPECT_EQ(Masked({"name", "unmapped"}, text), R"({"name":"n","odd":1})");
  EXPECT_EQ(Masked({"part.unmapped"}, text), R"({"part":{"x":2}})");
  EXPECT_EQ(Masked({"part"}, text), R"({"part":{"name":"p","x":2}})");
  // A field that is only there raw is sent raw, once.
  EXPECT_EQ(Masked({"tags", "unmapped"}, "unmapped { key: 'tags' value: 'null' }"),
            R"({"tags":null})");
  EXPECT_EQ(Masked({"tags"}, "unmapped { key: 'tags' value: '[1]' }"), R"({"tags":[]})");
}

TEST_F(RequestJsonTest, PathsThatNameNothingAreRefused) {
  const MessageTable& table = update_.Get("Thing");
  for (const char* bad : {"",
                          ".",
                          "nothing",
                          "name.",
                          ".name",
                          "name.first",
                          "part..note",
                          "part.nothing",
                          "lines[0]",
                          "lines[0].price",
                          "lines.price",
                          "lines.0.price",
                          "tags.0",
                          "id",
                          "events",
                          "part.made",
                          "*",
                          "part.*",
                          "other part",
                          "otherPart",
                          "Name",
                          "price.value",
                          "day.year",
                          "unmapped.odd",
                          "part.unmapped.x",
                          "name,price",
                          "thing.name",
                          " name",
                          "lines.unmapped"}) {
    MaskNode root;
    std::vector<Violation> violations;
    EXPECT_FALSE(AddMaskPath(table, bad, &root, &violations)) << bad;
    EXPECT_THAT(Fields(violations), ElementsAre("update_mask")) << bad;
  }
  // Also where a wider path is named already.
  MaskNode wide;
  std::vector<Violation> none;
  EXPECT_TRUE(AddMaskPath(table, "part", &wide, &none));
  EXPECT_FALSE(AddMaskPath(table, "part.nothing", &wide, &none));
  EXPECT_FALSE(AddMaskPath(table, "part.made", &wide, &none));
  // A refused path leaves nothing behind.
  EXPECT_FALSE(AddMaskPath(table, "other_part.nothing", &wide, &none));
  EXPECT_EQ(wide.children.size(), 1u);
  for (const char* good : {"name", "part", "part.deep", "part.deep.a", "other_part.note",
                           "unmapped", "part.unmapped"}) {
    MaskNode root;
    std::vector<Violation> violations;
    EXPECT_TRUE(AddMaskPath(table, good, &root, &violations)) << good;
    EXPECT_THAT(violations, IsEmpty());
  }
}

}  // namespace
}  // namespace billing::gateway::translate
