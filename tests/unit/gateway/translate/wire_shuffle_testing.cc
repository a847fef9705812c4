#include "tests/unit/gateway/translate/wire_shuffle_testing.h"

#include <map>
#include <utility>
#include <vector>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"

namespace billing::gateway::translate {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;
using Lite = pb::internal::WireFormatLite;

struct Piece {
  uint32_t tag = 0;
  uint64_t varint = 0;
  std::string bytes;
};

std::vector<Piece> Read(const std::string& wire) {
  std::vector<Piece> pieces;
  pb::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(wire.data()),
                                 static_cast<int>(wire.size()));
  Piece piece;
  while ((piece.tag = input.ReadTag()) != 0) {
    piece.bytes.clear();
    uint32_t length = 0;
    if (Lite::GetTagWireType(piece.tag) == Lite::WIRETYPE_VARINT) {
      input.ReadVarint64(&piece.varint);
    } else if (input.ReadVarint32(&length)) {
      input.ReadString(&piece.bytes, static_cast<int>(length));
    }
    pieces.push_back(piece);
  }
  return pieces;
}

std::string VarintBytes(uint64_t value) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream output(&stream);
    output.WriteVarint64(value);
  }
  return bytes;
}

class Shuffler {
 public:
  Shuffler(Random& random, std::array<size_t, kShuffles>& counts)
      : random_(random), counts_(counts) {}

  // The message's pieces, encoded, in a legal order.
  std::vector<std::string> Message(const pb::Descriptor* descriptor, const std::string& wire) {
    std::map<int, std::vector<std::string>> groups;
    std::vector<Piece> entries;
    for (const Piece& piece : Read(wire)) {
      const int number = Lite::GetTagFieldNumber(piece.tag);
      const Field* field = descriptor->FindFieldByNumber(number);
      if (field->is_map()) {
        entries.push_back(piece);
      } else {
        Group(field, piece, groups[number]);
      }
    }
    if (!entries.empty()) Entries(entries, groups[Lite::GetTagFieldNumber(entries[0].tag)]);
    return Merge(groups);
  }

 private:
  bool Do(Shuffle shuffle, size_t one_in) {
    if (!OneIn(random_, one_in)) return false;
    ++counts_[static_cast<size_t>(shuffle)];
    return true;
  }

  std::string Encode(const Piece& piece) {
    std::string bytes = VarintBytes(piece.tag);
    if (Do(Shuffle::kLongTag, 40)) {
      bytes.back() = static_cast<char>(bytes.back() | 0x80);
      bytes.push_back('\0');
    }
    if (Lite::GetTagWireType(piece.tag) == Lite::WIRETYPE_VARINT)
      return bytes + VarintBytes(piece.varint);
    return bytes + VarintBytes(piece.bytes.size()) + piece.bytes;
  }

  void Group(const Field* field, const Piece& piece, std::vector<std::string>& group) {
    if (field->is_packed()) return Packed(field, piece, group);
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE) {
      if (!field->is_repeated() && Do(Shuffle::kScalarTwice, 6)) {
        Piece decoy = piece;
        decoy.varint =
            field->cpp_type() == Field::CPPTYPE_BOOL ? 1 - piece.varint : Below(random_, 9);
        decoy.bytes = "decoy";
        group.push_back(Encode(decoy));
      }
      group.push_back(Encode(piece));
      return;
    }
    const std::vector<std::string> inner = Message(field->message_type(), piece.bytes);
    const bool split = !field->is_repeated() && Do(Shuffle::kMessageSplit, 4);
    const size_t at = split ? Below(random_, inner.size() + 1) : inner.size();
    Piece part = piece;
    part.bytes.clear();
    for (size_t i = 0; i < inner.size(); ++i) {
      if (split && i == at) {
        group.push_back(Encode(part));
        part.bytes.clear();
      }
      part.bytes += inner[i];
    }
    group.push_back(Encode(part));
  }

  void Packed(const Field* field, const Piece& piece, std::vector<std::string>& group) {
    pb::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(piece.bytes.data()),
                                   static_cast<int>(piece.bytes.size()));
    Piece run = piece;
    run.bytes.clear();
    uint64_t value = 0;
    while (input.ReadVarint64(&value)) {
      if (Do(Shuffle::kUnpacked, 4)) {
        if (!run.bytes.empty()) group.push_back(Encode(run));
        run.bytes.clear();
        Piece single;
        single.tag = Lite::MakeTag(field->number(), Lite::WIRETYPE_VARINT);
        single.varint = value;
        group.push_back(Encode(single));
        continue;
      }
      run.bytes += VarintBytes(value);
      if (Do(Shuffle::kPackedApart, 4)) {
        group.push_back(Encode(run));
        run.bytes.clear();
      }
    }
    if (!run.bytes.empty()) group.push_back(Encode(run));
  }

  void Entries(std::vector<Piece>& entries, std::vector<std::string>& group) {
    if (entries.size() > 1 && Do(Shuffle::kMapReordered, 2)) {
      for (size_t i = entries.size() - 1; i > 0; --i) {
        std::swap(entries[i], entries[Below(random_, i + 1)]);
      }
    }
    for (const Piece& entry : entries) {
      const std::vector<Piece> parts = Read(entry.bytes);
      Piece written = entry;
      if (Do(Shuffle::kMapKeyTwice, 6)) {
        Piece value = parts[1];
        value.bytes = "\"decoy\"";
        written.bytes = Encode(parts[0]) + Encode(value);
        group.push_back(Encode(written));
      }
      const bool value_first = Do(Shuffle::kMapValueFirst, 4);
      written.bytes = Encode(parts[value_first ? 1 : 0]) + Encode(parts[value_first ? 0 : 1]);
      group.push_back(Encode(written));
    }
  }

  // The groups one after the other, or mixed; each keeps its order.
  std::vector<std::string> Merge(const std::map<int, std::vector<std::string>>& groups) {
    std::vector<std::string> merged;
    if (groups.size() < 2 || !Do(Shuffle::kReordered, 2)) {
      for (const auto& [number, group] : groups)
        merged.insert(merged.end(), group.begin(), group.end());
      return merged;
    }
    std::vector<std::pair<const std::vector<std::string>*, size_t>> open;
    for (const auto& [number, group] : groups) open.emplace_back(&group, 0);
    const std::vector<std::string>* last = nullptr;
    while (!open.empty()) {
      const size_t pick = Below(random_, open.size());
      auto& [group, next] = open[pick];
      if (next > 0 && last != group) ++counts_[static_cast<size_t>(Shuffle::kRepeatedApart)];
      last = group;
      merged.push_back((*group)[next++]);
      if (next == group->size()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    return merged;
  }

  Random& random_;
  std::array<size_t, kShuffles>& counts_;
};

}  // namespace

const char* ShuffleName(size_t shuffle) {
  static constexpr const char* kNames[] = {
      "fields reordered", "repeated apart",  "scalar twice", "message split", "map reordered",
      "map key twice",    "map value first", "long tag",     "unpacked",      "packed apart",
  };
  static_assert(std::size(kNames) == kShuffles);
  return kNames[shuffle];
}

std::string Shuffled(const pb::Descriptor* descriptor, const std::string& wire, Random& random,
                     std::array<size_t, kShuffles>& counts) {
  std::string shuffled;
  for (const std::string& piece : Shuffler(random, counts).Message(descriptor, wire))
    shuffled += piece;
  return shuffled;
}

}  // namespace billing::gateway::translate
