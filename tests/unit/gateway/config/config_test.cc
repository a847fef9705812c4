#include "service/gateway/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/util/message_differencer.h"
#include "service/gateway/config/value.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::config {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Written out by hand, so that a change of a default in the schema has to be made twice.
constexpr char kShortest[] = R"(grpc: { listen: 127.0.0.1:50051 }
admin: { listen: "[::1]:0" }
accounts:
  - name: acme
    provider: billogram
    base_url: http://127.0.0.1:8081/api/v2/
    credentials: { user_file: secrets/acme.user, key_file: /etc/acme.key }
)";

ParseOptions Options() {
  ParseOptions options;
  options.providers["billogram"] = {{"credentials.user_file", "credentials.key_file"}, {}};
  options.providers["billpro"] = {{"credentials.token_file", "profile_id"}, {}};
  return options;
}

LoadResult Parse(std::string_view yaml) { return ParseConfig(yaml, Options()); }

// kShortest with `extra` keys at its end.
LoadResult ParseWith(const std::string& extra) { return Parse(absl::StrCat(kShortest, extra)); }

auto IsProblem(std::string path, int line, std::string part) {
  return AllOf(Field("path", &Problem::path, path), Field("line", &Problem::line, line),
               Field("message", &Problem::message, HasSubstr(part)));
}

std::string Listing(const std::vector<Problem>& problems) {
  std::string all;
  for (const Problem& problem : problems) absl::StrAppend(&all, FormatProblem("f", problem), "\n");
  return all;
}

TEST(ParseConfig, ShortestFileGetsEveryDefault) {
  const LoadResult result = Parse(kShortest);
  ASSERT_TRUE(result.ok()) << Listing(result.problems);
  const v1::Config& config = result.config;
  EXPECT_EQ(config.grpc().listen(), "127.0.0.1:50051");
  EXPECT_EQ(config.admin().listen(), "[::1]:0");
  ASSERT_EQ(config.accounts_size(), 1);
  EXPECT_EQ(config.accounts(0).base_url(), "http://127.0.0.1:8081/api/v2");
  EXPECT_EQ(config.accounts(0).credentials().user_file(), "secrets/acme.user");
  EXPECT_FALSE(config.accounts(0).has_profile_id());
  EXPECT_EQ(config.limits().max_request_bytes(), 4 << 20);
  EXPECT_EQ(config.limits().max_response_bytes(), 32 << 20);
  EXPECT_EQ(config.limits().max_json_depth(), 64);
  EXPECT_EQ(config.limits().max_concurrent_calls(), 10000);
  EXPECT_EQ(config.limits().max_streams_per_connection(), 1024);
  EXPECT_EQ(config.limits().upstream_connections_per_account(), 100);
  EXPECT_EQ(ToDuration(config.limits().default_deadline()), absl::Seconds(60));
  EXPECT_EQ(ToDuration(config.limits().connect_timeout()), absl::Seconds(5));
  EXPECT_EQ(config.limits().grpc_threads(), 1);
  EXPECT_EQ(config.limits().max_file_bytes(), 256 << 20);
  EXPECT_TRUE(config.telemetry().access_log());
  EXPECT_EQ(config.telemetry().log_level(), v1::LOG_LEVEL_INFO);
  EXPECT_EQ(ToDuration(config.drain().grace()), absl::Seconds(25));
  EXPECT_TRUE(config.has_allow_insecure_upstream());
  EXPECT_FALSE(config.allow_insecure_upstream());
}

TEST(ParseConfig, ReadsEveryKindOfValue) {
  const LoadResult result = ParseWith(R"(limits:
  max_request_bytes: 1024
  default_deadline: 1m30s
  connect_timeout: "500ms"
telemetry: { access_log: false, log_level: warn }
drain: { grace: 0 }
allow_insecure_upstream: true
)");
  ASSERT_TRUE(result.ok()) << Listing(result.problems);
  EXPECT_EQ(result.config.limits().max_request_bytes(), 1024);
  EXPECT_EQ(ToDuration(result.config.limits().default_deadline()), absl::Seconds(90));
  EXPECT_EQ(ToDuration(result.config.limits().connect_timeout()), absl::Milliseconds(500));
  EXPECT_FALSE(result.config.telemetry().access_log());
  EXPECT_EQ(result.config.telemetry().log_level(), v1::LOG_LEVEL_WARN);
  EXPECT_EQ(ToDuration(result.config.drain().grace()), absl::ZeroDuration());
  EXPECT_TRUE(result.config.allow_insecure_upstream());
}

TEST(ParseConfig, KeysOfPartsNotBuiltYetAreUnknown) {
  for (const char* key : {"http", "store", "tls", "callers", "retry", "breaker", "cache",
                          "idempotency", "events", "reconcile", "<<"}) {
    const LoadResult result = ParseWith(absl::StrCat(key, ": {}\n"));
    EXPECT_THAT(result.problems,
                ElementsAre(IsProblem("", 8, absl::StrCat("unknown key '", key, "'"))));
  }
  const LoadResult admin = Parse(
      absl::StrReplaceAll(kShortest, {{"\"[::1]:0\"", "127.0.0.1:0, grpc_listen: 127.0.0.1:1"}}));
  EXPECT_THAT(admin.problems, ElementsAre(IsProblem("admin", 2, "unknown key 'grpc_listen'")));
  const LoadResult webhook = ParseWith("    webhook: { signing_key_files: [a] }\n");
  EXPECT_THAT(webhook.problems, ElementsAre(IsProblem("accounts[0]", 8, "unknown key 'webhook'")));
}

TEST(ParseConfig, ListsEveryProblemAtOnceByLine) {
  const LoadResult result = Parse(R"(admin:
  listen: nowhere
store: {}
accounts:
  - name: Acme
    provider: nobody
    base_url: ftp://example.com
  - provider: billogram
    base_url: http://example.com/
    profile_id: 0
    credentials: [a]
limits:
  max_request_bytes: 12
  max_json_depth: deep
  default_deadline: 30
  grpc_threads: "2"
telemetry:
  access_log: yes
  log_level: loud
  log_level: info
)");
  EXPECT_THAT(
      result.problems,
      ElementsAre(
          IsProblem("grpc.listen", 0, "is missing"), IsProblem("admin.listen", 2, "host:port"),
          IsProblem("", 3, "unknown key 'store'"), IsProblem("accounts[0].name", 5, "lower-case"),
          IsProblem("accounts[0].provider", 6, "known: billogram, billpro"),
          IsProblem("accounts[0].base_url", 7, "https://"),
          IsProblem("accounts[1].name", 8, "is missing"),
          IsProblem("accounts[1].base_url", 9, "allow_insecure_upstream"),
          IsProblem("accounts[1].profile_id", 10, "at least 1"),
          IsProblem("accounts[1].profile_id", 10, "not used by provider 'billogram'"),
          IsProblem("accounts[1].credentials", 11, "group of keys, not a list"),
          IsProblem("accounts[1].credentials.key_file", 11, "needs it"),
          IsProblem("accounts[1].credentials.user_file", 11, "needs it"),
          IsProblem("limits.max_request_bytes", 13, "at least 1024"),
          IsProblem("limits.max_json_depth", 14, "whole number, not 'deep'"),
          IsProblem("limits.default_deadline", 15, "duration"),
          IsProblem("limits.grpc_threads", 16, "quotes"),
          IsProblem("telemetry.access_log", 18, "true or false"),
          IsProblem("telemetry.log_level", 19, "debug, info, warn, error"),
          IsProblem("telemetry", 20, "given on line 19 already")))
      << Listing(result.problems);
}

TEST(ParseConfig, EmptyFileMissesWhatIsRequired) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "{}", "~"}) {
    EXPECT_THAT(Parse(text).problems, ElementsAre(IsProblem("accounts", 0, "at least one account"),
                                                  IsProblem("admin.listen", 0, "is missing"),
                                                  IsProblem("grpc.listen", 0, "is missing")))
        << text;
  }
  EXPECT_THAT(Parse("grpc: {listen: 1.2.3.4:1}\nadmin: {listen: 1.2.3.4:2}\naccounts: []").problems,
              ElementsAre(IsProblem("accounts", 3, "at least one account")));
}

TEST(ParseConfig, WrongKindsOfNodes) {
  EXPECT_THAT(Parse("[]").problems,
              testing::Contains(IsProblem("", 1, "group of keys, not a list")));
  EXPECT_THAT(ParseWith("limits:\n").problems,
              ElementsAre(IsProblem("limits", 8, "group of keys, not nothing")));
  EXPECT_THAT(ParseWith("limits: 5\n").problems,
              ElementsAre(IsProblem("limits", 8, "not a single value")));
  EXPECT_THAT(ParseWith("drain: { grace: [25s] }\n").problems,
              ElementsAre(IsProblem("drain.grace", 8, "single value, not a list")));
  EXPECT_THAT(ParseWith("drain: { grace: { seconds: 5 } }\n").problems,
              ElementsAre(IsProblem("drain.grace", 8, "single value")));
  EXPECT_THAT(ParseWith("drain: { grace: null }\n").problems,
              ElementsAre(IsProblem("drain.grace", 8, "not nothing")));
  EXPECT_THAT(ParseWith("? [a]\n: b\n").problems,
              ElementsAre(IsProblem("", 8, "a list for a key")));
  EXPECT_THAT(ParseWith("accounts: {}\n").problems,
              ElementsAre(IsProblem("", 8, "line 3 already")));
}

TEST(ParseConfig, AccountNamesAreUnique) {
  const std::string two = absl::StrCat(kShortest, R"(  - name: acme
    provider: billogram
    base_url: https://billogram.com/api/v2
    credentials: { user_file: a, key_file: b }
)");
  EXPECT_THAT(Parse(two).problems,
              ElementsAre(IsProblem("accounts[1].name", 8, "the same as accounts[0].name")));
}

TEST(ParseConfig, AccountNames) {
  auto with_name = [](const std::string& name) {
    return Parse(
        absl::StrReplaceAll(kShortest, {{"name: acme", absl::StrCat("name: '", name, "'")}}));
  };
  for (const std::string& good : {std::string("a"), std::string("0-x"), std::string(63, 'a')}) {
    EXPECT_TRUE(with_name(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("A"), std::string("a_b"), std::string("å"),
        std::string("a b"), std::string(64, 'a')}) {
    EXPECT_THAT(with_name(bad).problems,
                ElementsAre(IsProblem("accounts[0].name", 4, "lower-case")))
        << bad;
  }
}

TEST(ParseConfig, CredentialsFollowTheProvider) {
  const LoadResult result = Parse(R"(grpc: { listen: 127.0.0.1:0 }
admin: { listen: localhost:0 }
accounts:
  - name: shop
    provider: billpro
    base_url: https://bill.pro/api/v1
    credentials:
      user_file: a
)");
  EXPECT_THAT(result.problems,
              ElementsAre(IsProblem("accounts[0].profile_id", 4, "needs it"),
                          IsProblem("accounts[0].credentials.token_file", 7, "needs it"),
                          IsProblem("accounts[0].credentials.user_file", 8, "not used")));
}

TEST(ParseConfig, PlainHttpNeedsLoopbackOrLeave) {
  auto with_url = [](const std::string& url, bool insecure = false) {
    return Parse(absl::StrCat(absl::StrReplaceAll(kShortest, {{"http://127.0.0.1:8081/api/v2/",
                                                               absl::StrCat("'", url, "'")}}),
                              insecure ? "allow_insecure_upstream: true\n" : ""));
  };
  EXPECT_TRUE(with_url("http://10.0.0.1/", true).ok());
  EXPECT_TRUE(with_url("https://10.0.0.1/").ok());
  EXPECT_THAT(with_url("http://10.0.0.1/").problems,
              ElementsAre(IsProblem("accounts[0].base_url", 6, "loopback")));
  EXPECT_THAT(with_url("http://127.0.0.1.example.com/").problems,
              ElementsAre(IsProblem("accounts[0].base_url", 6, "loopback")));
}

TEST(ParseConfig, RefusesWhatIsNotYaml) {
  struct Case {
    std::string text;
    int line;
    std::string part;
  };
  const std::vector<Case> cases = {
      {"grpc: {listen: 'a'\nadmin: ]", 2, "not YAML"},
      {"grpc:\n\tlisten: a\n", 2, "tab"},
      {"a: \xff\xfe\n", 1, "not UTF-8"},
      {"# ok\na: \xed\xa0\x80\n", 2, "not UTF-8"},
      {std::string("a: b\0c\n", 7), 1, "control character"},
      {"\xff\xfe" + std::string("a\0:\0 \0b\0", 8), 1, "not UTF-8"},
      {"a: &x [b]\nc: *x\n", 1, "anchors are not supported"},
      {"a: *x\n", 1, "not YAML"},
      {"a: !!str b\n", 1, "tags are not supported"},
      {"a: b\n---\nc: d\n", 3, "more than one document"},
      {"a: b\n---\n", 3, "more than one document"},
      {std::string(100000, '['), 1, "deeper"},
      {std::string(2000000, 'a'), 0, "larger than"},
      {"a: \"\\xZZ\"\n", 1, "not YAML"},
      {"%YAML 9.0\n---\na: b", 1, "not YAML"},
  };
  for (const Case& c : cases) {
    const LoadResult result = Parse(c.text);
    ASSERT_THAT(result.problems, SizeIs(1)) << c.text.substr(0, 50) << "\n"
                                            << Listing(result.problems);
    EXPECT_THAT(result.problems[0].message, HasSubstr(c.part)) << c.text.substr(0, 50);
    EXPECT_EQ(result.problems[0].line, c.line) << c.text.substr(0, 50);
  }
}

// A few hundred bytes that would stand for 10^9 nodes.
TEST(ParseConfig, RefusesAliasBombs) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int k = 0; k < 10; ++k) absl::StrAppend(&bomb, k == 0 ? "" : ", ", "*a", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(Parse(bomb).problems, ElementsAre(IsProblem("", 1, "anchors are not supported")));
}

TEST(ParseConfig, DeepButAllowedNestingIsReadAndRefusedByTheSchema) {
  EXPECT_THAT(ParseWith("x: " + std::string(20, '[') + std::string(20, ']') + "\n").problems,
              ElementsAre(IsProblem("", 8, "unknown key 'x'")));
  EXPECT_THAT(ParseWith("x: " + std::string(40, '[') + std::string(40, ']') + "\n").problems,
              ElementsAre(IsProblem("", 8, "nested deeper than 32")));
}

TEST(ParseConfig, ProblemsAreBounded) {
  std::string many;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&many, "k", i, ": 1\n");
  EXPECT_THAT(Parse(many).problems, SizeIs(Problems::kMost));
}

TEST(ParseConfig, EscapesCannotSmuggleInWhatTheTextCannotHold) {
  EXPECT_THAT(ParseWith("telemetry: { log_level: \"in\\0fo\" }\n").problems,
              ElementsAre(IsProblem("telemetry.log_level", 8, "must be one of")));
  const std::string smuggled =
      absl::StrReplaceAll(kShortest, {{"/etc/acme.key", "\"/etc/acme\\0.key\""}});
  EXPECT_THAT(
      Parse(smuggled).problems,
      testing::Contains(IsProblem("accounts[0].credentials.key_file", 7, "control character")));
}

TEST(ParseConfig, NumbersAndDurationsAreStrict) {
  for (const char* bad : {"0x400", "4_096", "4e3", "+4096", "4096.0", "99999999999999999999",
                          "-4096", "2147483648", ".inf", "4 096"}) {
    EXPECT_THAT(ParseWith(absl::StrCat("limits: { max_request_bytes: ", bad, " }\n")).problems,
                SizeIs(1))
        << bad;
  }
  for (const char* bad :
       {"1", "1 s", "s", "-1s", "inf", "1d", "2h", "1e3s", "3s4", "0.0001ms", "''"}) {
    EXPECT_THAT(ParseWith(absl::StrCat("limits: { default_deadline: ", bad, " }\n")).problems,
                SizeIs(1))
        << bad;
  }
}

// Every key of the schema can be read, printed and checked: what the loader promises a new key.
void CheckSchema(const google::protobuf::Descriptor& type, int* keys) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    SCOPED_TRACE(field.full_name());
    ++*keys;
    EXPECT_FALSE(field.is_map());
    if (!IsScalar(field)) {
      ASSERT_EQ(field.cpp_type(), FieldDescriptor::CPPTYPE_MESSAGE);
      CheckSchema(*field.message_type(), keys);
      continue;
    }
    const v1::Setting& setting = SettingOf(field);
    if (setting.has_default_value()) {
      EXPECT_TRUE(ParseValue(field, setting.default_value()).ok()) << setting.default_value();
    }
    // Within the range, and so readable.
    if (setting.has_min()) {
      EXPECT_TRUE(ParseValue(field, setting.min()).ok()) << setting.min();
    }
    if (setting.has_max()) {
      EXPECT_TRUE(ParseValue(field, setting.max()).ok()) << setting.max();
    }
    EXPECT_FALSE(setting.required() && setting.has_default_value());
  }
}

TEST(Schema, EveryKeyIsUsable) {
  int keys = 0;
  CheckSchema(*v1::Config::descriptor(), &keys);
  EXPECT_GT(keys, 25);
}

TEST(ToYaml, IsWhatAPersonWouldWrite) {
  LoadResult result = Parse(kShortest);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ToYaml(result.config), R"(grpc:
  listen: 127.0.0.1:50051
admin:
  listen: "[::1]:0"
accounts:
  - name: acme
    provider: billogram
    base_url: http://127.0.0.1:8081/api/v2
    credentials:
      user_file: secrets/acme.user
      key_file: /etc/acme.key
limits:
  max_request_bytes: 4194304
  max_response_bytes: 33554432
  max_json_depth: 64
  max_concurrent_calls: 10000
  max_streams_per_connection: 1024
  upstream_connections_per_account: 100
  default_deadline: 1m
  connect_timeout: 5s
  grpc_threads: 1
  max_file_bytes: 268435456
telemetry:
  access_log: true
  log_level: info
drain:
  grace: 25s
allow_insecure_upstream: false
)");
}

class ConfigMaker {
 public:
  explicit ConfigMaker(uint32_t seed) : random_(seed) {}

  v1::Config Make() {
    v1::Config config;
    config.mutable_grpc()->set_listen(absl::StrCat("10.0.0.", Below(256), ":", Below(65536)));
    config.mutable_admin()->set_listen(absl::StrCat("[::", Below(9), "]:", Below(65536)));
    for (int i = Below(3); i >= 0; --i) MakeAccount(i, *config.add_accounts());
    auto& limits = *config.mutable_limits();
    limits.set_max_request_bytes(1024 + Below(1 << 20));
    limits.set_max_response_bytes(1024 + Below(1 << 20));
    limits.set_max_json_depth(8 + Below(504));
    limits.set_max_concurrent_calls(1 + Below(999999));
    limits.set_max_streams_per_connection(1 + Below(999999));
    limits.set_upstream_connections_per_account(1 + Below(999));
    limits.mutable_default_deadline()->set_seconds(1 + Below(3000));
    limits.mutable_default_deadline()->set_nanos(Below(1'000'000'000));
    limits.mutable_connect_timeout()->set_nanos(10'000'000 + Below(900'000'000));
    limits.set_grpc_threads(1 + Below(63));
    limits.set_max_file_bytes(1024 + Below(1 << 30));
    config.mutable_telemetry()->set_access_log(Below(2) == 1);
    config.mutable_telemetry()->set_log_level(static_cast<v1::LogLevel>(1 + Below(4)));
    config.mutable_drain()->mutable_grace()->set_seconds(Below(3600));
    config.set_allow_insecure_upstream(Below(2) == 1);
    return config;
  }

  int odd_names() const { return odd_names_; }

 private:
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint32_t>(end)); }

  void MakeAccount(int index, v1::AccountConfig& account) {
    account.set_name(absl::StrCat("a", index));
    account.set_base_url("https://example.com");
    if (Below(2) == 0) {
      account.set_provider("billogram");
      account.mutable_credentials()->set_user_file(FileName());
      account.mutable_credentials()->set_key_file(FileName());
    } else {
      account.set_provider("billpro");
      account.set_profile_id((int64_t{1} << 40) + Below(1000));
      account.mutable_credentials()->set_token_file(FileName());
    }
  }

  // Pieces that mean something to YAML when they stand without quotes.
  std::string FileName() {
    static constexpr const char* kPieces[] = {
        "a", "0",    " ",           ": ",   "#",   " #",  "\"",  "'",        "\\",
        "{", "]",    "- ",          "?",    "*a",  "&a",  "!t",  "%",        "@",
        "`", "null", "~",           "true", "1e3", "...", "---", "\xc2\x85", "\xe2\x80\xa8",
        "å", "😀",    "\xef\xbb\xbf"};
    std::string name;
    for (int i = Below(4); i >= 0; --i)
      name += kPieces[static_cast<size_t>(Below(std::size(kPieces)))];
    if (name.find_first_not_of("a0") != std::string::npos) ++odd_names_;
    return name;
  }

  std::mt19937 random_;
  int odd_names_ = 0;
};

TEST(ToYaml, RoundTripsRandomConfigs) {
  ConfigMaker maker(20260714);
  for (int i = 0; i < 2000; ++i) {
    const v1::Config config = maker.Make();
    const LoadResult again = Parse(ToYaml(config));
    ASSERT_TRUE(again.ok()) << ToYaml(config) << Listing(again.problems);
    ASSERT_TRUE(MessageDifferencer::Equals(config, again.config))
        << config.DebugString() << ToYaml(config) << again.config.DebugString();
  }
  std::printf("odd file names: %d\n", maker.odd_names());
  EXPECT_GT(maker.odd_names(), 1000);
}

// Whatever is done to a good file, the loader ends and says something or gives a usable result.
TEST(ParseConfig, SurvivesMutations) {
  std::mt19937 random(7);
  int good = 0, bad = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = kShortest;
    for (int k = static_cast<int>(random() % 4); k >= 0; --k) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, 1, "{}[]:,-?*&!|>'\"%@`# \n\t~"[random() % 24]);
      }
      if (text.empty()) text = "x";
    }
    const LoadResult result = Parse(text);
    ++(result.ok() ? good : bad);
    if (result.ok()) {
      ASSERT_TRUE(MessageDifferencer::Equals(result.config, Parse(ToYaml(result.config)).config))
          << text;
    }
  }
  std::printf("good: %d, bad: %d\n", good, bad);
  EXPECT_GT(good, 0);
  EXPECT_GT(bad, 0);
}

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_.path() + "/secrets"); }

  std::string Write(std::string_view name, std::string_view text) {
    return folder_.Write(name, text);
  }

  TempFolder folder_;
};

TEST_F(ConfigFile, PathsStartFromItsFolder) {
  Write("secrets/acme.user", "user\n");
  const std::string key = Write("key", "key");
  const std::string path =
      Write("gateway.yaml", absl::StrReplaceAll(kShortest, {{"/etc/acme.key", key}}));
  const LoadResult result = LoadConfigFile(path, Options());
  ASSERT_TRUE(result.ok()) << Listing(result.problems);
  EXPECT_EQ(result.config.accounts(0).credentials().user_file(),
            folder_.path() + "/secrets/acme.user");
  EXPECT_EQ(result.config.accounts(0).credentials().key_file(), key);
}

TEST_F(ConfigFile, SecretFilesMustHoldSomething) {
  Write("secrets/acme.user", "\n");
  const std::string path =
      Write("gateway.yaml",
            absl::StrReplaceAll(kShortest, {{"/etc/acme.key", folder_.path() + "/absent"}}));
  const LoadResult result = LoadConfigFile(path, Options());
  EXPECT_THAT(result.problems,
              ElementsAre(IsProblem("accounts[0].credentials.key_file", 7, "cannot open"),
                          IsProblem("accounts[0].credentials.user_file", 7, "is empty")));
}

TEST_F(ConfigFile, AccountsPassTheCheckOfTheStart) {
  Write("secrets/acme.user", "us:er");
  const std::string path =
      Write("gateway.yaml",
            absl::StrReplaceAll(kShortest, {{"/etc/acme.key", Write("key", "key")}}) +
                "  - { name: bad, provider: billogram, base_url: nowhere, credentials: {} }\n");
  ParseOptions options = Options();
  std::vector<std::string> asked;
  options.check_account = [&](const v1::AccountConfig& account) {
    asked.push_back(account.name());
    return absl::InvalidArgumentError("cannot be started with");
  };
  const LoadResult result = LoadConfigFile(path, options);
  EXPECT_THAT(result.problems, ::testing::Contains(IsProblem("accounts[0]", 4, "started with")));
  // A check of what is known to be bad would only say it again.
  EXPECT_THAT(asked, ElementsAre("acme"));
}

TEST(ParseConfig, PortsAreApart) {
  EXPECT_THAT(Parse(absl::StrReplaceAll(kShortest, {{"\"[::1]:0\"", "0.0.0.0:50051"}})).problems,
              ElementsAre(IsProblem("admin.listen", 2, "grpc.listen")));
}

TEST_F(ConfigFile, AbsentFile) {
  const LoadResult result = LoadConfigFile(folder_.path() + "/absent.yaml", Options());
  EXPECT_THAT(result.problems, ElementsAre(IsProblem("", 0, "cannot open")));
  EXPECT_THAT(LoadConfigFile(folder_.path(), Options()).problems,
              ElementsAre(IsProblem("", 0, "is not a file")));
}

TEST(FormatProblem, NamesFileLineAndPath) {
  EXPECT_EQ(FormatProblem("gateway.yaml", {"a.b", 3, "is missing"}),
            "gateway.yaml:3: a.b: is missing");
  EXPECT_EQ(FormatProblem("gateway.yaml", {"", 0, "is missing"}), "gateway.yaml: is missing");
}

}  // namespace
}  // namespace billing::gateway::config
