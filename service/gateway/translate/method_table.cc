#include "service/gateway/translate/method_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "service/common/strings.h"
#include "service/gateway/translate/media_type.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;
namespace v1 = billing::gateway::v1;

// Reads one method's descriptor into a Method, checking each annotation as it goes.
class Builder {
 public:
  Builder(const pb::MethodDescriptor* descriptor, const v1::Api& api, TableRegistry& tables)
      : descriptor_(descriptor),
        rest_(descriptor->options().GetExtension(v1::rest)),
        api_(api),
        tables_(tables),
        method_(std::make_unique<Method>()) {}

  absl::StatusOr<std::unique_ptr<Method>> Build() {
    Names();
    for (auto step :
         {&Builder::Kind, &Builder::Tables, &Builder::Http, &Builder::Places, &Builder::Answer,
          &Builder::Paging, &Builder::Stream, &Builder::SafetyRules, &Builder::CacheRules}) {
      if (absl::Status status = (this->*step)(); !status.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(descriptor_->full_name(), ": ", status.message()));
      }
    }
    return std::move(method_);
  }

 private:
  static absl::Status Refuse(std::string why) { return absl::InvalidArgumentError(why); }

  void Names() {
    method_->descriptor = descriptor_;
    method_->service = descriptor_->service()->full_name();
    method_->name = descriptor_->name();
    method_->full_name = absl::StrCat("/", method_->service, "/", method_->name);
    method_->provider = api_.provider();
    method_->error_class = rest_.error_class();
    method_->body_key = rest_.body_key();
  }

  absl::Status Kind() {
    if (descriptor_->client_streaming()) return Refuse("a REST call takes one request message");
    if (rest_.has_export_() && rest_.has_file())
      return Refuse("export and file exclude each other");
    if (rest_.has_export_()) method_->kind = MethodKind::kExport;
    if (rest_.has_file()) method_->kind = MethodKind::kFile;
    if (descriptor_->server_streaming() != (method_->kind != MethodKind::kUnary)) {
      return Refuse("exports and files are server streams, and only they");
    }
    return absl::OkStatus();
  }

  absl::Status Tables() {
    auto request = tables_.Add(descriptor_->input_type());
    if (!request.ok()) return request.status();
    method_->request = *request;
    if (descriptor_->output_type()->full_name() == "google.protobuf.Empty") return absl::OkStatus();
    auto response = tables_.Add(descriptor_->output_type());
    if (!response.ok()) return response.status();
    method_->answer.response = *response;
    // The parts of a file are no document.
    return method_->kind == MethodKind::kFile ? absl::OkStatus() : CheckUnmapped(**response);
  }

  // Without `unmapped` a message of the answer would lose what it does not know.
  static absl::Status CheckUnmapped(const MessageTable& table) {
    if (table.unmapped_number == 0) {
      return Refuse(absl::StrCat(table.descriptor->full_name(), " has no field `unmapped`"));
    }
    for (const FieldTable& field : table.fields) {
      if (field.message == nullptr) continue;
      if (absl::Status status = CheckUnmapped(*field.message); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Http() {
    const google::api::HttpRule& rule = descriptor_->options().GetExtension(google::api::http);
    std::string path;
    switch (rule.pattern_case()) {
      case google::api::HttpRule::kGet:
        method_->verb = Verb::kGet;
        path = rule.get();
        break;
      case google::api::HttpRule::kPost:
        method_->verb = Verb::kPost;
        path = rule.post();
        break;
      case google::api::HttpRule::kPut:
        method_->verb = Verb::kPut;
        path = rule.put();
        break;
      case google::api::HttpRule::kPatch:
        method_->verb = Verb::kPatch;
        path = rule.patch();
        break;
      case google::api::HttpRule::kDelete:
        method_->verb = Verb::kDelete;
        path = rule.delete_();
        break;
      default:
        return Refuse("google.api.http names no verb and path");
    }
    if (rule.additional_bindings_size() > 0 || !rule.response_body().empty() ||
        !rule.selector().empty()) {
      return Refuse("google.api.http: only a path and a body are supported");
    }
    body_ = rule.body();
    if (!body_.empty() && (method_->verb == Verb::kGet || method_->verb == Verb::kDelete)) {
      return Refuse("a GET or DELETE cannot have a body");
    }
    method_->has_body = !body_.empty();
    return Path(path);
  }

  absl::Status Path(const std::string& path) {
    absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(path);
    if (!parsed.ok()) return parsed.status();
    for (const PathTemplate::Part& part : parsed->parts) {
      const FieldTable* variable = nullptr;
      if (!part.variable.empty()) {
        variable = method_->request->FindProto(part.variable);
        if (variable == nullptr) return Refuse(absl::StrCat("no field {", part.variable, "}"));
        const bool plain = variable->kind == FieldKind::kString ||
                           variable->kind == FieldKind::kInt32 ||
                           variable->kind == FieldKind::kInt64;
        if (variable->repeated || !plain) {
          return Refuse(absl::StrCat("{", part.variable, "} must be a single string or integer"));
        }
        if (!variable->required) return Refuse(absl::StrCat(part.variable, " must be REQUIRED"));
      }
      method_->path.push_back({part.literal, variable});
    }
    if (!rest_.path_suffix().empty()) method_->path.push_back({rest_.path_suffix(), nullptr});
    for (const v1::QueryConstant& constant : rest_.query()) {
      if (!method_->constant_query.empty()) method_->constant_query.push_back('&');
      AppendPercentEncoded(constant.name(), &method_->constant_query);
      method_->constant_query.push_back('=');
      AppendPercentEncoded(constant.value(), &method_->constant_query);
    }
    return absl::OkStatus();
  }

  bool InPath(const FieldTable& field) const {
    return std::any_of(method_->path.begin(), method_->path.end(),
                       [&](const Method::PathPart& part) { return part.variable == &field; });
  }

  absl::StatusOr<Place> PlaceOf(const FieldTable& field) const {
    if (InPath(field)) return Place::kPath;
    if (field.kind == FieldKind::kMask) {
      if (field.proto_name == "update_mask") return Place::kMask;
      return Refuse(absl::StrCat(field.proto_name, ": the only mask is update_mask"));
    }
    if (rest_.has_paging() && field.proto_name == "page_size") return Place::kPageSize;
    if (rest_.has_paging() && field.proto_name == "page_token") return Place::kPageToken;
    if (field.location == v1::LOCATION_HEADER) return Place::kHeader;
    if (field.location == v1::LOCATION_QUERY) return Place::kQuery;
    if (!body_.empty() && field.proto_name == body_) return Place::kResource;
    if (body_ == "*" || field.location == v1::LOCATION_BODY) {
      if (body_.empty()) return Refuse(absl::StrCat(field.proto_name, ": there is no body"));
      return Place::kBody;
    }
    return Place::kQuery;
  }

  absl::Status Places() {
    method_->body = *method_->request;
    // Where no field is known to be in it, what `unmapped` holds still is.
    method_->body_fields = body_ == "*";
    for (const FieldTable& field : method_->request->fields) {
      absl::StatusOr<Place> place = PlaceOf(field);
      if (!place.ok()) return place.status();
      method_->places.push_back(*place);
      if (*place == Place::kResource) method_->resource = &field;
      if (*place == Place::kMask) method_->mask = &field;
      if (*place == Place::kBody) {
        method_->body_fields = true;
      } else {
        method_->body.fields[field.index].output_only = true;
      }
      if (absl::Status status = CheckText(field, *place); !status.ok()) return status;
    }
    if (!body_.empty() && body_ != "*" &&
        (method_->resource == nullptr || method_->resource->kind != FieldKind::kMessage ||
         method_->resource->repeated)) {
      return Refuse(absl::StrCat("body: no single message \"", body_, "\""));
    }
    if (!method_->body_key.empty() && (method_->resource == nullptr || method_->body_fields)) {
      return Refuse("body_key needs a resource that is all of the body");
    }
    for (char c : method_->body_key) {
      if (c < 0x20 || c == '"' || c == '\\') return Refuse("body_key needs escapes");
    }
    if (method_->mask != nullptr && method_->resource == nullptr) {
      return Refuse("update_mask without a resource in the body");
    }
    const bool updates = method_->verb == Verb::kPut || method_->verb == Verb::kPatch;
    if (updates && method_->resource != nullptr && method_->mask == nullptr) {
      return Refuse("an update needs update_mask");
    }
    if (method_->request->has_rules() && !method_->body_fields) {
      return Refuse("the rules of a request message need fields in the body");
    }
    if (body_ == "*" && method_->request->unmapped_number == 0) {
      return Refuse("a request whose keys are the body needs the field `unmapped`");
    }
    return absl::OkStatus();
  }

  // What goes into a query or header must be text; a message may hold a level of such fields.
  absl::Status CheckText(const FieldTable& field, Place place) const {
    if (place == Place::kHeader && (field.repeated || field.kind == FieldKind::kMessage)) {
      return Refuse(absl::StrCat(field.proto_name, ": a header takes one value"));
    }
    if (place != Place::kQuery || field.kind != FieldKind::kMessage) return absl::OkStatus();
    const auto& inner = field.message->fields;
    if (field.repeated || std::any_of(inner.begin(), inner.end(), [](const FieldTable& f) {
          return f.repeated || f.kind == FieldKind::kMessage || f.kind == FieldKind::kMask;
        })) {
      return Refuse(absl::StrCat(field.proto_name, ": cannot be written as query parameters"));
    }
    return absl::OkStatus();
  }

  absl::Status Answer() {
    v1::Envelope envelope = rest_.envelope();
    if (envelope == v1::ENVELOPE_UNSPECIFIED) envelope = api_.envelope();
    if (envelope == v1::ENVELOPE_UNSPECIFIED) return Refuse("no envelope is said");
    method_->answer.envelope = envelope == v1::ENVELOPE_STATUS_DATA_META;
    if (rest_.data_field().empty()) return absl::OkStatus();
    if (method_->answer.response == nullptr) return Refuse("data_field without a response");
    const FieldTable* list = method_->answer.response->FindProto(rest_.data_field());
    if (list == nullptr || !list->repeated || list->kind != FieldKind::kMessage) {
      return Refuse(absl::StrCat("data_field: no repeated message \"", rest_.data_field(), "\""));
    }
    method_->answer.list = list;
    const FieldTable* total = method_->answer.response->FindProto("total_size");
    if (total != nullptr && !total->meta.empty()) method_->answer.total = total;
    return absl::OkStatus();
  }

  absl::Status Paging() {
    if (!rest_.has_paging()) return absl::OkStatus();
    method_->paging = rest_.paging();
    method_->paged = true;
    const v1::Paging& paging = method_->paging;
    if (paging.page_parameter().empty() || paging.default_size() < 1 ||
        paging.max_size() < paging.default_size()) {
      return Refuse("paging needs page_parameter, default_size and max_size");
    }
    if (paging.size_parameter().empty() && paging.max_size() != paging.default_size()) {
      return Refuse("pages of a fixed size need max_size to be default_size");
    }
    method_->ends_short = method_->answer.total == nullptr;
    if (method_->answer.list == nullptr) return Refuse("paging needs data_field");
    const FieldTable* size = method_->request->FindProto("page_size");
    const FieldTable* token = method_->request->FindProto("page_token");
    const FieldTable* next = method_->answer.response->FindProto("next_page_token");
    if (method_->kind == MethodKind::kExport) {
      if (token != nullptr || next != nullptr) return Refuse("an export has no page tokens");
      return size == nullptr || size->kind == FieldKind::kInt32
                 ? absl::OkStatus()
                 : Refuse("page_size must be an int32");
    }
    if (size == nullptr || size->kind != FieldKind::kInt32 || token == nullptr ||
        token->kind != FieldKind::kString || next == nullptr || next->kind != FieldKind::kString) {
      return Refuse("paging needs page_size, page_token and next_page_token");
    }
    method_->answer.next_page_token = next;
    return absl::OkStatus();
  }

  absl::Status Stream() {
    if (method_->kind == MethodKind::kUnary) return absl::OkStatus();
    if (method_->verb != Verb::kGet) return Refuse("a stream must be a GET");
    if (rest_.has_cache()) return Refuse("a stream cannot be cached");
    return method_->kind == MethodKind::kExport ? ExportRules() : FileRules();
  }

  absl::Status ExportRules() {
    if (!method_->paged) return Refuse("an export needs paging");
    // Its pages overlap (rpc/list_walk.h), which smaller ones cannot everywhere.
    constexpr int kLeastPage = 32;
    if (!method_->paging.size_parameter().empty() && method_->paging.max_size() < kLeastPage) {
      return Refuse(absl::StrCat("an export needs a max_size of ", kLeastPage, " or more"));
    }
    const FieldTable* key = method_->answer.list->message->FindProto(rest_.export_().key_field());
    const bool plain = key != nullptr && !key->repeated &&
                       (key->kind == FieldKind::kString || key->kind == FieldKind::kInt32 ||
                        key->kind == FieldKind::kInt64);
    if (!plain) return Refuse("key_field must name a single string or integer of the list");
    method_->export_key = key;
    return absl::OkStatus();
  }

  absl::Status FileRules() {
    if (method_->paged || method_->answer.list != nullptr) return Refuse("a file is not a list");
    if (rest_.file().content_key().empty()) return Refuse("a file needs content_key");
    FileShape& file = method_->file;
    file.content_key = rest_.file().content_key();
    file.type_key = rest_.file().type_key();
    file.name_key = rest_.file().name_key();
    file.poll = rest_.file().poll();
    for (const std::string& type : rest_.file().raw_types()) {
      if (type != MediaType(type) || type.find('/') == std::string::npos || IsJsonType(type)) {
        return Refuse(absl::StrCat("a file cannot come as itself under the type \"", type, "\""));
      }
      file.raw_types.push_back(type);
    }
    struct Part {
      const char* name;
      FieldKind kind;
      const FieldTable** field;
    };
    for (const Part& part : {Part{"content_type", FieldKind::kString, &file.content_type},
                             Part{"filename", FieldKind::kString, &file.filename},
                             Part{"data", FieldKind::kBytes, &file.data}}) {
      const MessageTable* chunk = method_->answer.response;
      const FieldTable* field = chunk == nullptr ? nullptr : chunk->FindProto(part.name);
      if (field == nullptr || field->repeated || field->kind != part.kind) {
        return Refuse("a file's messages need content_type, filename and data");
      }
      *part.field = field;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<FieldPath> Resolve(const std::string& path) const {
    FieldPath result;
    const MessageTable* message = method_->request;
    std::string_view rest = path;
    while (message != nullptr) {
      const size_t dot = rest.find('.');
      const FieldTable* field = message->FindProto(rest.substr(0, dot));
      if (field == nullptr || (dot != std::string_view::npos && field->repeated)) break;
      result.push_back(field);
      if (dot == std::string_view::npos) return result;
      message = field->message;
      rest = rest.substr(dot + 1);
    }
    return Refuse(absl::StrCat("no field \"", path, "\""));
  }

  absl::Status SafetyRules() {
    method_->safety = rest_.safety();
    if (method_->safety == v1::SAFETY_UNSPECIFIED) return Refuse("no safety is said");
    const bool reads = method_->safety == v1::SAFETY_SAFE;
    if (reads != (method_->verb == Verb::kGet))
      return Refuse("safe methods are GETs, and only they");
    if ((method_->safety == v1::SAFETY_DEDUPLICATED) != !rest_.dedup_field().empty()) {
      return Refuse("dedup_field goes with SAFETY_DEDUPLICATED");
    }
    if (!rest_.dedup_field().empty()) {
      absl::StatusOr<FieldPath> path = Resolve(rest_.dedup_field());
      if (!path.ok()) return path.status();
      method_->dedup_field = *path;
    }
    for (const std::string& name : rest_.unsafe_when()) {
      absl::StatusOr<FieldPath> path = Resolve(name);
      if (!path.ok()) return path.status();
      method_->unsafe_when.push_back(*path);
    }
    return absl::OkStatus();
  }

  // "invoice/{id}": every variable must be a field of the request.
  absl::Status CheckTag(const std::string& tag) const {
    size_t pos = 0;
    while ((pos = tag.find('{', pos)) != std::string::npos) {
      const size_t close = tag.find('}', pos);
      if (close == std::string::npos ||
          method_->request->FindProto(tag.substr(pos + 1, close - pos - 1)) == nullptr) {
        return Refuse(absl::StrCat("tag \"", tag, "\" names no field of the request"));
      }
      pos = close;
    }
    return absl::OkStatus();
  }

  absl::Status CacheRules() {
    const bool reads = method_->safety == v1::SAFETY_SAFE;
    if (rest_.has_cache()) {
      if (!reads) return Refuse("a write cannot be cached");
      if (rest_.cache().ttl().seconds() <= 0) return Refuse("cache needs a ttl of whole seconds");
      method_->cache = rest_.cache();
    }
    if (reads && rest_.invalidates_size() > 0) return Refuse("a read invalidates nothing");
    for (const auto* tags : {&rest_.cache().tags(), &rest_.invalidates()}) {
      for (const std::string& tag : *tags) {
        if (absl::Status status = CheckTag(tag); !status.ok()) return status;
      }
    }
    method_->invalidates.assign(rest_.invalidates().begin(), rest_.invalidates().end());
    return absl::OkStatus();
  }

  const pb::MethodDescriptor* descriptor_;
  const v1::Rest& rest_;
  const v1::Api& api_;
  TableRegistry& tables_;
  std::unique_ptr<Method> method_;
  std::string body_;
};

}  // namespace

std::string_view VerbName(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return "GET";
    case Verb::kPost:
      return "POST";
    case Verb::kPut:
      return "PUT";
    case Verb::kPatch:
      return "PATCH";
    case Verb::kDelete:
      return "DELETE";
  }
  return "GET";
}

absl::StatusOr<std::unique_ptr<MethodTable>> MethodTable::Make(
    const std::vector<const pb::FileDescriptor*>& files) {
  auto table = std::make_unique<MethodTable>();
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const pb::ServiceDescriptor* service = file->service(i);
      if (!service->options().HasExtension(v1::api)) continue;
      const v1::Api& api = service->options().GetExtension(v1::api);
      for (int j = 0; j < service->method_count(); ++j) {
        if (absl::Status status = table->Add(service->method(j), api); !status.ok()) return status;
      }
    }
  }
  for (const auto& method : table->methods_) {
    if (absl::Status status = table->LinkWholeSet(*method); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(method->descriptor->full_name(), ": whole_set: ", status.message()));
    }
  }
  return table;
}

absl::StatusOr<std::unique_ptr<MethodTable>> MethodTable::MakeLinked() {
  std::vector<std::string> names;
  pb::DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const pb::FileDescriptor*> files;
  for (const std::string& name : names) {
    files.push_back(pb::DescriptorPool::generated_pool()->FindFileByName(name));
  }
  return Make(files);
}

absl::Status MethodTable::Add(const pb::MethodDescriptor* descriptor, const v1::Api& api) {
  if (api.provider().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptor->service()->full_name(), ": no provider is said"));
  }
  absl::StatusOr<std::unique_ptr<Method>> method = Builder(descriptor, api, tables_).Build();
  if (!method.ok()) return method.status();
  (*method)->index = methods_.size();
  methods_.push_back(std::move(*method));
  by_name_.emplace(methods_.back()->full_name, methods_.back().get());
  return absl::OkStatus();
}

const Method* MethodTable::Find(std::string_view full_name) const {
  auto it = by_name_.find(full_name);
  return it == by_name_.end() ? nullptr : it->second;
}

std::vector<std::string> MethodTable::services() const {
  std::vector<std::string> names;
  for (const auto& method : methods_) {
    if (std::find(names.begin(), names.end(), method->service) == names.end()) {
      names.push_back(method->service);
    }
  }
  return names;
}

}  // namespace billing::gateway::translate
