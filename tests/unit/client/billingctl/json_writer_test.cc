#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "client/billingctl/printer.h"
#include "shelf.pb.h"

namespace billing::ctl {
namespace {

using google::protobuf::Message;
using shelf::v1::Sample;

// What the protobuf library says: the same but for the order of maps' keys.
std::string ByLibrary(const Message& message, bool compact) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = !compact;
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

Sample FromText(const std::string& text) {
  Sample sample;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &sample)) << text;
  return sample;
}

TEST(JsonWriterTest, WritesWhatTheLibraryWrites) {
  const char* const kSamples[] = {
      "",
      "a_bool: false an_int32: -5 a_uint32: 4294967295 an_int64: -9223372036854775808",
      "a_uint64: 18446744073709551615 a_bool: true an_int64: 0 int64s: 1 int64s: -2",
      "a_float: 1.5 a_double: 0.1 doubles: 1e300 doubles: -0.0 doubles: 123456789 doubles: 1e-7",
      "floats: 0.1 floats: 16777216 floats: 3.4e38 uint64s: 0 uint64s: 7 blobs: '' blobs: '\\377'",
      "a_double: inf doubles: -inf doubles: nan a_float: nan floats: -inf",
      R"(a_text: "plain \303\245 \342\202\254 \360\237\230\200 \" \\ / < > & ' = ")",
      R"(a_text: "\000\001\010\011\012\013\014\015\033\037\177\302\205\302\255")",
      R"(a_text: "\342\200\213\342\200\256\342\200\250\342\201\240\357\273\277\363\240\200\201")",
      R"(texts: "" texts: "a" some_bytes: "\000\377x" a_genre: GENRE_NOVEL)",
      "genres: GENRE_UNSPECIFIED genres: GENRE_NOVEL genres: 77 a_genre: 99",
      "inner {} inners {} inners { inner { a_bool: true } } inners { texts: 'x' }",
      "by_text { key: 'a' value: 'b' }",
      "by_number { key: -7 value { an_int32: 1 } }",
      "by_bool { key: true value: 0 }",
      "a_time { seconds: 1619780853 nanos: 401000000 } times {} times { seconds: -1 nanos: 1 }",
      "times { seconds: 253402300799 nanos: 999999000 } times { seconds: -62135596800 }",
      "a_span { seconds: -1 nanos: -500000000 } a_mask { paths: 'a_b.c_d' paths: 'e' }",
      "a_struct { fields { key: 'a' value { list_value { values { null_value: 0 } } } } }",
      "a_wrapper { value: 'w' } inner { a_wrapper {} }",
  };
  for (const char* text : kSamples) {
    const Sample sample = FromText(text);
    EXPECT_EQ(ToJson(sample, true), ByLibrary(sample, true)) << text;
    const std::string pretty = ToJson(sample, false);
    if (sample.has_a_struct()) {
      // Stands on one line.
      EXPECT_EQ(nlohmann::json::parse(pretty), nlohmann::json::parse(ByLibrary(sample, false)));
    } else {
      EXPECT_EQ(pretty, ByLibrary(sample, false)) << text;
    }
  }
  Sample packed;
  packed.mutable_an_any()->PackFrom(FromText("texts: 'x' by_text { key: 'a' value: 'b' }"));
  EXPECT_EQ(ToJson(packed, true), ByLibrary(packed, true));
}

TEST(JsonWriterTest, EveryCharacterIsAsTheLibraryWritesIt) {
  Sample sample;
  for (uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point == 0xD800) point = 0xE000;
    // Whole planes of unassigned characters show nothing new.
    if (point == 0x30000) point = 0xE0000;
    if (point == 0xE1000) point = 0x10FF00;
    std::string& text = *sample.mutable_a_text();
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
    } else if (point < 0x10000) {
      text += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
               static_cast<char>(0x80 | (point & 0x3F))};
    } else {
      text +=
          {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
           static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
    }
  }
  const std::string ours = ToJson(sample, true);
  const std::string theirs = ByLibrary(sample, true);
  size_t at = 0;
  while (at < ours.size() && at < theirs.size() && ours[at] == theirs[at]) ++at;
  EXPECT_TRUE(ours == theirs) << "from byte " << at << ": " << ours.substr(at, 20) << " and "
                              << theirs.substr(at, 20);
}

TEST(JsonWriterTest, MapsAreInTheOrderOfTheirKeys) {
  Sample sample;
  for (const char* key : {"zeta", "b", "alpha", "a b", "\303\245", "B"}) {
    (*sample.mutable_by_text())[key] = "1";
  }
  EXPECT_EQ(ToJson(sample, true),
            "{\"by_text\":{\"B\":\"1\",\"a "
            "b\":\"1\",\"alpha\":\"1\",\"b\":\"1\",\"zeta\":\"1\",\"\303\245\":\"1\"}}");
  // Every map has a seed of its own: many of them are enough to show it.
  for (int i = 0; i < 50; ++i) {
    Sample copy;
    for (const auto& [key, value] : sample.by_text()) (*copy.mutable_by_text())[key] = value;
    EXPECT_EQ(ToJson(copy, false), ToJson(sample, false));
    EXPECT_EQ(ToYaml(copy), ToYaml(sample));
  }
}

TEST(JsonWriterTest, HostileValues) {
  // No text of proto3 can come like this from a connection, but a library may hand it over.
  Sample torn;
  torn.set_a_text("a\xFF\xC3");
  EXPECT_EQ(ToJson(torn, true), "{\"a_text\":\"a\\ufffd\\ufffd\"}");
  const char* const kUnprintable[] = {"a_time { seconds: 253402300800 }", "a_time { nanos: -1 }",
                                      "times {} times { nanos: 1000000000 }",
                                      "a_span { seconds: 999999999999 }"};
  for (const char* text : kUnprintable) {
    const Sample sample = FromText(text);
    EXPECT_EQ(ToJson(sample, true), "{\"unprintable\": \"shelf.v1.Sample\"}") << text;
    EXPECT_EQ(ToJson(sample, false), "{\"unprintable\": \"shelf.v1.Sample\"}\n") << text;
  }
}

}  // namespace
}  // namespace billing::ctl
