#include "service/sandbox/keyed_documents.h"

#include "service/common/strings.h"

namespace billing::sandbox {

using common::ToAbsl;

const Json* KeyedDocuments::Find(std::string_view key) const {
  const auto it = places_.find(ToAbsl(key));
  return it == places_.end() ? nullptr : &documents_.at(it->second);
}

const Json* KeyedDocuments::Put(std::string_view key, Json document) {
  const auto [it, added] = places_.try_emplace(std::string(key), last_place_ + 1);
  if (added) ++last_place_;
  return &(documents_[it->second] = std::move(document));
}

void KeyedDocuments::Rename(std::string_view from, std::string_view to) {
  const auto it = places_.find(ToAbsl(from));
  if (it == places_.end()) return;
  const int64_t place = it->second;
  places_.erase(it);
  places_[std::string(to)] = place;
}

void KeyedDocuments::Remove(std::string_view key) {
  const auto it = places_.find(ToAbsl(key));
  if (it == places_.end()) return;
  documents_.erase(it->second);
  places_.erase(it);
}

std::vector<const Json*> KeyedDocuments::All() const {
  std::vector<const Json*> all;
  all.reserve(documents_.size());
  for (const auto& [place, document] : documents_) all.push_back(&document);
  return all;
}

}  // namespace billing::sandbox
