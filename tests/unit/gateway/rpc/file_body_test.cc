#include "service/gateway/rpc/file_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/common/task.h"

namespace billing::gateway::rpc {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using upstream::TransferOutcome;
using upstream::TransferResult;
using End = FileBody::End;
using Part = FileBody::Part;
using Verdict = upstream::BodySink::Verdict;

// A piece as curl gives it.
constexpr size_t kPiece = size_t{16} << 10;

class FileBodyTest : public ::testing::Test {
 protected:
  FileBodyTest() : loop_(*upstream::UpstreamLoop::Start({.own_thread = false})) {
    method_.answer.envelope = true;
    method_.file.content_key = "content";
    method_.file.type_key = "file_type";
    method_.file.name_key = "filename";
    method_.file.raw_types = {"application/pdf", "text/csv"};
    body_ = std::make_shared<FileBody>(method_, 64, *loop_);
  }

  static common::Task<> TakeInto(FileBody& body, std::vector<Part>& parts, bool& ended) {
    for (;;) {
      std::optional<Part> part = co_await body.Next();
      if (!part) break;
      parts.push_back(*std::move(part));
    }
    ended = true;
  }
  static common::Task<> TakeOneInto(FileBody& body, std::vector<Part>& parts) {
    std::optional<Part> part = co_await body.Next();
    if (part) parts.push_back(*std::move(part));
  }

  // Takes part after part from now on.
  void Take() { common::Spawn(TakeInto(*body_, parts_, ended_)); }
  void TakeOne() { common::Spawn(TakeOneInto(*body_, parts_)); }
  void Turn() { driver_.Turn(absl::ZeroDuration()); }

  Verdict Feed(std::string_view bytes) { return body_->OnBytes(bytes); }
  // The transfer's end, and everything taken.
  void Finish(TransferOutcome outcome = TransferOutcome::kOk, int status = 200,
              std::string type = "application/json") {
    TransferResult result;
    result.outcome = outcome;
    result.http_status = status;
    result.content_type = std::move(type);
    body_->SetResult(std::move(result));
    if (!ended_) Take();
  }
  std::string data() const {
    std::string all;
    for (const Part& part : parts_) all += part.data;
    return all;
  }

  std::unique_ptr<upstream::UpstreamLoop> loop_;
  upstream::UpstreamLoop::Driver driver_{*loop_, [] {}};
  translate::Method method_;
  std::shared_ptr<FileBody> body_;
  std::vector<Part> parts_;
  bool ended_ = false;
};

TEST_F(FileBodyTest, PartsAreCutAsTheyFill) {
  Take();
  body_->OnHead(200, "application/pdf");
  const std::string piece(kPiece, 'x');
  for (int i = 0; i < 9; ++i) EXPECT_EQ(Feed(piece), Verdict::kTaken);
  // Nobody is resumed inside the transfer.
  EXPECT_THAT(parts_, IsEmpty());
  Turn();
  ASSERT_THAT(parts_, SizeIs(2));
  EXPECT_THAT(parts_, Each(Field(&Part::data, SizeIs(FileBody::kPartBytes))));
  EXPECT_THAT(parts_[0].content_type, Optional<std::string>("application/pdf"));
  EXPECT_EQ(parts_[1].content_type, std::nullopt);
  Finish();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(body_->end(), End::kFile);
  EXPECT_FALSE(body_->is_document());
  EXPECT_THAT(parts_, SizeIs(3));
  EXPECT_EQ(data(), std::string(9 * kPiece, 'x'));
}

TEST_F(FileBodyTest, PausesForASlowTaker) {
  body_->OnHead(200, "text/csv");
  const std::string piece(kPiece, 'x');
  size_t taken = 0;
  while (Feed(piece) == Verdict::kTaken) taken += piece.size();
  EXPECT_EQ(taken, FileBody::kMostWaiting);
  EXPECT_EQ(Feed(piece), Verdict::kPause);
  TakeOne();
  EXPECT_EQ(Feed(piece), Verdict::kTaken);
  Take();
  Finish();
  EXPECT_EQ(data().size(), FileBody::kMostWaiting + piece.size());
  EXPECT_TRUE(ended_);
}

TEST_F(FileBodyTest, ADocumentMayTellTheTypeAfterTheFile) {
  body_->OnHead(200, "application/json; charset=utf-8");
  Feed(R"({"status":"OK","data":{"filename":"a.pdf","content":")");
  // 4 characters for 3 bytes: each piece is 3/4 of itself.
  const std::string piece(kPiece, 'A');
  for (int i = 0; i < 16; ++i) Feed(piece);
  Feed(R"(","file_type":"application/pdf"}})");
  Finish();
  EXPECT_TRUE(body_->is_document());
  ASSERT_EQ(body_->end(), End::kFile);
  EXPECT_EQ(data(), std::string(12 * kPiece, '\0'));
  ASSERT_THAT(parts_, SizeIs(3));
  EXPECT_THAT(parts_[0].filename, Optional<std::string>("a.pdf"));
  EXPECT_EQ(parts_[0].content_type, std::nullopt);
  EXPECT_EQ(parts_[1].filename, std::nullopt);
  EXPECT_THAT(parts_[2].content_type, Optional<std::string>("application/pdf"));
}

TEST_F(FileBodyTest, OfASmallDocumentEverythingComesAtOnce) {
  body_->OnHead(200, "");
  Feed(R"({"data":{"content":"Zm9v","file_type":"text/csv","filename":"a"},"status":"OK"})");
  Finish();
  ASSERT_THAT(parts_, SizeIs(1));
  EXPECT_EQ(parts_[0].data, "foo");
  EXPECT_THAT(parts_[0].content_type, Optional<std::string>("text/csv"));
  EXPECT_THAT(parts_[0].filename, Optional<std::string>("a"));
}

TEST_F(FileBodyTest, AnEmptyFileIsAPart) {
  Finish(TransferOutcome::kOk, 200, "application/pdf");
  EXPECT_EQ(body_->end(), End::kFile);
  ASSERT_THAT(parts_, SizeIs(1));
  EXPECT_THAT(parts_[0].data, IsEmpty());
  EXPECT_THAT(parts_[0].content_type, Optional<std::string>("application/pdf"));
}

TEST_F(FileBodyTest, NothingIsNoFile) {
  struct Case {
    int status;
    const char* type;
  };
  for (const Case& c : {Case{204, ""}, Case{204, "application/pdf"}, Case{200, "application/json"},
                        Case{200, ""}}) {
    body_ = std::make_shared<FileBody>(method_, 64, *loop_);
    Finish(TransferOutcome::kOk, c.status, c.type);
    EXPECT_EQ(body_->end(), End::kUnreadable) << c.status << c.type;
    EXPECT_EQ(body_->error(), "it is empty");
    EXPECT_THAT(parts_, IsEmpty());
  }
}

TEST_F(FileBodyTest, WhatIsNeitherFileNorDocumentIsRefused) {
  struct Case {
    int status;
    const char* type;
    const char* body;
    const char* error;
  };
  for (const Case& c :
       {Case{200, "text/html", "<html>Sign in</html>", "its content type is text/html"},
        Case{200, "text/plain; charset=utf-8", "Down for maintenance",
             "its content type is text/plain; charset=utf-8"},
        Case{200, "application/xml", "\n <error/>", "its content type is application/xml"},
        Case{200, "application/pdfx", "%PDF-1.4", "its content type is application/pdfx"},
        Case{200, "text/plain", "[{}]", "its content type is text/plain"},
        Case{200, "", "%PDF-1.4", "it has no content type"},
        Case{206, "application/pdf", "%PDF-1.4", "HTTP 206 brings no whole file"},
        Case{203, "application/json", R"({"status":"OK","data":{"content":""}})",
             "HTTP 203 brings no whole file"}}) {
    ended_ = false;
    body_ = std::make_shared<FileBody>(method_, 64, *loop_);
    body_->OnHead(c.status, c.type);
    EXPECT_EQ(Feed(c.body), Verdict::kRefuse) << c.type << c.body;
    Finish(TransferOutcome::kRefused, c.status, c.type);
    EXPECT_EQ(body_->end(), End::kUnreadable);
    EXPECT_EQ(body_->error(), c.error);
    EXPECT_FALSE(body_->is_document());
    EXPECT_THAT(parts_, IsEmpty());
  }
}

TEST_F(FileBodyTest, TheTextOfARefusalIsBounded) {
  body_->OnHead(200, "text/" + std::string(5000, 'x') + "\xFF");
  EXPECT_EQ(Feed("x"), Verdict::kRefuse);
  Finish(TransferOutcome::kRefused);
  EXPECT_THAT(body_->error(), SizeIs(::testing::Lt(400)));
}

TEST_F(FileBodyTest, ADocumentIsKnownByItsFirstByte) {
  for (const char* type : {"", "text/plain", "text/javascript", "text/html"}) {
    ended_ = false;
    parts_.clear();
    body_ = std::make_shared<FileBody>(method_, 64, *loop_);
    body_->OnHead(200, type);
    EXPECT_EQ(Feed(" \r\n"), Verdict::kTaken);
    EXPECT_EQ(Feed("\t"), Verdict::kTaken);
    EXPECT_EQ(Feed("{"), Verdict::kTaken);
    EXPECT_EQ(Feed(R"("status":"OK","data":{"content":"Zm9v"}})"), Verdict::kTaken);
    Finish(TransferOutcome::kOk, 200, type);
    EXPECT_EQ(body_->end(), End::kFile) << type;
    EXPECT_TRUE(body_->is_document());
    EXPECT_EQ(data(), "foo");
    EXPECT_EQ(parts_[0].content_type, std::nullopt);
  }
}

TEST_F(FileBodyTest, WhiteSpaceAloneIsNothing) {
  body_->OnHead(200, "text/plain");
  EXPECT_EQ(Feed(" \n"), Verdict::kTaken);
  Finish(TransferOutcome::kOk, 200, "text/plain");
  EXPECT_EQ(body_->end(), End::kUnreadable);
  EXPECT_EQ(body_->error(), "it is empty");
}

// What begins with a brace can be a file as well, where its type says so.
TEST_F(FileBodyTest, ADeclaredTypeIsTheFileWhateverItBeginsWith) {
  body_->OnHead(200, "Text/CSV; charset=utf-8");
  EXPECT_EQ(Feed("{a};b"), Verdict::kTaken);
  Finish();
  EXPECT_EQ(body_->end(), End::kFile);
  EXPECT_EQ(data(), "{a};b");
  EXPECT_THAT(parts_[0].content_type, Optional<std::string>("Text/CSV; charset=utf-8"));
}

TEST_F(FileBodyTest, AnErrorInASuccess) {
  const std::string text = R"({"status":"NOT_FOUND","data":{"message":"No"}})";
  body_->OnHead(200, "application/json");
  Feed(text);
  Finish();
  EXPECT_EQ(body_->end(), End::kNotOk);
  EXPECT_EQ(body_->TakeResult().body.view(), text);
  EXPECT_THAT(parts_, IsEmpty());
}

TEST_F(FileBodyTest, WhatWaitsOfABrokenTransferIsDropped) {
  body_->OnHead(200, "text/csv");
  for (int i = 0; i < 10; ++i) Feed(std::string(kPiece, 'x'));
  Finish(TransferOutcome::kBroken);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(body_->end(), End::kNoAnswer);
  EXPECT_EQ(body_->TakeResult().outcome, TransferOutcome::kBroken);
  EXPECT_THAT(parts_, IsEmpty());
}

// The transfer is over at once, and counts as one that brought an answer.
TEST_F(FileBodyTest, BadDocumentsAreRefused) {
  body_->OnHead(200, "application/json");
  EXPECT_EQ(Feed(R"({"status":"OK","data":{"content":"!")"), Verdict::kRefuse);
  Finish(TransferOutcome::kRefused);
  EXPECT_EQ(body_->end(), End::kUnreadable);
  EXPECT_EQ(body_->error(), "the file in it is not base64");
  EXPECT_EQ(body_->TakeResult().outcome, TransferOutcome::kOk);
}

TEST_F(FileBodyTest, ACallerThatWentIsACancelledCall) {
  body_->OnHead(200, "text/csv");
  while (Feed(std::string(kPiece, 'x')) == Verdict::kTaken) {
  }
  body_->Abandon();
  EXPECT_EQ(Feed("x"), Verdict::kRefuse);
  Finish(TransferOutcome::kRefused);
  EXPECT_EQ(body_->end(), End::kNoAnswer);
  EXPECT_EQ(body_->TakeResult().outcome, TransferOutcome::kCancelled);
  EXPECT_THAT(parts_, IsEmpty());
}

TEST_F(FileBodyTest, OtherEndsOfAnAbandonedTransferStay) {
  body_->Abandon();
  Finish(TransferOutcome::kTimedOut);
  EXPECT_EQ(body_->TakeResult().outcome, TransferOutcome::kTimedOut);
}

}  // namespace
}  // namespace billing::gateway::rpc
