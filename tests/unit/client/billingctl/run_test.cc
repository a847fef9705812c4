#include "client/billingctl/run.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "client/billingctl/completion.h"
#include "client/billingctl/report.h"
#include "client/cpp/service_config.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "shelf.grpc.pb.h"
#include "tests/unit/temp_folder.h"

namespace billing::ctl {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Status WithReason(StatusCode code, const std::string& reason, const std::string& field = "") {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("billing-gateway");
  status.add_details()->PackFrom(info);
  if (!field.empty()) {
    google::rpc::BadRequest bad;
    bad.add_field_violations()->set_field(field);
    bad.mutable_field_violations(0)->set_description("is not good");
    status.add_details()->PackFrom(bad);
  }
  return {code, "no \x1B[2J", status.SerializeAsString()};
}

class Shelf : public shelf::v1::ShelfService::Service {
 public:
  Status GetBook(ServerContext* context, const shelf::v1::GetBookRequest* request,
                 shelf::v1::Book* book) override {
    if (request->id() == "bad") return WithReason(StatusCode::INVALID_ARGUMENT, "INVALID", "id");
    if (request->id() == "none") return WithReason(StatusCode::NOT_FOUND, "NOT_FOUND");
    book->set_id(request->id());
    const auto account = context->client_metadata().find("billing-account");
    if (account != context->client_metadata().end()) {
      book->set_title(std::string(account->second.data(), account->second.size()));
    }
    return Status::OK;
  }
  Status BuyBook(ServerContext*, const shelf::v1::GetBookRequest* request,
                 shelf::v1::Book*) override {
    ++bought;
    if (request->id() == "doubt") return WithReason(StatusCode::UNKNOWN, "OUTCOME_UNKNOWN");
    if (request->id() == "later")
      return WithReason(StatusCode::UNAVAILABLE, "UPSTREAM_UNREACHABLE");
    return {StatusCode::UNAVAILABLE, "gone"};
  }
  Status UpdateBook(ServerContext*, const shelf::v1::UpdateBookRequest* request,
                    shelf::v1::Book*) override {
    if (request->id() == "slow") return WithReason(StatusCode::DEADLINE_EXCEEDED, "TIMEOUT");
    return WithReason(StatusCode::INVALID_ARGUMENT, "INVALID", request->id());
  }
  Status OrderBook(ServerContext*, const shelf::v1::OrderBookRequest* request,
                   shelf::v1::Book*) override {
    if (request->number() == "lost") return {StatusCode::DEADLINE_EXCEEDED, "no answer"};
    return WithReason(StatusCode::DEADLINE_EXCEEDED, "TIMEOUT");
  }
  Status LookUpBook(ServerContext*, const shelf::v1::GetBookRequest*, shelf::v1::Book*) override {
    return WithReason(StatusCode::DEADLINE_EXCEEDED, "TIMEOUT");
  }
  Status ExportBooks(ServerContext*, const shelf::v1::ExportBooksRequest* request,
                     grpc::ServerWriter<shelf::v1::ExportBooksResponse>* writer) override {
    for (int i = 0; i < request->books(); i += 2) {
      shelf::v1::ExportBooksResponse page;
      page.set_total_size(request->books());
      page.add_books()->set_id(std::to_string(i));
      page.add_books()->set_id(std::to_string(i + 1));
      if (!writer->Write(page)) return {StatusCode::CANCELLED, "gone"};
    }
    return Status::OK;
  }
  Status GetBookScan(ServerContext*, const shelf::v1::GetBookRequest* request,
                     grpc::ServerWriter<shelf::v1::FileChunk>* writer) override {
    for (const char* part : {"%PDF", "-1.7"}) {
      shelf::v1::FileChunk chunk;
      chunk.set_data(part);
      writer->Write(chunk);
    }
    return request->id() == "torn" ? Status(StatusCode::INTERNAL, "torn") : Status::OK;
  }

  int bought = 0;
};

class RunTest : public testing::Test {
 protected:
  RunTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&shelf_);
    server_ = builder.BuildAndStart();
  }
  ~RunTest() override { server_->Shutdown(); }

  int Run(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    std::istringstream in;
    return ctl::Run(words, {.in = in,
                            .out = out_,
                            .err = err_,
                            .out_is_terminal = out_is_terminal_,
                            .environment = {.server = "127.0.0.1:" + std::to_string(port_)},
                            .version = "1"});
  }

  Shelf shelf_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  bool out_is_terminal_ = false;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(RunTest, AUnaryCall) {
  EXPECT_EQ(Run({"shelf", "get-book", "7", "-a", "acme", "-o", "yaml"}), kDone);
  EXPECT_EQ(out_.str(), "id: \"7\"\ntitle: acme\n");
  EXPECT_EQ(Run({"shelf", "get-book", "7"}), kDone);
  EXPECT_EQ(out_.str(), "{\n \"id\": \"7\"\n}\n");
  out_is_terminal_ = true;
  EXPECT_EQ(Run({"shelf", "get-book", "7"}), kDone);
  EXPECT_EQ(out_.str(), "id  7\n");
}

TEST_F(RunTest, ErrorsHaveDetailsFlagsAndExitCodes) {
  EXPECT_EQ(Run({"shelf", "get-book", "bad"}), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("INVALID_ARGUMENT INVALID (billing-gateway): no \\x1B[2J\n"));
  EXPECT_THAT(err_.str(), HasSubstr("  id (ID): is not good\n"));
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Run({"shelf", "get-book", "none"}), kNotFound);
  EXPECT_EQ(Run({"shelf", "get-book"}), kBadInput);
  EXPECT_EQ(err_.str(), "billingctl: ID is missing\n");
  EXPECT_EQ(Run({"customer", "list"}), kServerFailure);  // UNIMPLEMENTED
}

TEST_F(RunTest, DoubtAboutAWriteIsTold) {
  EXPECT_EQ(Run({"shelf", "buy-book", "doubt"}), kInDoubt);
  EXPECT_THAT(err_.str(), HasSubstr("Look before doing it again."));
  EXPECT_EQ(Run({"shelf", "buy-book", "gone"}), kInDoubt);
  EXPECT_EQ(Run({"shelf", "buy-book", "later"}), kTryLater);
  EXPECT_EQ(shelf_.bought, 3);
}

TEST_F(RunTest, AWriteWithoutAnswerThatMayBeRepeatedIsTold) {
  const auto told = HasSubstr("It may have been done. Repeating it does nothing twice");
  EXPECT_EQ(Run({"shelf", "update-book", "slow", "--title", "T"}), kNoAnswer);
  EXPECT_THAT(err_.str(), told);
  EXPECT_EQ(Run({"shelf", "order-book", "7"}), kNoAnswer);
  EXPECT_THAT(err_.str(), told);
  EXPECT_EQ(Run({"shelf", "order-book", "lost"}), kInDoubt);
  EXPECT_THAT(err_.str(), Not(told));
  EXPECT_EQ(Run({"shelf", "look-up-book", "7"}), kNoAnswer);
  EXPECT_THAT(err_.str(), Not(HasSubstr("may have been done")));
}

TEST_F(RunTest, AFaultInAFileIsNotCalledAFlag) {
  const TempFolder folder;
  const std::string path = folder.path() + "/book.yaml";
  std::ofstream(path) << "title: T\nvolumes: [{cloth: x}]\n";
  const auto told = [&](const std::string& field, std::vector<std::string> words) {
    words.insert(words.begin(), {"shelf", "update-book", field});
    EXPECT_EQ(Run(words), kRefused);
    const std::string error = err_.str();
    return error.substr(error.find('\n') + 1);
  };
  const std::string volume = "book.volumes[0].cloth";
  EXPECT_EQ(told(volume, {"-f", path}), "  book.volumes[0].cloth: is not good\n");
  EXPECT_EQ(told(volume, {"--title", "T"}),
            "  book.volumes[0].cloth (--volumes.0.cloth): is not good\n");
  EXPECT_EQ(told(volume, {"-f", path, "--volumes.0.cloth", "linen"}),
            "  book.volumes[0].cloth (--volumes.0.cloth): is not good\n");
  EXPECT_EQ(told("book.cover.colour", {"-f", path, "--cover", "{colour: red}"}),
            "  book.cover.colour (--cover): is not good\n");
  // What the file cannot hold is set by a flag or a word.
  EXPECT_EQ(told("update_mask", {"-f", path}), "  update_mask (--update-mask): is not good\n");
  EXPECT_EQ(told("id", {"-f", path}), "  id (ID): is not good\n");
}

TEST_F(RunTest, AWriteIsNotSentIntoTheVoid) {
  server_->Shutdown();
  EXPECT_EQ(Run({"shelf", "buy-book", "x"}), kTryLater);
  EXPECT_THAT(err_.str(), HasSubstr("nothing was sent"));
}

TEST_F(RunTest, ExportsAreLines) {
  EXPECT_EQ(Run({"shelf", "export-books", "--books", "4", "--progress", "always"}), kDone);
  EXPECT_EQ(out_.str(), "{\"id\":\"0\"}\n{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n");
  EXPECT_THAT(err_.str(), HasSubstr("of 4 books"));
  EXPECT_EQ(Run({"shelf", "export-books", "--books", "4", "-o", "table"}), kDone);
  EXPECT_EQ(out_.str(), "ID\n0\n1\n2\n3\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(RunTest, ColumnsMakeATableAndAreFields) {
  EXPECT_EQ(Run({"shelf", "export-books", "--books", "2", "--columns", "title,id"}), kDone);
  EXPECT_EQ(out_.str(), "TITLE  ID\n       0\n       1\n");
  // Also where there is no row that could show it.
  for (const char* books : {"2", "0"}) {
    EXPECT_EQ(Run({"shelf", "export-books", "--books", books, "--columns", "nope"}), kBadInput);
    EXPECT_EQ(err_.str(), "billingctl: --columns: 'nope' is no single value of Book\n");
    EXPECT_EQ(out_.str(), "");
  }
  EXPECT_EQ(Run({"shelf", "get-book", "1", "--columns", "id.x"}), kBadInput);
  EXPECT_EQ(Run({"shelf", "get-book", "1", "--columns", "price.value"}), kBadInput);
  EXPECT_EQ(Run({"shelf", "buy-book", "1", "--columns", "unmapped", "--dry-run"}), kBadInput);
  EXPECT_EQ(Run({"shelf", "get-book-scan", "1", "--columns", "data"}), kBadInput);
  for (const char* format : {"json", "yaml"}) {
    EXPECT_EQ(Run({"shelf", "get-book", "1", "--columns", "id", "-o", format}), kBadInput);
    EXPECT_THAT(err_.str(), HasSubstr("--columns: "));
  }
  EXPECT_EQ(shelf_.bought, 0);
}

TEST_F(RunTest, ABrokenOutputEndsTheStream) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"shelf", "export-books", "--books", "1000000"}), kLocalFailure);
}

TEST_F(RunTest, DocumentsAreWholeOrNotThere) {
  EXPECT_EQ(Run({"shelf", "get-book-scan", "1"}), kDone);
  EXPECT_EQ(out_.str(), "%PDF-1.7");

  const TempFolder folder;
  const std::string path = folder.path() + "/scan.pdf";
  EXPECT_EQ(Run({"shelf", "get-book-scan", "torn", "-O", path}), kServerFailure);
  EXPECT_FALSE(std::ifstream(path).good());
  EXPECT_FALSE(std::ifstream(path + ".part").good());
  EXPECT_EQ(Run({"shelf", "get-book-scan", "1", "--output-file", path}), kDone);
  std::ifstream file(path);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), "%PDF-1.7");

  EXPECT_EQ(Run({"shelf", "get-book-scan", "torn", "-O", "-"}), kServerFailure);
  EXPECT_THAT(err_.str(), HasSubstr("the 8 bytes on standard output are not the whole document"));

  EXPECT_EQ(Run({"shelf", "get-book-scan", "1", "-O", "/no/such/folder/x"}), kLocalFailure);
  out_is_terminal_ = true;
  EXPECT_EQ(Run({"shelf", "get-book-scan", "1"}), kBadInput);
  EXPECT_EQ(Run({"shelf", "get-book", "1", "-O", "x"}), kBadInput);
}

TEST_F(RunTest, HelpAndVersion) {
  EXPECT_EQ(Run({"--version"}), kDone);
  EXPECT_EQ(out_.str(), "billingctl 1\n");
  EXPECT_EQ(Run({"--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("  shelf"));
  EXPECT_EQ(Run({}), kBadInput);
  EXPECT_EQ(Run({"billogram"}), kBadInput);
  EXPECT_EQ(Run({"billogram", "--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("billogram get ID"));
  EXPECT_EQ(Run({"command", "credit", "--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("What the credit invoice takes back."));
  EXPECT_THAT(out_.str(), HasSubstr("One of full, items, remaining, amount, principal, rest."));
}

TEST(CompletionTest, WordsFlagsAndValues) {
  const CommandTable table(client::LinkedFiles());
  EXPECT_THAT(Complete(table, {"billog"}), ElementsAre("billogram"));
  EXPECT_THAT(Complete(table, {"-s", "x", "billogram", "li"}), ElementsAre("list", "list-events"));
  EXPECT_THAT(Complete(table, {"command", "credit", "x", "--mode", "re"}),
              ElementsAre("remaining", "rest"));
  EXPECT_THAT(Complete(table, {"command", "credit", "x", "--mo"}), ElementsAre("--mode"));
  EXPECT_THAT(Complete(table, {"billogram", "create", "--items.0.pri"}),
              ElementsAre("--items.0.price"));
  EXPECT_THAT(Complete(table, {"billogram", "create", "--ite"}),
              ElementsAre("--items", "--items.0."));
  EXPECT_THAT(Complete(table, {"billogram", "list", "-o", ""}),
              ElementsAre("table", "json", "yaml"));
  EXPECT_THAT(Complete(table, {"billogram", "create", "-f", "inv"}), ElementsAre("@file"));
  EXPECT_THAT(Complete(table, {"completion", ""}), ElementsAre("bash", "zsh"));
  EXPECT_THAT(Complete(table, {"nonsense", ""}), ElementsAre());
  EXPECT_NE(Complete(table, {}).size(), 0u);
}

TEST(ExitCodeTest, OnlyTheGatewaysWordEndsDoubt) {
  client::CallError error;
  error.code = StatusCode::DEADLINE_EXCEEDED;
  EXPECT_EQ(ExitCodeOf(error, true), kInDoubt);
  EXPECT_EQ(ExitCodeOf(error, false), kNoAnswer);
  error.code = StatusCode::INTERNAL;
  EXPECT_EQ(ExitCodeOf(error, true), kInDoubt);
  error.reason = "UPSTREAM_REDIRECT";
  EXPECT_EQ(ExitCodeOf(error, true), kServerFailure);
  error.code = StatusCode::PERMISSION_DENIED;
  EXPECT_EQ(ExitCodeOf(error, true), kNotAllowed);
}

}  // namespace
}  // namespace billing::ctl
