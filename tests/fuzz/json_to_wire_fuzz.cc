#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billogram/v2/event.pb.h"
#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/values.h"
#include "service/gateway/translate/wire_to_json.h"
#include "tests/fuzz/fuzz.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

// Below these no limit of the translator's applies.
constexpr int kSafeDepth = 60;
constexpr size_t kSafeKeys = 60;

// What is read of the text behind the input's first character: a resource as it is (b, c, e), in
// an envelope (B, C, E), a list in an envelope (L, M, V) or as it is (l, m, v).
constexpr std::string_view kModes = "bceBCELMVlmv";

class Fuzzer {
 public:
  Fuzzer() {
    resources_[0] = MakeTarget(registry_, billogram::v2::Billogram::default_instance());
    resources_[1] = MakeTarget(registry_, billogram::v2::Customer::default_instance());
    resources_[2] = MakeTarget(registry_, billogram::v2::Event::default_instance());
    lists_[0] = MakeTarget(registry_, billogram::v2::ListBillogramsResponse::default_instance());
    lists_[1] = MakeTarget(registry_, billogram::v2::ListCustomersResponse::default_instance());
    lists_[2] =
        MakeTarget(registry_, billogram::v2::ListBillogramEventsResponse::default_instance());
  }

  void Run(char mode, std::string_view text) {
    size_t index = kModes.find(mode);
    if (index == std::string_view::npos) index = static_cast<uint8_t>(mode) % kModes.size();
    const ParsedJson parsed = ParseJson(text);
    Values(text, parsed);
    if (parsed.beyond_reader) return;
    const Target& resource = resources_[index % 3];
    switch (index / 3) {
      case 0:
        return Resource(resource, text, parsed);
      case 1:
        return ResourceAnswer(resource, text, parsed);
      default:
        return ListAnswer(resource, lists_[index % 3], index / 3 == 2, text, parsed);
    }
  }

 private:
  // The readers of single values agree with the grammar and with their writers.
  static void Values(std::string_view text, const ParsedJson& parsed) {
    if (!parsed.beyond_reader && parsed.depth <= kSafeDepth) {
      Check(IsJsonValue(text, kSafeDepth) == (parsed.ok && !parsed.duplicate_keys), "IsJsonValue");
    }
    if (IsDecimal(text)) Check(parsed.ok && parsed.value.kind == Json::Kind::kNumber, "IsDecimal");
    std::string again;
    if (const auto date = ParseDate(text)) {
      AppendDate(*date, text[4] == '-' ? v1::DATE_SPELLING_ISO : v1::DATE_SPELLING_DAY_FIRST,
                 &again);
      Check(IsValid(*date) && again == text, "ParseDate");
    }
    again.clear();
    if (const auto moment = ParseMoment(text)) {
      Check(IsValid(*moment) && AppendMoment(*moment, v1::TIMESTAMP_SPELLING_RFC3339_Z, &again) &&
                ParseMoment(again) == moment,
            "ParseMoment");
    }
    again.clear();
    if (const auto integer = ParseCanonicalInteger(text)) {
      Check(std::to_string(*integer) == text, "ParseCanonicalInteger");
    }
    std::string bytes;
    if (AppendBase64Decoded(text, &bytes)) {
      AppendBase64(bytes, &again);
      Check(again == text, "base64");
    } else {
      Check(bytes.empty(), "base64 leaves nothing behind");
    }
  }

  static bool HasLoneKey(const Json& object) {
    for (const auto& member : object.members) {
      if (HasLoneSurrogate(member.key)) return true;
    }
    return false;
  }

  // The message gives the document back, and is what the protobuf library reads.
  void SameDocument(const Target& target, std::string_view wire, const Json& document) {
    Check(back_.Document(*target.table, wire), "what was translated cannot be translated back");
    const ParsedJson returned = ParseJson(back_.json());
    Check(returned.ok && !returned.duplicate_keys, "not JSON");
    Check(Canonical(returned.value) == Canonical(document), "another document");
    const auto message = target.New();
    Check(message->ParseFromString(std::string(wire)), "the protobuf library refuses the wire");
    Check(Canonically(*message) == wire, "the wire is not canonical");
  }

  void Resource(const Target& target, std::string_view text, const ParsedJson& parsed) {
    const bool object = parsed.value.kind == Json::Kind::kObject;
    const bool sound = parsed.ok && object && !parsed.duplicate_keys && !HasLoneKey(parsed.value);
    const Padded padded(text);
    const bool accepted = there_.Translate(*target.table, padded.json());
    Check(!accepted || sound, "accepted what is no such document");
    Check(accepted || !sound || parsed.depth > kSafeDepth, "refused a sound document");
    if (!accepted) {
      Check(there_.wire().empty() && !there_.error().empty(), "refused without a reason");
      return;
    }
    const std::string wire(there_.wire());
    SameDocument(target, wire, parsed.value);
    const Padded again(back_.json());
    Check(there_.Translate(*target.table, again.json()) && there_.wire() == wire, "other wire");
  }

  // The verdict on an enveloped answer, where no limit of the translator's applies.
  static JsonToWire::Answer::Verdict Expected(const Json& root, Json::Kind data_kind) {
    using Verdict = JsonToWire::Answer::Verdict;
    const Json* status = root.Find("status");
    if (status == nullptr || status->kind != Json::Kind::kString ||
        HasLoneSurrogate(status->text)) {
      return Verdict::kMalformed;
    }
    if (status->text != "OK") return Verdict::kNotOk;
    return ExpectedData(root.Find("data"), data_kind);
  }

  static JsonToWire::Answer::Verdict ExpectedData(const Json* data, Json::Kind kind) {
    using Verdict = JsonToWire::Answer::Verdict;
    if (data == nullptr || data->kind == Json::Kind::kNull) return Verdict::kOk;
    // An empty object stands for nothing, in place of a list as well.
    if (data->kind == Json::Kind::kObject && data->members.empty()) return Verdict::kOk;
    if (data->kind != kind) return Verdict::kMalformed;
    return data->kind == Json::Kind::kArray ? ExpectedBareList(*data) : Verdict::kOk;
  }

  static JsonToWire::Answer::Verdict ExpectedBareList(const Json& data) {
    using Verdict = JsonToWire::Answer::Verdict;
    if (data.kind != Json::Kind::kArray) return Verdict::kMalformed;
    for (const Json& element : data.elements) {
      if (element.kind != Json::Kind::kObject) return Verdict::kMalformed;
    }
    return Verdict::kOk;
  }

  JsonToWire::Answer TranslateAnswer(const JsonToWire::AnswerShape& shape, std::string_view text,
                                     const ParsedJson& parsed) {
    using Verdict = JsonToWire::Answer::Verdict;
    const Padded padded(text);
    const auto make_token = +[](const void*, const JsonToWire::Answer& answer) {
      return answer.items > 0 ? std::to_string(answer.items) : std::string();
    };
    const JsonToWire::Answer answer = there_.TranslateAnswer(shape, padded.json(), make_token);
    const bool sound = parsed.ok && !parsed.duplicate_keys &&
                       (!shape.envelope || parsed.value.kind == Json::Kind::kObject);
    Check(sound || answer.verdict == Verdict::kMalformed, "accepted what is no document");
    const Json* meta = parsed.value.Find("meta");
    const bool limits = parsed.lone_key || parsed.depth > kSafeDepth ||
                        parsed.value.members.size() > kSafeKeys ||
                        (meta != nullptr && meta->members.size() > kSafeKeys);
    if (sound && !limits) {
      const Json::Kind kind = shape.list == nullptr ? Json::Kind::kObject : Json::Kind::kArray;
      Check(answer.verdict ==
                (shape.envelope ? Expected(parsed.value, kind) : ExpectedBareList(parsed.value)),
            "another verdict");
    }
    if (answer.verdict != Verdict::kOk) return answer;
    Check(!shape.envelope || parsed.value.Find("status") != nullptr, "OK without a status");
    return answer;
  }

  void ResourceAnswer(const Target& target, std::string_view text, const ParsedJson& parsed) {
    JsonToWire::AnswerShape shape;
    shape.envelope = true;
    shape.response = target.table;
    if (TranslateAnswer(shape, text, parsed).verdict != JsonToWire::Answer::Verdict::kOk) return;
    Json empty;
    empty.kind = Json::Kind::kObject;
    const Json* data = parsed.value.Find("data");
    if (data == nullptr || data->kind == Json::Kind::kNull) data = &empty;
    SameDocument(target, std::string(there_.wire()), *data);
  }

  void ListAnswer(const Target& resource, const Target& list, bool envelope, std::string_view text,
                  const ParsedJson& parsed) {
    JsonToWire::AnswerShape shape;
    shape.envelope = envelope;
    shape.response = list.table;
    shape.list = &list.table->fields[0];
    shape.next_page_token = list.table->FindProto("next_page_token");
    const JsonToWire::Answer answer = TranslateAnswer(shape, text, parsed);
    if (answer.verdict != JsonToWire::Answer::Verdict::kOk) return;
    const std::string wire(there_.wire());
    const auto message = list.New();
    Check(message->ParseFromString(wire), "the protobuf library refuses the list");
    Check(Canonically(*message) == wire, "the list's wire is not canonical");
    const auto* reflection = message->GetReflection();
    const auto* field = shape.list->descriptor;
    const Json* data = envelope ? parsed.value.Find("data") : &parsed.value;
    const size_t size = data == nullptr ? 0 : data->elements.size();
    Check(answer.items == size && reflection->FieldSize(*message, field) == static_cast<int>(size),
          "another number of elements");
    for (size_t i = 0; i < size; ++i) {
      const auto& element = reflection->GetRepeatedMessage(*message, field, static_cast<int>(i));
      SameDocument(resource, Canonically(element), data->elements[i]);
    }
    const Json* meta = parsed.value.Find("meta");
    const Json* total = envelope && meta != nullptr ? meta->Find("total_count") : nullptr;
    if (answer.has_total) {
      Check(total != nullptr && total->text == std::to_string(answer.total_count), "another total");
    }
  }

  TableRegistry registry_;
  Target resources_[3];
  Target lists_[3];
  JsonToWire there_;
  WireToJson back_;
};

}  // namespace
}  // namespace billing::gateway::translate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static billing::gateway::translate::Fuzzer fuzzer;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  fuzzer.Run(input[0], input.substr(1));
  return 0;
}
