#ifndef SERVICE_GATEWAY_TRANSLATE_PAGE_TOKEN_H_
#define SERVICE_GATEWAY_TRANSLATE_PAGE_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::gateway::translate {

// Which page of which list. A token binds the page size and everything that chooses and orders the
// list: it cannot be used with another query, account or method.
struct PageState {
  int64_t page = 1;    // counted from 1
  int32_t size = 0;    // objects a page
  uint64_t query = 0;  // hash of method, account, filter and order
  // Hash of the page before, where upstream does not tell how many objects there are; 0: none.
  uint64_t before = 0;
};

// The hash that PageState::query holds.
uint64_t HashQuery(std::string_view method, std::string_view account, std::string_view query);

// The hash that PageState::before holds, never 0: of a page's message.
uint64_t HashPage(std::string_view wire);

std::string EncodePageToken(const PageState& state);

// Empty for anything that EncodePageToken did not make, and for pages that end behind object
// 2^31 - 1.
std::optional<PageState> DecodePageToken(std::string_view token);

}  // namespace billing::gateway::translate

#endif  // SERVICE_GATEWAY_TRANSLATE_PAGE_TOKEN_H_
