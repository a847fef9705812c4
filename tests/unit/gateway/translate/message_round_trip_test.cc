#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billogram/v2/billogram.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "service/gateway/translate/canonical.h"
#include "tests/unit/gateway/translate/document_testing.h"
#include "tests/unit/gateway/translate/json_tree_testing.h"
#include "tests/unit/gateway/translate/message_testing.h"
#include "tests/unit/gateway/translate/translate_testing.h"
#include "tests/unit/gateway/translate/wire_shuffle_testing.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;
namespace v1 = billing::gateway::v1;
using Field = pb::FieldDescriptor;

// Fills messages with values that their fields can hold, by reflection.
class MessageMaker {
 public:
  explicit MessageMaker(Random& random) : random_(random) {}

  void Fill(pb::Message* message) {
    const auto* descriptor = message->GetDescriptor();
    const size_t density = 1 + Below(random_, 4);
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const Field* field = descriptor->field(i);
      if (Below(random_, 4) >= density) continue;
      for (size_t n = field->is_repeated() ? 1 + Below(random_, 3) : 1; n > 0; --n) {
        Put(message, field, n);
      }
    }
  }

 private:
  void Put(pb::Message* message, const Field* field, size_t n) {
    const auto* r = message->GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case Field::CPPTYPE_MESSAGE: {
        pb::Message* inner =
            many ? r->AddMessage(message, field) : r->MutableMessage(message, field);
        return field->is_map() ? Entry(inner, n) : Inner(inner, field);
      }
      case Field::CPPTYPE_STRING: {
        const std::string text = field->type() == Field::TYPE_BYTES ? Bytes() : Text();
        return many ? r->AddString(message, field, text) : r->SetString(message, field, text);
      }
      case Field::CPPTYPE_BOOL: {
        const bool value = OneIn(random_, 2);
        return many ? r->AddBool(message, field, value) : r->SetBool(message, field, value);
      }
      case Field::CPPTYPE_ENUM: {
        const auto* type = field->enum_type();
        const auto last = static_cast<size_t>(type->value_count() - 1);
        const auto* value = type->value(static_cast<int>(1 + Below(random_, last)));
        return many ? r->AddEnum(message, field, value) : r->SetEnum(message, field, value);
      }
      case Field::CPPTYPE_INT32: {
        const int32_t value = static_cast<int32_t>(random_()) >> Below(random_, 32);
        return many ? r->AddInt32(message, field, value) : r->SetInt32(message, field, value);
      }
      default: {
        const int64_t value = static_cast<int64_t>(random_()) >> Below(random_, 64);
        return many ? r->AddInt64(message, field, value) : r->SetInt64(message, field, value);
      }
    }
  }

  void Inner(pb::Message* inner, const Field* field) {
    const auto& rule = field->options().GetExtension(v1::field);
    if (auto* decimal = dynamic_cast<google::type::Decimal*>(inner)) {
      decimal->set_value(Decimal());
    } else if (auto* date = dynamic_cast<google::type::Date*>(inner)) {
      date->set_year(static_cast<int>(1 + Below(random_, 9999)));
      date->set_month(static_cast<int>(1 + Below(random_, 12)));
      date->set_day(static_cast<int>(1 + Below(random_, 28)));
    } else if (auto* moment = dynamic_cast<pb::Timestamp*>(inner)) {
      moment->set_seconds(static_cast<int64_t>(Below(random_, 315537897600)) - 62135596800);
      moment->set_nanos(Nanos(rule.timestamp()));
    } else {
      Fill(inner);
    }
  }

  // A fraction that the spelling can hold.
  int32_t Nanos(v1::TimestampSpelling spelling) {
    if (OneIn(random_, 3)) return 0;
    const auto nanos = static_cast<int32_t>(Below(random_, 1000000000));
    switch (spelling) {
      case v1::TIMESTAMP_SPELLING_RFC3339_Z:
      case v1::TIMESTAMP_SPELLING_RFC3339_OFFSET:
        return OneIn(random_, 3) ? nanos / 1000000 * 1000000 : nanos;
      case v1::TIMESTAMP_SPELLING_MICROS_Z:
        return nanos / 1000 * 1000;
      case v1::TIMESTAMP_SPELLING_MILLIS_Z:
        return nanos / 1000000 * 1000000;
      default:
        return 0;
    }
  }

  // An entry of `unmapped`: a key that no field has.
  void Entry(pb::Message* entry, size_t n) {
    static constexpr const char* kValues[] = {"null",        "[]",   "{\"a\": [1e5, true]}",
                                              "\"\\ud800\"", "-0.0", "\"x\""};
    const auto* r = entry->GetReflection();
    const auto* d = entry->GetDescriptor();
    r->SetString(entry, d->FindFieldByNumber(1), absl::StrCat("?", n, Text()));
    r->SetString(entry, d->FindFieldByNumber(2), kValues[Below(random_, std::size(kValues))]);
  }

  std::string Text() {
    static constexpr std::string_view kParts[] = {"plain",
                                                  "a longer plain text of some words",
                                                  "\"",
                                                  "\\",
                                                  "\n",
                                                  "\x01",
                                                  {"\0", 1},
                                                  "\x7F",
                                                  "/",
                                                  "\xC3\xA5",
                                                  "\xE2\x80\xA8",
                                                  "\xF0\x9F\x98\x80",
                                                  "\xEF\xBF\xBF",
                                                  "{}[],:"};
    std::string text;
    for (size_t n = Below(random_, 5); n > 0; --n)
      text += kParts[Below(random_, std::size(kParts))];
    if (OneIn(random_, 20)) text.append(Below(random_, 300), 'x');
    return text;
  }

  std::string Bytes() {
    std::string bytes(Below(random_, 20), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  std::string Decimal() {
    std::string digits;
    for (size_t n = 1 + Below(random_, 31); n > 0; --n) {
      digits.push_back(static_cast<char>('0' + Below(random_, 10)));
    }
    if (digits.size() > 1 && digits[0] == '0') digits.insert(1, 1, '.');
    std::string text = OneIn(random_, 2) ? "-" : "";
    text += digits;
    if (digits.find('.') == std::string::npos && OneIn(random_, 2)) text += ".500";
    if (OneIn(random_, 4)) text += OneIn(random_, 2) ? "e-64" : "E+7";
    return text;
  }

  Random& random_;
};

// What holds of `count` random messages like `prototype`.
void RoundTrips(const pb::Message& prototype, size_t count,
                std::array<size_t, kShuffles>* shuffles) {
  TableRegistry registry;
  const MessageTable& table = *registry.Add(prototype.GetDescriptor()).value();
  Random random(20260227);
  MessageMaker maker(random);
  JsonToWire there;
  WireToJson back;
  for (size_t i = 0; i < count; ++i) {
    const std::unique_ptr<pb::Message> message(prototype.New());
    maker.Fill(message.get());
    const std::string wire = Canonically(*message);
    ASSERT_TRUE(back.Document(table, wire))
        << back.violations()[0].field << ": " << back.violations()[0].description << "\n"
        << message->DebugString();
    const std::string document(back.json());
    const ParsedJson parsed = ParseJson(document);
    ASSERT_TRUE(parsed.ok && !parsed.duplicate_keys) << document;
    std::string padded = document;
    padded.append(kJsonPadding, '\0');
    ASSERT_TRUE(there.Translate(table, {padded.data(), document.size()})) << document;
    ASSERT_EQ(there.wire(), wire) << document;

    const std::string other = Shuffled(prototype.GetDescriptor(), wire, random, *shuffles);
    std::string canonical;
    ASSERT_TRUE(Canonicalize(table, other, &canonical)) << message->DebugString();
    ASSERT_EQ(canonical, wire) << message->DebugString();
    ASSERT_TRUE(back.Document(table, other)) << message->DebugString();
    ASSERT_EQ(back.json(), document);
  }
}

TEST(MessageRoundTripTest, EveryKindOfField) {
  const auto file = testing::KindsFile();
  ASSERT_NE(file->Build(), nullptr);
  pb::DynamicMessageFactory factory;
  factory.SetDelegateToGeneratedFactory(true);
  std::array<size_t, kShuffles> shuffles{};
  RoundTrips(*factory.GetPrototype(file->Find("Kinds")), 2000, &shuffles);
  for (size_t i = 0; i < kShuffles; ++i) {
    std::cout << "  " << ShuffleName(i) << ": " << shuffles[i] << "\n";
    EXPECT_GT(shuffles[i], 20u) << ShuffleName(i);
  }
}

TEST(MessageRoundTripTest, Billograms) {
  std::array<size_t, kShuffles> shuffles{};
  RoundTrips(billogram::v2::Billogram::default_instance(), 1000, &shuffles);
}

}  // namespace
}  // namespace billing::gateway::translate
