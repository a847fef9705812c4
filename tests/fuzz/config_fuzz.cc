#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "google/protobuf/util/message_differencer.h"
#include "service/gateway/config/config.h"
#include "service/gateway/providers/provider.h"

// Any text is read without harm, and what is accepted is the same after it was printed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using billing::gateway::config::LoadResult;
  using billing::gateway::config::ParseConfig;
  billing::gateway::config::ParseOptions options;
  for (const auto& provider : billing::gateway::providers::AllProviders()) {
    options.providers[std::string(provider->name())].required = provider->required_keys();
  }
  const LoadResult first =
      ParseConfig(std::string_view(reinterpret_cast<const char*>(data), size), options);
  if (!first.ok()) return 0;
  const LoadResult second = ParseConfig(billing::gateway::config::ToYaml(first.config), options);
  if (!second.ok() ||
      !google::protobuf::util::MessageDifferencer::Equals(first.config, second.config)) {
    std::abort();
  }
  return 0;
}
