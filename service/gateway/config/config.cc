#include "service/gateway/config/config.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/gateway/config/checks.h"
#include "service/gateway/config/file.h"
#include "service/gateway/config/schema.h"
#include "service/gateway/config/yaml.h"

namespace billing::gateway::config {

LoadResult ParseConfig(std::string_view yaml, const ParseOptions& options) {
  LoadResult result;
  Problems problems;
  const YamlNode document = ParseYaml(yaml, problems);
  // What is missing from a document that could not be read is nobody's mistake.
  if (problems.empty()) {
    ReadDocument(document, result.config, problems);
    RequireKeys(result.config, problems);
    CheckMeaning(options, result.config, problems);
    ApplyDefaults(result.config);
  }
  result.problems = std::move(problems).TakeSorted();
  return result;
}

LoadResult LoadConfigFile(const std::string& path, ParseOptions options) {
  absl::StatusOr<std::string> text = ReadFile(path, kMaxYamlBytes);
  if (!text.ok()) {
    LoadResult result;
    result.problems.push_back({"", 0, std::string(common::ToStd(text.status().message()))});
    return result;
  }
  const size_t slash = path.rfind('/');
  options.base_dir = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  options.check_files = true;
  return ParseConfig(*text, options);
}

std::string FormatProblem(std::string_view file, const Problem& problem) {
  std::string text(file);
  if (problem.line > 0) absl::StrAppend(&text, ":", problem.line);
  if (!problem.path.empty()) absl::StrAppend(&text, ": ", problem.path);
  absl::StrAppend(&text, ": ", problem.message);
  return text;
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace billing::gateway::config
