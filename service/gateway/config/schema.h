#ifndef SERVICE_GATEWAY_CONFIG_SCHEMA_H_
#define SERVICE_GATEWAY_CONFIG_SCHEMA_H_

#include <string>

#include "google/protobuf/message.h"
#include "service/gateway/config/problem.h"
#include "service/gateway/config/yaml.h"

// What can be done with a configuration from its descriptors alone.
namespace billing::gateway::config {

// Fills `message` from the document. Keys are field names; wrong types, values out of range,
// unknown and duplicate keys become problems, and the rest is read all the same.
void ReadDocument(const YamlNode& document, google::protobuf::Message& message, Problems& problems);

// Adds a problem for each required key that was not given.
void RequireKeys(const google::protobuf::Message& message, Problems& problems);

// Gives every key that was left out and has a default that default.
void ApplyDefaults(google::protobuf::Message& message);

// "a.b" from "a" and "b", "b" from "" and "b".
std::string Join(const std::string& path, const std::string& key);

}  // namespace billing::gateway::config

#endif  // SERVICE_GATEWAY_CONFIG_SCHEMA_H_
