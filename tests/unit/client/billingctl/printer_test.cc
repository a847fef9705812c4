#include "client/billingctl/printer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "billogram/v2/billogram.pb.h"
#include "client/billingctl/fill.h"
#include "client/billingctl/node.h"
#include "client/billingctl/progress.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "shelf.pb.h"

namespace billing::ctl {
namespace {

namespace v2 = billogram::v2;

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

std::string Print(const PrintOptions& options, const google::protobuf::Message& answer) {
  std::ostringstream out;
  const auto status = Printer::Make(options, out)->Print(answer);
  return status.ok() ? out.str() : std::string(status.message());
}

const char kPage[] = R"(billograms {
    id: "aaa" state: "Unpaid" customer { name: "Åke" } total_sum { value: "12.50" }
  }
  billograms { id: "b" state: "Paid" total_sum { value: "9" } due_date { year: 2026 month: 1 day: 2 } }
  next_page_token: "t" total_size: 3)";

TEST(PrinterTest, TablesOfPages) {
  const auto page = FromText<v2::ListBillogramsResponse>(kPage);
  EXPECT_EQ(Print({.format = Format::kTable}, page),
            "ID   STATE   TOTAL_SUM  DUE_DATE\n"
            "aaa  Unpaid  12.50\n"
            "b    Paid    9          2026-01-02\n");
  EXPECT_EQ(Print({.format = Format::kTable, .columns = {"customer.name", "id"}, .width = 6}, page),
            "CUSTO…\nÅke  …\n     …\n");
  EXPECT_EQ(Print({.format = Format::kTable, .columns = {"customer"}}, page),
            "--columns: 'customer' is no single value of Billogram");
}

TEST(PrinterTest, TablesOfThings) {
  const auto book = FromText<shelf::v1::Book>(
      R"(id: "1" title: "A\n\x1B[31mB\302\205" price { value: "5" }
         unmapped { key: "y" value: "null" } unmapped { key: "x" value: "1" })");
  EXPECT_EQ(Print({.format = Format::kTable}, book),
            "id          1\n"
            "title       A\\n\\x1B[31mB\\x85\n"
            "price       5\n"
            "unmapped.x  1\n");
}

TEST(PrinterTest, StreamsAreLinesOrDocuments) {
  const auto page = FromText<shelf::v1::ExportBooksResponse>(
      R"(books { id: "1" } books { id: "2" } total_size: 2)");
  EXPECT_EQ(Print({.format = Format::kJson, .stream = true}, page),
            "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
  EXPECT_EQ(Print({.format = Format::kYaml, .stream = true}, page),
            "---\nid: \"1\"\n---\nid: \"2\"\n");
}

TEST(PrinterTest, YamlComesBackAsItWas) {
  const auto billogram = FromText<v2::Billogram>(R"(
    id: "123" state: "true" currency: "" customer { name: "A: \"B\" #c\n\t\\ é" customer_no: 5 }
    items { count { value: "1.50" } title: "- x" start_date { year: 2026 month: 1 day: 2 } regional_sweden {} }
    items { title: "null" bookkeeping { objects { dimension_id: 1 } objects { object_id: "2" } } }
    items { price { value: "-1e-7" } end_date { year: 2026 } }
    items {}
    flags: "a" flags: "b c" info {}
    delivery_method: DELIVERY_METHOD_SMS automatic_reminders: false
    created_at { seconds: 1619780853 nanos: 401000000 }
    attachment_content: "%PDF"
    unmapped { key: "x y" value: "{\"a\": [1]}" })");
  const auto node = ReadYaml(ToYaml(billogram));
  ASSERT_TRUE(node.ok()) << node.status() << "\n" << ToYaml(billogram);
  v2::Billogram read;
  std::vector<std::string> problems;
  Fill(*node, read, problems);
  EXPECT_TRUE(problems.empty()) << problems[0] << "\n" << ToYaml(billogram);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(billogram, read))
      << ToYaml(billogram);
  EXPECT_EQ(ToYaml(v2::Billogram()), "{}\n");
}

TEST(PrinterTest, JsonComesBackAsItWas) {
  const auto page = FromText<v2::ListBillogramsResponse>(kPage);
  const auto node = ReadJson(ToJson(page, false));
  ASSERT_TRUE(node.ok()) << node.status();
  v2::ListBillogramsResponse read;
  std::vector<std::string> problems;
  Fill(*node, read, problems);
  EXPECT_TRUE(problems.empty()) << problems[0];
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(page, read));
}

TEST(PageFieldTest, OnlyResponsesArePages) {
  EXPECT_NE(PageField(*v2::ListBillogramsResponse::descriptor()), nullptr);
  EXPECT_NE(PageField(*shelf::v1::ExportBooksResponse::descriptor()), nullptr);
  EXPECT_EQ(PageField(*v2::Billogram::descriptor()), nullptr);
}

TEST(ProgressTest, CountsAndWipesItselfOut) {
  std::ostringstream out;
  absl::Time now = absl::UnixEpoch();
  {
    Progress progress(out, "books", [&] { return now; });
    progress.Update(250, 1000);
    EXPECT_EQ(out.str(), "\r[#######                       ]  25 %  250 of 1000 books");
    progress.Update(300, 1000);  // Too soon.
    EXPECT_EQ(out.str().find("300"), std::string::npos);
    now += absl::Seconds(1);
    progress.Update(2000, 1000);
    EXPECT_NE(out.str().find("] 100 %  2000 of 1000 books, 2000/s"), std::string::npos);
    now += absl::Seconds(1);
    out.str("");
    progress.Update(3000, 0);
    EXPECT_EQ(out.str().find("\r3000 books, 1500/s"), 0u);
    out.str("");
  }
  EXPECT_EQ(out.str().find_first_not_of("\r "), std::string::npos);
  EXPECT_EQ(out.str().back(), '\r');
}

}  // namespace
}  // namespace billing::ctl
