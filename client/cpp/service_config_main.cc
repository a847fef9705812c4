// Writes the service config of all linked services: as JSON, and as C++ source for the library.
#include <fstream>
#include <iostream>
#include <string>

#include "client/cpp/service_config.h"

namespace {

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "make_service_config: cannot write " << path << "\n";
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: make_service_config JSON_FILE CC_FILE\n";
    return 2;
  }
  const std::string json = billing::client::MakeServiceConfig(billing::client::LinkedFiles());
  const std::string source =
      "// Made from the descriptors at build time.\n"
      "#include \"client/cpp/channel.h\"\n\n"
      "namespace billing::client {\n\n"
      "std::string_view ServiceConfig() {\n  return R\"json(" +
      json + ")json\";\n}\n\n}  // namespace billing::client\n";
  return Write(argv[1], json) && Write(argv[2], source) ? 0 : 1;
}
