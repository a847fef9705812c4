#ifndef SERVICE_SANDBOX_BILLPRO_BOOK_H_
#define SERVICE_SANDBOX_BILLPRO_BOOK_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace billing::sandbox::billpro {

// The last system ids drawn: they are unique on the whole platform (reference, 1.2).
struct Sequences {
  int64_t customer = 0;
  int64_t address = 0;
  int64_t product = 0;
  int64_t order = 0;
  int64_t scheduled_payment = 0;
  int64_t profile = 4;
};

// Entities in the order of their ids, each with a field `id`. Not thread-safe.
template <typename T>
class Book {
 public:
  // Its id must be above all others. The entity stays where it is.
  T* Add(T entity) { return entities_.emplace_back(std::make_unique<T>(std::move(entity))).get(); }

  // Null where there is none.
  T* Find(int64_t id) const {
    const auto found = std::lower_bound(
        entities_.begin(), entities_.end(), id,
        [](const std::unique_ptr<T>& entity, int64_t wanted) { return entity->id < wanted; });
    return found == entities_.end() || (*found)->id != id ? nullptr : found->get();
  }

  size_t size() const { return entities_.size(); }
  const T& operator[](size_t index) const { return *entities_[index]; }
  auto begin() const { return entities_.begin(); }
  auto end() const { return entities_.end(); }

 private:
  std::vector<std::unique_ptr<T>> entities_;
};

}  // namespace billing::sandbox::billpro

#endif  // SERVICE_SANDBOX_BILLPRO_BOOK_H_
