#ifndef SERVICE_GATEWAY_TRANSLATE_OBJECT_TO_WIRE_H_
#define SERVICE_GATEWAY_TRANSLATE_OBJECT_TO_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/gateway/translate/json_cursor.h"
#include "service/gateway/translate/message_table.h"
#include "service/gateway/translate/scalar_to_wire.h"
#include "service/gateway/translate/wire_writer.h"

namespace billing::gateway::translate {

// Writes the JSON objects of a document as messages, by their tables: each member as its field, and
// what no field reproduces as entries of `unmapped`. What surrounds the objects (the envelope, the
// list) is the caller's to walk over.
//
// Keeps its buffers from document to document. Not thread-safe.
class ObjectToWire {
 public:
  // Where a value stands, for the path of a drift. Lives on the stack of the walk.
  struct Frame {
    const Frame* parent = nullptr;
    std::string_view key;
  };
  using Fit = JsonCursor::Fit;

  explicit ObjectToWire(int max_depth) : in_(max_depth) {}

  // Begins a document with nothing written; false, with in().why(), if it cannot be read at all.
  bool Begin(PaddedJson json);

  JsonCursor& in() { return in_; }
  WireWriter& out() { return out_; }
  const std::vector<std::string>& drift() const { return drift_; }
  void ForgetDrift() { drift_.clear(); }

  // At a brace: writes the fields of one object, by number, without tag and length. kUnfit if a key
  // is no Unicode text, and so cannot stand in `unmapped`.
  Fit Object(const MessageTable& table, const Frame* frame);
  // Whether the object that was read last has a field of its table.
  bool typed() const { return typed_; }

  // Notes that `number` is written next, in a message whose members the caller walks over.
  void BeginField(int32_t number);
  // At the value of a known field, begun: writes it. What the field does not reproduce is kept as
  // an entry of `unmapped` under `raw_key`. False if the document is broken.
  bool Member(const FieldTable& field, const Frame* parent, std::string_view raw_key);
  // At the value of an unknown key: keeps it as an entry of `unmapped`.
  bool Unknown(std::string_view key, const Frame* frame);
  // Ends such a message: orders its fields and writes its `unmapped`.
  void Finish(const MessageTable& table);

  // Notes that upstream departed from what the protos know.
  void Drift(const Frame& frame);

 private:
  struct Span {
    int32_t number;
    uint32_t begin;
  };
  struct RawEntry {
    std::string_view key;
    std::string_view json;
  };

  Verdict Compound(const FieldTable& field, char c, const Frame* parent);
  Verdict Single(const FieldTable& field, char c, const Frame* frame);
  Verdict Array(const FieldTable& field, const Frame* frame);
  bool KeepRaw(std::string_view key);
  void Reorder(size_t first);
  bool WriteUnmapped(const MessageTable& table, size_t first, bool unknown);

  JsonCursor in_;
  WireWriter out_;
  std::vector<Span> spans_;    // fields written, of all objects under way
  std::vector<RawEntry> raw_;  // entries of `unmapped`, of all objects under way
  std::vector<std::string> drift_;
  std::string spare_;
  bool typed_ = false;
};

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_OBJECT_TO_WIRE_H_
