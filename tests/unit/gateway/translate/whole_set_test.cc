#include "service/gateway/translate/whole_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/gateway/translate/translate_testing.h"

// Bodies under a key, sets that are replaced whole and pages of a fixed size: what the method table
// takes of their annotations. What they do is shown by billpro_services_test.cc, with real methods.

namespace billing::gateway::translate {
namespace {

using ::testing::HasSubstr;
using testing::ProtoFile;

// A service with a read and an update; a test spoils one part of it.
struct Parts {
  std::vector<std::string> places = {"Place home = 1", "Place work = 2", "unmapped unmapped = 9"};
  std::string set = "Places places = 2 {whole: true}";
  std::vector<std::string> stored = {"string kind = 1", "int64 no = 2", "unmapped unmapped = 9"};
  std::vector<std::string> person = {"string name = 1", "repeated Stored places = 2",
                                     "unmapped unmapped = 9"};
  std::vector<std::string> get = {"string id = 1 REQUIRED"};
  std::string get_http = "get: '/people/{id}'";
  std::string get_rest = "safety: SAFETY_SAFE";
  std::string get_response = "Person";
  std::string rule =
      "field: 'person.places' read_by: 'Get' stored: 'places' key_field: 'kind' "
      "key_suffix: '_place'";
  std::string rest = "safety: SAFETY_IDEMPOTENT body_key: 'human'";
  std::string http = "put: '/people/{id}' body: 'person'";
  std::vector<std::string> update = {"string id = 1 REQUIRED", "PersonInput person = 2",
                                     "google.protobuf.FieldMask update_mask = 3"};
};

std::string WhyNot(const Parts& parts) {
  ProtoFile file("people");
  file.Message("Place", {"string city = 1", "unmapped unmapped = 9"});
  file.Message("Places", parts.places);
  file.Message("PersonInput",
               {"string name = 1", parts.set, "repeated string tags = 3", "unmapped unmapped = 9"});
  file.Message("Stored", parts.stored);
  file.Message("Person", parts.person);
  file.Message("People", {"repeated Person people = 1", "unmapped unmapped = 9"});
  file.Message("GetRequest", parts.get);
  file.Message("UpdateRequest", parts.update);
  file.Service("PersonService", "provider: 'people' envelope: ENVELOPE_BARE");
  // The update stands first: what it refers to comes later.
  const std::string rule = parts.rule.empty() ? "" : " whole_set: { " + parts.rule + " }";
  file.Rpc("Update", "UpdateRequest", "Person", parts.http, parts.rest + rule);
  file.Rpc("Get", "GetRequest", parts.get_response, parts.get_http, parts.get_rest);
  const auto* descriptor = file.Build();
  if (descriptor == nullptr) return "(no file)";
  const auto table = MethodTable::Make({descriptor});
  if (table.ok() && !parts.rule.empty()) {
    const Method* update = (*table)->Find("/people.PersonService/Update");
    EXPECT_NE(update->whole_set, nullptr);
    EXPECT_EQ(update->whole_set->read, (*table)->Find("/people.PersonService/Get"));
    EXPECT_EQ(update->whole_set->field.size(), 2u);
    EXPECT_EQ(update->whole_set->variables.size(), 1u);
  }
  return std::string(table.status().message());
}

TEST(WholeSet, TakesTheUnspoiled) {
  EXPECT_EQ(WhyNot(Parts()), "");
  Parts without;
  without.rule = "";
  EXPECT_EQ(WhyNot(without), "");
}

TEST(WholeSet, RefusesWhatItCannotHonour) {
  struct Case {
    const char* name;
    std::function<void(Parts&)> spoil;
  };
  const auto replace = [](std::string* text, const std::string& from, const std::string& to) {
    text->replace(text->find(from), from.size(), to);
  };
  const Case cases[] = {
      {"no field", [&](Parts& p) { replace(&p.rule, "person.places", "person.nothing"); }},
      {"a text", [&](Parts& p) { replace(&p.rule, "person.places", "person.name"); }},
      {"a list", [&](Parts& p) { replace(&p.rule, "person.places", "person.tags"); }},
      {"all of the resource", [&](Parts& p) { replace(&p.rule, "person.places", "person"); }},
      {"nothing", [&](Parts& p) { replace(&p.rule, "person.places", ""); }},
      {"parts can be named", [](Parts& p) { p.set = "Places places = 2"; }},
      {"no reader", [&](Parts& p) { replace(&p.rule, "'Get'", "'Read'"); }},
      {"a reader that writes", [&](Parts& p) { replace(&p.rule, "'Get'", "'Update'"); }},
      {"a reader of a list",
       [](Parts& p) {
         p.get_response = "People";
         p.get_rest += " data_field: 'people'";
       }},
      {"a reader of nothing", [](Parts& p) { p.get_response = "google.protobuf.Empty"; }},
      {"a reader of another id",
       [](Parts& p) {
         p.get = {"string no = 1 REQUIRED"};
         p.get_http = "get: '/people/{no}'";
       }},
      {"a reader of an id of another type", [](Parts& p) { p.get = {"int64 id = 1 REQUIRED"}; }},
      {"a reader that needs more",
       [](Parts& p) {
         p.get = {"string id = 1 REQUIRED", "string kind = 2 REQUIRED"};
       }},
      {"stored nowhere", [&](Parts& p) { replace(&p.rule, "stored: 'places'", "stored: 'x'"); }},
      {"stored singly",
       [](Parts& p) {
         p.person = {"string name = 1", "Stored places = 2", "unmapped unmapped = 9"};
       }},
      {"no key", [&](Parts& p) { replace(&p.rule, "'kind'", "'sort'"); }},
      {"a number as key", [&](Parts& p) { replace(&p.rule, "'kind'", "'no'"); }},
      {"no update",
       [](Parts& p) {
         p.http = "post: '/people/{id}' body: 'person'";
         p.update.pop_back();
       }},
      {"a key around a whole body",
       [](Parts& p) {
         p.http = "put: '/people/{id}' body: '*'";
         p.update = {"string id = 1 REQUIRED", "PersonInput person = 2", "unmapped unmapped = 9"};
       }},
      {"a key around no body",
       [](Parts& p) {
         p.http = "put: '/people/{id}'";
         p.update = {"string id = 1 REQUIRED"};
       }},
      {"a key beside other keys",
       [](Parts& p) { p.update.push_back("bool loud = 4 {location: LOCATION_BODY}"); }},
      {"a key that needs escapes", [&](Parts& p) { replace(&p.rest, "human", "a\\\"b"); }},
  };
  for (const Case& c : cases) {
    Parts parts;
    c.spoil(parts);
    EXPECT_THAT(WhyNot(parts), HasSubstr("people.PersonService.Update")) << c.name;
  }
}

TEST(WholeSet, OnlySingleMessagesAreWhole) {
  for (const char* set :
       {"string places = 2 {whole: true}", "repeated Place places = 2 {whole: true}"}) {
    Parts parts;
    parts.set = set;
    parts.rule = "";
    EXPECT_THAT(WhyNot(parts), HasSubstr("people.PersonInput.places")) << set;
  }
}

TEST(MaxItems, GoesWithRepeatedMessagesAndTexts) {
  Parts parts;
  parts.rule = "";
  for (const char* good :
       {"repeated Place places = 2 {max_items: 1}", "repeated string places = 2 {max_items: 3}"}) {
    parts.set = good;
    EXPECT_EQ(WhyNot(parts), "") << good;
  }
  for (const char* bad :
       {"Place places = 2 {max_items: 1}", "repeated int32 places = 2 {max_items: 1}",
        "repeated Place places = 2 {max_items: -1}"}) {
    parts.set = bad;
    EXPECT_THAT(WhyNot(parts), HasSubstr("people.PersonInput.places")) << bad;
  }
}

std::string WhyNotPaged(const std::string& paging, bool total) {
  ProtoFile file("people");
  file.Message("Person", {"string name = 1", "unmapped unmapped = 9"});
  file.Message("ListRequest", {"int32 page_size = 1", "string page_token = 2"});
  std::vector<std::string> response = {"repeated Person people = 1", "string next_page_token = 2"};
  if (total) response.push_back("int32 total_size = 3 {meta: 'count'}");
  response.push_back("unmapped unmapped = 9");
  file.Message("ListResponse", response);
  file.Service("PersonService", "provider: 'people' envelope: ENVELOPE_STATUS_DATA_META");
  file.Rpc(
      "List", "ListRequest", "ListResponse", "get: '/people'",
      "safety: SAFETY_SAFE data_field: 'people' paging: { page_parameter: 'p' " + paging + " }");
  const auto table = MethodTable::Make({file.Build()});
  if (table.ok()) {
    const Method* list = (*table)->methods()[0].get();
    EXPECT_EQ(list->ends_short, !total);
    EXPECT_EQ(list->answer.total, total ? list->answer.response->FindProto("total_size") : nullptr);
  }
  return std::string(table.status().message());
}

TEST(Paging, APageOfFixedSizeHasNoOther) {
  EXPECT_EQ(WhyNotPaged("default_size: 25 max_size: 25", true), "");
  EXPECT_EQ(WhyNotPaged("default_size: 25 max_size: 25", false), "");
  EXPECT_EQ(WhyNotPaged("size_parameter: 's' default_size: 25 max_size: 100", false), "");
  EXPECT_THAT(WhyNotPaged("default_size: 25 max_size: 100", true), HasSubstr("fixed size"));
}

}  // namespace
}  // namespace billing::gateway::translate
