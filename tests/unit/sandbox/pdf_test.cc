#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

class PdfTest : public SandboxTest {
 protected:
  Reply Pdf(const std::string& id, std::string_view query = "") {
    return Get(absl::StrCat("billogram/", id, ".pdf"), query);
  }
  static std::string Content(const Reply& reply) {
    std::string content;
    EXPECT_TRUE(absl::Base64Unescape(Field(reply.data(), "content"), &content));
    return content;
  }
};

TEST_F(PdfTest, TakesAMoment) {
  const std::string draft = AddBillogram();
  EXPECT_EQ(Pdf(draft).code(), "NOT_FOUND");
  const std::string id = AddSent();
  const Reply early = Pdf(id);
  EXPECT_EQ(early.status, 404);
  EXPECT_EQ(early.code(), "NOT_AVAILABLE_YET");
  Control("POST", "features", R"({"pdf_delay_ms": 60000})");
  Advance("59s");
  EXPECT_EQ(Pdf(id).code(), "NOT_AVAILABLE_YET");
  Advance("1s");
  const Reply ready = Pdf(id);
  EXPECT_EQ(Field(ready.data(), "file_type"), "application/pdf");
  EXPECT_TRUE(absl::StartsWith(Content(ready), "%PDF-1.4\n% Invoice 1 of"));
  EXPECT_TRUE(absl::EndsWith(Content(ready), "%%EOF\n"));
}

TEST_F(PdfTest, EveryInvoiceHasItsOwn) {
  const std::string id = AddSent();
  const std::string other = AddSent();
  Advance("1h");
  Command(id, "credit", R"({"mode": "amount", "amount": 10})");
  EXPECT_EQ(Pdf(id).code(), "NOT_AVAILABLE_YET");  // the latest is the credit
  EXPECT_TRUE(absl::StrContains(Content(Pdf(id, "invoice_no=1")), "Invoice 1 of"));
  Advance("2s");
  EXPECT_TRUE(absl::StrContains(Content(Pdf(id)), "Invoice 3 of"));
  EXPECT_TRUE(absl::StrContains(Content(Pdf(id, "invoice_no=3")), "Invoice 3 of"));
  EXPECT_EQ(Pdf(id, "invoice_no=2").code(), "NOT_FOUND");  // the other billogram's
  EXPECT_EQ(Pdf(other, "invoice_no=2").status, 200);
  for (const char* bad : {"invoice_no=x", "invoice_no=", "page=1", "invoice_no=1&invoice_no=1"}) {
    EXPECT_EQ(Pdf(id, bad).code(), "INVALID_QUERY_PARAMETER") << bad;
  }
}

TEST_F(PdfTest, LettersHaveIds) {
  const std::string id = AddBillogram();
  const Json sent = Command(id, "send", R"({"method": "Letter"})").data();
  const std::string letter = Field(sent.Find("events")->elements()[1], "data:letter_id");
  Advance("1h");
  EXPECT_EQ(Pdf(id, "letter_id=" + letter).status, 200);
  EXPECT_EQ(Pdf(id, "letter_id=0").code(), "NOT_FOUND");
}

TEST_F(PdfTest, MayBeRawAndLarge) {
  const std::string id = AddSent();
  Command(id, "attach", R"({"filename": "a.pdf", "content": "JVBERi0="})");
  Control("POST", "features", R"({"raw_pdf": true, "pdf_bytes": 100000, "pdf_delay_ms": 0})");
  const Reply raw = Pdf(id);
  EXPECT_EQ(raw.raw.headers[0].value, "application/pdf");
  EXPECT_EQ(raw.text.size(), 100000);
  EXPECT_TRUE(absl::EndsWith(raw.text, "%%EOF\n"));
  EXPECT_EQ(Get(absl::StrCat("billogram/", id, "/attachment.pdf")).text, "%PDF-");
  Control("POST", "features", R"({"raw_pdf": false})");
  EXPECT_EQ(Content(Pdf(id)), raw.text);
  EXPECT_EQ(Control("POST", "features", R"({"pdf_bytes": -1})").status, 400);
  EXPECT_EQ(Control("POST", "features", R"({"pdf_bytes": 999999999999})").status, 400);
}

TEST_F(PdfTest, AttachmentNamesItsFile) {
  const std::string id = AddBillogram(R"("attachment_content": "JVBERi0=")");
  const Reply attached = Get(absl::StrCat("billogram/", id, "/attachment.pdf"));
  EXPECT_EQ(attached.data().ToString(), R"({"content": "JVBERi0=", "filename": "attachment.pdf", )"
                                        R"("file_type": "application/pdf"})");
  EXPECT_EQ(Get(absl::StrCat("billogram/", AddBillogram(), "/attachment.pdf")).code(), "NOT_FOUND");
}

}  // namespace
}  // namespace billing::sandbox
