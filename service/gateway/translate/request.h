#ifndef SERVICE_GATEWAY_TRANSLATE_REQUEST_H_
#define SERVICE_GATEWAY_TRANSLATE_REQUEST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/page_token.h"
#include "service/gateway/translate/wire_to_json.h"

namespace billing::gateway::translate {

// A request message as the REST call that it stands for.
struct RestRequest {
  std::string target;  // path and query, encoded, to be appended to the account's base URL
  std::string body;    // JSON; meaningful if has_body
  bool has_body = false;
  std::vector<std::pair<std::string, std::string>> headers;
  // What may be repeated in this very call: the method's class, with dedup_field and unsafe_when
  // applied to what is sent, by whatever field of the request. SAFETY_DEDUPLICATED means that the
  // key is there.
  billing::gateway::v1::Safety safety = billing::gateway::v1::SAFETY_UNSAFE;
  // The body has something at Method::whole_set: what is stored must be compared with it first.
  bool sends_set = false;
  PageState page;      // of a paged method; an export starts with page 1
  size_t unpaged = 0;  // of a paged method: how much of `target` comes before the page's number
  // What the call is about: the method's path up to its last variable, not encoded, as in
  // "orders/3/scheduled_payments/5"; empty where the path has no variable.
  std::string subject;
};

// The target of another page of the same list: `request` as it was built, for `page`, from 1.
std::string TargetOfPage(const Method& method, const RestRequest& request, int64_t page);

// Builds REST requests from request messages. It keeps its buffers from call to call and is for
// one thread at a time.
class RequestBuilder {
 public:
  // `max_depth` as in WireToJson. `new_uuid` makes what a field with GENERATED_UUID gets; by
  // default a random UUID (version 4).
  explicit RequestBuilder(int max_depth = 64, std::function<std::string()> new_uuid = nullptr);
  RequestBuilder(const RequestBuilder&) = delete;
  RequestBuilder& operator=(const RequestBuilder&) = delete;

  // False if the message cannot be sent; violations() then has every mistake, up to
  // kMaxViolations. `account` binds page tokens. `path`, if not null, takes the place of the
  // method's own: see ParseAccountPath.
  bool Build(const Method& method, std::string_view account, std::string_view wire,
             RestRequest* request, const Method::Path* path = nullptr);

  std::vector<Violation>& violations() { return violations_; }

 private:
  struct Occurrence {
    bool set = false;
    uint64_t varint = 0;
    std::string_view bytes;
    std::vector<std::string_view> repeated;
  };

  bool Gather(const Method& method, std::string_view wire);
  void CheckRequired(const Method& method);
  void WritePath(const Method::Path& path, RestRequest* request);
  void WriteSubject(const Method& method, RestRequest* request);
  void WriteQuery(const Method& method, std::string* query);
  void WriteQueryMessage(const FieldTable& field, std::string_view bytes, std::string* query);
  void WriteParameter(const FieldTable& field, uint64_t varint, std::string_view bytes,
                      const std::string& path, std::string* query);
  void WritePage(const Method& method, std::string_view account, RestRequest* request);
  void WriteHeaders(const Method& method, RestRequest* request);
  std::string_view WithoutSiblings(const Method& method, std::string_view resource);
  void WriteBody(const Method& method, std::string_view wire, RestRequest* request);
  void ReadMask(const Method& method, MaskNode* mask);
  void WriteHeader(const FieldTable& field, std::string text, RestRequest* request);
  bool CheckBounds(const FieldTable& field, uint64_t varint, std::string_view bytes,
                   const std::string& path);
  void Judge(const Method& method, std::string_view wire, RestRequest* request) const;
  void Violate(std::string field, std::string description);

  WireToJson json_;
  std::vector<Violation> violations_;
  std::vector<Occurrence> fields_;  // by FieldTable::index of the request
  MaskNode mask_;                   // of the request under way, if its method has one
  std::function<std::string()> new_uuid_;
  std::string canonical_;
  std::string scratch_;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_REQUEST_H_
