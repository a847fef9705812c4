#include "service/gateway/translate/object_to_wire.h"

#include <algorithm>
#include <cstring>

namespace billing::gateway::translate {
namespace {

// Whether the text at `key` is the field's name and a quote.
bool Matches(const FieldTable& field, const char* key) {
  // The padding behind the document covers words that reach past its end.
  static_assert(sizeof field.match_key.bytes <= kJsonPadding);
  const char* wanted = field.match_key.bytes;
  size_t left = field.match_key.size;
  uint64_t a;
  uint64_t b;
  for (; left > 8; left -= 8, wanted += 8, key += 8) {
    std::memcpy(&a, wanted, 8);
    std::memcpy(&b, key, 8);
    if (a != b) return false;
  }
  std::memcpy(&a, wanted, 8);
  std::memcpy(&b, key, 8);
  return (a ^ b) << (8 * (8 - left)) == 0;
}

}  // namespace

bool ObjectToWire::Begin(PaddedJson json) {
  out_.Reset(json.size / 2 + 256);
  spans_.clear();
  raw_.clear();
  drift_.clear();
  return in_.Begin(json);
}

ObjectToWire::Fit ObjectToWire::Object(const MessageTable& table, const Frame* frame) {
  const size_t first_span = spans_.size();
  const size_t first_raw = raw_.size();
  const size_t first_out = out_.size();
  const FieldTable* const fields = table.fields.data();
  const size_t field_count = table.fields.size();
  uint64_t seen[4] = {0, 0, 0, 0};
  bool ordered = true;
  bool unknown = false;
  size_t hint = 0;
  int32_t last_number = 0;
  if (in_.TakeEmpty('}')) {
    typed_ = false;
    return Fit::kOk;
  }
  in_.Step();
  bool ok = true;
  do {
    if (in_.Here() != '"') return Fit::kMalformed;
    const FieldTable* field = nullptr;
    std::string_view key;
    if (hint < field_count && Matches(fields[hint], in_.At() + 1)) {
      field = &fields[hint];
      in_.Step();
      if (!in_.TakeColon()) return Fit::kMalformed;
    } else {
      if (Fit fit = in_.TakeKey(&key); fit != Fit::kOk) return fit;
      field = table.FindJson(key);
    }
    if (field == nullptr) {
      if (!Unknown(key, frame)) return Fit::kMalformed;
      unknown = true;
      continue;
    }
    uint64_t& word = seen[field->index >> 6];
    const uint64_t bit = uint64_t{1} << (field->index & 63);
    if ((word & bit) != 0) {
      in_.Break(kJsonKeyTwice);
      return Fit::kMalformed;
    }
    word |= bit;
    ordered &= field->number > last_number;
    last_number = field->number;
    hint = field->index + size_t{1};
    BeginField(field->number);
    if (!Member(*field, frame, field->json_name)) return Fit::kMalformed;
  } while (in_.More('}', &ok));
  if (!ok) return Fit::kMalformed;
  if (!ordered) Reorder(first_span);
  spans_.resize(first_span);
  typed_ = out_.size() != first_out;
  return raw_.size() == first_raw || WriteUnmapped(table, first_raw, unknown) ? Fit::kOk
                                                                              : Fit::kMalformed;
}

void ObjectToWire::BeginField(int32_t number) {
  spans_.push_back({number, static_cast<uint32_t>(out_.size())});
}

bool ObjectToWire::Member(const FieldTable& field, const Frame* parent, std::string_view raw_key) {
  const JsonCursor::Mark start = in_.mark();
  const size_t out_size = out_.size();
  const char c = in_.Here();
  Verdict verdict = Verdict::kMalformed;
  if (c == 'n') {
    if (in_.TakeLiteral("null")) verdict = Verdict::kRaw;
  } else if (field.repeated || field.kind == FieldKind::kMessage) {
    verdict = Compound(field, c, parent);
  } else {
    verdict = ScalarToWire(field, c, in_, out_, spare_);
  }
  if (verdict == Verdict::kTyped) return true;
  if (verdict == Verdict::kMalformed) return false;
  if (verdict != Verdict::kTypedAndRaw) out_.Truncate(out_size);
  if (verdict == Verdict::kUnfit) Drift(Frame{parent, field.json_name});
  in_.Rewind(start);
  return KeepRaw(raw_key);
}

// A list or an object; notes nothing of what it cannot take.
Verdict ObjectToWire::Compound(const FieldTable& field, char c, const Frame* parent) {
  const size_t span_count = spans_.size();
  const size_t raw_count = raw_.size();
  const size_t drift_count = drift_.size();
  const Frame frame{parent, field.json_name};
  Verdict verdict = Verdict::kUnfit;
  if (!field.repeated) {
    verdict = Single(field, c, &frame);
  } else if (c == '[') {
    verdict = Array(field, &frame);
  }
  if (verdict == Verdict::kRaw || verdict == Verdict::kUnfit) {
    spans_.resize(span_count);
    raw_.resize(raw_count);
    drift_.resize(drift_count);
  }
  return verdict;
}

Verdict ObjectToWire::Single(const FieldTable& field, char c, const Frame* frame) {
  if (field.kind != FieldKind::kMessage) return ScalarToWire(field, c, in_, out_, spare_);
  if (c != '{') return Verdict::kUnfit;
  const size_t body = out_.OpenLength(field.tag);
  const Fit fit = Object(*field.message, frame);
  if (fit == Fit::kOk) out_.CloseLength(body);
  return VerdictOf(fit);
}

Verdict ObjectToWire::Array(const FieldTable& field, const Frame* frame) {
  if (in_.Ahead() == ']') return Verdict::kRaw;
  in_.Step();
  const bool packed = field.packed();
  const size_t body = packed ? out_.OpenLength(field.tag) : 0;
  Verdict result = Verdict::kTyped;
  bool ok = true;
  do {
    const Verdict verdict = Single(field, in_.Here(), frame);
    if (verdict == Verdict::kTypedAndRaw) {
      result = verdict;
    } else if (verdict != Verdict::kTyped) {
      return verdict;
    }
  } while (in_.More(']', &ok));
  if (!ok) return Verdict::kMalformed;
  if (packed) out_.CloseLength(body);
  return result;
}

bool ObjectToWire::Unknown(std::string_view key, const Frame* frame) {
  Drift(Frame{frame, key});
  return KeepRaw(key);
}

bool ObjectToWire::KeepRaw(std::string_view key) {
  std::string_view json;
  if (!in_.TakeRaw(&json)) return false;
  raw_.push_back({key, json});
  return true;
}

void ObjectToWire::Finish(const MessageTable& table) {
  if (!spans_.empty()) Reorder(0);
  spans_.clear();
  WriteUnmapped(table, 0, false);
}

// Puts the fields written since `first` into the order of their numbers.
void ObjectToWire::Reorder(size_t first) {
  const uint32_t begin = spans_[first].begin;
  const uint32_t end = static_cast<uint32_t>(out_.size());
  struct Piece {
    int32_t number;
    uint32_t begin;
    uint32_t end;
  };
  std::vector<Piece> pieces;
  pieces.reserve(spans_.size() - first);
  for (size_t i = first; i < spans_.size(); ++i) {
    pieces.push_back(
        {spans_[i].number, spans_[i].begin, i + 1 < spans_.size() ? spans_[i + 1].begin : end});
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.number < b.number; });
  std::string sorted;
  sorted.reserve(end - begin);
  for (const Piece& piece : pieces) {
    sorted.append(out_.data() + piece.begin, piece.end - piece.begin);
  }
  if (!sorted.empty()) std::memcpy(out_.data() + begin, sorted.data(), sorted.size());
}

// Writes and drops the raw entries since `first`; false if a key stands twice.
bool ObjectToWire::WriteUnmapped(const MessageTable& table, size_t first, bool unknown) {
  if (table.unmapped_number == 0) {
    raw_.resize(first);
    return true;
  }
  if (raw_.size() - first > 1) {
    std::sort(raw_.begin() + static_cast<std::ptrdiff_t>(first), raw_.end(),
              [](const RawEntry& a, const RawEntry& b) { return a.key < b.key; });
    for (size_t i = first + 1; unknown && i < raw_.size(); ++i) {
      if (raw_[i].key == raw_[i - 1].key) return in_.Break(kJsonKeyTwice);
    }
  }
  for (size_t i = first; i < raw_.size(); ++i) {
    out_.Entry(table.unmapped_tag, raw_[i].key, raw_[i].json);
  }
  raw_.resize(first);
  return true;
}

void ObjectToWire::Drift(const Frame& frame) {
  // A hostile document must not fill the memory with paths.
  constexpr size_t kMaxDrifts = 64;
  if (drift_.size() >= kMaxDrifts) return;
  std::string path(frame.key);
  for (const Frame* up = frame.parent; up != nullptr; up = up->parent) {
    path.insert(0, 1, '.');
    path.insert(0, up->key);
  }
  drift_.push_back(std::move(path));
}

}  // namespace billing::gateway::translate
