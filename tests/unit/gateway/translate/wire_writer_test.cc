#include "service/gateway/translate/wire_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/unknown_field_set.h"
#include "google/type/decimal.pb.h"

namespace billing::gateway::translate {
namespace {

using google::protobuf::UnknownFieldSet;

WireWriter::Tag TagOf(int32_t number) {
  char bytes[10];
  const char* end = WriteVarint(MakeTag(number, WireType::kLength), bytes);
  WireWriter::Tag tag;
  EXPECT_TRUE(tag.Set({bytes, static_cast<size_t>(end - bytes)}));
  return tag;
}

std::string Serialized(const UnknownFieldSet& fields) {
  std::string wire;
  EXPECT_TRUE(fields.SerializeToString(&wire));
  return wire;
}

TEST(WireWriter, LengthsOfAnySizeStandBeforeWhatTheyMeasure) {
  for (const int32_t number : {1, 16, 2048}) {
    for (const size_t size : {0, 1, 124, 125, 126, 127, 128, 129, 16380, 16383, 16384, 70000}) {
      const std::string text(size, 'x');
      UnknownFieldSet inner;
      inner.AddLengthDelimited(1, text);
      UnknownFieldSet outer;
      outer.AddLengthDelimited(number, Serialized(inner));
      outer.AddLengthDelimited(2, "behind");

      WireWriter writer;
      writer.Reset(0);
      const size_t body = writer.OpenLength(TagOf(number));
      writer.Bytes(TagOf(1), text);
      writer.CloseLength(body);
      writer.Bytes(TagOf(2), "behind");
      EXPECT_EQ(writer.view(), Serialized(outer)) << number << ", " << size;
    }
  }
}

TEST(WireWriter, PlainTextEndsAtAnyBackslashOfItsOwn) {
  for (size_t size = 0; size < 40; ++size) {
    for (size_t place = 0; place < size + 12; ++place) {
      std::string buffer(size + 20, 'a');
      buffer[place] = '\\';
      WireWriter writer;
      writer.Reset(0);
      const bool plain = writer.PlainText(TagOf(1), std::string_view(buffer).substr(0, size));
      EXPECT_EQ(plain, place >= size) << size << ", " << place;
      UnknownFieldSet want;
      if (plain) want.AddLengthDelimited(1, buffer.substr(0, size));
      EXPECT_EQ(writer.view(), Serialized(want));
    }
  }
}

TEST(WireWriter, DecimalsAndEntriesAreWhatTheLibraryReads) {
  for (const size_t size : {1, 9, 99, 100}) {
    google::type::Decimal decimal;
    decimal.set_value(std::string(size, '7'));
    UnknownFieldSet want;
    want.AddLengthDelimited(5, decimal.SerializeAsString());
    WireWriter writer;
    writer.Reset(0);
    writer.Decimal(TagOf(5), decimal.value());
    EXPECT_EQ(writer.view(), Serialized(want)) << size;
  }
  for (const size_t key : {0, 3, 127, 128}) {
    for (const size_t value : {1, 127, 300, 20000}) {
      UnknownFieldSet entry;
      entry.AddLengthDelimited(1, std::string(key, 'k'));
      entry.AddLengthDelimited(2, std::string(value, 'v'));
      UnknownFieldSet want;
      want.AddLengthDelimited(1000, Serialized(entry));
      WireWriter writer;
      writer.Reset(0);
      writer.Entry(TagOf(1000), std::string(key, 'k'), std::string(value, 'v'));
      EXPECT_EQ(writer.view(), Serialized(want)) << key << ", " << value;
    }
  }
}

}  // namespace
}  // namespace billing::gateway::translate
