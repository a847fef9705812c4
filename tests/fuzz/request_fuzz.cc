#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "service/gateway/translate/method_table.h"
#include "service/gateway/translate/page_token.h"
#include "service/gateway/translate/request.h"
#include "service/gateway/translate/whole_set.h"
#include "tests/fuzz/fuzz.h"

namespace billing::gateway::translate {
namespace {

class Fuzzer {
 public:
  Fuzzer() : methods_(MethodTable::Make(Files()).value()) {}

  void Run(uint8_t choice, const std::string& wire) {
    const Method& method = *methods_->methods()[choice % methods_->methods().size()];
    RestRequest request;
    Token(wire);
    AccountPath(method, wire);
    if (!builder_.Build(method, "main", wire, &request)) {
      Check(!builder_.violations().empty(), "refused without a reason");
      return;
    }
    Target(method, request.target);
    Body(method, request);
    if (request.sends_set) StoredSet(method, wire);
    if (method.paged) {
      Check(request.page.page >= 1 && request.page.size >= 1 &&
                request.page.size <= method.paging.max_size(),
            "a page out of range");
    }
    Check(request.safety != billing::gateway::v1::SAFETY_UNSPECIFIED, "no safety");
    for (const auto& [name, value] : request.headers) {
      for (char c : value) Check(c > 0x20 && c < 0x7F, "a header that is not visible");
    }
  }

 private:
  // Every file of the API, by name: a choice means the same method in every build.
  static std::vector<const google::protobuf::FileDescriptor*> Files() {
    using google::protobuf::DescriptorPool;
    std::vector<std::string> names;
    DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
    std::sort(names.begin(), names.end());
    std::vector<const google::protobuf::FileDescriptor*> files;
    for (const std::string& name : names) {
      if (name.rfind("billogram/v2/", 0) != 0 && name.rfind("billpro/v1/", 0) != 0) continue;
      files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
    }
    return files;
  }

  static void Token(std::string_view text) {
    if (const auto state = DecodePageToken(text)) Check(EncodePageToken(*state) == text, "a token");
  }

  // A path that is taken cannot break the request it stands in.
  static void AccountPath(const Method& method, std::string_view text) {
    const auto path = ParseAccountPath(method, text);
    if (!path.ok()) return;
    std::string whole;
    for (const Method::PathPart& part : *path) {
      whole += part.literal;
      if (part.variable != nullptr) whole += "1";
    }
    Check(whole[0] == '/' && Count(whole, '?') <= 1 && Count(whole, '#') == 0, "a broken path");
    for (char c : whole) Check(c > 0x20 && c < 0x7F, "a character that no URL has");
  }

  // What is read before a set is replaced can always be asked for.
  void StoredSet(const Method& method, const std::string& wire) {
    RestRequest read;
    Check(builder_.Build(*method.whole_set->read, "main", ReadRequestOf(method, wire), &read),
          "a read that cannot be built");
    Check(read.safety == billing::gateway::v1::SAFETY_SAFE && !read.has_body, "a read that writes");
  }

  // Nothing of a request's values can leave the place that the template gives it.
  static void Target(const Method& method, std::string_view target) {
    for (char c : target) {
      Check(c > 0x20 && c < 0x7F &&
                std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos,
            "a character that no URL has");
    }
    const std::string_view path = target.substr(0, target.find('?'));
    size_t wanted = 0;
    for (const Method::PathPart& part : method.path) wanted += Count(part.literal, '/');
    Check(Count(path, '/') == wanted && path[0] == '/', "another number of path segments");
    for (size_t begin = 1; begin <= path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      const std::string_view segment = path.substr(begin, end - begin);
      Check(!segment.empty() && segment != "." && segment != "..",
            "a path segment that means more");
      begin = end + 1;
    }
    for (size_t i = target.find('%'); i != std::string_view::npos; i = target.find('%', i + 1)) {
      Check(i + 2 < target.size() && IsHex(target[i + 1]) && IsHex(target[i + 2]),
            "a broken escape");
    }
    Check(Count(target, '?') <= 1, "two queries");
  }

  static size_t Count(std::string_view text, char wanted) {
    size_t count = 0;
    for (char c : text) count += c == wanted ? 1 : 0;
    return count;
  }

  static bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

  static void Body(const Method& method, const RestRequest& request) {
    Check(request.has_body == method.has_body, "a body where none belongs");
    if (!request.has_body) return;
    const ParsedJson body = ParseJson(request.body);
    Check(body.beyond_reader || (body.ok && body.value.kind == Json::Kind::kObject), "not JSON");
    Check(!body.duplicate_keys, "a key twice");
    const auto* members = &body.value.members;
    if (!method.body_key.empty() && !body.beyond_reader) {
      Check(members->size() == 1 && members->front().key == method.body_key, "another outer key");
      members = &members->front().value.members;
    }
    for (const auto& [key, value] : *members) {
      const FieldTable* field =
          method.resource == nullptr ? nullptr : method.resource->message->FindJson(key);
      Check(field == nullptr || !field->output_only, "a read-only field is sent");
    }
  }

  const std::unique_ptr<MethodTable> methods_;
  RequestBuilder builder_;
};

}  // namespace
}  // namespace billing::gateway::translate

// The first byte chooses the method, the rest is its request message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static billing::gateway::translate::Fuzzer fuzzer;
  if (size < 1) return 0;
  fuzzer.Run(data[0], std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  return 0;
}
