#ifndef SERVICE_SANDBOX_SHARED_DOCUMENT_H_
#define SERVICE_SANDBOX_SHARED_DOCUMENT_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/sandbox/json.h"

namespace billing::sandbox {

// A document whose copies share one value until one of them is edited: a hundred thousand seeded
// billograms would not fit otherwise. Not thread-safe.
class SharedDocument {
 public:
  SharedDocument() : held_(std::make_shared<Held>()) {}
  SharedDocument& operator=(Json value) {
    held_ = std::make_shared<Held>();
    held_->value = std::move(value);
    return *this;
  }

  const Json& get() const { return held_->value; }
  const Json* Find(std::string_view key) const { return get().Find(key); }
  std::string_view Text(std::string_view key) const { return get().Text(key); }

  // Its own value from now on; valid until it is copied.
  Json& Edit() {
    if (held_.use_count() > 1) {
      *this = Json(get());
    } else {
      held_->texts.clear();
    }
    return held_->value;
  }
  void Set(std::string_view key, Json value) { Edit().Set(key, std::move(value)); }

  // Whether copies share it: then what is derived from it is worth keeping.
  bool is_shared() const { return held_.use_count() > 1; }
  // The members' values as JSON text, in their order; made once.
  const std::vector<std::string>& MemberTexts() const {
    if (held_->texts.empty()) {
      for (const Json::Member& member : get().members()) {
        held_->texts.push_back(member.second.ToString());
      }
    }
    return held_->texts;
  }

 private:
  struct Held {
    Json value;
    std::vector<std::string> texts;
  };
  std::shared_ptr<Held> held_;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_SHARED_DOCUMENT_H_
