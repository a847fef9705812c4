#include "tests/bench/fixtures.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "tests/bench/measure.h"

namespace billing::bench {

using gateway::translate::Method;
using gateway::translate::MethodTable;

std::string TestData(std::string_view name) {
  const std::string path = std::string(BG_SOURCE_DIR "/tests/testdata/").append(name);
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.empty()) Die("cannot read " + path);
  text.erase(text.find_last_not_of(" \r\n\t") + 1);
  return text;
}

std::unique_ptr<MethodTable> BillogramMethods() {
  const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
      "billogram/v2/billogram.proto");
  if (file == nullptr) Die("billogram.proto is not linked in");
  auto methods = MethodTable::Make({file});
  if (!methods.ok()) Die(methods.status().ToString());
  return *std::move(methods);
}

const Method& FindMethod(const MethodTable& methods, std::string_view name) {
  const Method* method = methods.Find(std::string("/billogram.v2.BillogramService/").append(name));
  if (method == nullptr) Die(std::string("no such method: ").append(name));
  return *method;
}

}  // namespace billing::bench
