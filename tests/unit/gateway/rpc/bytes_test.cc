#include "service/gateway/rpc/bytes.h"

#include <gtest/gtest.h>

#include <vector>

#include "google/rpc/status.pb.h"

namespace billing::gateway::rpc {
namespace {

TEST(BytesTest, FlattensWhatComesInPieces) {
  const std::vector<grpc::Slice> pieces = {grpc::Slice("abc"), grpc::Slice(""),
                                           grpc::Slice(std::string(1000, 'x')), grpc::Slice("d")};
  const grpc::ByteBuffer buffer(pieces.data(), pieces.size());
  EXPECT_EQ(View(Flatten(buffer)), "abc" + std::string(1000, 'x') + "d");
}

TEST(BytesTest, FlattenSharesASingleSlice) {
  const grpc::Slice slice(std::string(1000, 'x'));
  const grpc::ByteBuffer buffer(&slice, 1);
  EXPECT_EQ(Flatten(buffer).begin(), slice.begin());
}

TEST(BytesTest, FlattenOfNothing) {
  EXPECT_EQ(View(Flatten(grpc::ByteBuffer())), "");
  EXPECT_EQ(View(Flatten(ToByteBuffer(""))), "");
}

TEST(BytesTest, TakesLongStringsOver) {
  std::string text(5000, 'x');
  const char* const data = text.data();
  const grpc::ByteBuffer buffer = ToByteBuffer(std::move(text));
  const grpc::Slice slice = Flatten(buffer);
  EXPECT_EQ(View(slice), std::string(5000, 'x'));
  EXPECT_EQ(View(slice).data(), data);
}

TEST(BytesTest, Messages) {
  google::rpc::Status status;
  status.set_message("hello");
  google::rpc::Status parsed;
  ASSERT_TRUE(Parse(Serialize(status), parsed));
  EXPECT_EQ(parsed.message(), "hello");
  EXPECT_TRUE(Parse(grpc::ByteBuffer(), parsed));
  EXPECT_EQ(parsed.message(), "");
  // A length that runs past the end, a varint without end, a message with text that is not UTF-8.
  for (const std::string bytes : {"\x12\x05hell", "\xff\xff\xff", "\x12\x02\xff\xfe"}) {
    EXPECT_FALSE(Parse(ToByteBuffer(bytes), parsed));
  }
}

}  // namespace
}  // namespace billing::gateway::rpc
