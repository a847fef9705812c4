// A name server that does not answer. The process's getaddrinfo is replaced here: the C library's
// answers for every name but the two below.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"

namespace {

// Lookups of hanging.test wait until it is released.
struct HangingName {
  absl::Mutex mutex{absl::kConstInit};
  bool released ABSL_GUARDED_BY(mutex) = false;
  int inside ABSL_GUARDED_BY(mutex) = 0;
};
HangingName hanging_name;

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  std::string_view name = node != nullptr ? node : "";
  if (name == "hanging.test") {
    absl::MutexLock lock(&hanging_name.mutex);
    ++hanging_name.inside;
    hanging_name.mutex.Await(absl::Condition(&hanging_name.released));
    --hanging_name.inside;
    return EAI_AGAIN;
  }
  if (name == "unknown.test") return EAI_NONAME;
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto kReal = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return kReal(node, service, hints, result);
}

namespace billing::gateway::upstream {
namespace {

class HangingResolver {
 public:
  HangingResolver() {
    absl::MutexLock lock(&hanging_name.mutex);
    hanging_name.released = false;
  }
  HangingResolver(const HangingResolver&) = delete;
  HangingResolver& operator=(const HangingResolver&) = delete;
  ~HangingResolver() {
    absl::MutexLock lock(&hanging_name.mutex);
    hanging_name.released = true;
    hanging_name.mutex.Await(absl::Condition(
        +[](int* inside) { return *inside == 0; }, &hanging_name.inside));
  }

  void WaitForLookups(int count) {
    absl::MutexLock lock(&hanging_name.mutex);
    auto enough = [&] {
      hanging_name.mutex.AssertHeld();
      return hanging_name.inside >= count;
    };
    hanging_name.mutex.Await(absl::Condition(&enough));
  }
};

TEST(ResolverTest, UnknownNameFailsToConnect) {
  auto loop = StartLoop();
  TransferResult result = Fetch(*loop, MakePost(MakeTarget("http://unknown.test"), "/", "{}"));
  EXPECT_EQ(result.outcome, TransferOutcome::kConnectFailed);
  EXPECT_FALSE(result.request_sent);
}

TEST(ResolverTest, AHangingLookupHoldsUpNobody) {
  RawServer server([](RawConnection& connection) {
    while (!connection.ReadRequest().empty() && connection.Write(Ok("{}"))) {
    }
  });
  HangingResolver resolver;
  auto loop = StartLoop();
  auto hanging = MakeTarget("http://hanging.test:81");
  auto working = MakeTarget(server.url());
  PendingFetch cancelled(*loop, MakePost(hanging, "/", "{}"));
  resolver.WaitForLookups(1);
  // Others go on while it hangs, after it was given up, and when the deadline gives one up.
  EXPECT_EQ(Fetch(*loop, MakeGet(working)).outcome, TransferOutcome::kOk);
  cancelled.Cancel();
  EXPECT_EQ(cancelled.Wait().outcome, TransferOutcome::kCancelled);
  EXPECT_FALSE(cancelled.Wait().request_sent);
  EXPECT_EQ(Fetch(*loop, MakeGet(working)).outcome, TransferOutcome::kOk);
  TransferRequest late = MakePost(hanging, "/", "{}");
  late.deadline = absl::Now() + absl::Milliseconds(30);
  TransferResult result = Fetch(*loop, std::move(late));
  EXPECT_EQ(result.outcome, TransferOutcome::kTimedOut);
  EXPECT_FALSE(result.request_sent);
  EXPECT_EQ(Fetch(*loop, MakeGet(working)).outcome, TransferOutcome::kOk);
  // Neither does stopping wait for it.
  PendingFetch stopped(*loop, MakePost(hanging, "/", "{}"));
  resolver.WaitForLookups(3);
  loop->Stop();
  EXPECT_EQ(stopped.Wait().outcome, TransferOutcome::kStopped);
}

}  // namespace
}  // namespace billing::gateway::upstream
