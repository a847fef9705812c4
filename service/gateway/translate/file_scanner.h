#ifndef SERVICE_GATEWAY_TRANSLATE_FILE_SCANNER_H_
#define SERVICE_GATEWAY_TRANSLATE_FILE_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/gateway/translate/method_table.h"

namespace billing::gateway::translate {

// Base64 (RFC 4648, section 4) in pieces. Padding is needed and nothing may follow it; line breaks
// are passed over, as MIME encoders make them.
class Base64Stream {
 public:
  // Appends the bytes that are complete. False for what is no base64; it then takes no more.
  bool Feed(std::string_view text, std::string* out);
  // Whether it may end here.
  bool complete() const { return ok_ && count_ == 0; }

 private:
  bool Character(char c, std::string* out);

  uint32_t bits_ = 0;  // of the group of four that began
  int count_ = 0;      // characters of it
  int padding_ = 0;
  bool ended_ = false;  // by padding
  bool ok_ = true;
};

// Reads the JSON document that holds a file in base64, as it arrives in pieces of any size, and
// gives the file's bytes out as they come. It holds neither the document nor the file.
//
// The document is read strictly (RFC 8259), but for two things that nobody gets to see: the UTF-8
// of what is skipped and keys of no meaning that come twice are not checked. Not thread-safe.
class FileScanner {
 public:
  // What an answer that is no success is made of, at most: its first bytes.
  static constexpr size_t kMaxKept = size_t{64} << 10;
  // Longest content type or name that is told, in bytes as the document spells it.
  static constexpr size_t kMaxText = size_t{1} << 10;

  // `shape` must outlive it. With `envelope` the file is in the document's data and its status
  // counts; `max_depth` bounds nesting.
  FileScanner(const FileShape& shape, bool envelope, int max_depth);
  FileScanner(const FileScanner&) = delete;
  FileScanner& operator=(const FileScanner&) = delete;

  // Takes the next piece and appends what it gives of the file to `file`. False once the document
  // cannot hold a file any more, whatever follows: error() says why.
  bool Feed(std::string_view piece, std::string* file);

  enum class Verdict {
    kOk,         // the whole file was given out
    kNotOk,      // the envelope's status is not "OK": kept() is the error body
    kMalformed,  // no such document; error() says why. What was given out is not a file.
  };
  // At the document's end; to be called once.
  Verdict Finish();

  // The envelope's status was seen, and it is "OK". True of a bare document.
  bool status_ok() const { return status_ == Status::kOk; }
  // What the document tells so far; not every one does, and it may come after the file.
  const std::optional<std::string>& content_type() const { return content_type_; }
  const std::optional<std::string>& filename() const { return filename_; }
  // The document's beginning without the file, as long as it may be an error.
  std::string_view kept() const { return kept_; }
  std::string_view error() const { return error_; }

 private:
  enum class Status : uint8_t { kUnknown, kOk, kNotOk };
  // What the grammar takes next.
  enum class Next : uint8_t {
    kDocument,  // the root's '{'
    kFirstKey,  // a key or '}'
    kKey,       // a key
    kColon,
    kValue,
    kFirstValue,  // a value or ']'
    kMore,        // ',' or the container's end
    kNothing,     // after the root: white space
    kString,      // in a string
    kEscape,      // after its backslash
    kHex,         // in \uXXXX
    kNumber,
    kLiteral,
  };
  // What a value, or the string being read, is to us.
  enum class Slot : uint8_t { kSkip, kKey, kStatus, kData, kContent, kType, kName };
  enum class Number : uint8_t { kMinus, kZero, kInteger, kPoint, kFraction, kE, kSign, kExponent };

  const char* Step(const char* at, const char* end, std::string* file);
  const char* InString(const char* at, const char* end, std::string* file);
  bool Escaped(char c, std::string* file);
  bool Hex(char c, std::string* file);
  bool InNumber(char c);
  bool BeginValue(char c);
  bool BeginString();
  bool EndString();
  bool EndKey();
  bool EndStatus();
  std::optional<std::string> Text() const;
  bool Open(char bracket);
  bool Close(char bracket);
  void EndValue();
  bool Seen(Slot slot) const;
  void TakeText(std::string_view raw);
  void Decode(std::string_view text, std::string* file);
  bool Fail(std::string_view why);
  void Complain(std::string_view why);
  void Keep(std::string_view bytes);

  const FileShape& shape_;
  const size_t file_depth_;  // of the object that has the file's keys
  const size_t max_depth_;

  Next next_ = Next::kDocument;
  std::string open_;  // the brackets that are open
  bool in_data_;      // the object at file_depth_ is the file's
  Slot slot_ = Slot::kSkip;
  uint32_t seen_ = 0;  // slots that were met
  Number number_ = Number::kMinus;
  std::string_view literal_;  // what is still to come of it
  int hex_left_ = 0;
  uint32_t hex_ = 0;
  std::string text_;  // of a key or value that is read, as spelled
  bool text_too_long_ = false;

  Base64Stream base64_;
  Status status_;
  std::optional<std::string> content_type_;
  std::optional<std::string> filename_;
  std::string kept_;
  std::string complaint_;  // what keeps it from being a file, if its status is OK
  std::string error_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_FILE_SCANNER_H_
