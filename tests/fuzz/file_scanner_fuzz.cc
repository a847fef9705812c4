#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "service/common/utf8.h"
#include "service/gateway/translate/file_scanner.h"
#include "service/gateway/translate/values.h"
#include "tests/fuzz/fuzz.h"

namespace billing::gateway::translate {
namespace {

using Verdict = FileScanner::Verdict;

constexpr int kMaxDepth = 16;

struct Scan {
  Verdict verdict = Verdict::kMalformed;
  std::string file;
  std::string kept;
  std::string type;
  std::string name;
  bool operator==(const Scan&) const = default;
};

const FileShape& Shape() {
  static const FileShape* const shape =
      new FileShape{.content_key = "content", .type_key = "file_type", .name_key = "filename"};
  return *shape;
}

Scan Read(std::string_view text, bool envelope, size_t piece) {
  FileScanner scanner(Shape(), envelope, kMaxDepth);
  Scan scan;
  for (bool goes_on = true; goes_on && !text.empty();) {
    const std::string_view next = text.substr(0, piece);
    text.remove_prefix(next.size());
    goes_on = scanner.Feed(next, &scan.file);
    Check(goes_on == scanner.error().empty(), "an end without a reason");
    Check(scanner.kept().size() <= FileScanner::kMaxKept, "too much is kept");
  }
  scan.verdict = scanner.Finish();
  Check((scan.verdict == Verdict::kMalformed) == !scanner.error().empty(), "an error unsaid");
  scan.kept = std::string(scanner.kept());
  scan.type = scanner.content_type().value_or("-");
  scan.name = scanner.filename().value_or("-");
  Check(common::ValidUtf8Prefix(scan.type) == scan.type.size(), "a type that is not UTF-8");
  Check(common::ValidUtf8Prefix(scan.name) == scan.name.size(), "a name that is not UTF-8");
  return scan;
}

// What the document is by the readers of whole documents and texts.
Verdict Expected(const Json& root, bool envelope, std::string* file) {
  if (root.kind != Json::Kind::kObject) return Verdict::kMalformed;
  const Json* holder = &root;
  if (envelope) {
    const Json* status = root.Find("status");
    if (status == nullptr || status->kind != Json::Kind::kString) return Verdict::kMalformed;
    if (status->text != "OK") return Verdict::kNotOk;
    holder = root.Find("data");
    if (holder == nullptr || holder->kind != Json::Kind::kObject) return Verdict::kMalformed;
  }
  const Json* content = holder->Find("content");
  if (content == nullptr || content->kind != Json::Kind::kString) return Verdict::kMalformed;
  std::string text = content->text;
  text.erase(
      std::remove_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }),
      text.end());
  return AppendBase64Decoded(text, file) ? Verdict::kOk : Verdict::kMalformed;
}

void Run(bool envelope, size_t piece, std::string_view text) {
  const Scan scan = Read(text, envelope, text.size() + 1);
  const Scan in_pieces = Read(text, envelope, piece);
  Check(in_pieces.verdict == scan.verdict, "pieces change the verdict");
  if (scan.verdict != Verdict::kMalformed) Check(in_pieces == scan, "pieces change the outcome");

  const ParsedJson parsed = ParseJson(text);
  if (parsed.beyond_reader) return;
  const bool utf8 = common::ValidUtf8Prefix(text) == text.size();
  if (scan.verdict != Verdict::kMalformed && utf8) Check(parsed.ok, "accepted what is no JSON");
  if (!parsed.ok || parsed.duplicate_keys || parsed.depth > kMaxDepth) return;
  std::string file;
  const Verdict expected = Expected(parsed.value, envelope, &file);
  Check(scan.verdict == expected, "another verdict");
  if (expected == Verdict::kOk) Check(scan.file == file, "another file");
}

}  // namespace
}  // namespace billing::gateway::translate

// The first byte says whether there is an envelope, the second how long the pieces are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  billing::gateway::translate::Run((data[0] & 1) == 1, size_t{data[1]} % 64 + 1,
                                   {reinterpret_cast<const char*>(data + 2), size - 2});
  return 0;
}
