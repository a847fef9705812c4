#include "tests/bench/gateway_stack.h"

#include <curl/curl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "tests/bench/measure.h"

namespace billing::bench {
namespace {

// The text of a member of a flat JSON object that our own server wrote.
std::string Member(const std::string& line, const std::string& key) {
  const std::string mark = "\"" + key + "\":\"";
  const size_t begin = line.find(mark);
  if (begin == std::string::npos) Die("the gateway said: " + line);
  const size_t value = begin + mark.size();
  return line.substr(value, line.find('"', value) - value);
}

size_t Collect(char* data, size_t size, size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

std::string Get(const std::string& url) {
  std::string text;
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, static_cast<void*>(&text));
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_cleanup(easy);
  if (code != CURLE_OK) Die("no answer from " + url);
  return text;
}

void Write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << text).flush()) Die("cannot write " + path);
}

}  // namespace

TempFolder::TempFolder() : path_(std::filesystem::temp_directory_path() / "bg-bench-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) Die("no temporary folder");
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string BinaryFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

GatewayProcess::GatewayProcess(const TempFolder& folder, const std::string& upstream,
                               bool access_log) {
  const std::string config = folder.path() + "/gateway.yaml";
  Write(folder.path() + "/user", "bench\n");
  Write(folder.path() + "/key", "not-a-key\n");
  Write(config,
        "grpc: { listen: 127.0.0.1:0 }\n"
        "admin: { listen: 127.0.0.1:0 }\n"
        "accounts:\n"
        "  - name: acme\n"
        "    provider: billogram\n"
        "    base_url: http://" +
            upstream +
            "/api/v2\n"
            "    credentials: { user_file: user, key_file: key }\n"
            "telemetry: { access_log: " +
            (access_log ? "true" : "false") + " }\n");
  process_ = std::make_unique<Child>(
      std::vector<std::string>{BinaryFolder() + "/billing-gateway", "--config", config});
  const std::string ready = process_->ReadLine();
  grpc_ = Member(ready, "grpc");
  admin_ = Member(ready, "admin");
  process_->Drain();
}

int GatewayProcess::CallsInFlight() const {
  constexpr std::string_view kSeries = "\nbilling_gateway_rpcs_in_flight ";
  const std::string metrics = Get("http://" + admin_ + "/metrics");
  const size_t at = metrics.find(kSeries);
  if (at == std::string::npos) Die("the gateway does not count its calls");
  return static_cast<int>(std::strtod(metrics.c_str() + at + kSeries.size(), nullptr));
}

}  // namespace billing::bench
