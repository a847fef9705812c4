#ifndef SERVICE_SANDBOX_BILLOGRAM_H_
#define SERVICE_SANDBOX_BILLOGRAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/sandbox/billogram_sums.h"
#include "service/sandbox/json.h"
#include "service/sandbox/occasion.h"
#include "service/sandbox/random.h"
#include "service/sandbox/shared_document.h"

namespace billing::sandbox {

// What an invoice adds to the books; less than zero where it is a credit.
struct Booking {
  Decimal net;
  Decimal vat;
  Decimal total;  // what is to be paid: net + vat, rounded
};

// Something that happened to a billogram (reference, 4.11 and 6.4).
struct Event {
  std::string type;
  absl::Time at;
  std::string uuid;
  Json data;
  std::shared_ptr<const Booking> booking;  // null where no invoice was made
};

// One billogram: what the caller wrote, and what has become of it.
struct Billogram {
  std::string id;
  int64_t sequence = 0;     // order of creation
  SharedDocument document;  // every field of the schema; the read-only ones are null here
  InvoiceSums sums;

  std::string state = "Unattested";
  absl::Time state_since;
  std::optional<int64_t> invoice_no;
  std::string ocr_number;
  std::string url_token;
  std::string delivery_method;
  absl::Time created_at;
  std::optional<absl::Time> attested_at;
  absl::Time updated_at;
  bool invoice_date_given = false;
  bool due_date_given = false;
  std::optional<absl::CivilDay> respite_date;
  int64_t reminder_count = 0;
  std::optional<absl::CivilDay> last_reminder;
  int64_t automatic_reminders_sent = 0;
  bool written_down = false;
  bool delivery_failed = false;
  bool new_message = false;              // the recipient wrote, and was not answered yet
  std::string letter_id;                 // of the invoice, where a letter is printed
  std::optional<absl::Time> letter_due;  // when it goes out, where it has not
  std::string attachment;
  std::string attachment_content;  // base64
  std::vector<Event> events;       // oldest first

  Decimal paid;  // all payments, surplus included
  Decimal credited_principal;
  Decimal credited_fees;
  NetByRate credited_rows;                      // what credits of rows have named: negative
  Decimal reminder_fees;                        // charged by reminders
  Decimal interest;                             // accrued and charged
  std::optional<absl::CivilDay> interest_from;  // the first day it has not accrued for yet
  bool overdue = false;                         // the last day to pay has passed
  Decimal written_off_fees;
  Decimal collector_paid;  // the part of `paid` that the collector received
  Decimal used_credit;     // of a stand-alone credit: allocated or paid out
  bool settled = false;    // the rest was given up

  std::optional<absl::Time> timer;  // owned by the store, as is the next
  Decimal counted;                  // what it adds to the store's remaining sum
  mutable std::string rendered;     // the whole answer; empty: to be made anew

  // A credit invoice of its own: its total is negative.
  bool IsStandAloneCredit() const { return sums.total < Decimal(0); }
  // Sent, not ended, not with a collector: the open group of the reference's section 5.1.
  bool IsOpen() const;
  // Payments are applied to the principal first, then to fees.
  Decimal RemainingPrincipal() const;
  Decimal RemainingFees() const;
  // What reminders and interest added to the debt, less what of it was written off: reminder fees
  // first.
  Decimal ReminderFees() const;
  Decimal Interest() const;
  // What was paid beyond all that was to be paid.
  Decimal Surplus() const;
  // What is left to pay; of a stand-alone credit, what is left to use, negative.
  Decimal Remaining() const;
  // The last day to pay: the due date or the respite.
  std::optional<absl::CivilDay> LastDay() const;

  void AddEvent(const Occasion& occasion, std::string_view type, Json data,
                std::optional<Booking> booking = std::nullopt);
  void EnterState(const Occasion& occasion, std::string_view next);
  // Marks it as changed.
  void Touch(const Occasion& occasion);
};

// "remaining_sum" and "total_sum", which many events carry.
Json SumsOf(const Billogram& billogram);

// One event as answers show it.
Json RenderEvent(const Billogram& billogram, const Event& event);

// The whole object: every documented field, events the newest 100, oldest first.
Json Render(const Billogram& billogram);

// The whole object as text; made once per change.
const std::string& RenderText(const Billogram& billogram);

// The compact object of a 2017 recording and "return_data": "compact".
Json RenderCompact(const Billogram& billogram);

// The payment reference of an invoice: twelve digits, the last but one the length modulo 10, the
// last a Luhn check digit.
std::string OcrNumber(int64_t invoice_no, Random& random);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_BILLOGRAM_H_
