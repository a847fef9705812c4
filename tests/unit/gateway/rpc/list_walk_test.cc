#include "service/gateway/rpc/list_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <set>

namespace billing::gateway::rpc {
namespace {

using Verdict = ListWalk::Verdict;

// A list as upstream has it. Keys tell the order in which objects came.
class List {
 public:
  explicit List(int count) {
    for (int i = 0; i < count; ++i) keys_.push_back(NewKey());
  }

  std::string NewKey() { return "k" + std::to_string(made_++); }

  ListWalk::Page Read(PageWindow window, bool tells_total = true) const {
    ListWalk::Page page;
    page.window = window;
    const auto count = static_cast<int64_t>(keys_.size());
    for (int64_t i = window.begin(); i < std::min(window.end(), count); ++i) {
      page.keys.push_back(keys_[static_cast<size_t>(i)]);
    }
    if (tells_total) page.total = count;
    return page;
  }

  std::vector<std::string>& keys() { return keys_; }

 private:
  std::vector<std::string> keys_;
  int made_ = 0;
};

// What came out of a walk.
struct Result {
  std::vector<std::string> found;
  bool unstable = false;
  int reads = 0;
};

// Walks a list, `ahead` pages under way at once. `before_read` may change the list and says which
// of the pages under way upstream answers next.
template <typename BeforeRead>
Result Walk(List& list, const ListWalk::Options& options, size_t ahead, BeforeRead before_read,
            bool tells_total = true) {
  struct Asked {
    PageWindow window;
    std::optional<ListWalk::Page> answer;
  };
  ListWalk walk(options);
  Result result;
  std::set<std::string> known;
  std::deque<Asked> asked;
  while (!walk.done()) {
    while (asked.size() < ahead) {
      const std::optional<PageWindow> window = walk.Next();
      if (!window) break;
      asked.push_back({*window, std::nullopt});
    }
    while (!asked.front().answer) {
      Asked& next = asked[before_read(list, asked.size()) % asked.size()];
      if (next.answer) continue;
      next.answer = list.Read(next.window, tells_total);
      ++result.reads;
    }
    const ListWalk::Page page = std::move(*asked.front().answer);
    asked.pop_front();
    Verdict verdict = walk.Take(page);
    if (verdict == Verdict::kGoOn) {
      size_t fresh = 0;
      for (const std::string& key : page.keys) {
        if (!known.insert(key).second) continue;
        result.found.push_back(key);
        ++fresh;
      }
      verdict = walk.Found(fresh);
    }
    if (verdict == Verdict::kGoBack) asked.clear();
    EXPECT_NE(verdict, Verdict::kIncomplete);
    if (verdict == Verdict::kUnstable || verdict == Verdict::kIncomplete) {
      result.unstable = true;
      break;
    }
  }
  return result;
}

size_t InOrder(List&, size_t) { return 0; }

ListWalk::Options Sizes(int32_t page_size, int32_t max_size) {
  ListWalk::Options options;
  options.page_size = page_size;
  options.max_size = max_size;
  return options;
}

TEST(WindowOverTest, ReachesFurtherThanAnOverlapHoweverSmall) {
  for (int32_t most = 32; most <= 100; ++most) {
    for (int64_t offset = 0; offset < 3000; ++offset) {
      ASSERT_GT(WindowOver(offset, most).end(), offset + 9) << offset << " by " << most;
    }
  }
}

TEST(WindowOverTest, HoldsItsObjectAndReachesFarAhead) {
  for (int64_t offset = 0; offset < 20000; offset += 7) {
    const PageWindow window = WindowOver(offset, 100);
    EXPECT_LE(window.size, 100);
    EXPECT_LE(window.begin(), offset);
    EXPECT_GT(window.end(), offset + 50) << offset;
  }
  EXPECT_EQ(WindowOver(0, 100).page, 1);
  EXPECT_EQ(WindowOver(0, 100).size, 100);
}

TEST(ListWalkTest, ReadsAStillListOnceWhateverItsLength) {
  for (const int count : {0, 1, 2, 3, 31, 32, 33, 99, 100, 101, 192, 1000, 12345}) {
    for (const int32_t page_size : {1, 10, 32, 100}) {
      List list(count);
      const Result result = Walk(list, Sizes(page_size, 100), 5, InOrder);
      EXPECT_EQ(result.found, list.keys()) << count << " by " << page_size;
    }
  }
}

TEST(ListWalkTest, OverlapsCostLittle) {
  List list(100000);
  const Result result = Walk(list, Sizes(100, 100), 5, InOrder);
  EXPECT_EQ(result.found.size(), 100000u);
  EXPECT_LT(result.reads, 1300);
}

TEST(ListWalkTest, WithoutATotalAShortPageIsTheLast) {
  for (const int count : {0, 1, 50, 100, 250, 300}) {
    List list(count);
    EXPECT_EQ(Walk(list, Sizes(100, 100), 5, InOrder, false).found, list.keys()) << count;
  }
}

TEST(ListWalkTest, PagesOfAFixedSizeFollowEachOther) {
  ListWalk::Options options = Sizes(25, 25);
  options.size_is_fixed = true;
  for (const int count : {0, 24, 25, 26, 100, 110}) {
    List list(count);
    const Result result = Walk(list, options, 5, InOrder, false);
    EXPECT_EQ(result.found, list.keys()) << count;
    // One page for nothing at most, which was asked for ahead.
    EXPECT_LE(result.reads, count / 25 + 2) << count;
  }
}

TEST(ListWalkTest, AListThatIsNotDividedEnds) {
  ListWalk::Options options = Sizes(25, 25);
  options.size_is_fixed = true;
  ListWalk walk(options);
  const List list(25);
  int reads = 0;
  while (!walk.done()) {
    ASSERT_LT(++reads, 10);
    ListWalk::Page page = list.Read({1, 25}, false);
    page.window = *walk.Next();
    ASSERT_EQ(walk.Take(page), Verdict::kGoOn);
    walk.Found(reads == 1 ? 25 : 0);
  }
  EXPECT_EQ(reads, 2);
}

TEST(ListWalkTest, AListThatTurnsRoundIsReadWhole) {
  List list(500);
  const auto stayed = std::set<std::string>(list.keys().begin(), list.keys().end());
  const Result result = Walk(list, Sizes(100, 100), 5, [](List& turning, size_t) {
    std::rotate(turning.keys().begin(), turning.keys().begin() + 1, turning.keys().end());
    return size_t{0};
  });
  EXPECT_FALSE(result.unstable);
  EXPECT_EQ(std::set<std::string>(result.found.begin(), result.found.end()), stayed);
}

TEST(ListWalkTest, AListThatIsShuffledAllTheTimeIsGivenUp) {
  std::mt19937 random(1);
  List list(5000);
  const Result result = Walk(list, Sizes(100, 100), 5, [&random](List& shuffled, size_t) {
    std::shuffle(shuffled.keys().begin(), shuffled.keys().end(), random);
    return size_t{0};
  });
  EXPECT_TRUE(result.unstable);
}

TEST(ListWalkTest, ObjectsThatKeepComingInFrontDoNotHoldItUp) {
  List list(1000);
  const std::vector<std::string> stayed = list.keys();
  const Result result = Walk(list, Sizes(100, 100), 5, [](List& growing, size_t) {
    growing.keys().insert(growing.keys().begin(), growing.NewKey());
    return size_t{0};
  });
  EXPECT_FALSE(result.unstable);
  EXPECT_LT(result.reads, 20);
  const std::set<std::string> found(result.found.begin(), result.found.end());
  for (const std::string& key : stayed) EXPECT_TRUE(found.contains(key)) << key;
}

// Upstreams whose answers do not fit together, and what a walk over `count` objects comes to.
struct Odd {
  int64_t total_more = 0;  // than there are
  size_t given = 1000;     // a page at most
  size_t distinct = 1000000;
};

struct OddResult {
  Verdict verdict = Verdict::kGoOn;
  size_t found = 0;
  int reads = 0;
};

OddResult WalkOdd(int count, const Odd& odd) {
  const List list(count);
  ListWalk walk(Sizes(100, 100));
  std::set<std::string> known;
  std::deque<PageWindow> asked;
  OddResult result;
  while (!walk.done() && result.reads < 10000) {
    while (asked.size() < 5) {
      const std::optional<PageWindow> window = walk.Next();
      if (!window) break;
      asked.push_back(*window);
    }
    ListWalk::Page page = list.Read(asked.front());
    asked.pop_front();
    ++result.reads;
    *page.total += odd.total_more;
    if (page.keys.size() > odd.given) page.keys.resize(odd.given);
    for (std::string& key : page.keys) {
      key = "k" + std::to_string(std::stoul(key.substr(1)) % odd.distinct);
    }
    result.verdict = walk.Take(page);
    if (result.verdict == Verdict::kGoOn) {
      size_t fresh = 0;
      for (const std::string& key : page.keys) fresh += known.insert(key).second ? 1 : 0;
      result.verdict = walk.Found(fresh);
    }
    if (result.verdict == Verdict::kGoBack) asked.clear();
    if (result.verdict == Verdict::kUnstable || result.verdict == Verdict::kIncomplete) break;
  }
  result.found = known.size();
  return result;
}

TEST(ListWalkTest, ACountThatIsTooLargeIsTold) {
  for (const int64_t more : {int64_t{1}, int64_t{850}, int64_t{1} << 50}) {
    for (const int count : {0, 1, 99, 100, 150, 1000}) {
      const OddResult result = WalkOdd(count, {.total_more = more});
      EXPECT_EQ(result.verdict, Verdict::kIncomplete) << count << " and " << more << " more";
      EXPECT_EQ(result.found, static_cast<size_t>(count));
      EXPECT_LT(result.reads, count / 20 + 20);
    }
  }
}

TEST(ListWalkTest, UpstreamMayGiveLessThanItWasAskedFor) {
  for (const size_t given : {size_t{32}, size_t{50}, size_t{99}}) {
    const OddResult result = WalkOdd(1500, {.given = given});
    EXPECT_EQ(result.verdict, Verdict::kGoOn) << given;
    EXPECT_EQ(result.found, 1500u) << given;
  }
}

TEST(ListWalkTest, ObjectsThatCannotBeToldApartAreTold) {
  const OddResult result = WalkOdd(150, {.distinct = 1});
  EXPECT_EQ(result.verdict, Verdict::kIncomplete);
  EXPECT_EQ(result.found, 1u);
}

TEST(ListWalkTest, AListThatComesRoundForEverIsGivenUp) {
  ListWalk walk(Sizes(100, 100));
  Verdict verdict = Verdict::kGoOn;
  int reads = 0;
  while (verdict == Verdict::kGoOn && !walk.done()) {
    ASSERT_LT(++reads, 100);
    ListWalk::Page page;
    page.window = *walk.Next();
    for (int i = 0; i < page.window.size; ++i) page.keys.push_back("k" + std::to_string(i));
    page.total = int64_t{1} << 50;
    verdict = walk.Take(page);
    if (verdict == Verdict::kGoOn) verdict = walk.Found(reads == 1 ? 100 : 0);
  }
  EXPECT_EQ(verdict, Verdict::kUnstable);
}

// Changes a list at random, and notes what stayed where it was all along.
class Changes {
 public:
  Changes(unsigned seed, List& list, int most)
      : random_(seed), left_(most), stayed_(list.keys().begin(), list.keys().end()) {}

  size_t operator()(List& list, size_t asked) {
    if (left_ > 0 && random_() % 10 < 6) {
      --left_;
      Change(list);
    }
    return random_() % asked;
  }

  const std::set<std::string>& stayed() const { return stayed_; }
  std::map<std::string, int> counts;

 private:
  void Change(List& list) {
    std::vector<std::string>& keys = list.keys();
    const size_t at = random_() % (keys.size() + 1);
    switch (random_() % 7) {
      case 0:
        ++counts["one goes"];
        return Erase(keys, at, 1);
      case 1:
        ++counts["some go"];
        return Erase(keys, at, 1 + random_() % 40);
      case 2:
        ++counts["many go"];
        return Erase(keys, at, keys.size() / 2);
      case 3:
        ++counts["one comes"];
        return Insert(list, at, 1);
      case 4:
        ++counts["many come in front"];
        return Insert(list, 0, 1 + random_() % 250);
      case 5:
        ++counts["one comes as one goes"];
        Erase(keys, at, 1);
        return Insert(list, random_() % (keys.size() + 1), 1);
      case 6:
        ++counts["one moves"];
        if (at < keys.size()) {
          const std::string key = keys[at];
          Erase(keys, at, 1);
          keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(random_() % (keys.size() + 1)),
                      key);
        }
        return;
    }
  }

  void Erase(std::vector<std::string>& keys, size_t at, size_t count) {
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(std::min(at, keys.size()));
    const auto end =
        begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(count), keys.end() - begin);
    for (auto key = begin; key != end; ++key) stayed_.erase(*key);
    keys.erase(begin, end);
  }

  static void Insert(List& list, size_t at, size_t count) {
    std::vector<std::string>& keys = list.keys();
    for (size_t i = 0; i < count; ++i) {
      keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(at), list.NewKey());
    }
  }

  std::mt19937 random_;
  int left_;
  std::set<std::string> stayed_;
};

// Nothing that stays in its place is missed, and nothing is found twice, whatever happens between
// any two reads and in whichever order pages under way are answered.
TEST(ListWalkTest, RandomHistories) {
  std::map<std::string, int> counts;
  int unstable = 0;
  constexpr unsigned kHistories = 1000;
  for (unsigned seed = 0; seed < kHistories; ++seed) {
    std::mt19937 random(seed);
    List list(static_cast<int>(random() % 1500));
    const int32_t page_size = random() % 2 == 0 ? 100 : 10;
    Changes changes(seed, list, static_cast<int>(random() % 60));
    const Result result = Walk(list, Sizes(page_size, 100), 5, std::ref(changes));
    for (const auto& [kind, count] : changes.counts) counts[kind] += count;
    if (result.unstable) {
      ++unstable;
      continue;
    }
    const std::set<std::string> found(result.found.begin(), result.found.end());
    ASSERT_EQ(found.size(), result.found.size()) << "seed " << seed;
    std::vector<std::string> missed;
    std::set_difference(changes.stayed().begin(), changes.stayed().end(), found.begin(),
                        found.end(), std::back_inserter(missed));
    ASSERT_TRUE(missed.empty()) << "seed " << seed << ": " << missed.size() << " missed, "
                                << missed.front() << " first";
  }
  for (const auto& [kind, count] : counts) std::cout << kind << ": " << count << "\n";
  std::cout << "given up: " << unstable << " of " << kHistories << "\n";
  EXPECT_EQ(counts.size(), 7u);
  for (const auto& [kind, count] : counts) EXPECT_GT(count, 100) << kind;
  EXPECT_LT(unstable, static_cast<int>(kHistories) / 20);
}

}  // namespace
}  // namespace billing::gateway::rpc
