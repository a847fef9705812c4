#include "service/gateway/translate/wire_to_json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/gateway/translate/call_error.h"
#include "service/gateway/translate/canonical.h"
#include "service/gateway/translate/json_text.h"
#include "service/gateway/translate/json_writer.h"
#include "service/gateway/translate/message_rules.h"
#include "service/gateway/translate/scalar_text.h"
#include "service/gateway/translate/values.h"
#include "service/gateway/translate/well_known.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

// Where a field stands, for the path of a violation. Lives on the stack of the walk.
struct Frame {
  const Frame* parent = nullptr;
  const FieldTable* field = nullptr;
  int index = -1;
};

// How one message of a request is to be treated.
struct Scope {
  const MaskNode* mask = nullptr;
  bool require = false;                              // REQUIRED fields must be there
  const std::vector<InnerBounds>* bounds = nullptr;  // of fields, beside their own
};

struct Span {
  uint16_t index;
  uint32_t begin;
};

enum class Result : uint8_t { kOk, kNotCanonical, kBroken };

}  // namespace

class WireToJson::Impl {
 public:
  explicit Impl(int max_depth) : max_depth_(max_depth) {}

  bool Run(const MessageTable& table, std::string_view wire, std::string_view path, bool request,
           const MaskNode* mask) {
    request_ = request;
    path_ = path;
    violations_.clear();
    const Scope scope{mask, request && mask == nullptr};
    Result result = Start(table, wire, scope);
    if (result == Result::kNotCanonical) {
      canonical_.clear();
      result = Canonicalize(table, wire, &canonical_) ? Start(table, canonical_, scope)
                                                      : Result::kBroken;
      if (result != Result::kOk) result = Result::kBroken;
    }
    if (result == Result::kBroken && violations_.empty()) {
      Violate(nullptr, "is not a well-formed message");
    }
    return violations_.empty();
  }

  JsonWriter out_;
  std::vector<Violation> violations_;

 private:
  Result Start(const MessageTable& table, std::string_view wire, const Scope& scope) {
    out_.Reset();
    spans_.clear();
    entries_.clear();
    violations_.clear();
    depth_ = 0;
    return Message(table, wire, nullptr, scope);
  }

  void Violate(const Frame* frame, std::string_view why) {
    if (violations_.size() >= kMaxViolations) return;
    std::string path;
    for (; frame != nullptr; frame = frame->parent) {
      std::string step = frame->field->proto_name;
      if (frame->index >= 0) absl::StrAppend(&step, "[", frame->index, "]");
      path = path.empty() ? step : absl::StrCat(step, ".", path);
    }
    if (!path_.empty()) {
      path = path.empty() ? std::string(path_) : absl::StrCat(common::ToAbsl(path_), ".", path);
    }
    violations_.push_back({std::move(path), std::string(why)});
  }

  // One pass over the fields of a message; writes {…}.
  Result Message(const MessageTable& table, std::string_view wire, const Frame* parent,
                 const Scope& scope) {
    if (depth_ == max_depth_) {
      Violate(parent, "is nested too deep");
      return Result::kBroken;
    }
    ++depth_;
    const Result result = Members(table, wire, parent, scope);
    --depth_;
    return result;
  }

  Result Members(const MessageTable& table, std::string_view wire, const Frame* parent,
                 const Scope& scope) {
    const size_t first_span = spans_.size();
    const size_t first_entry = entries_.size();
    uint64_t seen[4] = {0, 0, 0, 0};
    int32_t last_number = 0;
    const FieldTable* array = nullptr;  // the repeated field whose elements are being written
    Frame frame{parent, nullptr, -1};
    size_t hint = 0;
    out_.OpenObject();
    WireReader reader(wire);
    while (reader.Next()) {
      const FieldTable* field = table.FindNumber(reader.number, hint);
      if (field == nullptr) {
        if (reader.number == table.unmapped_number && reader.type == WireType::kLength) {
          if (reader.number < last_number || !Entry(reader.bytes, first_entry)) {
            return Result::kNotCanonical;
          }
          last_number = reader.number;
        } else if (Result result = UnknownField(reader, parent); result != Result::kOk) {
          return result;
        }
        continue;
      }
      const bool number = static_cast<uint8_t>(field->tag.bytes[0] & 7) == 0;
      if (reader.type != (number ? WireType::kVarint : WireType::kLength)) {
        if (field->packed() && reader.type == WireType::kVarint) return Result::kNotCanonical;
        if (Result result = UnknownField(reader, parent); result != Result::kOk) return result;
        continue;
      }
      if (reader.number == last_number) {
        if (!field->repeated || field->packed()) return Result::kNotCanonical;
      } else {
        if (reader.number < last_number) return Result::kNotCanonical;
        last_number = reader.number;
        if (array != nullptr) CloseMember();
        array = nullptr;
        seen[field->index >> 6] |= uint64_t{1} << (field->index & 63);
        hint = field->index + size_t{1};
      }
      if (request_ && !Says(*field, reader, parent, scope, seen)) continue;
      frame.field = field;
      if (field->repeated && !field->packed()) {
        if (array == nullptr) {
          OpenMember(*field);
          out_.OpenArray();
          array = field;
          frame.index = 0;
        } else {
          ++frame.index;
        }
        if (request_ && field->max_items != 0 && frame.index == field->max_items) {
          ViolateField(*field, parent,
                       absl::StrCat("has more than ", field->max_items, " elements"));
        }
      } else {
        OpenMember(*field);
        frame.index = -1;
      }
      if (Result result = Value(*field, reader, frame, scope); result != Result::kOk) return result;
    }
    if (!reader.ok()) return Result::kBroken;
    if (array != nullptr) CloseMember();
    if (request_) {
      if (table.has_rules()) CheckRules(table, wire, seen, first_entry, parent, scope);
      if (Complete(table, seen, first_entry, parent, scope) != Result::kOk) return Result::kBroken;
    }
    if (entries_.size() != first_entry)
      Unmapped(table, seen, first_span, first_entry, parent, scope);
    spans_.resize(first_span);
    out_.CloseObject();
    return Result::kOk;
  }

  // Whether upstream is told what a field of a request holds.
  bool Says(const FieldTable& field, const WireReader& reader, const Frame* parent,
            const Scope& scope, uint64_t* seen) {
    if (field.unspecified(reader.varint)) {
      seen[field.index >> 6] &= ~(uint64_t{1} << (field.index & 63));
      return false;
    }
    if (field.output_only || !Wanted(scope, field)) return false;
    if (scope.require && field.blank(reader.bytes)) {
      ViolateField(field, parent, "is required");
      return false;
    }
    return true;
  }

  void ViolateField(const FieldTable& field, const Frame* parent, std::string_view why) {
    const Frame frame{parent, &field, -1};
    Violate(&frame, why);
  }

  static bool Wanted(const Scope& scope, const FieldTable& field) {
    return scope.mask == nullptr || scope.mask->Find(field) != nullptr;
  }

  void OpenMember(const FieldTable& field) {
    spans_.push_back({field.index, static_cast<uint32_t>(out_.size())});
    out_.Key(field);
  }

  void CloseMember() {
    out_.CloseArray();
    out_.Comma();
  }

  Result Value(const FieldTable& field, const WireReader& reader, const Frame& frame,
               const Scope& scope) {
    if (field.kind == FieldKind::kMessage) {
      Scope inner;
      if (request_) {
        const MaskNode* node = scope.mask == nullptr ? nullptr : scope.mask->Find(field);
        if (node != nullptr && (!node->children.empty() || node->unmapped)) inner.mask = node;
        inner.require = field.repeated || scope.require;
        if (!field.inner_bounds.empty()) inner.bounds = &field.inner_bounds;
      }
      if (Result result = Message(*field.message, reader.bytes, &frame, inner);
          result != Result::kOk) {
        return result;
      }
    } else if (field.packed()) {
      if (reader.bytes.empty()) return Result::kNotCanonical;  // the same as not there
      return Packed(field, reader.bytes, frame);
    } else {
      if (request_ && (field.bounds != nullptr || scope.bounds != nullptr)) {
        CheckBounds(field, reader, frame, scope);
      }
      Scalar(field, reader.varint, reader.bytes, frame);
    }
    out_.Comma();
    return Result::kOk;
  }

  void CheckBounds(const FieldTable& field, const WireReader& reader, const Frame& frame,
                   const Scope& scope) {
    const auto check = [&](const Bounds& bounds) {
      const std::string why = WhyOutOfBounds(bounds, field, reader.varint, reader.bytes);
      if (!why.empty()) Violate(&frame, why);
    };
    if (field.bounds != nullptr) check(*field.bounds);
    if (scope.bounds == nullptr) return;
    for (const InnerBounds& inner : *scope.bounds) {
      if (inner.field == &field) check(*inner.bounds);
    }
  }

  Result Packed(const FieldTable& field, std::string_view bytes, Frame frame) {
    out_.OpenArray();
    frame.index = 0;
    WireReader elements(bytes);
    while (!elements.done()) {
      uint64_t value = 0;
      if (!elements.ReadVarint(&value)) return Result::kBroken;
      Scalar(field, value, {}, frame);
      out_.Comma();
      ++frame.index;
    }
    out_.CloseArray();
    out_.Comma();
    return Result::kOk;
  }

  void Scalar(const FieldTable& field, uint64_t varint, std::string_view bytes,
              const Frame& frame) {
    switch (field.kind) {
      case FieldKind::kString:
        return String(bytes, frame);
      case FieldKind::kInt32:
        return Integer(field, static_cast<int32_t>(varint));
      case FieldKind::kInt64:
        return Integer(field, static_cast<int64_t>(varint));
      case FieldKind::kBool:
        return out_.Raw(varint != 0 ? "true" : "false");
      case FieldKind::kDecimal: {
        std::string_view text;
        if (!DecimalText(bytes, &text) || !IsDecimal(text)) {
          return Violate(&frame, "is not a decimal number of at most 64 digits");
        }
        const bool quoted = field.json_type == v1::JSON_TYPE_STRING;
        // In quotes JSON's grammar does not hold: upstream may read an exponent as anything.
        if (request_ && quoted && !IsPlainDecimal(text)) {
          return Violate(&frame, "must be plain digits, for it is sent as text");
        }
        return out_.Plain(text, quoted);
      }
      default: {
        text_.clear();
        std::string why;
        if (!ScalarText(field, varint, bytes, &text_, &why) && !FineMoment(field, bytes)) {
          return Violate(&frame, why);
        }
        if (field.kind == FieldKind::kEnum) return String(text_, frame);
        return out_.Plain(text_, true);
      }
    }
  }

  // In a document, other than in a request, a moment that its field's spelling cannot hold is
  // written in one that can: upstream wrote it so.
  bool FineMoment(const FieldTable& field, std::string_view bytes) {
    Moment moment;
    return !request_ && field.kind == FieldKind::kTimestamp && MomentOf(bytes, &moment) &&
           IsValid(moment) && AppendMoment(moment, v1::TIMESTAMP_SPELLING_RFC3339_Z, &text_);
  }

  void Integer(const FieldTable& field, int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.Plain({digits, static_cast<size_t>(end - digits)},
               field.json_type == v1::JSON_TYPE_STRING);
  }

  void String(std::string_view text, const Frame& frame) {
    if (out_.PlainAscii(text)) return;
    if (!simdjson::validate_utf8(text.data(), text.size())) return Violate(&frame, "is not UTF-8");
    escaped_.clear();
    AppendJsonString(text, &escaped_);
    out_.Raw(escaped_);
  }

  Result UnknownField(const WireReader& reader, const Frame* parent) {
    Violate(parent, absl::StrCat("has a field this gateway does not know: number ", reader.number));
    return Result::kOk;
  }

  // Takes one entry of `unmapped`; false if the entries are not in canonical order.
  bool Entry(std::string_view bytes, size_t first_entry) {
    RawEntry entry;
    WireReader reader(bytes);
    int32_t last = 0;
    while (reader.Next()) {
      if (reader.type != WireType::kLength || reader.number <= last || reader.number > 2)
        return false;
      last = reader.number;
      (reader.number == 1 ? entry.key : entry.json) = reader.bytes;
    }
    if (!reader.ok()) return false;
    if (entries_.size() > first_entry && entries_.back().key >= entry.key) return false;
    entries_.push_back(entry);
    return true;
  }

  bool HasEntry(const FieldTable& field, size_t first_entry) const {
    return std::any_of(entries_.begin() + static_cast<std::ptrdiff_t>(first_entry), entries_.end(),
                       [&](const RawEntry& entry) { return entry.key == field.json_name; });
  }

  // Writes the entries since `first_entry` and drops them.
  void Unmapped(const MessageTable& table, const uint64_t* seen, size_t first_span,
                size_t first_entry, const Frame* parent, const Scope& scope) {
    const bool all = !request_ || scope.mask == nullptr || scope.mask->unmapped;
    size_t typed_end = out_.size();
    for (size_t i = first_entry; all && i < entries_.size(); ++i) {
      const RawEntry entry = entries_[i];
      const FieldTable* field = table.FindJson(entry.key);
      const bool set =
          field != nullptr && (seen[field->index >> 6] >> (field->index & 63) & 1) != 0;
      if (request_ && field != nullptr && (set || field->output_only)) continue;
      const char* why = "a key that is not UTF-8";
      if (!simdjson::validate_utf8(entry.key.data(), entry.key.size()) ||
          !IsJsonValue(entry.json, max_depth_, &why)) {
        Violate(parent, absl::StrCat("unmapped[\"", common::ToAbsl(entry.key.substr(0, 64)),
                                     "\"] is not a valid value: ", why));
        continue;
      }
      if (set) typed_end -= Remove(field->index, first_span, typed_end);
      escaped_.clear();
      AppendJsonString(entry.key, &escaped_);
      out_.Raw(escaped_);
      out_.Raw(':');
      out_.Raw(entry.json);
      out_.Comma();
    }
    entries_.resize(first_entry);
  }

  // Takes back what was written for a typed field of the message under way, whose typed part ends
  // at `typed_end`; returns how much that was.
  size_t Remove(uint16_t index, size_t first_span, size_t typed_end) {
    for (size_t i = first_span; i < spans_.size(); ++i) {
      if (spans_[i].index != index) continue;
      const size_t begin = spans_[i].begin;
      const size_t end = i + 1 == spans_.size() ? typed_end : spans_[i + 1].begin;
      out_.Erase(begin, end);
      spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(i));
      for (size_t j = i; j < spans_.size(); ++j) {
        spans_[j].begin -= static_cast<uint32_t>(end - begin);
      }
      return end - begin;
    }
    return 0;
  }

  // Which fields go together: the message's own rules.
  void CheckRules(const MessageTable& table, std::string_view wire, const uint64_t* seen,
                  size_t first_entry, const Frame* parent, const Scope& scope) {
    const bool raw = scope.mask == nullptr || scope.mask->unmapped;
    const auto sent = [&](const FieldTable& field) {
      if (field.output_only) return false;
      return ((seen[field.index >> 6] >> (field.index & 63) & 1) != 0 && Wanted(scope, field)) ||
             (raw && HasEntry(field, first_entry));
    };
    // What stands raw is not judged.
    const auto typed = [&](const FieldTable& field) {
      return !HasEntry(field, first_entry) && (scope.mask == nullptr || Wanted(scope, field));
    };
    translate::CheckRules(
        table, wire, {scope.require, sent, typed},
        [&](const FieldTable& field, const std::string& why) { ViolateField(field, parent, why); });
  }

  // What a request must still say after its fields were written: nulls for the unset fields that
  // the mask names, and violations for REQUIRED fields that are not there.
  Result Complete(const MessageTable& table, const uint64_t* seen, size_t first_entry,
                  const Frame* parent, const Scope& scope) {
    const auto set = [seen](const FieldTable& field) {
      return (seen[field.index >> 6] >> (field.index & 63) & 1) != 0;
    };
    if (scope.require) {
      for (uint16_t index : table.required) {
        const FieldTable& field = table.fields[index];
        // What stands raw is sent as it is: it is there.
        if (set(field) || field.output_only || HasEntry(field, first_entry)) continue;
        ViolateField(field, parent, "is required");
      }
    }
    if (scope.mask == nullptr) return Result::kOk;
    for (const MaskNode::Child& child : scope.mask->children) {
      const FieldTable& field = *child.field;
      if (set(field) || (scope.mask->unmapped && HasEntry(field, first_entry))) continue;
      const Frame frame{parent, &field, -1};
      OpenMember(field);
      if (!child.whole()) {
        if (Result result = Message(*field.message, {}, &frame, {&child.node, false});
            result != Result::kOk) {
          return result;
        }
      } else if (field.null_rule == v1::NULL_RULE_REFUSED) {
        Violate(&frame, "is named by update_mask but unset, and upstream cannot clear it");
      } else if (field.repeated && field.null_rule != v1::NULL_RULE_ALWAYS_NULL) {
        out_.Raw("[]");
      } else {
        out_.Raw("null");
      }
      out_.Comma();
    }
    return Result::kOk;
  }

  struct RawEntry {
    std::string_view key;
    std::string_view json;
  };

  const int max_depth_;
  int depth_ = 0;  // of the message under way
  bool request_ = false;
  std::string_view path_;
  std::vector<Span> spans_;        // members written, of all messages under way
  std::vector<RawEntry> entries_;  // entries of `unmapped`, of all messages under way
  std::string canonical_;
  std::string text_;
  std::string escaped_;
};

WireToJson::WireToJson(int max_depth) : impl_(std::make_unique<Impl>(max_depth)) {}
WireToJson::~WireToJson() = default;

bool WireToJson::Document(const MessageTable& table, std::string_view wire) {
  return impl_->Run(table, wire, {}, false, nullptr);
}

bool WireToJson::Request(const MessageTable& table, std::string_view wire, std::string_view path,
                         const MaskNode* mask) {
  return impl_->Run(table, wire, path, true, mask);
}

std::string_view WireToJson::json() const { return impl_->out_.view(); }
std::vector<Violation>& WireToJson::violations() { return impl_->violations_; }

}  // namespace billing::gateway::translate
