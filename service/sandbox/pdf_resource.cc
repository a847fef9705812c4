#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/api_call.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

// One of the immutable documents inside a billogram (reference, 4.20).
struct Invoice {
  std::string number;
  absl::Time made_at;
};

// The invoice that the query asks for: the latest one without parameters. Nothing where the
// billogram has none such.
std::optional<Invoice> FindInvoice(const Billogram& billogram, std::string_view invoice_no,
                                   std::string_view letter_id) {
  std::optional<Invoice> found;
  if (billogram.invoice_no && letter_id.empty()) {
    const std::string first = std::to_string(*billogram.invoice_no);
    if (invoice_no.empty() || invoice_no == first) found = {first, *billogram.attested_at};
  }
  for (const Event& event : billogram.events) {
    const Json* number = event.data.Find("invoice_no");
    if (number == nullptr || !number->is_number()) continue;
    if (!invoice_no.empty() && number->text() != invoice_no) continue;
    if (!letter_id.empty() && event.data.Text("letter_id") != letter_id) continue;
    // A reminder or a second sending shows an invoice that has been made before.
    if (found && found->number == number->text()) continue;
    found = {number->text(), event.at};
  }
  return found;
}

// A document that says which invoice it is of; comment lines make it as large as asked for.
std::string PdfOf(const Billogram& billogram, std::string_view invoice_no, size_t bytes) {
  std::string pdf =
      absl::StrCat("%PDF-1.4\n% Invoice ", ToAbsl(invoice_no), " of billogram ", billogram.id,
                   "\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                   "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                   "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n");
  const std::string end = "trailer<</Root 1 0 R>>\n%%EOF\n";
  pdf.reserve(std::max(pdf.size() + end.size(), bytes));
  for (int line = 0; pdf.size() + end.size() < bytes; ++line) {
    const size_t left = bytes - pdf.size() - end.size();
    // Numbered, so that a part that is lost or repeated shows.
    std::string comment = absl::StrCat("% ", line, " ", std::string(64, '.'), "\n");
    if (comment.size() > left) comment = std::string(left - 1, '%') + "\n";
    pdf += comment;
  }
  return pdf + end;
}

ApiAnswer FileAnswer(bool raw, std::string content, std::string_view filename) {
  if (raw) return {.body = std::move(content), .content_type = "application/pdf"};
  // Base64 needs no escapes: it goes past the JSON writer, which is slow for megabytes.
  std::string body = absl::StrCat("{\"status\": \"OK\", \"data\": {\"content\": \"",
                                  absl::Base64Escape(content), "\", ");
  if (!filename.empty()) {
    absl::StrAppend(&body, "\"filename\": ", Json::String(filename).ToString(), ", ");
  }
  absl::StrAppend(&body, "\"file_type\": \"application/pdf\"}}");
  return {std::move(body)};
}

}  // namespace

ApiResult ServePdf(const ApiCall& call, std::string_view id) {
  if (!call.Is("GET")) return call.WrongMethod();
  const Expected<QueryParameters> query = call.Query();
  if (!query.ok()) return query.error();
  std::string_view invoice_no;
  std::string_view letter_id;
  for (const auto& [name, value] : *query) {
    if (name != "invoice_no" && name != "letter_id") {
      return InvalidQueryParameter(name, "is unknown");
    }
    std::string_view& parameter = name == "invoice_no" ? invoice_no : letter_id;
    if (!parameter.empty()) return InvalidQueryParameter(name, "is given twice");
    int64_t number = 0;
    if (value.empty() || (name == "invoice_no" && !absl::SimpleAtoi(value, &number))) {
      return InvalidQueryParameter(name, "is malformed");
    }
    parameter = value;
  }
  const Billogram* billogram = call.account.billograms.Find(id);
  if (billogram == nullptr) return NotFound(id);
  const auto invoice = FindInvoice(*billogram, invoice_no, letter_id);
  if (!invoice) return NotFound(id);
  const Features& features = call.account.features;
  if (call.world.Now() < invoice->made_at + absl::Milliseconds(features.pdf_delay_ms)) {
    return NotAvailableYet("the PDF is being made");
  }
  return FileAnswer(features.raw_pdf,
                    PdfOf(*billogram, invoice->number, static_cast<size_t>(features.pdf_bytes)),
                    "");
}

ApiResult ServeAttachment(const ApiCall& call) {
  if (!call.Is("GET")) return call.WrongMethod();
  const Billogram* billogram = call.account.billograms.Find(call.steps[1]);
  if (billogram == nullptr || billogram->attachment.empty()) return NotFound(call.steps[1]);
  std::string content;
  // What is kept has been checked.
  absl::Base64Unescape(billogram->attachment_content, &content);
  return FileAnswer(call.account.features.raw_pdf, std::move(content), billogram->attachment);
}

}  // namespace billing::sandbox
