#ifndef SERVICE_GATEWAY_UPSTREAM_INTRUSIVE_LIST_H_
#define SERVICE_GATEWAY_UPSTREAM_INTRUSIVE_LIST_H_

namespace billing::gateway::upstream::internal {

// A member that lets its owner stand in one IntrusiveList at a time. It leaves the list when it
// dies. Not thread-safe.
template <typename T>
class ListHook {
 public:
  explicit ListHook(T* owner) : owner_(owner) {}
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { Unlink(); }

  bool linked() const { return next_ != nullptr; }

  void Unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <typename U>
  friend class IntrusiveList;

  T* const owner_;
  ListHook* next_ = nullptr;
  ListHook* previous_ = nullptr;
};

// First in, first out, with removal from anywhere. Owns nothing and allocates nothing.
template <typename T>
class IntrusiveList {
 public:
  IntrusiveList() { root_.next_ = root_.previous_ = &root_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (!empty()) root_.next_->Unlink();
  }

  bool empty() const { return root_.next_ == &root_; }

  // The hook must not be in a list.
  void PushBack(ListHook<T>& hook) {
    hook.previous_ = root_.previous_;
    hook.next_ = &root_;
    root_.previous_->next_ = &hook;
    root_.previous_ = &hook;
  }

  // Null when empty.
  T* PopFront() {
    ListHook<T>* first = root_.next_;
    if (first == &root_) return nullptr;
    first->Unlink();
    return first->owner_;
  }

  // Moves all of `other` behind this list's last.
  void Splice(IntrusiveList& other) {
    if (other.empty()) return;
    ListHook<T>* first = other.root_.next_;
    ListHook<T>* last = other.root_.previous_;
    other.root_.next_ = other.root_.previous_ = &other.root_;
    first->previous_ = root_.previous_;
    root_.previous_->next_ = first;
    last->next_ = &root_;
    root_.previous_ = last;
  }

 private:
  ListHook<T> root_{nullptr};
};

}  // namespace billing::gateway::upstream::internal

#endif  // SERVICE_GATEWAY_UPSTREAM_INTRUSIVE_LIST_H_
