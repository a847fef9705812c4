#include "service/gateway/upstream/padded_buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace billing::gateway::upstream {
namespace {

void ExpectPadded(const PaddedBuffer& buffer) {
  for (size_t i = 0; i < PaddedBuffer::kPadding; ++i) {
    ASSERT_EQ(buffer.data()[buffer.size() + i], '\0') << "padding byte " << i;
  }
}

TEST(PaddedBufferTest, AnEmptyOneCanBeRead) {
  PaddedBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  ASSERT_NE(buffer.data(), nullptr);
  ExpectPadded(buffer);
}

TEST(PaddedBufferTest, KeepsWhatWasAppended) {
  PaddedBuffer buffer;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    std::string piece(static_cast<size_t>(i % 17), static_cast<char>('a' + i % 26));
    expected += piece;
    ASSERT_TRUE(buffer.Append(piece));
  }
  EXPECT_EQ(buffer.view(), expected);
  ExpectPadded(buffer);
}

TEST(PaddedBufferTest, GrowsGeometrically) {
  PaddedBuffer buffer;
  int growths = 0;
  for (int i = 0; i < 1 << 16; ++i) {
    size_t before = buffer.capacity();
    ASSERT_TRUE(buffer.Append("x"));
    if (buffer.capacity() != before) ++growths;
  }
  EXPECT_LE(growths, 8);
}

TEST(PaddedBufferTest, ReservedRoomIsUsed) {
  PaddedBuffer buffer;
  ASSERT_TRUE(buffer.Reserve(5000));
  const char* place = buffer.data();
  ASSERT_TRUE(buffer.Append(std::string(5000, 'y')));
  EXPECT_EQ(buffer.data(), place);
  EXPECT_EQ(buffer.capacity(), 5000U);
  ExpectPadded(buffer);
}

TEST(PaddedBufferTest, MovingLeavesAnEmptyOne) {
  PaddedBuffer buffer;
  ASSERT_TRUE(buffer.Append("billogram"));
  PaddedBuffer taken = std::move(buffer);
  EXPECT_EQ(taken.view(), "billogram");
  EXPECT_TRUE(buffer.empty());  // NOLINT(bugprone-use-after-move): its state is what is tested
  ExpectPadded(buffer);
  taken.Reset();
  EXPECT_TRUE(taken.empty());
  ASSERT_TRUE(taken.Append("again"));
  EXPECT_EQ(taken.view(), "again");
}

TEST(PaddedBufferTest, RefusesWhatNoMachineHas) {
  PaddedBuffer buffer;
  EXPECT_FALSE(buffer.Reserve(SIZE_MAX));
  EXPECT_FALSE(buffer.Reserve(SIZE_MAX - 10));
  ASSERT_TRUE(buffer.Append("still"));
  EXPECT_EQ(buffer.view(), "still");
}

}  // namespace
}  // namespace billing::gateway::upstream
