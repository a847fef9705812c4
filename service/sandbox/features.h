#ifndef SERVICE_SANDBOX_FEATURES_H_
#define SERVICE_SANDBOX_FEATURES_H_

#include <cstdint>
#include <string>

#include "service/sandbox/api_error.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// What an account has been switched on for, and the sandbox's choices where the reference does not
// know; changed by POST /sandbox/features under the same names.
struct Features {
  bool collection = true;           // has a collection partner: command collect
  bool factoring = true;            // command sell
  bool stand_alone_credits = true;  // billograms with a negative total
  bool compact_lists = false;       // lists answer compact objects, as recorded in 2017

  bool raw_pdf = false;              // PDFs as application/pdf instead of base64 in JSON
  int64_t pdf_bytes = 0;             // how large invoices' PDFs are at least
  int64_t pdf_delay_ms = 2000;       // how long making one takes
  int64_t due_days = 30;             // of billograms that leave it out
  bool confirm_settings = true;      // changed names and payments wait for confirmation
  bool repeat_deduplicated = false;  // a repeated deduplication id answers as the first time
  std::string billing_frequency = "monthly#1";  // of billing tabs without settings
  std::string delivery_method = "Email";        // of billing tabs without settings
  bool einvoice_needs_registration = false;     // to send by Einvoice
  bool interest = false;                        // accrues on what is overdue
  bool reminders_after_previous = false;        // a reminder's delay counts from the one before
  bool monthly_reports = true;  // made on the first of a month with invoices before it
};

Json RenderFeatures(const Features& features);
// Changes those that `body` names; its other keys are in `ignored`. Changes nothing where it
// refuses.
MaybeError UpdateFeatures(const Json& body, std::string_view ignored, Features& features);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_FEATURES_H_
