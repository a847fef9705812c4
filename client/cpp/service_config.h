#ifndef CLIENT_CPP_SERVICE_CONFIG_H_
#define CLIENT_CPP_SERVICE_CONFIG_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace billing::client {

// The gRPC service config of these services as JSON text, names in alphabetical order: every method
// that is AlwaysRepeatable is retried on UNAVAILABLE, all others never.
std::string MakeServiceConfig(const std::vector<const google::protobuf::FileDescriptor*>& files);

// Every file whose descriptor is linked into this program.
std::vector<const google::protobuf::FileDescriptor*> LinkedFiles();

}  // namespace billing::client

#endif  // CLIENT_CPP_SERVICE_CONFIG_H_
