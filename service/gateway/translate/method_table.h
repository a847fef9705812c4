#ifndef SERVICE_GATEWAY_TRANSLATE_METHOD_TABLE_H_
#define SERVICE_GATEWAY_TRANSLATE_METHOD_TABLE_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "billing/gateway/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/gateway/translate/json_to_wire.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/url.h"

namespace billing::gateway::translate {

enum class Verb { kGet, kPost, kPut, kPatch, kDelete };
std::string_view VerbName(Verb verb);

// Where a field of the request message goes.
enum class Place : uint8_t {
  kPath,
  kQuery,
  kHeader,
  kResource,  // the fields of this message are the body's top level
  kBody,      // a key of the body's top level
  kMask,
  kPageSize,
  kPageToken,
};

// What passes between caller and gateway.
enum class MethodKind : uint8_t {
  kUnary,   // one request, one response
  kExport,  // one request, a stream of responses with all pages of a list
  kFile,    // one request, a stream of the parts of one file
};

// How a file stands in upstream's answer and in the messages of the stream (Method::file): as
// itself, under one of raw_types, or in a document of the method's envelope whose data (or, bare,
// whose root) has these keys. billing.gateway.v1.File tells which answer is what.
struct FileShape {
  std::string content_key;  // the file in base64
  std::string type_key;     // its content type; empty: the document does not tell it
  std::string name_key;     // its name; empty: the document does not tell it
  bool poll = false;        // asked for again while the provider says that it is being made
  // Content types of an answer that is the file itself: lower case, no parameters, none of JSON's.
  std::vector<std::string> raw_types;
  // Fields of the streamed message, Method::answer.response: two strings and the bytes.
  const FieldTable* content_type = nullptr;
  const FieldTable* filename = nullptr;
  const FieldTable* data = nullptr;
};

// A path of field numbers from the request message down.
using FieldPath = std::vector<const FieldTable*>;

struct Method;

// What an update sends whole or not at all: billing.gateway.v1.WholeSet.
struct WholeSet {
  FieldPath field;               // of the update's request
  const Method* read = nullptr;  // what reads the resource
  // Fields of the reading request and those of the update's that they are filled from.
  std::vector<std::pair<const FieldTable*, const FieldTable*>> variables;
  const FieldTable* stored = nullptr;  // the repeated message with the members, in what is read
  const FieldTable* key = nullptr;     // the text that tells a member of `stored`
  std::string key_suffix;              // makes it the member's key in the update's body
};

// All that the gateway knows about one RPC, from its descriptor alone. Immutable once made.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::string full_name;  // "/billogram.v2.BillogramService/GetBillogram", as gRPC names it
  std::string service;    // "billogram.v2.BillogramService"
  std::string name;       // "GetBillogram"
  std::string provider;   // "billogram"
  size_t index = 0;       // position in MethodTable::methods()
  MethodKind kind = MethodKind::kUnary;

  Verb verb = Verb::kGet;
  struct PathPart {
    std::string literal;
    const FieldTable* variable = nullptr;  // the field that follows the literal
  };
  using Path = std::vector<PathPart>;
  Path path;
  std::string constant_query;  // "filter_type=field&…", encoded

  const MessageTable* request = nullptr;
  std::vector<Place> places;  // by FieldTable::index of `request`
  bool has_body = false;
  const FieldTable* resource = nullptr;  // the field at Place::kResource
  std::string body_key;  // {"key": resource} is the body; empty: the resource itself
  const FieldTable* mask = nullptr;
  // The request's table with all fields but those at Place::kBody shut out.
  MessageTable body;
  bool body_fields = false;  // at least one field is at Place::kBody

  // Of a kExport, how one page becomes one streamed message; next_page_token is not set. Of a
  // kFile, `envelope` and `response`, the streamed message, are all that matters.
  JsonToWire::AnswerShape answer;
  // kExport: the field of an object of answer.list that tells it from all others; a string or an
  // integer.
  const FieldTable* export_key = nullptr;
  FileShape file;  // kFile

  billing::gateway::v1::Safety safety = billing::gateway::v1::SAFETY_UNSPECIFIED;
  FieldPath dedup_field;
  std::vector<FieldPath> unsafe_when;
  std::unique_ptr<const WholeSet> whole_set;  // nullptr: none
  std::string error_class;
  billing::gateway::v1::CacheRule cache;
  std::vector<std::string> invalidates;
  billing::gateway::v1::Paging paging;
  bool paged = false;  // kUnary: one page a call; kExport: the stream asks for page after page
  // Answers do not tell how many objects there are: a page with fewer than its size is the last.
  bool ends_short = false;
};

// The methods of every REST-backed service: those that carry the option billing.gateway.v1.api.
class MethodTable {
 public:
  // Reads the services of `files`. InvalidArgument, naming the method, for an annotation that
  // cannot be honoured.
  static absl::StatusOr<std::unique_ptr<MethodTable>> Make(
      const std::vector<const google::protobuf::FileDescriptor*>& files);

  // The same, of every .proto that is linked in: a new service needs no line of code.
  static absl::StatusOr<std::unique_ptr<MethodTable>> MakeLinked();

  // nullptr if there is no such method.
  const Method* Find(std::string_view full_name) const;
  const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  std::vector<std::string> services() const;

 private:
  absl::Status Add(const google::protobuf::MethodDescriptor* descriptor,
                   const billing::gateway::v1::Api& api);
  absl::Status LinkWholeSet(Method& method);

  TableRegistry tables_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::unordered_map<std::string_view, const Method*> by_name_;
};

// The path that an account has in place of a method's own:
// "/scheduled_payments?order_id={order_id}". Variables may stand in whole segments of the path and
// as whole values of the query. They must be variables of the method's own path, its last one among
// them, for that tells the object. The query has no parameter twice, none that a call of the method
// has anyway and none of `taken`, those of the account's every request. InvalidArgument, with the
// reason, for anything else.
absl::StatusOr<Method::Path> ParseAccountPath(const Method& method, std::string_view text,
                                              const std::vector<std::string>& taken = {});

// The proto path of a request field that upstream names in its own notation: "items[0]:price"
// becomes "invoice.items[0].price". What is no field of the request stays as it is.
std::string ProtoPath(const Method& method, std::string_view upstream_path);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_METHOD_TABLE_H_
