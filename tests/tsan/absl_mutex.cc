// Lets ThreadSanitizer see the locks of Debian's Abseil, which is built without it.
//
// Linked into a program that is built with -fsanitize=thread, these definitions take the place of
// the library's, tell the sanitizer what is ordered by what, and hand on to the library. Without
// them everything that an absl::Mutex guards is reported as a race.

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" {
// Of the sanitizer's runtime, in no header of its own.
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

template <typename Function>
Function* Library(const char* symbol) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, symbol));
}

}  // namespace

// The mangled name of the same function in the library; `name` with its length in front.
#define ABSL_SYMBOL(prefix, name) prefix "4absl7debian3" name

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const next = Library<void(Mutex*)>(ABSL_SYMBOL("_ZN", "5Mutex4LockEv"));
  next(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  static auto* const next = Library<bool(Mutex*)>(ABSL_SYMBOL("_ZN", "5Mutex7TryLockEv"));
  const bool locked = next(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  static auto* const next = Library<void(Mutex*)>(ABSL_SYMBOL("_ZN", "5Mutex6UnlockEv"));
  __tsan_release(this);
  next(this);
}

void Mutex::ReaderLock() {
  static auto* const next = Library<void(Mutex*)>(ABSL_SYMBOL("_ZN", "5Mutex10ReaderLockEv"));
  next(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  static auto* const next = Library<void(Mutex*)>(ABSL_SYMBOL("_ZN", "5Mutex12ReaderUnlockEv"));
  __tsan_release(this);
  next(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const next = Library<void(Mutex*, const Condition&)>(
      ABSL_SYMBOL("_ZN", "5Mutex8LockWhenERKNS0_9ConditionE"));
  next(this, condition);
  __tsan_acquire(this);
}

void Mutex::Await(const Condition& condition) {
  static auto* const next =
      Library<void(Mutex*, const Condition&)>(ABSL_SYMBOL("_ZN", "5Mutex5AwaitERKNS0_9ConditionE"));
  __tsan_release(this);
  next(this, condition);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const next = Library<bool(Mutex*, const Condition&, Duration)>(
      ABSL_SYMBOL("_ZN", "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE"));
  __tsan_release(this);
  const bool result = next(this, condition, timeout);
  __tsan_acquire(this);
  return result;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const next = Library<bool(Mutex*, const Condition&, Time)>(
      ABSL_SYMBOL("_ZN", "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  __tsan_release(this);
  const bool result = next(this, condition, deadline);
  __tsan_acquire(this);
  return result;
}

void CondVar::Wait(Mutex* mutex) {
  static auto* const next =
      Library<void(CondVar*, Mutex*)>(ABSL_SYMBOL("_ZN", "7CondVar4WaitEPNS0_5MutexE"));
  __tsan_release(mutex);
  next(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* const next = Library<bool(CondVar*, Mutex*, Duration)>(
      ABSL_SYMBOL("_ZN", "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE"));
  __tsan_release(mutex);
  const bool result = next(this, mutex, timeout);
  __tsan_acquire(mutex);
  return result;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const next = Library<bool(CondVar*, Mutex*, Time)>(
      ABSL_SYMBOL("_ZN", "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  __tsan_release(mutex);
  const bool result = next(this, mutex, deadline);
  __tsan_acquire(mutex);
  return result;
}

// Whoever unlocks evaluates the conditions of those who wait, and a condition does not know its
// mutex. It is held meanwhile, so what the condition reads is not looked at.
bool Condition::Eval() const {
  static auto* const next =
      Library<bool(const Condition*)>(ABSL_SYMBOL("_ZNK", "9Condition4EvalEv"));
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  const bool result = next(this);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  return result;
}

// A notification that has been given is seen without a lock.
void Notification::Notify() {
  static auto* const next =
      Library<void(Notification*)>(ABSL_SYMBOL("_ZN", "12Notification6NotifyEv"));
  __tsan_release(this);
  next(this);
}

void Notification::WaitForNotification() const {
  static auto* const next = Library<void(const Notification*)>(
      ABSL_SYMBOL("_ZNK", "12Notification19WaitForNotificationEv"));
  next(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static auto* const next = Library<bool(const Notification*, Duration)>(
      ABSL_SYMBOL("_ZNK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE"));
  const bool result = next(this, timeout);
  __tsan_acquire(const_cast<Notification*>(this));
  return result;
}

ABSL_NAMESPACE_END
}  // namespace absl
