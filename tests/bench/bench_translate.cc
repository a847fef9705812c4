// JSON <-> protobuf wire by our tables, beside the protobuf library's own JSON code and beside a
// plain simdjson parse. Prints µs of CPU per document and the ratios with their limits; exit code 1
// if a limit is missed.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <simdjson.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "billogram/v2/billogram.pb.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/request.h"
#include "service/gateway/translate/wire_to_json.h"
#include "tests/bench/fixtures.h"
#include "tests/bench/measure.h"

namespace billing::bench {
namespace {

using billogram::v2::Billogram;
using billogram::v2::CreateBillogramRequest;
using gateway::translate::JsonToWire;
using gateway::translate::Method;
using gateway::translate::MethodTable;
using gateway::translate::RequestBuilder;
using gateway::translate::RestRequest;
using gateway::translate::WireToJson;

constexpr int kRounds = 21;
// CPU that each contender gets in a round.
constexpr int64_t kSliceNanos = 25'000'000;

constexpr double kJsonToWireLimit = 30;  // times faster than protobuf
constexpr double kWireToJsonLimit = 15;  // times faster than protobuf
constexpr double kSimdjsonLimit = 3;     // times the bare parse

// One way to do a job. `run` does it once and returns the size of what came out.
struct Contender {
  std::string name;
  size_t bytes = 0;  // of JSON, read or written
  std::function<size_t()> run;
  int repeats = 1;
  std::vector<double> micros;  // per run, by round
};

// Contenders that take turns within each round.
class Contest {
 public:
  Contest(std::string title, std::vector<Contender> contenders)
      : title_(std::move(title)), contenders_(std::move(contenders)) {
    for (Contender& contender : contenders_) Calibrate(contender);
  }

  void Round() {
    for (Contender& contender : contenders_) {
      contender.micros.push_back(Measure(contender, contender.repeats));
    }
  }

  void Print() const {
    std::printf("\n%s\n  %-52s %10s %8s %10s %10s\n", title_.c_str(), "", "us/object", "MB/s",
                "min", "max");
    for (const Contender& contender : contenders_) {
      const Spread spread = SpreadOf(contender.micros);
      std::printf("  %-52s %10.2f %8.0f %10.2f %10.2f\n", contender.name.c_str(), spread.median,
                  static_cast<double>(contender.bytes) / spread.median, spread.min, spread.max);
    }
  }

  // How many times as long one contender takes as another.
  Spread Times(size_t one, size_t other) const {
    return SpreadOf(Ratios(contenders_[one].micros, contenders_[other].micros));
  }

 private:
  static double Measure(const Contender& contender, int repeats) {
    size_t produced = 0;
    const int64_t begin = ThreadCpuNanos();
    for (int i = 0; i < repeats; ++i) produced += contender.run();
    const int64_t end = ThreadCpuNanos();
    if (produced == 0) Die(contender.name + " produced nothing");
    return static_cast<double>(end - begin) / 1000.0 / repeats;
  }

  static void Calibrate(Contender& contender) {
    while (Measure(contender, contender.repeats) * contender.repeats * 1000.0 <
           static_cast<double>(kSliceNanos) / 2) {
      contender.repeats *= 2;
    }
  }

  const std::string title_;
  std::vector<Contender> contenders_;
};

template <typename Message>
std::string ToJson(const Message& message) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) {
    Die("protobuf does not write its message as JSON");
  }
  return json;
}

// A message with the wire and the JSON it has for either side.
template <typename Message>
struct Subject {
  explicit Subject(std::string canonical) : wire(std::move(canonical)) {
    if (!message.ParseFromString(wire)) Die("protobuf does not parse our wire");
    own_json = ToJson(message);
    Message back;
    if (!google::protobuf::util::JsonStringToMessage(own_json, &back).ok() ||
        !google::protobuf::util::MessageDifferencer::Equals(message, back)) {
      Die("protobuf does not read its own JSON");
    }
  }

  Message message;
  std::string wire;
  std::string own_json;  // what the protobuf library makes of it
};

template <typename Message>
std::vector<Contender> ProtobufReaders(const Subject<Message>& subject) {
  namespace util = google::protobuf::util;
  auto message = std::make_shared<Message>();
  std::shared_ptr<util::TypeResolver> resolver(util::NewTypeResolverForDescriptorPool(
      "type.googleapis.com", google::protobuf::DescriptorPool::generated_pool()));
  const std::string url = "type.googleapis.com/" + Message::descriptor()->full_name();
  return {
      {"protobuf JsonStringToMessage", subject.own_json.size(),
       [&subject, message] {
         message->Clear();
         return static_cast<size_t>(
             util::JsonStringToMessage(subject.own_json, message.get()).ok());
       }},
      {"protobuf JsonToBinaryString, resolver kept", subject.own_json.size(),
       [&subject, resolver, url] {
         std::string wire;
         return util::JsonToBinaryString(resolver.get(), url, subject.own_json, &wire).ok()
                    ? wire.size()
                    : 0;
       }},
  };
}

template <typename Message>
std::vector<Contender> ProtobufWriters(const Subject<Message>& subject) {
  auto message = std::make_shared<Message>();
  return {
      {"protobuf MessageToJsonString", subject.own_json.size(),
       [&subject] { return ToJson(subject.message).size(); }},
      {"protobuf ParseFromString + MessageToJsonString", subject.own_json.size(),
       [&subject, message] {
         if (!message->ParseFromString(subject.wire)) return size_t{0};
         return ToJson(*message).size();
       }},
  };
}

Contender SimdjsonParse(const PaddedText& document) {
  auto parser = std::make_shared<simdjson::dom::parser>();
  return {"simdjson dom::parser::parse, the same bytes", document.view().size(),
          [&document, parser] {
            simdjson::dom::element root;
            const std::string_view text = document.view();
            const auto code = parser->parse(text.data(), text.size(), false).get(root);
            return static_cast<size_t>(code == simdjson::SUCCESS);
          }};
}

std::vector<Contender> Join(Contender first, Contender second, std::vector<Contender> more) {
  std::vector<Contender> all = {std::move(first), std::move(second)};
  for (Contender& contender : more) all.push_back(std::move(contender));
  return all;
}

std::vector<Contender> Join(Contender first, std::vector<Contender> more) {
  more.insert(more.begin(), std::move(first));
  return more;
}

std::string Translated(const Method& method, const PaddedText& document) {
  JsonToWire translator;
  const JsonToWire::Answer answer = translator.TranslateAnswer(method.answer, document.json());
  if (answer.verdict != JsonToWire::Answer::Verdict::kOk) Die(translator.error());
  return std::string(translator.wire());
}

// The create request of the reference: its body is the billogram's members and two siblings.
std::string CreateWire(const Method& method, std::string_view billogram) {
  JsonToWire translator;
  if (!translator.Translate(*method.resource->message, PaddedText(billogram).json())) {
    Die(translator.error());
  }
  CreateBillogramRequest request;
  if (!request.mutable_billogram()->ParseFromString(std::string(translator.wire()))) {
    Die("protobuf does not parse our wire");
  }
  request.mutable_on_success()->set_command("send");
  request.mutable_on_success()->set_method(billogram::v2::DELIVERY_METHOD_EMAIL_LETTER);
  request.set_return_data("compact");
  return request.SerializeAsString();
}

// Without the members that are the request's and not the billogram's.
std::string WithoutSiblings(std::string_view create) {
  const size_t end = create.find(",\"on_success\"");
  if (end == std::string_view::npos) Die("the create request has no on_success");
  return std::string(create.substr(0, end)) + "}";
}

std::string BodyOf(const Method& method, std::string_view wire) {
  RequestBuilder builder;
  RestRequest request;
  if (!builder.Build(method, "acme", wire, &request)) Die("the create request is refused");
  return request.body;
}

int Main() {
  const std::unique_ptr<MethodTable> methods = BillogramMethods();
  const Method& get = FindMethod(*methods, "GetBillogram");
  const Method& create = FindMethod(*methods, "CreateBillogram");

  const PaddedText full(TestData("billogram_full.json"));
  const Subject<Billogram> full_subject(Translated(get, full));
  const PaddedText draft(WithoutSiblings(TestData("billogram_create.json")));
  const Subject<CreateBillogramRequest> create_subject(CreateWire(create, draft.view()));
  const Subject<Billogram> draft_subject(create_subject.message.billogram().SerializeAsString());

  JsonToWire to_wire;
  WireToJson to_json;
  RequestBuilder builder;
  if (!to_json.Document(*get.answer.response, full_subject.wire)) Die("our wire is refused");
  const size_t document_size = to_json.json().size();
  const size_t body_size = BodyOf(create, create_subject.wire).size();

  std::vector<Contest> contests;
  contests.emplace_back("JSON -> wire, full billogram in its envelope, losslessness on",
                        Join({"JsonToWire::TranslateAnswer", full.view().size(),
                              [&] {
                                to_wire.TranslateAnswer(get.answer, full.json());
                                return to_wire.wire().size();
                              }},
                             SimdjsonParse(full), ProtobufReaders(full_subject)));
  contests.emplace_back("wire -> JSON, full billogram",
                        Join({"WireToJson::Document", document_size,
                              [&] {
                                to_json.Document(*get.answer.response, full_subject.wire);
                                return to_json.json().size();
                              }},
                             ProtobufWriters(full_subject)));
  contests.emplace_back("JSON -> wire, billogram to create",
                        Join({"JsonToWire::Translate", draft.view().size(),
                              [&] {
                                to_wire.Translate(*create.resource->message, draft.json());
                                return to_wire.wire().size();
                              }},
                             SimdjsonParse(draft), ProtobufReaders(draft_subject)));
  contests.emplace_back("wire -> JSON, create request to path and body",
                        Join({"RequestBuilder::Build", body_size,
                              [&] {
                                RestRequest request;
                                builder.Build(create, "acme", create_subject.wire, &request);
                                return request.body.size();
                              }},
                             ProtobufWriters(create_subject)));

  for (int round = 0; round < kRounds; ++round) {
    for (Contest& contest : contests) contest.Round();
  }

  std::printf("bench_translate: %d interleaved rounds, CPU of the thread, medians\n", kRounds);
  std::printf("full billogram: %zu B JSON, %zu B wire, %zu B as protobuf's JSON\n",
              full.view().size(), full_subject.wire.size(), full_subject.own_json.size());
  std::printf("create request: %zu B JSON, %zu B wire, %zu B as protobuf's JSON\n", body_size,
              create_subject.wire.size(), create_subject.own_json.size());
  for (const Contest& contest : contests) contest.Print();

  std::printf("\nratios of one round, median (min..max)\n");
  Limits limits;
  limits.AtLeast("full: JSON -> wire, times protobuf's speed", contests[0].Times(2, 0),
                 kJsonToWireLimit);
  limits.AtMost("full: JSON -> wire, times simdjson's parse", contests[0].Times(0, 1),
                kSimdjsonLimit);
  limits.AtLeast("full: wire -> JSON, times protobuf's speed", contests[1].Times(1, 0),
                 kWireToJsonLimit);
  limits.AtLeast("create: JSON -> wire, times protobuf's speed", contests[2].Times(2, 0),
                 kJsonToWireLimit);
  limits.AtMost("create: JSON -> wire, times simdjson's parse", contests[2].Times(0, 1),
                kSimdjsonLimit);
  limits.AtLeast("create: wire -> JSON, times protobuf's speed", contests[3].Times(1, 0),
                 kWireToJsonLimit);
  return limits.Finish();
}

}  // namespace
}  // namespace billing::bench

int main() { return billing::bench::Main(); }
