#include "service/gateway/rpc/grpc_poll_set.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace billing::gateway::rpc {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

std::vector<int> OpenDescriptors() {
  std::vector<int> descriptors;
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fdinfo"));
  if (folder == nullptr) return descriptors;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is this thread's alone.
  while (const dirent* entry = readdir(folder.get())) {
    int descriptor = -1;
    if (absl::SimpleAtoi(entry->d_name, &descriptor)) descriptors.push_back(descriptor);
  }
  return descriptors;
}

bool Listens(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

// What follows the last colon of the address: the port, or the path of a unix socket.
std::string BoundName(int descriptor) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return {};
  switch (bound.ss_family) {
    case AF_INET:
      return absl::StrCat(ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port));
    case AF_INET6:
      return absl::StrCat(ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port));
    case AF_UNIX:
      return reinterpret_cast<const sockaddr_un&>(bound).sun_path;
    default:
      return {};
  }
}

// The descriptors in an epoll set; none for any other descriptor. proc(5), /proc/pid/fdinfo.
std::vector<int> Watched(int descriptor) {
  std::vector<int> watched;
  std::ifstream info(absl::StrCat("/proc/self/fdinfo/", descriptor));
  for (std::string line; std::getline(info, line);) {
    if (!absl::StartsWith(line, "tfd:")) continue;
    int target = -1;
    if (std::istringstream(line.substr(4)) >> target) watched.push_back(target);
  }
  return watched;
}

}  // namespace

int FindGrpcPollSet(const std::string& address) {
  const std::string name = address.substr(address.rfind(':') + 1);
  const std::vector<int> open = OpenDescriptors();
  std::vector<int> listening;
  std::copy_if(open.begin(), open.end(), std::back_inserter(listening), [&](int descriptor) {
    return Listens(descriptor) && BoundName(descriptor) == name;
  });
  for (const int descriptor : open) {
    const std::vector<int> watched = Watched(descriptor);
    if (std::find_first_of(watched.begin(), watched.end(), listening.begin(), listening.end()) !=
        watched.end()) {
      return descriptor;
    }
  }
  return -1;
}

}  // namespace billing::gateway::rpc
