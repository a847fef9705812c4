#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "service/common/cancellation.h"
#include "service/gateway/upstream/loop_core.h"
#include "service/gateway/upstream/operation.h"

namespace billing::gateway::upstream::internal {
namespace {

// An operation that is never submitted.
class Idle : public Operation {
 public:
  Idle(LoopCore& core, common::Cancellation& cancellation) : Operation(core, cancellation) {}

 private:
  void Begin(SteadyNanos /*now*/) override {}
  void OnTimer(SteadyNanos /*now*/) override {}
  void OnCancel() override {}
  void OnStop() override {}
};

TEST(TimerHeapTest, AgreesWithASortedMap) {
  LoopCore core;
  common::Cancellation cancellation;
  std::vector<std::unique_ptr<Idle>> operations;
  for (int i = 0; i < 200; ++i) operations.push_back(std::make_unique<Idle>(core, cancellation));
  TimerHeap heap;
  std::map<Operation*, SteadyNanos> expected;
  std::mt19937 random(20261121);
  int sets = 0, moves = 0, removals = 0, pops = 0, misses = 0;
  for (int step = 0; step < 100'000; ++step) {
    Operation* one = operations[random() % operations.size()].get();
    switch (random() % 4) {
      case 0:
      case 1: {
        SteadyNanos at = random() % 1000;
        ++(expected.count(one) != 0 ? moves : sets);
        heap.Set(*one, at);
        expected[one] = at;
        break;
      }
      case 2:
        heap.Remove(*one);
        removals += static_cast<int>(expected.erase(one));
        break;
      default: {
        SteadyNanos now = random() % 1000;
        auto least = std::min_element(expected.begin(), expected.end(),
                                      [](auto& a, auto& b) { return a.second < b.second; });
        bool due = least != expected.end() && least->second <= now;
        Operation* popped = heap.PopDue(now);
        ASSERT_EQ(popped != nullptr, due);
        ++(due ? pops : misses);
        if (due) {
          ASSERT_EQ(expected[popped], least->second);
          expected.erase(popped);
        }
      }
    }
    SteadyNanos next = kNever;
    for (auto& [operation, at] : expected) next = std::min(next, at);
    ASSERT_EQ(heap.next(), next);
  }
  std::cout << "set " << sets << ", moved " << moves << ", removed " << removals << ", due " << pops
            << ", not due " << misses << "\n";
  EXPECT_GT(std::min({sets, moves, removals, pops, misses}), 1000);
}

TEST(TimerHeapTest, NeverIsNoTimer) {
  LoopCore core;
  common::Cancellation cancellation;
  Idle one(core, cancellation);
  TimerHeap heap;
  heap.Set(one, 5);
  heap.Set(one, kNever);
  EXPECT_TRUE(heap.empty());
  EXPECT_EQ(heap.PopDue(kNever), nullptr);
}

TEST(ToSteadyTest, Saturates) {
  EXPECT_EQ(ToSteady(absl::InfiniteFuture(), 1000), kNever);
  EXPECT_EQ(ToSteady(absl::FromUnixSeconds(int64_t{1} << 50), 1000), kNever);
  EXPECT_LT(ToSteady(absl::InfinitePast(), 1000), 0);
}

}  // namespace
}  // namespace billing::gateway::upstream::internal
