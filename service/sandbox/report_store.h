#ifndef SERVICE_SANDBOX_REPORT_STORE_H_
#define SERVICE_SANDBOX_REPORT_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "service/sandbox/api_error.h"
#include "service/sandbox/billogram_store.h"
#include "service/sandbox/json.h"
#include "service/sandbox/keyed_documents.h"
#include "service/sandbox/settings.h"

namespace billing::sandbox {

// The reports of one account (reference, 4.19): on the first of a month, one of each type about the
// month before, where anything happened in it. Not thread-safe.
class ReportStore {
 public:
  explicit ReportStore(absl::Time now);

  // With `content`, as the answer of a single one shows it. Null where there is none.
  const Json* Find(std::string_view filename) const { return reports_.Find(filename); }
  // Without `content`, oldest first.
  std::vector<Json> List() const;

  // Makes a report about the days from `first` until `last`, included. InvalidParameter for a type
  // that there is none of.
  Expected<const Json*> Make(std::string_view type, absl::CivilDay first, absl::CivilDay last,
                             absl::Time now, const BillogramStore& billograms,
                             const Settings& settings);

  // The first of the next month; InfiniteFuture while there are no billograms.
  absl::Time NextTimer(const BillogramStore& billograms, const Features& features) const;
  // Makes the reports of the month that has ended.
  void RunTimer(const BillogramStore& billograms, const Settings& settings);

 private:
  KeyedDocuments reports_;
  absl::CivilMonth month_;  // not yet reported
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_REPORT_STORE_H_
