#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billogram/v2/event.pb.h"
#include "service/gateway/translate/canonical.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/wire_to_json.h"
#include "tests/unit/gateway/translate/document_testing.h"
#include "tests/unit/gateway/translate/json_tree_testing.h"
#include "tests/unit/gateway/translate/message_testing.h"
#include "tests/unit/gateway/translate/wire_shuffle_testing.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kDefaultRounds = 2000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr size_t kDefaultRounds = 2000;
#else
#define BG_PLAIN_BUILD 1
#endif
#else
#define BG_PLAIN_BUILD 1
#endif
#ifdef BG_PLAIN_BUILD
#ifdef NDEBUG
constexpr size_t kDefaultRounds = 100000;
#else
constexpr size_t kDefaultRounds = 10000;
#endif
#endif

size_t Rounds() {
  const char* given = std::getenv("BG_ROUND_TRIPS");
  return given == nullptr ? kDefaultRounds : static_cast<size_t>(std::strtoull(given, nullptr, 10));
}

// One kind of document and all that translates it.
class Subject {
 public:
  Subject(std::string schema, const pb::Message& prototype)
      : schema_(std::move(schema)), prototype_(prototype) {
    table_ = registry_.Add(prototype.GetDescriptor()).value();
  }

  const std::string& schema() const { return schema_; }
  const MessageTable& table() const { return *table_; }
  std::unique_ptr<pb::Message> New() const {
    return std::unique_ptr<pb::Message>(prototype_.New());
  }

  bool ToWire(const std::string& json, std::string* wire) {
    std::string padded = json;
    padded.append(kJsonPadding, '\0');
    const bool ok = to_wire_.Translate(*table_, {padded.data(), json.size()});
    *wire = std::string(to_wire_.wire());
    return ok;
  }
  const JsonToWire& to_wire() const { return to_wire_; }

  bool ToDocument(const std::string& wire, std::string* json) {
    const bool ok = to_json_.Document(*table_, wire);
    *json = std::string(to_json_.json());
    return ok;
  }
  WireToJson& to_json() { return to_json_; }

 private:
  std::string schema_;
  const pb::Message& prototype_;
  // Random documents keep to no limits.
  TableRegistry registry_{TableRegistry::Limits::kLeftOut};
  const MessageTable* table_ = nullptr;
  JsonToWire to_wire_;
  WireToJson to_json_;
};

class RoundTripTest : public ::testing::Test {
 protected:
  RoundTripTest() {
    subjects_.push_back(
        std::make_unique<Subject>("Billogram", billogram::v2::Billogram::default_instance()));
    subjects_.push_back(
        std::make_unique<Subject>("Customer", billogram::v2::Customer::default_instance()));
    subjects_.push_back(
        std::make_unique<Subject>("Event", billogram::v2::Event::default_instance()));
  }

  void SetUp() override { ASSERT_TRUE(schemas_.count("Billogram") > 0); }

  // Half of the documents are billograms.
  Subject& PickSubject() { return *subjects_[std::max<size_t>(Below(random_, 4), 1) - 1]; }

  const Schemas schemas_ =
      LoadSchemas(std::string(BG_SOURCE_DIR) + "/tests/testdata/billogram_schema.json");
  Random random_{20260126};
  DocumentMaker maker_{schemas_, random_};
  std::vector<std::unique_ptr<Subject>> subjects_;
};

// What one document must be equal to on all its ways.
class Trip {
 public:
  Trip(Subject& subject, const MadeDocument& made) : subject_(subject), made_(made) {}

  void ThereAndBack() {
    const ParsedJson source = ParseJson(made_.text);
    ASSERT_TRUE(source.ok && !source.duplicate_keys) << made_.text;
    ASSERT_TRUE(subject_.ToWire(made_.text, &wire_)) << subject_.to_wire().error() << "\n"
                                                     << made_.text;
    EXPECT_EQ(!subject_.to_wire().drift().empty(), made_.departs()) << made_.text;
    std::string back;
    ASSERT_TRUE(subject_.ToDocument(wire_, &back))
        << ::testing::PrintToString(subject_.to_json().violations()[0].field) << ": "
        << subject_.to_json().violations()[0].description << "\n"
        << made_.text;
    const ParsedJson returned = ParseJson(back);
    ASSERT_TRUE(returned.ok) << back << "\nfrom " << made_.text;
    ASSERT_EQ(Canonical(returned.value), Canonical(source.value)) << made_.text;
    std::string again;
    ASSERT_TRUE(subject_.ToWire(back, &again)) << back;
    ASSERT_EQ(again, wire_) << made_.text << "\ncame back as " << back;
    document_ = std::move(back);
    source_ = source.value;
  }

  void LikeGenerated() {
    message_ = subject_.New();
    ASSERT_TRUE(message_->ParseFromString(wire_)) << made_.text;
    ASSERT_EQ(Canonically(*message_), wire_) << made_.text;
    const Comparison comparison = Compare(*message_, source_);
    ASSERT_EQ(comparison.disagreement, "") << made_.text;
    ASSERT_EQ(comparison.departures > 0, made_.departs()) << made_.text;
  }

  void FromOtherWire(Random& random, std::array<size_t, kShuffles>& counts) {
    const std::string other = Shuffled(message_->GetDescriptor(), wire_, random, counts);
    const std::unique_ptr<pb::Message> parsed = subject_.New();
    ASSERT_TRUE(parsed->ParseFromString(other)) << made_.text;
    ASSERT_EQ(Canonically(*parsed), wire_) << made_.text;
    std::string canonical;
    ASSERT_TRUE(Canonicalize(subject_.table(), other, &canonical)) << made_.text;
    ASSERT_EQ(canonical, wire_) << made_.text;
    std::string json;
    ASSERT_TRUE(subject_.ToDocument(other, &json)) << made_.text;
    ASSERT_EQ(json, document_) << made_.text;
  }

  // Get, edit, update: what came from upstream can be sent to it.
  void AsRequest(bool masked) {
    MaskNode mask;
    std::vector<Violation> violations;
    if (masked) {
      for (const FieldTable& field : subject_.table().fields) {
        const auto* reflection = message_->GetReflection();
        const bool set = field.repeated ? reflection->FieldSize(*message_, field.descriptor) > 0
                                        : reflection->HasField(*message_, field.descriptor);
        if (set && !field.output_only)
          AddMaskPath(subject_.table(), field.proto_name, &mask, &violations);
      }
      AddMaskPath(subject_.table(), "unmapped", &mask, &violations);
    }
    ASSERT_TRUE(violations.empty());
    ExpectedRequest expected = RequestOf(*message_, !masked);
    const bool ok =
        subject_.to_json().Request(subject_.table(), wire_, "", masked ? &mask : nullptr);
    std::vector<std::string> mistakes;
    for (const Violation& violation : subject_.to_json().violations())
      mistakes.push_back(violation.field);
    std::sort(mistakes.begin(), mistakes.end());
    std::sort(expected.mistakes.begin(), expected.mistakes.end());
    if (mistakes.size() < 100) {
      ASSERT_EQ(mistakes, expected.mistakes) << made_.text;
    }
    ASSERT_EQ(ok, mistakes.empty());
    if (!ok) return;
    const ParsedJson sent = ParseJson(subject_.to_json().json());
    ASSERT_TRUE(sent.ok && !sent.duplicate_keys) << subject_.to_json().json();
    ASSERT_EQ(Canonical(sent.value), Canonical(expected.document)) << made_.text;
    requested_ = true;
  }

  bool requested() const { return requested_; }

 private:
  Subject& subject_;
  const MadeDocument& made_;
  std::string wire_;
  std::string document_;
  Json source_;
  std::unique_ptr<pb::Message> message_;
  bool requested_ = false;
};

void ExpectShare(const char* what, size_t count, size_t all) {
  std::cout << "  " << what << ": " << count << " ("
            << 100.0 * static_cast<double>(count) / static_cast<double>(all) << " %)\n";
  EXPECT_GE(count * 100, all) << what;
}

TEST_F(RoundTripTest, RandomDocuments) {
  const size_t rounds = Rounds();
  std::array<size_t, kNoiseClasses> noise{};
  std::array<size_t, kShuffles> shuffles{};
  size_t plain = 0;
  size_t departing = 0;
  size_t requested = 0;
  size_t bytes = 0;
  for (size_t round = 0; round < rounds; ++round) {
    Subject& subject = PickSubject();
    const MadeDocument made = maker_.Make(subject.schema());
    Trip trip(subject, made);
    trip.ThereAndBack();
    if (!HasFatalFailure()) trip.LikeGenerated();
    if (!HasFatalFailure()) trip.FromOtherWire(random_, shuffles);
    if (!HasFatalFailure()) trip.AsRequest(OneIn(random_, 2));
    if (HasFailure()) return;
    for (size_t i = 0; i < kNoiseClasses; ++i) noise[i] += made.noise[i] ? 1 : 0;
    plain += made.noise.none() ? 1 : 0;
    departing += made.departs() ? 1 : 0;
    requested += trip.requested() ? 1 : 0;
    bytes += made.text.size();
  }
  std::cout << rounds << " documents of " << bytes / rounds << " bytes on average\n";
  ExpectShare("no noise", plain, rounds);
  ExpectShare("departures", departing, rounds);
  ExpectShare("sent back as a request", requested, rounds);
  for (size_t i = 0; i < kNoiseClasses; ++i) ExpectShare(NoiseName(i), noise[i], rounds);
  for (size_t i = 0; i < kShuffles; ++i) {
    // No message of the API has repeated numbers; EveryKindOfField covers them.
    if (i == static_cast<size_t>(Shuffle::kUnpacked) ||
        i == static_cast<size_t>(Shuffle::kPackedApart))
      continue;
    ExpectShare(ShuffleName(i), shuffles[i], rounds);
  }
}

// Adds a member twice to a random object of `text`; false if it has none.
bool RepeatMember(std::string* text, Random& random) {
  std::vector<size_t> braces;
  bool inside = false;
  for (size_t i = 0; i < text->size(); ++i) {
    if (inside && (*text)[i] == '\\') {
      ++i;
    } else if ((*text)[i] == '"') {
      inside = !inside;
    } else if (!inside && (*text)[i] == '{') {
      braces.push_back(i);
    }
  }
  // The first member's key, once more, with another value and sometimes another spelling.
  const size_t brace = braces[Below(random, braces.size())];
  const size_t key = text->find_first_not_of(" \t\r\n", brace + 1);
  if ((*text)[key] != '"') return false;
  size_t end = key + 1;
  while ((*text)[end] != '"') end += (*text)[end] == '\\' ? 2 : 1;
  std::string name = text->substr(key, end - key + 1);
  if (name.size() > 2 && name[1] != '\\' && static_cast<signed char>(name[1]) > 0 &&
      OneIn(random, 2)) {
    static constexpr char kHex[] = "0123456789abcdef";
    const char c = name[1];
    name.replace(1, 1, std::string("\\u00") + kHex[c >> 4] + kHex[c & 15]);
  }
  text->insert(brace + 1, name + ":null,");
  return true;
}

TEST_F(RoundTripTest, DuplicateKeysAreMalformed) {
  size_t repeated = 0;
  for (size_t round = 0; round < Rounds() / 10; ++round) {
    Subject& subject = PickSubject();
    std::string text = maker_.Make(subject.schema()).text;
    if (!RepeatMember(&text, random_)) continue;
    ++repeated;
    const ParsedJson parsed = ParseJson(text);
    ASSERT_TRUE(parsed.ok && parsed.duplicate_keys) << text;
    std::string wire;
    ASSERT_FALSE(subject.ToWire(text, &wire)) << text;
    ASSERT_EQ(wire, "");
  }
  std::cout << repeated << " documents with a key twice\n";
  EXPECT_GT(repeated, Rounds() / 20);
}

// Damages a document in one place.
std::string Damaged(std::string text, Random& random) {
  static constexpr std::string_view kBytes =
      std::string_view("\0\"\\{}[]:,1-+.eEtfn /\t\x01\x80\xFF\xC3\xED", 27);
  const size_t at = Below(random, text.size());
  const char byte = kBytes[Below(random, kBytes.size())];
  switch (Below(random, 4)) {
    case 0:
      text.resize(at);
      break;
    case 1:
      text.erase(at, 1);
      break;
    case 2:
      text.insert(at, 1, byte);
      break;
    default:
      text[at] = byte;
      break;
  }
  return text;
}

TEST_F(RoundTripTest, DamagedDocumentsAreRefusedAsRapidJsonRefusesThem) {
  size_t refused = 0;
  size_t accepted = 0;
  const size_t rounds = Rounds();
  for (size_t round = 0; round < rounds; ++round) {
    Subject& subject = PickSubject();
    const std::string text = Damaged(maker_.Make(subject.schema()).text, random_);
    const ParsedJson parsed = ParseJson(text);
    if (parsed.beyond_reader) continue;
    bool lone_key = false;
    for (const auto& member : parsed.value.members) lone_key |= HasLoneSurrogate(member.key);
    const bool sound = parsed.ok && !parsed.duplicate_keys &&
                       parsed.value.kind == Json::Kind::kObject && !lone_key;
    std::string wire;
    ASSERT_EQ(subject.ToWire(text, &wire), sound) << subject.to_wire().error() << "\n" << text;
    ++(sound ? accepted : refused);
    if (!sound) continue;
    std::string back;
    ASSERT_TRUE(subject.ToDocument(wire, &back)) << text;
    ASSERT_EQ(Canonical(ParseJson(back).value), Canonical(parsed.value)) << text;
  }
  std::cout << refused << " damaged documents refused, " << accepted << " still sound\n";
  EXPECT_GT(refused, rounds / 4);
  EXPECT_GT(accepted, rounds / 100);
}

}  // namespace
}  // namespace billing::gateway::translate
