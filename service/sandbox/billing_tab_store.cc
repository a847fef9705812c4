#include "service/sandbox/billing_tab_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/frequency.h"
#include "service/sandbox/resources.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

// The fields that every item of a tab shows; others only where they were given.
bool IsAlwaysShown(std::string_view name) {
  constexpr std::string_view kShown[] = {"title", "description", "unit",       "price",
                                         "count", "vat",         "external_id"};
  return std::find(std::begin(kShown), std::end(kShown), name) != std::end(kShown);
}

Json ShownItem(const Json& given) {
  const Json complete = Complete(ItemSchema(), given);
  Json shown = Json::MakeObject();
  for (const auto& [name, value] : complete.members()) {
    const Json* sent = given.Find(name);
    if (IsAlwaysShown(name) || (sent != nullptr && !sent->is_null())) shown.Set(name, value);
  }
  return shown;
}

ApiError AlreadyBilled(std::string_view event) { return InvalidObjectState(event, "Billed"); }

}  // namespace

const BillingTabStore::Tab* BillingTabStore::Find(int64_t customer_no,
                                                  std::string_view tab_id) const {
  const auto it = tabs_.find(ToAbsl(tab_id));
  return it == tabs_.end() || it->second.customer_no != customer_no ? nullptr : &it->second;
}

const BillingTabStore::Tab* BillingTabStore::TabOfItem(int64_t customer_no,
                                                       std::string_view item_id) const {
  const auto it = tab_of_item_.find(ToAbsl(item_id));
  return it == tab_of_item_.end() ? nullptr : Find(customer_no, it->second);
}

Json BillingTabStore::Render(const Tab& tab) {
  return Json::MakeObject(
      {{"customer",
        Json::MakeObject({{"customer_number", Json::String(std::to_string(tab.customer_no))}})},
       {"billing_tab",
        Json::MakeObject({{"id", Json::String(tab.id)},
                          {"billing_date", Json::String(FormatDate(tab.billing_date))}})},
       {"items", Json::MakeArray(tab.items)}});
}

Expected<Json> BillingTabStore::Current(int64_t customer_no) const {
  const auto it = current_.find(customer_no);
  if (it == current_.end()) return NotFound(std::to_string(customer_no));
  return Render(tabs_.at(it->second));
}

Expected<Json> BillingTabStore::Get(int64_t customer_no, std::string_view tab_id) const {
  const Tab* tab = Find(customer_no, tab_id);
  if (tab == nullptr) return NotFound(tab_id);
  return Render(*tab);
}

Expected<Json> BillingTabStore::GetItem(int64_t customer_no, std::string_view item_id) const {
  const Tab* tab = TabOfItem(customer_no, item_id);
  if (tab == nullptr) return NotFound(item_id);
  for (const Json& item : tab->items) {
    if (item.Text("item_id") == item_id) return item;
  }
  return NotFound(item_id);
}

absl::CivilDay BillingTabStore::NextDate(int64_t customer_no, absl::CivilDay today) const {
  const Json settings = GetSettings(customer_no);
  std::string_view text = settings.Text("billing_frequency");
  if (text.empty()) text = billograms_.features().billing_frequency;
  // Both have been checked when they were set.
  return Frequency::Parse(text)->NextAfter(today);
}

void BillingTabStore::Move(Tab& tab, absl::CivilDay billing_date) {
  dates_.erase({tab.billing_date, tab.id});
  tab.billing_date = billing_date;
  dates_.insert({billing_date, tab.id});
}

BillingTabStore::Tab& BillingTabStore::OpenTab(int64_t customer_no, const Occasion& occasion) {
  const auto [it, added] = current_.try_emplace(customer_no);
  if (!added) return tabs_.at(it->second);
  it->second = occasion.random.Uuid();
  Tab& tab = tabs_[it->second];
  tab.id = it->second;
  tab.customer_no = customer_no;
  Move(tab, NextDate(customer_no, DayOf(occasion.at)));
  return tab;
}

Expected<Json> BillingTabStore::AddItem(int64_t customer_no, std::string_view deduplication_id,
                                        const Json& body, const Occasion& occasion) {
  Json completed = body;
  if (const Json* item = body.Find("billogram_item"); item != nullptr && item->is_object()) {
    const Json rows = billograms_.items().Complete(Json::MakeArray({*item}));
    completed.Set("billogram_item", rows.elements()[0]);
  }
  if (auto error = CheckDocument(TabItemSchema(), completed, nullptr, FieldPath())) return *error;
  // Such a row would keep the whole tab from being billed, on every date anew.
  const FieldPath path = FieldPath() / "billogram_item";
  if (auto error = CheckPeriod(*completed.Find("billogram_item"), path)) return *error;
  if (const auto seen = answers_.find(ToAbsl(deduplication_id)); seen != answers_.end()) {
    if (billograms_.features().repeat_deduplicated) return seen->second;
    return NotUnique("X-API-Deduplication-ID", "This deduplication id has been used already");
  }
  Tab& tab = OpenTab(customer_no, occasion);
  const std::string item_id = occasion.random.Uuid();
  tab.items.push_back(
      Json::MakeObject({{"item_id", Json::String(item_id)},
                        {"created_at", Json::String(FormatIsoTime(occasion.at))},
                        {"billogram_item", ShownItem(*completed.Find("billogram_item"))}}));
  tab_of_item_[item_id] = tab.id;
  Json answer = Json::MakeObject({{"billing_tab_id", Json::String(tab.id)}});
  for (const auto& [name, value] : tab.items.back().members()) answer.Set(name, value);
  answers_[std::string(deduplication_id)] = answer;
  return answer;
}

void BillingTabStore::Close(Tab& tab) {
  dates_.erase({tab.billing_date, tab.id});
  current_.erase(tab.customer_no);
  tab.billed = true;
}

MaybeError BillingTabStore::Delete(int64_t customer_no, std::string_view tab_id) {
  const Tab* tab = Find(customer_no, tab_id);
  if (tab == nullptr) return NotFound(tab_id);
  if (tab->billed) return AlreadyBilled("Delete");
  for (const Json& item : tab->items) tab_of_item_.erase(ToAbsl(item.Text("item_id")));
  const auto it = tabs_.find(ToAbsl(tab_id));
  Close(it->second);
  tabs_.erase(it);
  return std::nullopt;
}

MaybeError BillingTabStore::DeleteItem(int64_t customer_no, std::string_view item_id) {
  const Tab* tab = TabOfItem(customer_no, item_id);
  if (tab == nullptr) return NotFound(item_id);
  if (tab->billed) return AlreadyBilled("Delete");
  std::vector<Json>& items = tabs_.at(tab->id).items;
  items.erase(std::find_if(items.begin(), items.end(),
                           [&](const Json& item) { return item.Text("item_id") == item_id; }));
  tab_of_item_.erase(ToAbsl(item_id));
  return std::nullopt;
}

Json BillingTabStore::GetSettings(int64_t customer_no) const {
  const auto it = settings_.find(customer_no);
  if (it != settings_.end()) return it->second;
  return Complete(TabSettingsSchema(), Json::MakeObject());
}

Expected<Json> BillingTabStore::SetSettings(int64_t customer_no, const Json& body, absl::Time now) {
  if (auto error = CheckDocument(TabSettingsSchema(), body, nullptr, FieldPath())) return *error;
  if (body.members().empty()) {
    return InvalidCombination(FieldPath() / "billing_frequency",
                              "billing_frequency or delivery_method is needed");
  }
  Json& settings = settings_[customer_no];
  settings = settings.is_null() ? Complete(TabSettingsSchema(), body)
                                : Merge(TabSettingsSchema(), settings, body);
  const auto current = current_.find(customer_no);
  if (current != current_.end()) {
    Move(tabs_.at(current->second), NextDate(customer_no, DayOf(now)));
  }
  return GetSettings(customer_no);
}

void BillingTabStore::DeleteSettings(int64_t customer_no, absl::Time now) {
  if (settings_.erase(customer_no) == 0) return;
  const auto current = current_.find(customer_no);
  if (current == current_.end()) return;
  Move(tabs_.at(current->second), NextDate(customer_no, DayOf(now)));
}

void BillingTabStore::MoveCustomer(int64_t from, int64_t to) {
  for (auto& [id, tab] : tabs_) {
    if (tab.customer_no == from) tab.customer_no = to;
  }
  if (auto node = current_.extract(from)) {
    node.key() = to;
    current_.insert(std::move(node));
  }
  if (auto node = settings_.extract(from)) {
    node.key() = to;
    settings_.insert(std::move(node));
  }
}

absl::Time BillingTabStore::NextTimer() const {
  if (dates_.empty()) return absl::InfiniteFuture();
  return absl::FromCivil(dates_.begin()->first, absl::UTCTimeZone());
}

void BillingTabStore::RunTimers(const Occasion& occasion) {
  while (NextTimer() <= occasion.at) Bill(tabs_.at(dates_.begin()->second), occasion);
}

void BillingTabStore::Bill(Tab& tab, const Occasion& occasion) {
  if (tab.items.empty()) return Close(tab);
  Json rows = Json::MakeArray();
  for (const Json& item : tab.items) rows.Append(*item.Find("billogram_item"));
  const Json settings = GetSettings(tab.customer_no);
  std::string_view method = settings.Text("delivery_method");
  if (method.empty()) method = billograms_.features().delivery_method;
  const auto created = billograms_.Create(
      Json::MakeObject(
          {{"customer", Json::MakeObject({{"customer_no", Json::Integer(tab.customer_no)}})},
           {"items", std::move(rows)},
           {"on_success", Json::MakeObject({{"command", Json::String("send")},
                                            {"method", Json::String(method)}})}}),
      occasion);
  if (created.ok()) return Close(tab);
  // The items wait for the next billing date, when the cause may be gone.
  const ApiError& error = created.error();
  failures_.push_back(Json::MakeObject(
      {{"customer_number", Json::String(std::to_string(tab.customer_no))},
       {"id", Json::String(tab.id)},
       {"response",
        Json::MakeObject(
            {{"status", Json::String(error.status)},
             {"data", Json::MakeObject({{"message", Json::String(error.message)}})}})}}));
  Move(tab, NextDate(tab.customer_no, DayOf(occasion.at)));
}

}  // namespace billing::sandbox
