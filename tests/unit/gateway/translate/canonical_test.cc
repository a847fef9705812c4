#include "service/gateway/translate/canonical.h"

#include <gtest/gtest.h>

#include "billogram/v2/customer.pb.h"
#include "service/gateway/translate/wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

// Writes wire by hand, as another implementation might.
class Wire {
 public:
  Wire& Varint(int number, uint64_t value) {
    AppendVarint(static_cast<uint64_t>(number) << 3, &bytes_);
    AppendVarint(value, &bytes_);
    return *this;
  }
  Wire& Bytes(int number, std::string_view bytes) {
    AppendVarint(static_cast<uint64_t>(number) << 3 | 2, &bytes_);
    AppendVarint(bytes.size(), &bytes_);
    bytes_.append(bytes);
    return *this;
  }
  Wire& Raw(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  operator std::string_view() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string Decimal(const std::string& digits) { return std::string(Wire().Bytes(1, digits)); }

class CanonicalTest : public ::testing::Test {
 protected:
  // The protobuf library reads the wire and writes it again: that is what must come out.
  void Check(std::string_view wire) {
    std::string out = "kept";
    ASSERT_TRUE(Canonicalize(tables_.Get("Kinds"), wire, &out));
    EXPECT_EQ(out, "kept" + tables_.Reserialize("Kinds", wire)) << tables_.Text("Kinds", wire);
    WireToJson to_json;
    WireToJson of_canonical;
    ASSERT_TRUE(of_canonical.Document(tables_.Get("Kinds"), out.substr(4)));
    ASSERT_TRUE(to_json.Document(tables_.Get("Kinds"), wire));
    EXPECT_EQ(to_json.json(), of_canonical.json());
  }

  testing::Tables tables_{testing::KindsFile()};
};

TEST_F(CanonicalTest, FieldsComeInTheOrderOfTheirNumbers) {
  Check(Wire().Bytes(23, "c").Varint(3, 7).Bytes(2000, "far").Bytes(1, "a"));
  Check(Wire()
            .Bytes(18, Wire().Varint(2, 1).Bytes(1, "x"))
            .Bytes(17, Wire().Varint(2, 1).Bytes(1, "x")));
}

TEST_F(CanonicalTest, TheLastOfASingularScalarWins) {
  Check(Wire().Bytes(1, "a").Bytes(1, "b"));
  Check(Wire().Varint(3, 1).Varint(3, 2).Varint(2, 9).Varint(2, 8));
  Check(Wire().Bytes(6, "x").Varint(4, 1).Varint(4, 0).Bytes(6, ""));
  Check(Wire().Varint(5, 1).Varint(5, 2));
}

TEST_F(CanonicalTest, MessagesMerge) {
  Check(Wire()
            .Bytes(17, Wire().Bytes(1, "first").Varint(2, 5))
            .Bytes(1, "between")
            .Bytes(17, Wire().Bytes(1, "second").Bytes(3, Wire().Bytes(1, "leaf")))
            .Bytes(17, Wire().Bytes(3, Wire().Bytes(2, "t1")))
            .Bytes(17, Wire().Bytes(3, Wire().Bytes(2, "t2"))));
}

TEST_F(CanonicalTest, ValueMessagesMergeToo) {
  Check(Wire().Bytes(7, Decimal("1")).Bytes(7, Decimal("2.50")));
  Check(Wire().Bytes(7, std::string(Decimal("1")) + Decimal("2")));
  Check(Wire().Bytes(22, Decimal("1")).Bytes(22, std::string(Decimal("1")) + Decimal("2")));
  Check(Wire().Bytes(10, Wire().Varint(1, 2020).Varint(2, 2)).Bytes(10, Wire().Varint(3, 29)));
  Check(Wire().Bytes(10, Wire().Varint(3, 29).Varint(2, 2).Varint(1, 2020)));
  Check(Wire().Bytes(12, Wire().Varint(2, 0).Varint(1, 5)));
  Check(Wire().Bytes(14, Wire().Varint(2, 7).Varint(1, 5)).Bytes(14, Wire().Varint(2, 8)));
}

TEST_F(CanonicalTest, SplitRepeatedFieldsCollect) {
  Check(Wire().Bytes(19, "a").Bytes(1, "x").Bytes(19, "b").Bytes(19, ""));
  Check(Wire().Bytes(18, Wire().Bytes(1, "a")).Varint(3, 1).Bytes(18, Wire().Varint(2, 2)));
}

TEST_F(CanonicalTest, RepeatedNumbersPackedOrNot) {
  Check(Wire().Varint(20, 1).Varint(20, 2));
  Check(Wire().Bytes(20, "\x01\x02").Varint(20, 3).Bytes(20, "\x04"));
  Check(Wire().Bytes(21, "\x01\x02\x01").Varint(21, 3));
  Check(Wire().Bytes(26, std::string_view("\x01\x00\x02", 3)));
  Check(Wire().Bytes(20, ""));
}

TEST_F(CanonicalTest, NumbersAreReadAtTheirWidth) {
  // int32 from ten bytes, from 2^32 + 7, bool from 2, enum -1 in ten bytes.
  Check(Wire().Varint(2, UINT64_MAX));
  Check(Wire().Varint(2, (uint64_t{1} << 32) + 7));
  Check(Wire().Varint(4, 2));
  Check(Wire().Varint(5, UINT64_MAX));
  Check(Wire().Varint(3, UINT64_MAX));
  // Varints with idle bytes.
  Check(Wire().Raw(std::string_view("\x18\x81\x80\x80\x00", 5)));
  Check(
      Wire().Raw(std::string_view("\x0A\x81\x00"
                                  "a",
                                  4)));
  Check(Wire().Raw(std::string_view("\x98\x00\x05", 3)));
}

// With a generated class: a dynamic message keeps both entries of one key.
TEST(CanonicalMapTest, KeysAreSortedAndTheLastWins) {
  const auto entry = [](std::string_view key, std::string_view value) {
    return std::string(Wire().Bytes(1, key).Bytes(2, value));
  };
  TableRegistry registry;
  const auto table = registry.Add(billogram::v2::Contact::descriptor());
  ASSERT_TRUE(table.ok()) << table.status();
  for (const std::string& wire :
       {std::string(Wire()
                        .Bytes(1000, entry("b", "1"))
                        .Bytes(1000, entry("a", "2"))
                        .Bytes(1, "x")
                        .Bytes(1000, entry("b", "3"))
                        .Bytes(1000, entry("\xC3\xA5", "4"))
                        .Bytes(1000, entry("", "5"))),
        std::string(Wire().Bytes(1000, Wire().Bytes(2, "1").Bytes(1, "turned"))),
        std::string(
            Wire().Bytes(1000, Wire().Bytes(1, "a").Bytes(1, "b").Bytes(2, "1").Bytes(2, "2"))),
        std::string(Wire().Bytes(1000, Wire().Bytes(2, "1"))),
        std::string(Wire().Bytes(1000, ""))}) {
    billogram::v2::Contact contact;
    ASSERT_TRUE(contact.ParseFromString(wire));
    std::string out;
    ASSERT_TRUE(Canonicalize(**table, wire, &out));
    EXPECT_EQ(out, testing::Tables::Serialize(contact)) << contact.ShortDebugString();
  }
}

TEST_F(CanonicalTest, PresenceOfEmptyValuesIsKept) {
  Check(Wire().Bytes(1, "").Varint(2, 0).Varint(4, 0).Bytes(6, "").Bytes(17, ""));
  Check("");
}

TEST_F(CanonicalTest, UnknownFieldsAreKept) {
  std::string out;
  ASSERT_TRUE(Canonicalize(tables_.Get("Kinds"), Wire().Varint(999, 1).Bytes(1, "a"), &out));
  EXPECT_EQ(out, std::string(Wire().Bytes(1, "a").Varint(999, 1)));
  // A known number with another wire type is unknown as well.
  out.clear();
  ASSERT_TRUE(Canonicalize(tables_.Get("Kinds"), Wire().Varint(1, 5).Varint(3, 1), &out));
  EXPECT_EQ(out, std::string(Wire().Varint(3, 1).Varint(1, 5)));
}

TEST_F(CanonicalTest, RefusesWhatIsNoMessage) {
  const MessageTable& table = tables_.Get("Kinds");
  for (std::string_view bad :
       {std::string_view("\x0A", 1),
        std::string_view("\x0A\x05"
                         "abc",
                         5),
        std::string_view("\x18", 1), std::string_view("\x18\x80", 2),
        std::string_view("\x00\x01", 2), std::string_view("\x0F\x01", 2),
        std::string_view("\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12),
        std::string_view("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11),
        std::string_view("\x0A\xFF\xFF\xFF\xFF\x0F", 6), std::string_view("\x09\x01\x02", 3),
        std::string_view("\x0D\x01", 2)}) {
    std::string out;
    EXPECT_FALSE(Canonicalize(table, bad, &out)) << std::string(bad);
    EXPECT_EQ(tables_.Reserialize("Kinds", bad), "(invalid)") << std::string(bad);
    // The same inside a message, a packed field and a map entry.
    EXPECT_FALSE(Canonicalize(table, Wire().Bytes(17, bad), &out));
  }
  std::string out;
  EXPECT_FALSE(Canonicalize(table, Wire().Bytes(20, "\x80"), &out));
  EXPECT_FALSE(Canonicalize(table,
                            Wire().Bytes(3000,
                                         "\x0A\x05"
                                         "a"),
                            &out));
}

TEST_F(CanonicalTest, EveryTruncationIsTheLibrarysTruncation) {
  const std::string wire = tables_.Wire(
      "Kinds",
      "text: 'abc' big: 300 inner { text: 'x' leaf { text: 'y' } } bigs: [1, 300] texts: 'q' "
      "money { value: '1.5' } unmapped { key: 'k' value: '1' }");
  int fine = 0;
  for (size_t size = 0; size <= wire.size(); ++size) {
    const std::string_view cut = std::string_view(wire).substr(0, size);
    std::string out;
    const std::string library = tables_.Reserialize("Kinds", cut);
    const bool ok = Canonicalize(tables_.Get("Kinds"), cut, &out);
    EXPECT_EQ(ok, library != "(invalid)") << size;
    if (!ok) continue;
    EXPECT_EQ(out, library);
    ++fine;
  }
  EXPECT_GT(fine, 5);
}

}  // namespace
}  // namespace billing::gateway::translate
