#include "service/gateway/translate/page_token.h"

#include <algorithm>

#include "service/gateway/translate/values.h"
#include "service/gateway/translate/wire.h"

namespace billing::gateway::translate {
namespace {

constexpr char kVersion = 2;
constexpr size_t kHashSize = 8;
constexpr uint64_t kSeed = 14695981039346656037u;

uint64_t Mix(uint64_t hash, std::string_view text) {
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  return (hash ^ 0xFF) * 1099511628211u;
}

void AppendHash(uint64_t hash, std::string* out) {
  for (int shift = 0; shift < 64; shift += 8) out->push_back(static_cast<char>(hash >> shift));
}

uint64_t ReadHash(std::string_view bytes) {
  uint64_t hash = 0;
  for (size_t i = 0; i < kHashSize; ++i) {
    hash |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  return hash;
}

}  // namespace

uint64_t HashQuery(std::string_view method, std::string_view account, std::string_view query) {
  return Mix(Mix(Mix(kSeed, method), account), query);
}

uint64_t HashPage(std::string_view wire) { return std::max<uint64_t>(Mix(kSeed, wire), 1); }

std::string EncodePageToken(const PageState& state) {
  std::string bytes(1, kVersion);
  AppendVarint(static_cast<uint64_t>(state.page), &bytes);
  AppendVarint(static_cast<uint64_t>(state.size), &bytes);
  AppendHash(state.query, &bytes);
  AppendHash(state.before, &bytes);
  std::string token;
  AppendBase64(bytes, &token);
  std::replace(token.begin(), token.end(), '+', '-');
  std::replace(token.begin(), token.end(), '/', '_');
  token.erase(std::find(token.begin(), token.end(), '='), token.end());
  return token;
}

std::optional<PageState> DecodePageToken(std::string_view token) {
  if (token.size() > 64) return std::nullopt;
  std::string padded(token);
  if (padded.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  std::string bytes;
  if (!AppendBase64Decoded(padded, &bytes) || bytes.empty() || bytes[0] != kVersion) {
    return std::nullopt;
  }
  PageState state;
  WireReader reader(std::string_view{bytes}.substr(1));
  uint64_t page = 0;
  uint64_t size = 0;
  if (!reader.ReadVarint(&page) || !reader.ReadVarint(&size)) return std::nullopt;
  const std::string_view hashes(reader.cursor(),
                                static_cast<size_t>(bytes.data() + bytes.size() - reader.cursor()));
  if (hashes.size() != 2 * kHashSize || page < 1 || size < 1 || size > INT32_MAX) {
    return std::nullopt;
  }
  // No list has more objects than upstream can count.
  if (page > INT32_MAX / size) return std::nullopt;
  state.page = static_cast<int64_t>(page);
  state.size = static_cast<int32_t>(size);
  state.query = ReadHash(hashes);
  state.before = ReadHash(hashes.substr(kHashSize));
  if (EncodePageToken(state) != token) return std::nullopt;
  return state;
}

}  // namespace billing::gateway::translate
