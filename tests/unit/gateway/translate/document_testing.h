#ifndef TESTS_UNIT_GATEWAY_TRANSLATE_DOCUMENT_TESTING_H_
#define TESTS_UNIT_GATEWAY_TRANSLATE_DOCUMENT_TESTING_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Random documents such as upstream writes, made from the OpenAPI companion of the reference (not
// from our protos), with everything odd that a document can have.

namespace billing::gateway::translate {

// What upstream documents of one field.
struct SchemaField {
  enum class Kind {
    kString,
    kInteger,
    kDecimal,
    kBoolean,
    kDate,
    kMoment,
    kBase64,
    kEnum,
    kObject,
    kList,
  };
  Kind kind = Kind::kString;
  std::vector<std::string> values;     // of an enum
  std::string of;                      // the schema of an object
  std::shared_ptr<SchemaField> items;  // of a list
};

// The schemas of tests/testdata/billogram_schema.json by name; their fields in order.
using Schemas = std::map<std::string, std::vector<std::pair<std::string, SchemaField>>>;

// Empty if the file cannot be read.
Schemas LoadSchemas(const std::string& path);

// What can be odd about a document. The classes before kFirstDeparture are documented spellings;
// the others are departures that count as drift.
enum class Noise : size_t {
  kLongDecimal,
  kExponentDecimal,
  kQuotedDecimal,
  kQuotedInteger,
  kIdleFraction,
  kNumberForText,
  kOtherDate,
  kOtherMoment,
  kFractionalMoment,
  kNull,
  kEmptyList,
  kEmptyObject,
  kEmptyText,
  kLongText,
  kUnicode,
  kEscapes,
  kEscapedKey,
  kShuffledKeys,
  kWhiteSpace,
  kFirstDeparture,
  kExtraField = kFirstDeparture,
  kUnknownEnum,
  kWrongType,
  kImpossibleValue,
  kDecimalBeyondLimits,
  kIntegerBeyondLimits,
  kUnfitElement,
  kLoneSurrogate,
  kLoneSurrogateKey,
  kCount,
};
inline constexpr size_t kNoiseClasses = static_cast<size_t>(Noise::kCount);
const char* NoiseName(size_t noise);

using Random = std::mt19937_64;
inline size_t Below(Random& random, size_t bound) { return static_cast<size_t>(random() % bound); }
inline bool OneIn(Random& random, size_t n) { return random() % n == 0; }

struct MadeDocument {
  std::string text;
  std::bitset<kNoiseClasses> noise;
  bool departs() const { return (noise >> static_cast<size_t>(Noise::kFirstDeparture)).any(); }
};

// Makes documents, one after the other. Not thread-safe.
class DocumentMaker {
 public:
  DocumentMaker(const Schemas& schemas, Random& random) : schemas_(schemas), random_(random) {}

  MadeDocument Make(const std::string& schema);

 private:
  void ChooseNoise();
  bool Odd(Noise noise, size_t one_in = 5);
  std::string Object(const std::string& schema, bool root);
  std::string Value(const SchemaField& field);
  std::string FitValue(const SchemaField& field);
  std::string List(const SchemaField& field);
  std::string WrongType(const SchemaField& field);
  std::string Key(std::string_view name);
  std::string Space();
  std::string Text();
  std::string Integer();
  std::string Decimal();
  std::string Digits(size_t count);
  std::string Date();
  std::string Moment();
  std::string Base64();
  std::string AnyValue(int depth);
  std::string ExtraKey(size_t position);
  const char* Pick(std::initializer_list<const char*> choices);

  const Schemas& schemas_;
  Random& random_;
  std::bitset<kNoiseClasses> active_;
  size_t density_ = 1;  // a field is there in density_ of 8 cases
  MadeDocument made_;
};

}  // namespace billing::gateway::translate

#endif  // TESTS_UNIT_GATEWAY_TRANSLATE_DOCUMENT_TESTING_H_
