#ifndef SERVICE_SANDBOX_SETTINGS_H_
#define SERVICE_SANDBOX_SETTINGS_H_

#include <string_view>

#include "service/sandbox/api_error.h"
#include "service/sandbox/features.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {

// The settings of one account (reference, 3.8 and 4.18), and what they mean for others. Not
// thread-safe.
class Settings {
 public:
  explicit Settings(const Features& features);  // which outlive it

  // As answers show them.
  const Json& document() const { return document_; }
  // A part of them, "invoices"; there is one.
  const Json& Part(std::string_view name) const { return *document_.Find(name); }

  // Changes of name and payment wait for Confirm() where the account asks for confirmation.
  MaybeError Update(const Json& update);
  // What the link in the confirming e-mail does; whether there was anything to confirm.
  bool Confirm();

  // A new billogram's document with what the settings say for the fields that it leaves out.
  Json WithDefaults(const Json& billogram) const;
  // An update of one with what they say for the fields that it sets to null.
  Json WithDefaultsForNulls(const Json& update) const;

 private:
  const Features& features_;
  Json document_;
  Json pending_ = Json::MakeObject();  // name and payment that are not yet confirmed
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_SETTINGS_H_
