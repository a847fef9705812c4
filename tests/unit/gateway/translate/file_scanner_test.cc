#include "service/gateway/translate/file_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace billing::gateway::translate {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::StartsWith;
using Verdict = FileScanner::Verdict;

const FileShape& Shape() {
  static const FileShape* const shape = new FileShape{
      .content_key = "content", .type_key = "file_type", .name_key = "filename", .poll = false};
  return *shape;
}

struct Scan {
  Verdict verdict = Verdict::kMalformed;
  std::string file;
  std::optional<std::string> type;
  std::optional<std::string> name;
  std::string kept;
  std::string error;

  bool operator==(const Scan&) const = default;
};

// Reads `text` in pieces of `piece` bytes, the first of them of `first`.
Scan ScanText(std::string_view text, bool envelope = true, size_t first = SIZE_MAX,
              size_t piece = SIZE_MAX) {
  FileScanner scanner(Shape(), envelope, 8);
  Scan scan;
  for (size_t size = first; !text.empty(); size = piece) {
    const std::string_view next = text.substr(0, size);
    text.remove_prefix(next.size());
    if (!scanner.Feed(next, &scan.file)) break;
  }
  scan.verdict = scanner.Finish();
  scan.type = scanner.content_type();
  scan.name = scanner.filename();
  scan.kept = std::string(scanner.kept());
  scan.error = std::string(scanner.error());
  return scan;
}

// However the document is cut, the outcome is the same. What a document that is none gave out
// before is not compared.
Scan ScanAllWays(std::string_view text, bool envelope = true) {
  const Scan whole = ScanText(text, envelope);
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(ScanText(text, envelope, cut), whole) << "cut at " << cut << " of " << text;
  }
  EXPECT_EQ(ScanText(text, envelope, 1, 1), whole) << text;
  return whole;
}

std::string Document(std::string_view content) {
  return absl::StrCat(R"({"status":"OK","data":{"content":")", std::string(content), R"("}})");
}

// RFC 4648, section 10.
TEST(FileScannerTest, TestVectorsOfBase64) {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kVectors) {
    const Scan scan = ScanAllWays(Document(text));
    EXPECT_EQ(scan.verdict, Verdict::kOk) << scan.error;
    EXPECT_EQ(scan.file, bytes);
  }
}

TEST(FileScannerTest, AllBytes) {
  // `python3 -c 'import base64; print(base64.b64encode(bytes(range(0, 256, 5))).decode())'`
  std::string bytes;
  for (int i = 0; i < 256; i += 5) bytes.push_back(static_cast<char>(i));
  const Scan scan = ScanAllWays(
      Document("AAUKDxQZHiMoLTI3PEFGS1BVWl9kaW5zeH2Ch4yRlpugpaqvtLm+w8jN0tfc4ebr8PX6/w=="));
  EXPECT_EQ(scan.file, bytes);
}

TEST(FileScannerTest, KeysInAnyOrderAndOthersBetween) {
  for (
      const char* text : {
          R"({"status":"OK","data":{"content":"Zm9v","file_type":"application/pdf","filename":"a b.pdf"}})",
          R"({"data":{"filename":"a b.pdf","content":"Zm9v","file_type":"application/pdf"},"status":"OK"})",
          " {\t\"meta\" : "
          "{\"content\":\"eHh4\",\"status\":\"NO\",\"data\":[[],{},-0.5e+10,true,false,null]},\r\n"
          " \"data\" : { \"x\" : {\"content\":\"eHh4\"} , \"filename\":\"a\\u0020b.pdf\", "
          "\"y\":[\"]\",\"\\\"\"],"
          " \"file_typ\\u0065\":\"application\\/pdf\",\"content\" : \"Zm9v\" , \"z\":0 } , "
          "\"status\" : \"OK\" } \n",
      }) {
    const Scan scan = ScanAllWays(text);
    EXPECT_EQ(scan.verdict, Verdict::kOk) << scan.error;
    EXPECT_EQ(scan.file, "foo");
    EXPECT_THAT(scan.type, Optional<std::string>("application/pdf"));
    EXPECT_THAT(scan.name, Optional<std::string>("a b.pdf"));
    EXPECT_THAT(scan.kept, IsEmpty());
  }
}

TEST(FileScannerTest, BareDocument) {
  const Scan scan = ScanAllWays(R"({"status":"odd","data":{"content":"eHh4"},"content":"Zm9v"})",
                                /*envelope=*/false);
  EXPECT_EQ(scan.verdict, Verdict::kOk) << scan.error;
  EXPECT_EQ(scan.file, "foo");
  EXPECT_EQ(scan.type, std::nullopt);
}

TEST(FileScannerTest, KeysThatTheShapeDoesNotHave) {
  const FileShape shape{.content_key = "pdf", .type_key = "", .name_key = ""};
  FileScanner scanner(shape, true, 8);
  std::string file;
  ASSERT_TRUE(
      scanner.Feed(R"({"status":"OK","data":{"":"x","file_type":"y","pdf":"Zm9v"}})", &file));
  EXPECT_EQ(scanner.Finish(), Verdict::kOk);
  EXPECT_EQ(file, "foo");
  EXPECT_EQ(scanner.content_type(), std::nullopt);
  EXPECT_EQ(scanner.filename(), std::nullopt);
}

TEST(FileScannerTest, EscapesAndLineBreaksInTheContent) {
  // "\xff\xef\xbf" is "/++/", and "\xfb\xff" is "+/8=".
  EXPECT_EQ(ScanAllWays(Document(R"(\/\u002b+\u002F)")).file, "\xff\xef\xbf");
  EXPECT_EQ(ScanAllWays(Document(R"(Zm\r\n9v\nYm\u000aFy\r\n)")).file, "foobar");
  EXPECT_EQ(ScanAllWays(Document(R"(\u005Am9v\u0059g=\u003d\n)")).file, "foob");
}

TEST(FileScannerTest, BadBase64) {
  for (const char* text : {"Zg",        "Zg=",      "Z",         "Z===",      "====",
                           "=",         "Zg===",    "Zm9v=",     "Zm9v====",  "Zg==Zg==",
                           "Zg=a",      "Zm8=Zm8=", "Zh==",      "Zm9=",      "Zm9-",
                           "Zm9_",      "Zm 9v",    "Zm9v Zm9v", R"(Zm9v\t)", R"(\u00e5m9v)",
                           R"(\u0000)", "Zm9vå",    R"(Zm9v\\)", R"(\"Zm9v)", "Zg\n=="}) {
    // A raw line break is no JSON; all else is no base64.
    const bool json = std::string_view(text).find('\n') == std::string_view::npos;
    for (const std::string& document :
         {Document(text),
          absl::StrCat(R"({"data":{"content":")", text, R"(","x":1},"status":"OK"})")}) {
      const Scan scan = ScanAllWays(document);
      EXPECT_EQ(scan.verdict, Verdict::kMalformed) << text;
      EXPECT_THAT(scan.error, HasSubstr(json ? "not base64" : "malformed JSON")) << text;
    }
  }
}

TEST(FileScannerTest, ErrorDocuments) {
  for (const char* text : {
           R"({"status":"NOT_AVAILABLE_YET","data":{"message":"Not yet"}})",
           R"({"data":{"message":"Not yet","x":[1,"å",{}]},"status":"NOT_FOUND"})",
           R"( {"status":"NOT_FOUND","data":null} )",
           R"({"data":[{"content":1}],"status":"NOT_FOUND"})",
           R"({"data":"none","status":"NOT_FOUND"})",
           R"({"data":{"content":null},"status":"NOT_FOUND"})",
           R"({"status":"NOT_FOUND","data":{"content":"!"}})",
           R"({"status":"OK ","data":{}})",
           R"({"status":""})",
       }) {
    const Scan scan = ScanAllWays(text);
    EXPECT_EQ(scan.verdict, Verdict::kNotOk) << text << scan.error;
    EXPECT_EQ(scan.kept, text);
    EXPECT_THAT(scan.file, IsEmpty());
  }
}

TEST(FileScannerTest, AnErrorAfterAFileIsStillAnError) {
  const Scan scan =
      ScanAllWays(R"({"data":{"content":"Zm\u0039v","message":"No"},"status":"NOT_FOUND"})");
  EXPECT_EQ(scan.verdict, Verdict::kNotOk);
  EXPECT_EQ(scan.kept, R"({"data":{"content":"","message":"No"},"status":"NOT_FOUND"})");
}

TEST(FileScannerTest, OfALongErrorTheBeginningIsKept) {
  const std::string text = absl::StrCat(R"({"status":"NOT_FOUND","data":{"content":")",
                                        std::string(200'000, 'A'), R"("}})");
  for (size_t piece : {size_t{1}, size_t{1000}, text.size()}) {
    const Scan scan = ScanText(text, true, piece, piece);
    EXPECT_EQ(scan.verdict, Verdict::kNotOk);
    EXPECT_EQ(scan.kept, text.substr(0, FileScanner::kMaxKept));
  }
}

TEST(FileScannerTest, NoFileInIt) {
  for (const char* text : {
           R"({"status":"OK"})",
           R"({"status":"OK","data":{}})",
           R"({"status":"OK","data":{"file_type":"application/pdf"}})",
           R"({"status":"OK","data":{"x":{"content":"Zm9v"}}})",
           R"({"status":"OK","content":"Zm9v"})",
           R"({"status":"OK","meta":{"content":"Zm9v"},"data":{}})",
           R"({"status":"OK","data":null})",
           R"({"status":"OK","data":"Zm9v"})",
           R"({"status":"OK","data":[{"content":"Zm9v"}]})",
           R"({"data":[{"content":"Zm9v"}],"status":"OK"})",
           R"({"status":"OK","data":{"content":null}})",
           R"({"data":{"content":null},"status":"OK"})",
           R"({"status":"OK","data":{"content":{"content":"Zm9v"}}})",
           R"({"status":"OK","data":{"content":["Zm9v"]}})",
           R"({"data":{"content":12},"status":"OK"})",
           R"({"data":{"content":"Zm9v"}})",
           R"({})",
       }) {
    const Scan scan = ScanAllWays(text);
    EXPECT_EQ(scan.verdict, Verdict::kMalformed) << text;
    EXPECT_THAT(scan.error, Not(StartsWith("malformed JSON"))) << text;
  }
}

TEST(FileScannerTest, EveryPrefixIsMalformed) {
  const std::string text =
      R"({"status":"OK","data":{"content":"Zm9v\u0059g==","n":-1.5e+3,"l":[true,null]}})";
  ASSERT_EQ(ScanText(text).verdict, Verdict::kOk);
  for (size_t size = 0; size < text.size(); ++size) {
    const Scan scan = ScanText(text.substr(0, size));
    EXPECT_EQ(scan.verdict, Verdict::kMalformed) << size;
    EXPECT_EQ(scan.error, "it ends too early") << size;
  }
}

TEST(FileScannerTest, MalformedJson) {
  const char* const kInside[] = {"01",          "-",          "-a",        "1.",     "1.e5",
                                 "1e",          "1e+",        ".5",        "+1",     "1.2.3",
                                 "0x1",         "1e5.5",      "--1",       "tru",    "truE",
                                 "nulll",       "nul,",       "True",      "NaN",    "'a'",
                                 "[1,]",        "[,]",        "[1 2]",     "[",      "]",
                                 "{]",          "[}",         "{\"a\"}",   "{a:1}",  "{,}",
                                 "{\"a\":1,}",  "{\"a\":}",   "{\"a\" 1}", "{1:2}",  "\"\\x\"",
                                 "\"\\u12g4\"", "\"\\u123\"", "\"\t\"",    "\"\n\"", "1,,\"b\":1",
                                 "1 \"b\":1",   "1;",         "//x\n1",    ""};
  for (const char* inside : kInside) {
    const std::string text =
        absl::StrCat(R"({"status":"OK","x":)", inside, R"(,"data":{"content":"Zm9v"}})");
    const Scan scan = ScanAllWays(text);
    EXPECT_EQ(scan.verdict, Verdict::kMalformed) << inside;
  }
  for (const char* text :
       {"", " ", "null", "\"OK\"", "[]", "<html>", "\xEF\xBB\xBF{}", "{\"status\":\"OK\"}}",
        R"({"status":"OK","data":{"content":"Zm9v"}} x)",
        R"({"status":"OK","data":{"content":"Zm9v"}}{})", R"({"status":"OK",})",
        R"({"status":1,"data":{"content":"Zm9v"}})",
        R"({"status":"OK","status":"OK","data":{"content":"Zm9v"}})",
        R"({"status":"OK","data":{"content":"Zm9v","content":"Zm9v"}})",
        R"({"status":"OK","data":{"content":"Zm9v"},"d\u0061ta":{}})",
        R"({"status":"OK","data":{"filename":"a","filename":"a","content":"Zm9v"}})"}) {
    EXPECT_EQ(ScanAllWays(text).verdict, Verdict::kMalformed) << text;
  }
  const std::string nul("{\"status\":\"OK\",\0\"data\":{\"content\":\"\"}}", 38);
  EXPECT_EQ(ScanText(nul).verdict, Verdict::kMalformed);
}

TEST(FileScannerTest, DepthIsBounded) {
  const auto nested = [](int levels) {
    return absl::StrCat(R"({"status":"OK","x":)", std::string(levels, '['),
                        std::string(levels, ']'), R"(,"data":{"content":""}})");
  };
  EXPECT_EQ(ScanText(nested(7)).verdict, Verdict::kOk);
  EXPECT_EQ(ScanText(nested(8)).error, "it nests too deep");
  EXPECT_EQ(ScanText(nested(1'000'000)).error, "it nests too deep");
  // Refused as it is entered, not at its end.
  FileScanner scanner(Shape(), true, 8);
  std::string file;
  EXPECT_FALSE(scanner.Feed(R"({"x":[[[[[[[[)", &file));
}

TEST(FileScannerTest, NothingLongIsHeld) {
  // A key and a name of megabytes.
  const std::string text =
      absl::StrCat(R"({"status":"OK",")", std::string(3'000'000, 'k'),
                   R"(":1,"data":{"filename":")", std::string(3'000'000, 'n'), R"(","file_type":)",
                   std::string(20, ' '), R"("text/csv","content":"Zm9v"}})");
  const Scan scan = ScanText(text, true, 16384, 16384);
  EXPECT_EQ(scan.verdict, Verdict::kOk);
  EXPECT_EQ(scan.file, "foo");
  EXPECT_EQ(scan.name, std::nullopt);
  EXPECT_THAT(scan.type, Optional<std::string>("text/csv"));
}

TEST(FileScannerTest, WhatIsToldIsText) {
  const auto name = [](std::string_view spelled) {
    return ScanAllWays(absl::StrCat(R"({"status":"OK","data":{"content":"","filename":)",
                                    std::string(spelled), "}}"))
        .name;
  };
  EXPECT_THAT(name(R"("r\u00e4kning \"1\".pdf")"), Optional<std::string>("räkning \"1\".pdf"));
  EXPECT_THAT(name(R"("\ud83d\ude00")"), Optional<std::string>("\xF0\x9F\x98\x80"));
  // What is no character is replaced.
  EXPECT_THAT(name(R"("a\ud83dz")"), Optional(AllOf(StartsWith("a?"), EndsWith("?z"))));
  EXPECT_THAT(name("\"a\xFFz\""), Optional<std::string>("a?z"));
  EXPECT_EQ(name("null"), std::nullopt);
  EXPECT_EQ(name("7"), std::nullopt);
  EXPECT_EQ(name("{}"), std::nullopt);
}

TEST(FileScannerTest, GivesOutAsItComes) {
  FileScanner scanner(Shape(), true, 8);
  std::string file;
  ASSERT_TRUE(scanner.Feed(R"({"data":{"content":"Zm9vYmF)", &file));
  EXPECT_EQ(file, "foo");
  EXPECT_FALSE(scanner.status_ok());
  ASSERT_TRUE(scanner.Feed(R"(y"},"status":"OK")", &file));
  EXPECT_EQ(file, "foobar");
  EXPECT_TRUE(scanner.status_ok());
  // What cannot be a file any more is told at once.
  EXPECT_FALSE(scanner.Feed("x", &file));
  EXPECT_FALSE(scanner.Feed("}", &file));
}

}  // namespace
}  // namespace billing::gateway::translate
