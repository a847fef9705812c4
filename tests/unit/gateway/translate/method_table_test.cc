#include "service/gateway/translate/method_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ProtoFile;

// One method and its messages; a test spoils one part of it.
struct Parts {
  std::string api = "provider: 'fake' envelope: ENVELOPE_BARE";
  std::string http = "put: '/things/{id}' body: 'thing'";
  std::string rest = "safety: SAFETY_IDEMPOTENT";
  std::vector<std::string> request = {"string id = 1 REQUIRED", "Thing thing = 2 REQUIRED",
                                      "google.protobuf.FieldMask update_mask = 3",
                                      "bool loud = 4 {location: LOCATION_QUERY}",
                                      "repeated string tags = 5"};
  std::vector<std::string> thing = {"string name = 1", "Part part = 2", "repeated Part parts = 3",
                                    "unmapped unmapped = 10"};
  std::string response = "Thing";
};

Parts Read() {
  Parts parts;
  parts.http = "get: '/things/{id}'";
  parts.rest = "safety: SAFETY_SAFE";
  parts.request = {"string id = 1 REQUIRED", "string note = 2"};
  return parts;
}

Parts List() {
  Parts parts;
  parts.http = "get: '/things'";
  parts.rest =
      "safety: SAFETY_SAFE data_field: 'things' "
      "paging: { page_parameter: 'page' size_parameter: 'size' default_size: 10 max_size: 50 }";
  parts.request = {"int32 page_size = 1", "string page_token = 2", "Query filter = 3"};
  parts.response = "ThingList";
  return parts;
}

std::unique_ptr<ProtoFile> FileOf(const Parts& parts) {
  auto file = std::make_unique<ProtoFile>("fake");
  file->Enum("Kind", {"KIND_UNSPECIFIED = 0", "KIND_ONE = 1 one"});
  file->Message("Part", {"string no = 1", "unmapped unmapped = 10"});
  file->Message("Query", {"string field = 1", "string value = 2"});
  file->Message("Thing", parts.thing);
  file->Message("ThingList", {"repeated Thing things = 1", "string next_page_token = 2",
                              "int32 total = 3 {meta: 'total_count'}", "unmapped unmapped = 10"});
  file->Message("Bare", {"string name = 1"});
  file->Message("Request", parts.request);
  file->Service("FakeService", parts.api);
  file->Rpc("Do", "Request", parts.response, parts.http, parts.rest);
  return file;
}

// Why the start is refused; empty if it is not.
std::string WhyNot(const Parts& parts, const std::function<void(ProtoFile&)>& spoil = nullptr) {
  auto file = FileOf(parts);
  if (spoil) spoil(*file);
  const google::protobuf::FileDescriptor* descriptor = file->Build();
  if (descriptor == nullptr) return "(no file)";
  const auto table = MethodTable::Make({descriptor});
  EXPECT_TRUE(table.ok() || table.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(table.status().message());
}

TEST(MethodTable, TakesTheUnspoiled) {
  EXPECT_EQ(WhyNot(Parts()), "");
  EXPECT_EQ(WhyNot(Read()), "");
  EXPECT_EQ(WhyNot(List()), "");
}

TEST(MethodTable, RefusesEachAnnotationItCannotHonour) {
  struct Case {
    const char* name;
    Parts base;
    std::function<void(Parts&)> spoil;
  };
  const Case cases[] = {
      {"unknown field in the path", Parts(),
       [](Parts& p) { p.http = "put: '/things/{no}' body: 'thing'"; }},
      {"message in the path", Parts(),
       [](Parts& p) { p.http = "put: '/things/{thing}' body: 'thing'"; }},
      {"list in the path", Parts(),
       [](Parts& p) { p.http = "put: '/things/{tags}' body: 'thing'"; }},
      {"bool in the path", Parts(),
       [](Parts& p) { p.http = "put: '/things/{loud}' body: 'thing'"; }},
      {"optional field in the path", Parts(), [](Parts& p) { p.request[0] = "string id = 1"; }},
      {"half a segment", Parts(), [](Parts& p) { p.http = "put: '/things/x{id}' body: 'thing'"; }},
      {"wildcard", Parts(), [](Parts& p) { p.http = "put: '/things/{id=**}' body: 'thing'"; }},
      {"relative path", Parts(), [](Parts& p) { p.http = "put: 'things/{id}' body: 'thing'"; }},
      {"query in the path", Parts(),
       [](Parts& p) { p.http = "put: '/things/{id}?a=b' body: 'thing'"; }},
      {"no http rule", Parts(), [](Parts& p) { p.http = ""; }},
      {"custom verb", Parts(),
       [](Parts& p) { p.http = "custom: { kind: 'HEAD' path: '/things/{id}' }"; }},
      {"additional bindings", Parts(),
       [](Parts& p) { p.http += " additional_bindings: { get: '/x' }"; }},
      {"response body", Parts(), [](Parts& p) { p.http += " response_body: 'name'"; }},
      {"body on a GET", Read(), [](Parts& p) { p.http = "get: '/things/{id}' body: '*'"; }},
      {"body on a DELETE", Parts(),
       [](Parts& p) { p.http = "delete: '/things/{id}' body: 'thing'"; }},
      {"body field on a GET", Read(),
       [](Parts& p) { p.request[1] = "string note = 2 {location: LOCATION_BODY}"; }},
      {"body of no field", Parts(),
       [](Parts& p) { p.http = "put: '/things/{id}' body: 'nothing'"; }},
      {"body of a scalar", Parts(), [](Parts& p) { p.http = "put: '/things/{id}' body: 'loud'"; }},
      {"body of a list", Parts(), [](Parts& p) { p.request[1] = "repeated Thing thing = 2"; }},
      {"whole body without unmapped", Parts(),
       [](Parts& p) {
         p.http = "post: '/things/{id}' body: '*'";
         p.request = {"string id = 1 REQUIRED", "string name = 2"};
       }},
      {"update without a mask", Parts(), [](Parts& p) { p.request[2] = "string x = 3"; }},
      {"mask of another name", Parts(),
       [](Parts& p) { p.request[2] = "google.protobuf.FieldMask mask = 3"; }},
      {"mask without a resource", Parts(),
       [](Parts& p) {
         p.http = "post: '/things/{id}' body: '*'";
         p.request = {"string id = 1 REQUIRED", "google.protobuf.FieldMask update_mask = 3",
                      "unmapped unmapped = 9"};
       }},
      {"message as a header", Parts(),
       [](Parts& p) { p.request.push_back("Query head = 6 {location: LOCATION_HEADER}"); }},
      {"list as a header", Parts(),
       [](Parts& p) {
         p.request.push_back("repeated string head = 6 {location: LOCATION_HEADER}");
       }},
      {"nested message as a query", Parts(),
       [](Parts& p) { p.request.push_back("Thing query = 6 {location: LOCATION_QUERY}"); }},
      {"list of messages as a query", Read(),
       [](Parts& p) { p.request[1] = "repeated Query note = 2"; }},
      {"missing safety", Parts(), [](Parts& p) { p.rest = ""; }},
      {"safe write", Parts(), [](Parts& p) { p.rest = "safety: SAFETY_SAFE"; }},
      {"unsafe read", Read(), [](Parts& p) { p.rest = "safety: SAFETY_UNSAFE"; }},
      {"idempotent read", Read(), [](Parts& p) { p.rest = "safety: SAFETY_IDEMPOTENT"; }},
      {"dedup without a field", Parts(), [](Parts& p) { p.rest = "safety: SAFETY_DEDUPLICATED"; }},
      {"dedup field without dedup", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_UNSAFE dedup_field: 'thing.name'"; }},
      {"dedup by no field", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_DEDUPLICATED dedup_field: 'thing.nothing'"; }},
      {"dedup below a scalar", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_DEDUPLICATED dedup_field: 'thing.name.first'"; }},
      {"dedup in a list", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_DEDUPLICATED dedup_field: 'thing.parts.no'"; }},
      {"unsafe_when of no field", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_IDEMPOTENT unsafe_when: 'nothing'"; }},
      {"cached write", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_IDEMPOTENT cache: { ttl: { seconds: 5 } }"; }},
      {"cache without a ttl", Read(),
       [](Parts& p) { p.rest = "safety: SAFETY_SAFE cache: { tags: 'thing/{id}' }"; }},
      {"cache tag of no field", Read(),
       [](Parts& p) {
         p.rest = "safety: SAFETY_SAFE cache: { ttl: { seconds: 5 } tags: 'thing/{no}' }";
       }},
      {"cache tag unclosed", Read(),
       [](Parts& p) {
         p.rest = "safety: SAFETY_SAFE cache: { ttl: { seconds: 5 } tags: 'thing/{id' }";
       }},
      {"invalidating read", Read(),
       [](Parts& p) { p.rest = "safety: SAFETY_SAFE invalidates: 'thing/{id}'"; }},
      {"invalidates no field", Parts(),
       [](Parts& p) { p.rest = "safety: SAFETY_IDEMPOTENT invalidates: 'thing/{no}'"; }},
      {"no envelope", Parts(), [](Parts& p) { p.api = "provider: 'fake'"; }},
      {"data_field of no field", List(),
       [](Parts& p) { p.rest = "safety: SAFETY_SAFE data_field: 'nothing'"; }},
      {"data_field of a scalar", List(),
       [](Parts& p) { p.rest = "safety: SAFETY_SAFE data_field: 'next_page_token'"; }},
      {"data_field of nothing", Parts(),
       [](Parts& p) {
         p.response = "google.protobuf.Empty";
         p.rest = "safety: SAFETY_IDEMPOTENT data_field: 'things'";
       }},
      {"paging without a list", Read(),
       [](Parts& p) {
         p.rest =
             "safety: SAFETY_SAFE paging: { page_parameter: 'page' default_size: 1 max_size: 1 }";
       }},
      {"paging without page_token", List(), [](Parts& p) { p.request[1] = "string token = 2"; }},
      {"paging without page_size", List(), [](Parts& p) { p.request[0] = "string page_size = 1"; }},
      {"paging without a default", List(),
       [](Parts& p) {
         p.rest =
             "safety: SAFETY_SAFE data_field: 'things' paging: { page_parameter: 'page' max_size: "
             "50 }";
       }},
      {"paging with a default over the maximum", List(),
       [](Parts& p) {
         p.rest =
             "safety: SAFETY_SAFE data_field: 'things' "
             "paging: { page_parameter: 'page' default_size: 51 max_size: 50 }";
       }},
      {"paging without a parameter", List(),
       [](Parts& p) {
         p.rest =
             "safety: SAFETY_SAFE data_field: 'things' paging: { default_size: 5 max_size: 50 }";
       }},
      {"response without unmapped", Parts(), [](Parts& p) { p.response = "Bare"; }},
      {"response that holds a message without unmapped", Parts(),
       [](Parts& p) { p.thing[1] = "Query part = 2"; }},
      {"float in the response", Parts(), [](Parts& p) { p.thing[0] = "float name = 1"; }},
      {"recursive response", Parts(), [](Parts& p) { p.thing[1] = "Thing part = 2"; }},
      {"unmapped not last", Parts(),
       [](Parts& p) {
         p.thing[3] = "unmapped unmapped = 1";
         p.thing[0] = "string name = 4";
       }},
      {"double in the request", Read(), [](Parts& p) { p.request[1] = "double note = 2"; }},
  };
  for (const Case& c : cases) {
    Parts parts = c.base;
    c.spoil(parts);
    EXPECT_THAT(WhyNot(parts), HasSubstr("fake.FakeService.Do")) << c.name;
  }
}

// Makes the one method a server stream.
void ServerStream(ProtoFile& file) {
  file.proto().mutable_service(0)->mutable_method(0)->set_server_streaming(true);
}

constexpr char kExportRest[] =
    "safety: SAFETY_SAFE data_field: 'things' export: { key_field: 'name' } "
    "paging: { page_parameter: 'page' size_parameter: 'size' default_size: 10 max_size: 50 }";

Parts Export() {
  Parts parts;
  parts.http = "get: '/things'";
  parts.rest = kExportRest;
  parts.request = {"int32 page_size = 1", "Query filter = 2"};
  parts.response = "ThingBatch";
  return parts;
}

constexpr char kFileRest[] =
    "safety: SAFETY_SAFE path_suffix: '.pdf' "
    "file: { content_key: 'content' type_key: 'file_type' name_key: 'filename' poll: true "
    "raw_types: 'application/pdf' }";

Parts File() {
  Parts parts = Read();
  parts.rest = kFileRest;
  parts.response = "Chunk";
  return parts;
}

// Makes the file come as itself under this type.
std::function<void(Parts&)> RawType(const std::string& type) {
  return [type](Parts& p) {
    p.rest = "safety: SAFETY_SAFE file: { content_key: 'c' raw_types: '" + type + "' }";
  };
}

std::string WhyNotStream(const Parts& parts) {
  return WhyNot(parts, [](ProtoFile& file) {
    file.Message("ThingBatch", {"repeated Thing things = 1", "unmapped unmapped = 10"});
    file.Message("Chunk", {"string content_type = 1", "string filename = 2", "bytes data = 3"});
    ServerStream(file);
  });
}

TEST(MethodTable, TakesExportsAndFiles) {
  EXPECT_EQ(WhyNotStream(Export()), "");
  EXPECT_EQ(WhyNotStream(File()), "");
  Parts sizeless = Export();
  sizeless.request = {"Query filter = 2"};
  EXPECT_EQ(WhyNotStream(sizeless), "");
  Parts small = Export();
  small.rest =
      "safety: SAFETY_SAFE data_field: 'things' export: { key_field: 'name' } "
      "paging: { page_parameter: 'page' size_parameter: 'size' default_size: 10 max_size: 31 }";
  EXPECT_THAT(WhyNotStream(small), HasSubstr("max_size of 32 or more"));
}

TEST(MethodTable, DescribesExports) {
  auto file = FileOf(Export());
  file->Message("ThingBatch", {"repeated Thing things = 1", "unmapped unmapped = 10"});
  ServerStream(*file);
  const auto table = MethodTable::Make({file->Build()});
  ASSERT_TRUE(table.ok()) << table.status();
  const Method& method = *(*table)->methods()[0];
  EXPECT_EQ(method.kind, MethodKind::kExport);
  EXPECT_TRUE(method.paged);
  ASSERT_NE(method.answer.list, nullptr);
  EXPECT_EQ(method.answer.list->proto_name, "things");
  EXPECT_EQ(method.answer.next_page_token, nullptr);
  EXPECT_EQ(method.export_key, method.answer.list->message->FindProto("name"));
}

TEST(MethodTable, DescribesFiles) {
  auto file = FileOf(File());
  file->Message("Chunk", {"string content_type = 1", "string filename = 2", "bytes data = 3"});
  ServerStream(*file);
  const auto table = MethodTable::Make({file->Build()});
  ASSERT_TRUE(table.ok()) << table.status();
  const Method& method = *(*table)->methods()[0];
  EXPECT_EQ(method.kind, MethodKind::kFile);
  EXPECT_EQ(method.file.content_key, "content");
  EXPECT_EQ(method.file.type_key, "file_type");
  EXPECT_EQ(method.file.name_key, "filename");
  EXPECT_TRUE(method.file.poll);
  EXPECT_THAT(method.file.raw_types, ::testing::ElementsAre("application/pdf"));
  EXPECT_EQ(method.file.content_type, method.answer.response->FindProto("content_type"));
  EXPECT_EQ(method.file.filename, method.answer.response->FindProto("filename"));
  EXPECT_EQ(method.file.data, method.answer.response->FindProto("data"));
}

TEST(MethodTable, RefusesStreamsItCannotHonour) {
  struct Case {
    const char* name;
    Parts base;
    std::function<void(Parts&)> spoil;
  };
  const std::string paging =
      " paging: { page_parameter: 'page' default_size: 10 max_size: 10 } data_field: 'things'";
  const Case cases[] = {
      {"a stream of nothing", Read(), [](Parts&) {}},
      {"both", Export(),
       [](Parts& p) { p.rest = std::string(kExportRest) + " file: { content_key: 'c' }"; }},
      {"an export without paging", Export(),
       [](Parts& p) { p.rest = "safety: SAFETY_SAFE data_field: 'things' export: {}"; }},
      {"an export without a key", Export(),
       [&](Parts& p) { p.rest = "safety: SAFETY_SAFE export: {}" + paging; }},
      {"an export by a message", Export(),
       [&](Parts& p) { p.rest = "safety: SAFETY_SAFE export: { key_field: 'part' }" + paging; }},
      {"an export with a token", Export(),
       [](Parts& p) {
         p.request = {"int32 page_size = 1", "string page_token = 2"};
       }},
      {"an export that answers a token", Export(), [](Parts& p) { p.response = "ThingList"; }},
      {"an export with a size of text", Export(),
       [](Parts& p) { p.request = {"string page_size = 1"}; }},
      {"a cached export", Export(),
       [](Parts& p) { p.rest = std::string(kExportRest) + " cache: { ttl: { seconds: 5 } }"; }},
      {"a posted export", Export(),
       [](Parts& p) {
         p.http = "post: '/things'";
         p.rest.replace(0, std::string("safety: SAFETY_SAFE").size(), "safety: SAFETY_UNSAFE");
       }},
      {"a file without a key", File(), [](Parts& p) { p.rest = "safety: SAFETY_SAFE file: {}"; }},
      {"a file of no type", File(), RawType("pdf")},
      {"a file of a type with a parameter", File(), RawType("text/csv; charset=utf-8")},
      {"a file of a type in capitals", File(), RawType("Text/csv")},
      {"a file of JSON", File(), RawType("application/x+json")},
      {"a file of no chunks", File(), [](Parts& p) { p.response = "Thing"; }},
      {"a file of nothing", File(), [](Parts& p) { p.response = "google.protobuf.Empty"; }},
      {"a cached file", File(),
       [](Parts& p) { p.rest = std::string(kFileRest) + " cache: { ttl: { seconds: 5 } }"; }},
      {"a paged file", File(), [&](Parts& p) { p.rest = kFileRest + paging; }},
  };
  for (const Case& c : cases) {
    Parts parts = c.base;
    c.spoil(parts);
    EXPECT_THAT(WhyNotStream(parts), HasSubstr("fake.FakeService.Do")) << c.name;
  }
}

TEST(MethodTable, RefusesStreamsThatDoNotStream) {
  const auto client_stream = [](ProtoFile& file) {
    file.proto().mutable_service(0)->mutable_method(0)->set_client_streaming(true);
  };
  EXPECT_THAT(WhyNot(Parts(), client_stream), HasSubstr("fake.FakeService.Do"));
  const auto chunk = [](ProtoFile& file) {
    file.Message("Chunk", {"string content_type = 1", "string filename = 2", "bytes data = 3"});
  };
  EXPECT_THAT(WhyNot(File(), chunk), HasSubstr("fake.FakeService.Do"));
}

TEST(MethodTable, RefusesAnEnumValueWithoutASpelling) {
  Parts parts = Read();
  parts.request[1] = "enum:Kind note = 2";
  EXPECT_EQ(WhyNot(parts), "");
  const std::string why = WhyNot(parts, [](ProtoFile& file) {
    file.proto().mutable_enum_type(0)->mutable_value(1)->clear_options();
  });
  EXPECT_THAT(why, HasSubstr("fake.FakeService.Do"));
  EXPECT_THAT(why, HasSubstr("KIND_ONE"));
}

TEST(MethodTable, RefusesAOneof) {
  EXPECT_THAT(WhyNot(Parts(),
                     [](ProtoFile& file) {
                       auto* message = file.proto().mutable_message_type(2);
                       auto* field = message->mutable_field(0);
                       field->clear_proto3_optional();
                       message->mutable_oneof_decl(0)->set_name("choice");
                     }),
              HasSubstr("fake.FakeService.Do"));
}

TEST(MethodTable, RefusesAServiceWithoutAProvider) {
  Parts parts;
  parts.api = "envelope: ENVELOPE_BARE";
  EXPECT_THAT(WhyNot(parts), HasSubstr("fake.FakeService"));
}

TEST(MethodTable, LeavesServicesWithoutTheOptionAlone) {
  auto file = FileOf(Parts());
  file->proto().mutable_service(0)->clear_options();
  const auto table = MethodTable::Make({file->Build()});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT((*table)->methods(), IsEmpty());
  EXPECT_THAT((*table)->services(), IsEmpty());
}

TEST(MethodTable, KnowsWhereEachFieldGoes) {
  auto file = FileOf(Parts());
  const auto table = MethodTable::Make({file->Build()});
  ASSERT_TRUE(table.ok()) << table.status();
  const Method* method = (*table)->Find("/fake.FakeService/Do");
  ASSERT_NE(method, nullptr);
  EXPECT_EQ((*table)->Find("fake.FakeService/Do"), nullptr);
  EXPECT_EQ((*table)->Find("/fake.FakeService/do"), nullptr);
  EXPECT_EQ((*table)->Find(""), nullptr);
  EXPECT_EQ(method->verb, Verb::kPut);
  EXPECT_EQ(method->provider, "fake");
  EXPECT_THAT(method->places, ::testing::ElementsAre(Place::kPath, Place::kResource, Place::kMask,
                                                     Place::kQuery, Place::kQuery));
  EXPECT_FALSE(method->answer.envelope);
  EXPECT_FALSE(method->paged);
}

// The table of design/api.md, Services, for billogram.v2.
TEST(BillogramMethods, AreTheOnesOfTheDesign) {
  const auto table = testing::BillogramMethods();
  ASSERT_NE(table, nullptr);
  namespace v1 = billing::gateway::v1;
  struct Row {
    std::string name;
    Verb verb;
    std::string path;
    v1::Safety safety;
    MethodKind kind = MethodKind::kUnary;
  };
  std::vector<Row> rows = {
      {"BillogramService/ListBillograms", Verb::kGet, "/billogram", v1::SAFETY_SAFE},
      {"BillogramService/CreateBillogram", Verb::kPost, "/billogram", v1::SAFETY_DEDUPLICATED},
      {"BillogramService/GetBillogram", Verb::kGet, "/billogram/{id}", v1::SAFETY_SAFE},
      {"BillogramService/UpdateBillogram", Verb::kPut, "/billogram/{id}", v1::SAFETY_UNSAFE},
      {"BillogramService/DeleteBillogram", Verb::kDelete, "/billogram/{id}", v1::SAFETY_IDEMPOTENT},
      {"BillogramService/ListBillogramEvents", Verb::kGet, "/billogram_event", v1::SAFETY_SAFE},
      {"CustomerService/ListCustomers", Verb::kGet, "/customer", v1::SAFETY_SAFE},
      {"CustomerService/GetCustomer", Verb::kGet, "/customer/{customer_no}", v1::SAFETY_SAFE},
      {"CustomerService/CreateCustomer", Verb::kPost, "/customer", v1::SAFETY_DEDUPLICATED},
      {"CustomerService/UpdateCustomer", Verb::kPut, "/customer/{customer_no}",
       v1::SAFETY_IDEMPOTENT},
      {"BillogramService/ExportBillograms", Verb::kGet, "/billogram", v1::SAFETY_SAFE,
       MethodKind::kExport},
      {"BillogramService/GetBillogramPdf", Verb::kGet, "/billogram/{id}.pdf", v1::SAFETY_SAFE,
       MethodKind::kFile},
      {"BillogramService/GetBillogramAttachment", Verb::kGet, "/billogram/{id}/attachment.pdf",
       v1::SAFETY_SAFE, MethodKind::kFile},
      {"CustomerService/ExportCustomers", Verb::kGet, "/customer", v1::SAFETY_SAFE,
       MethodKind::kExport},
      {"CustomerService/GetEinvoiceRegistration", Verb::kGet, "/customer/{customer_no}/einvoice",
       v1::SAFETY_SAFE},
      {"CustomerService/CreateEinvoiceRegistration", Verb::kPost,
       "/customer/{customer_no}/einvoice", v1::SAFETY_UNSAFE},
      {"ItemService/ListItems", Verb::kGet, "/item", v1::SAFETY_SAFE},
      {"ItemService/ExportItems", Verb::kGet, "/item", v1::SAFETY_SAFE, MethodKind::kExport},
      {"ItemService/GetItem", Verb::kGet, "/item/{item_no}", v1::SAFETY_SAFE},
      {"ItemService/CreateItem", Verb::kPost, "/item", v1::SAFETY_DEDUPLICATED},
      {"ItemService/UpdateItem", Verb::kPut, "/item/{item_no}", v1::SAFETY_IDEMPOTENT},
      {"ItemService/DeleteItem", Verb::kDelete, "/item/{item_no}", v1::SAFETY_IDEMPOTENT},
      {"OfferService/ListOffers", Verb::kGet, "/offer", v1::SAFETY_SAFE},
      {"OfferService/GetOffer", Verb::kGet, "/offer/{offer_id}", v1::SAFETY_SAFE},
      {"OfferService/CreateOffer", Verb::kPost, "/offer", v1::SAFETY_DEDUPLICATED},
      {"OfferService/UpdateOffer", Verb::kPut, "/offer/{offer_id}", v1::SAFETY_IDEMPOTENT},
      {"BillingTabService/GetCurrentBillingTab", Verb::kGet, "/customer/{customer_no}/billing-tab",
       v1::SAFETY_SAFE},
      {"BillingTabService/GetBillingTab", Verb::kGet, "/customer/{customer_no}/billing-tab/{id}",
       v1::SAFETY_SAFE},
      {"BillingTabService/GetBillingTabItem", Verb::kGet,
       "/customer/{customer_no}/billing-tab/item/{id}", v1::SAFETY_SAFE},
      {"BillingTabService/GetBillingTabSettings", Verb::kGet,
       "/customer/{customer_no}/billing-tab/settings", v1::SAFETY_SAFE},
      {"BillingTabService/AddBillingTabItem", Verb::kPost,
       "/customer/{customer_no}/billing-tab/items", v1::SAFETY_DEDUPLICATED},
      {"BillingTabService/CreateBillingTabSettings", Verb::kPost,
       "/customer/{customer_no}/billing-tab/settings", v1::SAFETY_IDEMPOTENT},
      {"BillingTabService/UpdateBillingTabSettings", Verb::kPut,
       "/customer/{customer_no}/billing-tab/settings", v1::SAFETY_IDEMPOTENT},
      {"BillingTabService/DeleteBillingTabSettings", Verb::kDelete,
       "/customer/{customer_no}/billing-tab/settings", v1::SAFETY_IDEMPOTENT},
      {"BillingTabService/DeleteBillingTab", Verb::kDelete,
       "/customer/{customer_no}/billing-tab/{id}", v1::SAFETY_UNSAFE},
      {"BillingTabService/DeleteBillingTabItem", Verb::kDelete,
       "/customer/{customer_no}/billing-tab/item/{id}", v1::SAFETY_IDEMPOTENT},
      {"PaymentSourceService/ListPaymentSources", Verb::kGet, "/payment_source", v1::SAFETY_SAFE},
      {"PaymentSourceService/CreateSepaMandate", Verb::kPost, "/sepa_dd_mandate",
       v1::SAFETY_UNSAFE},
      {"PaymentSourceService/MigrateSepaMandate", Verb::kPost, "/sepa_dd_mandate/migrate",
       v1::SAFETY_UNSAFE},
      {"SettingsService/GetSettings", Verb::kGet, "/settings", v1::SAFETY_SAFE},
      {"SettingsService/UpdateSettings", Verb::kPut, "/settings", v1::SAFETY_IDEMPOTENT},
      {"ReportService/ListReports", Verb::kGet, "/report", v1::SAFETY_SAFE},
      {"ReportService/GetReport", Verb::kGet, "/report/{filename}", v1::SAFETY_SAFE,
       MethodKind::kFile},
      {"BrandingService/GetLogotype", Verb::kGet, "/logotype", v1::SAFETY_SAFE},
      {"BrandingService/UploadLogotype", Verb::kPost, "/logotype", v1::SAFETY_IDEMPOTENT},
      {"BrandingService/DeleteLogotype", Verb::kDelete, "/logotype", v1::SAFETY_IDEMPOTENT},
      {"BrandingService/UploadCoverPhoto", Verb::kPost, "/coverphoto", v1::SAFETY_IDEMPOTENT},
      {"BrandingService/DeleteCoverPhoto", Verb::kDelete, "/coverphoto", v1::SAFETY_IDEMPOTENT},
  };
  const std::pair<const char*, const char*> commands[] = {
      {"Send", "send"},
      {"Resend", "resend"},
      {"Remind", "remind"},
      {"Collect", "collect"},
      {"Payment", "payment"},
      {"SettleUnderpayment", "settle-underpayment"},
      {"Credit", "credit"},
      {"CreditAllocate", "credit-allocate"},
      {"CreditPayment", "credit-payment"},
      {"Writeoff", "writeoff"},
      {"Writedown", "writedown"},
      {"RevertWritedown", "revert-writedown"},
      {"ConfirmedLoss", "confirmed-loss"},
      {"Respite", "respite"},
      {"RemoveRespite", "remove-respite"},
      {"Message", "message"},
      {"Sell", "sell"},
      {"Attach", "attach"}};
  for (const auto& [name, path] : commands) {
    rows.push_back({std::string("CommandService/") + name, Verb::kPost,
                    std::string("/billogram/{id}/command/") + path,
                    std::string(name) == "Attach" ? v1::SAFETY_IDEMPOTENT : v1::SAFETY_UNSAFE});
  }
  for (const Row& row : rows) {
    const Method* method = table->Find("/billogram.v2." + row.name);
    ASSERT_NE(method, nullptr) << row.name;
    EXPECT_EQ(method->verb, row.verb) << row.name;
    std::string path;
    for (const Method::PathPart& part : method->path) {
      path += part.literal;
      if (part.variable != nullptr) path += "{" + part.variable->proto_name + "}";
    }
    EXPECT_EQ(path, row.path);
    EXPECT_EQ(method->safety, row.safety) << row.name;
    EXPECT_EQ(method->kind, row.kind) << row.name;
    EXPECT_EQ(method->provider, "billogram");
    EXPECT_TRUE(method->answer.envelope) << row.name;
  }
  EXPECT_EQ(table->methods().size(), rows.size());
  for (size_t i = 0; i < table->methods().size(); ++i) EXPECT_EQ(table->methods()[i]->index, i);
}

TEST(ProtoPath, TranslatesUpstreamsNotation) {
  const auto table = testing::BillogramMethods();
  ASSERT_NE(table, nullptr);
  struct Case {
    const char* method;
    const char* upstream;
    const char* proto;
  };
  for (const Case& c : {
           Case{"BillogramService/CreateBillogram", "items[0]:price", "billogram.items[0].price"},
           Case{"BillogramService/CreateBillogram", "items:0:price", "billogram.items[0].price"},
           Case{"BillogramService/CreateBillogram", "items[12]:bookkeeping:objects[3]:object_id",
                "billogram.items[12].bookkeeping.objects[3].object_id"},
           Case{"BillogramService/CreateBillogram", "items", "billogram.items"},
           Case{"BillogramService/CreateBillogram", "items[2]", "billogram.items[2]"},
           Case{"BillogramService/CreateBillogram", "customer:customer_no",
                "billogram.customer.customer_no"},
           Case{"BillogramService/CreateBillogram", "due_date", "billogram.due_date"},
           Case{"BillogramService/CreateBillogram", "on_success:method", "on_success.method"},
           Case{"BillogramService/CreateBillogram", "on_success", "on_success"},
           Case{"CustomerService/UpdateCustomer", "contact:email", "customer.contact.email"},
           Case{"CustomerService/UpdateCustomer", "customer_no", "customer.customer_no"},
           Case{"CustomerService/GetCustomer", "customer_no", "customer_no"},
           Case{"CommandService/Credit", "items[1]:count", "items[1].count"},
           Case{"CommandService/Payment", "amount", "amount"},
           Case{"BillogramService/ListBillograms", "page_size", "page_size"},
           Case{"BillogramService/ListBillograms", "filter_field", "filter.field"},
           Case{"BillogramService/ListBillograms", "order_direction", "order.direction"},
           Case{"BillogramService/ListBillogramEvents", "filter_value", "billogram_id"},
           // What is no field of the request stays as it is.
           Case{"BillogramService/CreateBillogram", "item_id", "item_id"},
           Case{"BillogramService/CreateBillogram", "items[0]:colour", "items[0]:colour"},
           Case{"BillogramService/CreateBillogram", "items[0]:price:digits",
                "items[0]:price:digits"},
           Case{"BillogramService/CreateBillogram", ":", ":"},
           Case{"BillogramService/CreateBillogram", "items::price", "items::price"},
           Case{"BillogramService/CreateBillogram", "[0]", "[0]"},
           Case{"BillogramService/CreateBillogram", "items[", "items["},
           Case{"BillogramService/CreateBillogram", "items[x]:price", "items[x]:price"},
           Case{"BillogramService/CreateBillogram", "items[0]]:price", "items[0]]:price"},
           Case{"BillogramService/CreateBillogram", "due_date[0]", "due_date[0]"},
           Case{"BillogramService/CreateBillogram", "", ""},
           Case{"BillogramService/CreateBillogram", "\xFF:\x01", "\xFF:\x01"},
       }) {
    const Method* method = table->Find(std::string("/billogram.v2.") + c.method);
    ASSERT_NE(method, nullptr) << c.method;
    EXPECT_EQ(ProtoPath(*method, c.upstream), c.proto) << c.method;
  }
}

}  // namespace
}  // namespace billing::gateway::translate
