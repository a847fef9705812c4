#include "service/sandbox/catalogue.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

MaybeError CheckGiven(const Json& document, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (document.Find(name) != nullptr) continue;
    return InvalidParameter(FieldPath() / name, absl::StrCat("missing required parameter: ", name));
  }
  return std::nullopt;
}

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

// Offers' times are in the newer spelling.
Json NewerTime(absl::Time now) { return Json::String(FormatIsoTime(now)); }

MaybeError CheckBanner(const Json& offer) {
  const FieldPath root;
  for (const char* name : {"picture", "picture_type"}) {
    if (offer.Find("media")->Text(name).empty()) {
      return InvalidParameter(root / "media" / name,
                              absl::StrCat("missing required parameter: ", name));
    }
  }
  if (offer.Text("type") == "banner" && offer.Text("info_link").empty()) {
    return InvalidParameter(root / "info_link", "missing required parameter: info_link");
  }
  return std::nullopt;
}

}  // namespace

Expected<const Json*> ItemStore::Create(const Json& document, absl::Time now) {
  if (auto error = CheckDocument(StoredItemSchema(), document, nullptr, FieldPath())) return *error;
  if (auto error = CheckGiven(document, {"title", "price", "vat", "unit"})) return *error;
  std::string number(document.Text("item_no"));
  if (number.empty()) {
    do {
      number = std::to_string(++last_number_);
    } while (Find(number) != nullptr);
  } else if (Find(number) != nullptr) {
    return NotUnique("item_no", "Item with same item_no already exists");
  }
  Json item = sandbox::Complete(StoredItemSchema(), document);
  item.Set("item_no", Json::String(number));
  item.Set("created_at", Json::String(FormatTimestamp(now)));
  return items_.Put(number, std::move(item));
}

Expected<const Json*> ItemStore::Update(std::string_view item_no, const Json& update,
                                        absl::Time now) {
  const Json* stored = Find(item_no);
  if (stored == nullptr) return NotFound(item_no);
  if (auto error = CheckDocument(StoredItemSchema(), update, stored, FieldPath())) return *error;
  Json item = Merge(StoredItemSchema(), *stored, update);
  const std::string number(item.Text("item_no"));
  if (number != item_no && Find(number) != nullptr) {
    return NotUnique("item_no", "Item with same item_no already exists");
  }
  item.Set("updated_at", Json::String(FormatTimestamp(now)));
  if (number != item_no) items_.Rename(item_no, number);
  return items_.Put(number, std::move(item));
}

MaybeError ItemStore::Delete(std::string_view item_no) {
  if (Find(item_no) == nullptr) return NotFound(item_no);
  items_.Remove(item_no);
  return std::nullopt;
}

Json ItemStore::Complete(const Json& rows) const {
  Json completed = rows;
  for (Json& row : completed.elements()) {
    const Json* stored = Find(row.Text("item_no"));
    if (stored == nullptr) continue;
    for (const char* name : {"title", "description", "price", "vat", "unit", "bookkeeping"}) {
      const Json* given = row.Find(name);
      if (given == nullptr || given->is_null()) row.Set(name, *stored->Find(name));
    }
  }
  return completed;
}

const Json* OfferStore::Find(std::string_view offer_id) const {
  return offers_.Find(Lower(offer_id));
}

std::vector<const Json*> OfferStore::OfType(std::string_view type) const {
  std::vector<const Json*> found;
  for (const Json* offer : offers_.All()) {
    if (offer->Text("type") == type) found.push_back(offer);
  }
  return found;
}

Expected<const Json*> OfferStore::Create(const Json& document, absl::Time now) {
  if (auto error = CheckDocument(OfferSchema(), document, nullptr, FieldPath())) return *error;
  if (auto error = CheckGiven(document, {"offer_id", "type", "title", "text", "media"})) {
    return *error;
  }
  Json offer = sandbox::Complete(OfferSchema(), document);
  if (auto error = CheckBanner(offer)) return *error;
  const std::string_view id = document.Text("offer_id");
  if (Find(id) != nullptr) {
    return NotUnique("offer_id", "Offer with same offer_id already exists");
  }
  offer.Set("created_at", NewerTime(now));
  offer.Set("updated_at", NewerTime(now));
  return offers_.Put(Lower(id), std::move(offer));
}

Expected<const Json*> OfferStore::Update(std::string_view offer_id, const Json& update,
                                         absl::Time now) {
  const Json* stored = Find(offer_id);
  if (stored == nullptr) return NotFound(offer_id);
  if (auto error = CheckDocument(OfferSchema(), update, stored, FieldPath())) return *error;
  for (const char* name : {"offer_id", "type"}) {
    const Json* given = update.Find(name);
    if (given != nullptr && !(*given == *stored->Find(name))) {
      return ReadOnlyParameter(FieldPath() / name);
    }
  }
  if (accepted_.count(Lower(offer_id)) > 0) {
    return PermissionDenied("a sale that was accepted cannot be updated");
  }
  Json offer = Merge(OfferSchema(), *stored, update);
  if (auto error = CheckBanner(offer)) return *error;
  offer.Set("updated_at", NewerTime(now));
  return offers_.Put(Lower(offer_id), std::move(offer));
}

void OfferStore::MarkAccepted(std::string_view offer_id) {
  const Json* offer = Find(offer_id);
  if (offer != nullptr && offer->Text("type") == "sale") accepted_.insert(Lower(offer_id));
}

}  // namespace billing::sandbox
