#include "service/gateway/translate/request.h"

#include <simdjson.h>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/common/strings.h"
#include "service/gateway/translate/canonical.h"
#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/scalar_text.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

bool IsVarintKind(FieldKind kind) {
  return kind == FieldKind::kInt32 || kind == FieldKind::kInt64 || kind == FieldKind::kBool ||
         kind == FieldKind::kEnum;
}

// Whether a body says something under a path: nothing, a null or something empty, or a value.
enum class Said { kNothing, kEmpty, kValue };

// `body` is the JSON that is sent, so that masks and `unmapped` have had their say.
Said SaidIn(std::string_view body, const FieldPath& path, size_t step) {
  std::string_view value = body;
  for (; step < path.size(); ++step) {
    const std::string_view member = FindJsonMember(value, path[step]->json_name);
    if (member.data() == nullptr) {
      // A null or a text in place of the object: upstream may take it for all its members.
      return value.empty() || value.front() == '{' ? Said::kNothing : Said::kEmpty;
    }
    value = member;
  }
  const bool text = value.size() > 2 && value.front() == '"';
  const bool number = value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
  return text || number || value == "true" || value == "false" ? Said::kValue : Said::kEmpty;
}

// Whether the field at the end of `path` is there and, if it is text, not empty.
bool HasKey(const FieldPath& path, size_t step, std::string_view wire) {
  bool found = false;
  WireReader reader(wire);
  while (reader.Next()) {
    if (reader.number != path[step]->number) continue;
    if (step + 1 < path.size()) {
      found |= reader.type == WireType::kLength && HasKey(path, step + 1, reader.bytes);
    } else {
      found = path[step]->kind != FieldKind::kString || !reader.bytes.empty();
    }
  }
  return found;
}

// A random UUID of version 4.
std::string RandomUuid() {
  absl::BitGen random;
  const auto part = [&random](uint64_t bits) {
    return absl::Uniform<uint64_t>(absl::IntervalClosed, random, 0, (uint64_t{1} << bits) - 1);
  };
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", part(32), part(16), part(12),
                         0x8000 | part(14), part(48));
}

void AppendSeparator(std::string* query) {
  if (!query->empty()) query->push_back('&');
}

}  // namespace

std::string TargetOfPage(const Method& method, const RestRequest& request, int64_t page) {
  std::string target = request.target.substr(0, request.unpaged);
  target.push_back(target.find('?') == std::string::npos ? '?' : '&');
  AppendPercentEncoded(method.paging.page_parameter(), &target);
  absl::StrAppend(&target, "=", page);
  if (!method.paging.size_parameter().empty()) {
    target.push_back('&');
    AppendPercentEncoded(method.paging.size_parameter(), &target);
    absl::StrAppend(&target, "=", request.page.size);
  }
  return target;
}

RequestBuilder::RequestBuilder(int max_depth, std::function<std::string()> new_uuid)
    : json_(max_depth), new_uuid_(new_uuid ? std::move(new_uuid) : RandomUuid) {}

bool RequestBuilder::Build(const Method& method, std::string_view account, std::string_view wire,
                           RestRequest* request, const Method::Path* path) {
  violations_.clear();
  if (!Gather(method, wire)) {
    canonical_.clear();
    if (!Canonicalize(*method.request, wire, &canonical_) || !Gather(method, canonical_)) {
      Violate("", "the request is not a well-formed message");
      return false;
    }
    wire = canonical_;
  }
  CheckRequired(method);
  WritePath(path == nullptr ? method.path : *path, request);
  WriteSubject(method, request);
  std::string query;
  WriteQuery(method, &query);
  if (!query.empty()) {
    const bool first = request->target.find('?') == std::string::npos;
    absl::StrAppend(&request->target, first ? "?" : "&", query);
  }
  if (method.paged) {
    WritePage(method, account, request);
    request->unpaged = request->target.size();
    request->target = TargetOfPage(method, *request, request->page.page);
  }
  WriteHeaders(method, request);
  request->has_body = false;
  if (method.has_body) WriteBody(method, wire, request);
  Judge(method, wire, request);
  if (!method.body_key.empty()) {
    request->body = absl::StrCat("{\"", method.body_key, "\":", request->body, "}");
  }
  return violations_.empty();
}

// Notes where the fields of the request are; false if the wire is not canonical or malformed.
bool RequestBuilder::Gather(const Method& method, std::string_view wire) {
  violations_.clear();
  fields_.assign(method.request->fields.size(), Occurrence());
  int32_t last = 0;
  size_t hint = 0;
  WireReader reader(wire);
  while (reader.Next()) {
    const FieldTable* field = method.request->FindNumber(reader.number, hint);
    if (field == nullptr) {
      // With a body of "*" the translation of the body deals with `unmapped`.
      if (reader.number != method.request->unmapped_number && !method.body_fields) {
        Violate("", absl::StrCat("has a field this gateway does not know: number ", reader.number));
      }
      continue;
    }
    const bool varint = IsVarintKind(field->kind) && !field->repeated;
    if (reader.type != (varint ? WireType::kVarint : WireType::kLength)) {
      if (field->packed() && reader.type == WireType::kVarint) return false;
      Violate(field->proto_name, "has a wire type this gateway does not know");
      continue;
    }
    if (reader.number < last || (reader.number == last && !field->repeated)) return false;
    last = reader.number;
    hint = field->index + size_t{1};
    if (field->unspecified(reader.varint)) continue;
    Occurrence& found = fields_[field->index];
    found.set = true;
    found.varint = reader.varint;
    found.bytes = reader.bytes;
    if (field->repeated) found.repeated.push_back(reader.bytes);
  }
  return reader.ok();
}

void RequestBuilder::CheckRequired(const Method& method) {
  for (uint16_t index : method.request->required) {
    const FieldTable& field = method.request->fields[index];
    if (method.places[index] == Place::kBody) continue;  // WriteBody checks them
    // WritePath has its own words for an empty id.
    const bool blank = method.places[index] != Place::kPath && field.blank(fields_[index].bytes);
    if (!fields_[index].set || blank) Violate(field.proto_name, "is required");
  }
}

void RequestBuilder::WritePath(const Method::Path& path, RestRequest* request) {
  request->target.clear();
  for (const Method::PathPart& part : path) {
    request->target.append(part.literal);
    if (part.variable == nullptr) continue;
    const FieldTable& field = *part.variable;
    const Occurrence& found = fields_[field.index];
    if (!found.set) continue;
    scratch_.clear();
    if (field.kind == FieldKind::kString) {
      if (const char* why = WhyNotPathSegment(found.bytes, field.forbidden_suffix)) {
        Violate(field.proto_name, why);
        continue;
      }
      scratch_.append(found.bytes);
    } else {
      std::string why;
      ScalarText(field, found.varint, found.bytes, &scratch_, &why);
    }
    if (!CheckBounds(field, found.varint, found.bytes, field.proto_name)) continue;
    AppendPercentEncoded(scratch_, &request->target);
  }
}

// What the call is about stays the same by whatever path it goes.
void RequestBuilder::WriteSubject(const Method& method, RestRequest* request) {
  request->subject.clear();
  std::string why;
  for (const Method::PathPart& part : method.path) {
    if (part.variable == nullptr || !fields_[part.variable->index].set) continue;
    const Occurrence& found = fields_[part.variable->index];
    // With the collections, "orders/3/scheduled_payments/5": ids alone would name nothing.
    request->subject.append(part.literal, request->subject.empty() ? 1 : 0);
    ScalarText(*part.variable, found.varint, found.bytes, &request->subject, &why);
  }
}

void RequestBuilder::WriteQuery(const Method& method, std::string* query) {
  query->append(method.constant_query);
  for (const FieldTable& field : method.request->fields) {
    const Occurrence& found = fields_[field.index];
    if (method.places[field.index] != Place::kQuery || !found.set) continue;
    if (field.kind == FieldKind::kMessage) {
      WriteQueryMessage(field, found.bytes, query);
    } else if (field.packed()) {
      WireReader elements(found.bytes);
      uint64_t value = 0;
      while (!elements.done() && elements.ReadVarint(&value)) {
        WriteParameter(field, value, {}, field.proto_name, query);
      }
    } else if (field.repeated) {
      for (std::string_view value : found.repeated) {
        WriteParameter(field, 0, value, field.proto_name, query);
      }
    } else {
      WriteParameter(field, found.varint, found.bytes, field.proto_name, query);
    }
  }
}

void RequestBuilder::WriteQueryMessage(const FieldTable& field, std::string_view bytes,
                                       std::string* query) {
  scratch_.clear();
  if (!Canonicalize(*field.message, bytes, &scratch_)) {
    return Violate(field.proto_name, "is not a well-formed message");
  }
  const std::string message = scratch_;
  std::vector<bool> seen(field.message->fields.size());
  WireReader reader(message);
  while (reader.Next()) {
    const FieldTable* inner = field.message->FindNumber(reader.number);
    const bool varint = inner != nullptr && IsVarintKind(inner->kind);
    if (inner == nullptr || reader.type != (varint ? WireType::kVarint : WireType::kLength)) {
      Violate(field.proto_name,
              absl::StrCat("has a field this gateway does not know: number ", reader.number));
      continue;
    }
    if (inner->unspecified(reader.varint) || inner->blank(reader.bytes)) continue;
    seen[inner->index] = true;
    for (const InnerBounds& bounds : field.inner_bounds) {
      if (bounds.field != inner) continue;
      std::string why = WhyOutOfBounds(*bounds.bounds, *inner, reader.varint, reader.bytes);
      if (!why.empty()) {
        Violate(absl::StrCat(field.proto_name, ".", inner->proto_name), std::move(why));
      }
    }
    WriteParameter(*inner, reader.varint, reader.bytes,
                   absl::StrCat(field.proto_name, ".", inner->proto_name), query);
  }
  for (uint16_t index : field.message->required) {
    if (!seen[index]) {
      Violate(absl::StrCat(field.proto_name, ".", field.message->fields[index].proto_name),
              "is required");
    }
  }
}

void RequestBuilder::WriteParameter(const FieldTable& field, uint64_t varint,
                                    std::string_view bytes, const std::string& path,
                                    std::string* query) {
  std::string text;
  std::string why;
  if (!ScalarText(field, varint, bytes, &text, &why)) return Violate(path, why);
  if (!CheckBounds(field, varint, bytes, path)) return;
  AppendSeparator(query);
  AppendPercentEncoded(field.json_name, query);
  query->push_back('=');
  AppendPercentEncoded(text, query);
}

void RequestBuilder::WritePage(const Method& method, std::string_view account,
                               RestRequest* request) {
  PageState& page = request->page;
  page = PageState();
  page.size = method.paging.default_size();
  page.query = HashQuery(method.full_name, account, request->target);
  const auto find = [&](std::string_view name) {
    const FieldTable* field = method.request->FindProto(name);
    return field == nullptr ? Occurrence() : fields_[field->index];
  };
  const Occurrence size = find("page_size");
  const Occurrence token = find("page_token");
  const auto asked = static_cast<int32_t>(size.varint);
  // AIP-158: zero is the same as not given.
  const bool sized = size.set && asked != 0;
  const bool fixed = method.paging.size_parameter().empty();
  if (size.set && (asked < 0 || asked > method.paging.max_size())) {
    Violate("page_size", absl::StrCat("must be between 1 and ", method.paging.max_size()));
  } else if (fixed && sized && asked != page.size) {
    Violate("page_size",
            absl::StrCat("must be ", page.size, " or left out: upstream's pages have that size"));
  } else if (sized) {
    page.size = asked;
  }
  if (!token.set || token.bytes.empty()) return;
  const std::optional<PageState> given = DecodePageToken(token.bytes);
  if (!given || given->query != page.query || given->size > method.paging.max_size() ||
      (fixed && given->size != page.size)) {
    Violate("page_token",
            "is not a token of this list: filter, order and account must stay as "
            "they were");
  } else if (sized && page.size == asked && given->size != asked) {
    Violate("page_token", "was made for another page_size");
  } else {
    page = *given;
  }
}

void RequestBuilder::WriteHeaders(const Method& method, RestRequest* request) {
  request->headers.clear();
  for (const FieldTable& field : method.request->fields) {
    if (method.places[field.index] != Place::kHeader) continue;
    const Occurrence& found = fields_[field.index];
    std::string text;
    std::string why;
    if (!found.set) {
      if (field.generated == v1::GENERATED_UUID) WriteHeader(field, new_uuid_(), request);
    } else if (!ScalarText(field, found.varint, found.bytes, &text, &why)) {
      Violate(field.proto_name, why);
    } else if (CheckBounds(field, found.varint, found.bytes, field.proto_name)) {
      WriteHeader(field, std::move(text), request);
    }
  }
}

void RequestBuilder::WriteHeader(const FieldTable& field, std::string text, RestRequest* request) {
  bool visible = !text.empty();
  for (char c : text) visible &= c > 0x20 && c < 0x7F;
  if (!visible) {
    return Violate(field.proto_name,
                   "must be visible ASCII characters, for it is sent as a header");
  }
  request->headers.emplace_back(field.json_name, std::move(text));
}

bool RequestBuilder::CheckBounds(const FieldTable& field, uint64_t varint, std::string_view bytes,
                                 const std::string& path) {
  if (field.bounds == nullptr) return true;
  std::string why = WhyOutOfBounds(*field.bounds, field, varint, bytes);
  if (why.empty()) return true;
  Violate(path, std::move(why));
  return false;
}

void RequestBuilder::ReadMask(const Method& method, MaskNode* mask) {
  const Occurrence& found = fields_[method.mask->index];
  if (!found.set) return;
  bool named = false;
  WireReader reader(found.bytes);
  while (reader.Next()) {
    if (reader.number != 1 || reader.type != WireType::kLength) continue;
    named = true;
    AddMaskPath(*method.resource->message, reader.bytes, mask, &violations_);
  }
  if (!reader.ok()) Violate("update_mask", "is not a well-formed message");
  if (!named) Violate("update_mask", "must name at least one field");
}

// `resource` without the entries of its `unmapped` whose keys are set by fields beside it.
std::string_view RequestBuilder::WithoutSiblings(const Method& method, std::string_view resource) {
  if (!method.body_fields) return resource;
  const auto is_sibling = [&](std::string_view entry) {
    std::string_view key;
    WireReader reader(entry);
    while (reader.Next()) {
      if (reader.number == 1 && reader.type == WireType::kLength) key = reader.bytes;
    }
    const FieldTable* field = method.request->FindJson(key);
    return field != nullptr && method.places[field->index] == Place::kBody &&
           fields_[field->index].set;
  };
  scratch_.clear();
  WireReader reader(resource);
  while (reader.Next()) {
    if (reader.number == method.resource->message->unmapped_number &&
        reader.type == WireType::kLength && is_sibling(reader.bytes)) {
      continue;
    }
    scratch_.append(reader.field_start, static_cast<size_t>(reader.cursor() - reader.field_start));
  }
  return reader.ok() ? std::string_view{scratch_} : resource;
}

void RequestBuilder::WriteBody(const Method& method, std::string_view wire, RestRequest* request) {
  request->has_body = true;
  request->body = "{}";
  const auto take = [&](bool ok) {
    if (ok) return true;
    for (Violation& violation : json_.violations()) {
      Violate(std::move(violation.field), std::move(violation.description));
    }
    return false;
  };
  if (method.resource != nullptr) {
    mask_ = MaskNode();
    if (method.mask != nullptr) ReadMask(method, &mask_);
    const Occurrence& found = fields_[method.resource->index];
    if ((found.set || method.mask != nullptr) &&
        take(json_.Request(*method.resource->message, WithoutSiblings(method, found.bytes),
                           method.resource->proto_name,
                           method.mask == nullptr ? nullptr : &mask_))) {
      request->body = std::string(json_.json());
    }
  }
  if (!method.body_fields) return;
  if (!take(json_.Request(method.body, wire, {}, nullptr))) return;
  const std::string_view members = json_.json();
  if (method.resource == nullptr) {
    request->body = std::string(members);
  } else if (members.size() > 2) {
    // {resource} and {siblings} become one object.
    request->body.pop_back();
    if (request->body.size() > 1) request->body.push_back(',');
    request->body.append(members.substr(1));
  }
}

// What may be repeated, and what must be looked up first, by what is sent. The body is still the
// resource itself.
void RequestBuilder::Judge(const Method& method, std::string_view wire,
                           RestRequest* request) const {
  const auto said = [&](const FieldPath& path) {
    const Place place = method.places[path.front()->index];
    if (place == Place::kBody) return SaidIn(request->body, path, 0);
    if (place == Place::kResource && path.size() > 1) return SaidIn(request->body, path, 1);
    return HasKey(path, 0, wire) ? Said::kValue : Said::kNothing;
  };
  request->sends_set =
      method.whole_set != nullptr && said(method.whole_set->field) != Said::kNothing;
  request->safety = method.safety;
  for (const FieldPath& path : method.unsafe_when) {
    if (said(path) != Said::kNothing) request->safety = v1::SAFETY_UNSAFE;
  }
  if (request->safety != v1::SAFETY_DEDUPLICATED) return;
  // Only a key that the caller has as well makes upstream refuse the caller's second call: one that
  // is made here differs from call to call.
  if (said(method.dedup_field) != Said::kValue) request->safety = v1::SAFETY_UNSAFE;
}

void RequestBuilder::Violate(std::string field, std::string description) {
  if (violations_.size() < kMaxViolations) {
    violations_.push_back({std::move(field), std::move(description)});
  }
}

}  // namespace billing::gateway::translate
