#ifndef SERVICE_SANDBOX_DUNNING_H_
#define SERVICE_SANDBOX_DUNNING_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "service/sandbox/billogram.h"
#include "service/sandbox/features.h"
#include "service/sandbox/settings.h"

namespace billing::sandbox {

class BillogramStore;

// What time alone will do to a billogram next (reference, 5.3 and 5.4).
struct Deadline {
  enum class What {
    kOverdue,       // the last day to pay has passed
    kReminder,      // the next automatic reminder
    kCollection,    // automatic collection
    kPartnerReply,  // a collection or factoring partner answers
    kLetter,        // a letter goes out: at once, or because the e-mail was not opened
  };
  absl::Time at;
  What what;
};

// Nothing where time changes nothing. A deadline that is already past is due now: not before the
// billogram's last change.
std::optional<Deadline> NextDeadline(const Billogram& billogram, const Settings& settings,
                                     const Features& features);

// Lets it happen.
void Meet(const Deadline& deadline, BillogramStore& store, Billogram& billogram,
          const Occasion& occasion);

// Sends a reminder: fee, state and event.
struct Reminder {
  std::string method;
  Json message;  // a string or null
  Decimal fee;
};
void SendReminder(const Reminder& reminder, Billogram& billogram, const Occasion& occasion);

// Hands the billogram to the collection partner.
void StartCollection(Billogram& billogram, const Occasion& occasion);

// What the collection partner reports.
void CollectorPays(Billogram& billogram, const Decimal& amount, const Occasion& occasion);
void CollectorEnds(Billogram& billogram, const Occasion& occasion);
void CollectorCancels(Billogram& billogram, const Occasion& occasion);

// The state of an open billogram by its reminders, payments and dates: where it stands again once
// a payment is recalled or a collection cancelled.
std::string OpenState(const Billogram& billogram, absl::CivilDay today);

// When the letter of an invoice sent by that method goes out; nothing where there is none.
std::optional<absl::Time> LetterTime(std::string_view method, absl::Time sent_at);

// The interest that has accrued until `at` and is not charged yet, where the account charges any.
Decimal AccruedInterest(const Billogram& billogram, const Features& features, absl::Time at);
// Charges it: before each change of what it accrues on, or at which rate.
void AccrueInterest(Billogram& billogram, const Features& features, absl::Time at);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_DUNNING_H_
