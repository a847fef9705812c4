#include "service/gateway/upstream/target.h"

#include <curl/curl.h>

#include <cstddef>
#include <memory>

#include "absl/status/status.h"

namespace billing::gateway::upstream {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

bool Has(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return false;
  curl_free(text);
  return true;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Target>> Target::Create(Options options) {
  std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (url == nullptr) return absl::ResourceExhaustedError("out of memory");
  std::string& base = options.base_url;
  size_t host = base.rfind("https://", 0) == 0 ? 8 : base.rfind("http://", 0) == 0 ? 7 : 0;
  // curl would take a host's name out of the path where there is none.
  if (host == 0 || base.size() <= host || base[host] == '/' ||
      base.find('\0') != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) {
    return absl::InvalidArgumentError("the base URL is not an http or https URL");
  }
  if (Has(url.get(), CURLUPART_USER) || Has(url.get(), CURLUPART_PASSWORD) ||
      base.find_first_of("?#") != std::string::npos) {
    return absl::InvalidArgumentError("the base URL has a user, a query or a fragment");
  }
  if (options.max_connections < 1) {
    return absl::InvalidArgumentError("a target needs at least one connection");
  }
  while (base.back() == '/') base.pop_back();
  return std::shared_ptr<Target>(new Target(std::move(options)));
}

bool Target::Owns(std::string_view url) const {
  if (url.substr(0, base_url_.size()) != base_url_) return false;
  if (url.find('\0') != std::string_view::npos) return false;
  return url.size() == base_url_.size() || url[base_url_.size()] == '/' ||
         url[base_url_.size()] == '?';
}

}  // namespace billing::gateway::upstream
