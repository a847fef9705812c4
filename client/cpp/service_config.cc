#include "client/cpp/service_config.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/safety.h"
#include "google/protobuf/descriptor_database.h"

namespace billing::client {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

// gRPC caps maxAttempts at 5 and spreads each wait by a fifth. Throttling stops retries while more
// than a few calls in a hundred fail (gRFC A6).
constexpr char kPolicy[] = R"(      "retryPolicy": {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "10s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]
      }
)";
constexpr char kThrottling[] = R"(  "retryThrottling": {
    "maxTokens": 100,
    "tokenRatio": 0.1
  }
)";

}  // namespace

std::string MakeServiceConfig(const std::vector<const FileDescriptor*>& files) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const MethodDescriptor& method = *file->service(s)->method(m);
        if (AlwaysRepeatable(method))
          names.emplace_back(file->service(s)->full_name(), method.name());
      }
    }
  }
  std::sort(names.begin(), names.end());
  // An empty list of names would be a policy for nothing, which gRPC refuses.
  if (names.empty()) return absl::StrCat("{\n", kThrottling, "}\n");
  std::string json = "{\n  \"methodConfig\": [\n    {\n      \"name\": [\n";
  for (const auto& [service, method] : names) {
    absl::StrAppend(&json, R"(        {"service": ")", service, R"(", "method": ")", method, "\"}",
                    method == names.back().second && service == names.back().first ? "\n" : ",\n");
  }
  absl::StrAppend(&json, "      ],\n", kPolicy, "    }\n  ],\n", kThrottling, "}\n");
  return json;
}

std::vector<const FileDescriptor*> LinkedFiles() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    if (const auto* file = DescriptorPool::generated_pool()->FindFileByName(name)) {
      files.push_back(file);
    }
  }
  return files;
}

}  // namespace billing::client
